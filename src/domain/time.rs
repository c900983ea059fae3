//! Lengths of time, for people.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The longest length of time that is accepted: a hundred years.
const MOST: Duration = Duration::from_secs(36_525 * 86_400);

/// A length of time from a text such as `10d` or `12h 30m`; `None` if it is not one, or is zero.
pub fn length(text: &str) -> Option<Duration> {
    let length = humantime::parse_duration(text.trim()).ok()?;
    (!length.is_zero() && length <= MOST).then_some(length)
}

/// How long ago, in the two largest units: `3d 4h`, `12m 5s`. A time ahead of `now` is `in the future`.
pub fn age(of: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match u64::try_from((now - of).num_seconds()) {
        Ok(seconds) => span(seconds),
        Err(_) => "in the future".to_owned(),
    }
}

/// A number of seconds in their two largest units.
pub fn span(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size || (unit == "s" && parts.is_empty()) {
            parts.push(format!("{}{unit}", rest / size));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T02:50:00Z").unwrap().with_timezone(&Utc);
        assert_eq!(age(now, now), "0s");
        assert_eq!(age(now - chrono::Duration::seconds(90_061), now), "1d 1h");
        assert_eq!(age(now - chrono::Duration::seconds(3_605), now), "1h");
        assert_eq!(age(now + chrono::Duration::seconds(5), now), "in the future");
    }
}
