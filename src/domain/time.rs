//! Times as people write them on a command line.

use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, Utc};

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no time: write 2026-11-22T02:40:00Z, '2026-11-22 02:40', or 02:40 (the latest one that is past); all UTC"
)]
pub struct BadTime(String);

/// Reads RFC 3339, `YYYY-MM-DD HH:MM[:SS]` (UTC), `YYYY-MM-DD`, or `HH:MM` (the latest one before `now`).
///
/// # Errors
/// [`BadTime`], which names the forms.
pub fn parse_time(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, BadTime> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(time.and_utc());
        }
    }
    if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    let clock = NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| BadTime(text.to_owned()))?;
    let today = now.date_naive().and_time(clock).and_utc();
    if today <= now { Ok(today) } else { today.checked_sub_days(Days::new(1)).ok_or_else(|| BadTime(text.to_owned())) }
}

/// How long ago, in the two largest units: `3d 4h`, `12m 5s`. A time ahead of `now` is `in the future`.
pub fn age(of: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match u64::try_from((now - of).num_seconds()) {
        Ok(seconds) => span(seconds),
        Err(_) => "in the future".to_owned(),
    }
}

/// So many seconds in their two largest units.
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
    fn times_and_ages() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T02:50:00Z").unwrap().with_timezone(&Utc);
        let at = |text: &str| parse_time(text, now).unwrap().to_rfc3339();
        assert_eq!(at("02:40"), "2026-11-22T02:40:00+00:00");
        assert_eq!(at("03:40"), "2026-11-21T03:40:00+00:00");
        assert_eq!(at("2026-11-20 01:02"), "2026-11-20T01:02:00+00:00");
        assert_eq!(at("2026-11-20T01:02:03+01:00"), "2026-11-20T00:02:03+00:00");
        assert!(parse_time("yesterday", now).is_err());
        assert_eq!(age(now, now), "0s");
        assert_eq!(age(now - chrono::Duration::seconds(90_061), now), "1d 1h");
        assert_eq!(age(now - chrono::Duration::seconds(3_605), now), "1h");
        assert_eq!(age(now + chrono::Duration::seconds(5), now), "in the future");
    }
}
