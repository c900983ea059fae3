//! Sizes as bosh prints them.

/// A size in MiB, in the form of go-humanize's `IBytes`: `1.0 GiB`, `64 GiB`, `500 MiB`.
pub fn ibytes(mib: u64) -> String {
    let (mut unit, mut rest) = (1_u128, ["GiB", "TiB", "PiB"].iter());
    let mut name = "MiB";
    while u128::from(mib) >= unit * 1024
        && let Some(next) = rest.next()
    {
        (unit, name) = (unit * 1024, next);
    }
    let tenths = (u128::from(mib) * 20 + unit) / (unit * 2);
    match tenths {
        0..100 => format!("{}.{} {name}", tenths / 10, tenths % 10),
        _ => format!("{} {name}", (tenths + 5) / 10),
    }
}

/// A GiB, in bytes.
pub const GIB: u64 = 1 << 30;

/// A size in bytes, from a text such as `1TiB`, `20 GiB`, `500GB`; `None` if it is not a size, or has no unit.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number: u64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "MiB" | "M" => GIB >> 10,
        "GiB" | "G" => GIB,
        "TiB" | "T" => GIB << 10,
        "PiB" | "P" => GIB << 20,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.checked_mul(factor).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        for (text, meant) in
            [("1TiB", 1 << 40), ("20 GiB", 20 << 30), ("5G", 5 << 30), ("1MiB", 1 << 20), ("2GB", 2_000_000_000)]
        {
            assert_eq!(bytes(text), Some(meant), "{text}");
        }
        for bad in ["", "1", "GiB", "-1GiB", "1.5GiB", "1 gib", "0GiB", "99999999PiB", "1XB"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn as_bosh_prints_them() {
        for (mib, text) in [
            (1, "1.0 MiB"),
            (500, "500 MiB"),
            (1023, "1023 MiB"),
            (1024, "1.0 GiB"),
            (1536, "1.5 GiB"),
            (10240, "10 GiB"),
            (65536, "64 GiB"),
            (1 << 20, "1.0 TiB"),
        ] {
            assert_eq!(ibytes(mib), text);
        }
    }
}
