//! Times and sizes in the form of the bosh CLI's Go.

use chrono::{DateTime, Utc};

/// A time as Go's `time.UnixDate`; bosh-cli takes the beginning of 1970 for a missing time (`ui/table/values.go`,
/// `IsZero`).
pub(super) fn unix_date(time: &DateTime<Utc>) -> String {
    if time.timestamp() == 0 {
        return String::new();
    }
    time.format("%a %b %e %H:%M:%S UTC %Y").to_string()
}

/// A size as go-humanize's `IBytes` (dustin/go-humanize `bytes.go`), which BOSH prints: `1.0 MiB`, `512 MiB`, `1.5
/// GiB`, `64 GiB`. Both round a half to the even number.
pub(super) fn ibytes(mib: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let bytes = u128::from(mib) << 20;
    let exponent = (usize::try_from(bytes.max(1).ilog2()).unwrap_or(0) / 10).min(UNITS.len() - 1);
    // Above 2^53 MiB the last digits are lost, and not shown.
    let unit = (1_u128 << (10 * exponent)) as f64;
    let value = (bytes as f64 / unit * 10.0 + 0.5).floor() / 10.0;
    match (exponent, value < 10.0) {
        (0, _) => format!("{bytes} B"),
        (_, true) => format!("{value:.1} {}", UNITS[exponent]),
        (_, false) => format!("{value:.0} {}", UNITS[exponent]),
    }
}
