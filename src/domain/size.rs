//! Sizes as bosh prints them.

/// A size in MiB, as go-humanize's `IBytes` has it: `1.0 GiB`, `64 GiB`, `500 MiB`.
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

#[cfg(test)]
mod tests {
    use super::*;

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
