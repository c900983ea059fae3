//! A time that is typed on a command line, and its meaning.
//!
//! A time without a zone is UTC, like every time that snapback and BOSH print. The text itself can name another zone:
//! an offset, or the word `local`.

use std::fmt;

use chrono::{DateTime, Days, FixedOffset, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use interim::{Dialect, Interval};

/// The forms, for help and errors.
pub const FORMS: &str = "RFC 3339, 'YYYY-MM-DD HH:MM', HH:MM, 'yesterday HH:MM', '2h ago', '3 days ago'; UTC, unless it \
     ends in 'local' or an offset like +02:00";

/// A time that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The text as it was typed.
    pub text: String,
    /// The time that the text means, UTC.
    pub at: DateTime<Utc>,
}

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// It cannot be read at all.
    #[error("'{0}' is not a time: write {FORMS}")]
    Unknown(String),
    /// A length of time without `ago` or the like.
    #[error("'{0}' is a length of time, not a time: write '{0} ago'")]
    Length(String),
    /// The day could be the month, and the other way round.
    #[error("'{0}' can be read in two ways: write the day as YYYY-MM-DD")]
    DayOrMonth(String),
    /// The clocks were set back then, so the time occurs twice.
    #[error("'{text}' came twice in local time: write {first} or {second}")]
    Twice {
        /// The text as it was typed.
        text: String,
        /// The earlier time.
        first: String,
        /// The later time.
        second: String,
    },
    /// The clocks were set forward then, so the time does not occur.
    #[error("'{0}' never came in local time: the clocks were put forward; write it in UTC")]
    Never(String),
}

/// The zone that a text names.
enum Zone {
    Utc,
    Offset(FixedOffset),
    Local,
}

impl Moment {
    /// Reads what was typed; `local` is the zone that the word `local` means.
    ///
    /// # Errors
    /// [`BadTime`], which says what to write.
    pub fn read<Z: TimeZone>(text: &str, now: DateTime<Utc>, local: &Z) -> Result<Moment, BadTime> {
        let typed = text.trim();
        let at = match DateTime::parse_from_rfc3339(typed) {
            Ok(time) => time.to_utc(),
            Err(_) => match zone_of(typed) {
                (body, Zone::Utc) => in_zone(typed, body, now, &Utc)?,
                (body, Zone::Offset(offset)) => in_zone(typed, body, now, &offset)?,
                (body, Zone::Local) => in_zone(typed, body, now, local)?,
            },
        };
        Ok(Moment { text: typed.to_owned(), at })
    }

    /// The time as text: in UTC, and on the clocks here.
    pub fn on_both_clocks<Z: TimeZone<Offset: fmt::Display>>(&self, local: &Z) -> String {
        on_both_clocks(self.at, local)
    }
}

/// A time in UTC, and on the clocks of a zone: without the date if that is the same.
pub fn on_both_clocks<Z: TimeZone<Offset: fmt::Display>>(at: DateTime<Utc>, local: &Z) -> String {
    let here = at.with_timezone(local);
    let told = if here.naive_local() == at.naive_utc() {
        "the same in local time".to_owned()
    } else {
        let form = if here.date_naive() == at.date_naive() { "%H:%M:%S %Z" } else { "%Y-%m-%d %H:%M:%S %Z" };
        format!("{} local time", here.format(form))
    };
    format!("{} UTC ({told})", at.format("%Y-%m-%d %H:%M:%S"))
}

/// The text without its zone, and the zone.
fn zone_of(text: &str) -> (&str, Zone) {
    for (word, zone) in [("local", Zone::Local), ("utc", Zone::Utc), ("z", Zone::Utc)] {
        let Some(at) = text.len().checked_sub(word.len()).filter(|at| text.is_char_boundary(*at)) else { continue };
        let (body, end) = text.split_at(at);
        if end.eq_ignore_ascii_case(word) && body.ends_with(|c: char| c == ' ' || c.is_ascii_digit()) {
            return (body.trim_end(), zone);
        }
    }
    // The hyphens of a date are not a sign: an offset follows a clock time.
    if let Some(at) = text.rfind(['+', '-']).filter(|at| text[..*at].contains(':'))
        && let Ok(offset) = text[at..].parse::<FixedOffset>()
    {
        return (text[..at].trim_end(), Zone::Offset(offset));
    }
    (text, Zone::Utc)
}

fn in_zone<Z: TimeZone>(typed: &str, body: &str, now: DateTime<Utc>, zone: &Z) -> Result<DateTime<Utc>, BadTime> {
    let wall = now.with_timezone(zone).naive_local();
    match read(typed, body, wall)? {
        Read::Before(length) => now.checked_sub_signed(length).ok_or_else(|| BadTime::Unknown(typed.to_owned())),
        Read::At(at) => on_the_clock(typed, at, zone),
        Read::Clock(clock) => {
            // The latest such time in the past.
            let today = on_the_clock(typed, wall.date().and_time(clock), zone)?;
            match wall.date().checked_sub_days(Days::new(1)) {
                Some(yesterday) if today > now => on_the_clock(typed, yesterday.and_time(clock), zone),
                _ => Ok(today),
            }
        }
    }
}

fn on_the_clock<Z: TimeZone>(typed: &str, at: NaiveDateTime, zone: &Z) -> Result<DateTime<Utc>, BadTime> {
    match zone.from_local_datetime(&at) {
        LocalResult::Single(time) => Ok(time.to_utc()),
        LocalResult::None => Err(BadTime::Never(typed.to_owned())),
        LocalResult::Ambiguous(one, other) => {
            let (one, other) = (one.to_utc(), other.to_utc());
            let shown = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let (first, second) = (shown(one.min(other)), shown(one.max(other)));
            Err(BadTime::Twice { text: typed.to_owned(), first, second })
        }
    }
}

/// A time as it was read, before its zone is applied.
enum Read {
    Before(chrono::TimeDelta),
    At(NaiveDateTime),
    Clock(NaiveTime),
}

fn read(typed: &str, body: &str, wall: NaiveDateTime) -> Result<Read, BadTime> {
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(body, format) {
            return Ok(Read::At(time));
        }
    }
    for format in ["%H:%M", "%H:%M:%S"] {
        if let Ok(clock) = NaiveTime::parse_from_str(body, format) {
            return Ok(Read::Clock(clock));
        }
    }
    if let Ok(day) = NaiveDate::parse_from_str(body, "%Y-%m-%d") {
        return Ok(Read::At(day.and_time(NaiveTime::MIN)));
    }
    in_words(typed, body, wall)
}

/// Reads `yesterday 14:00`, `2h ago`, `last monday 9:30`.
fn in_words(typed: &str, body: &str, wall: NaiveDateTime) -> Result<Read, BadTime> {
    let unknown = || BadTime::Unknown(typed.to_owned());
    if body.contains('/') || body.matches('.').count() > 1 {
        return Err(BadTime::DayOrMonth(typed.to_owned()));
    }
    // A number alone would be read as a year, and the name of a month as its first day.
    if body.contains(['+', '.', ',']) || !body.contains(char::is_alphabetic) || !body.is_ascii() {
        return Err(unknown());
    }
    if let Ok(interval) = interim::parse_duration(body)
        && body.starts_with(|c: char| c.is_ascii_digit())
    {
        let past = |number: i32| u32::try_from(-i64::from(number)).map_err(|_| BadTime::Length(typed.to_owned()));
        return match interval {
            Interval::Seconds(seconds) => Ok(Read::Before(chrono::TimeDelta::seconds(past(seconds)?.into()))),
            Interval::Days(days) => Ok(Read::Before(chrono::TimeDelta::days(past(days)?.into()))),
            Interval::Months(months) => {
                wall.checked_sub_months(Months::new(past(months)?)).map(Read::At).ok_or_else(unknown)
            }
        };
    }
    // The parser would take the hours, and ignore the clock time.
    let end = body.to_ascii_lowercase().find(" ago ").map(|at| at + " ago".len());
    if end.is_some_and(|end| matches!(interim::parse_duration(&body[..end]), Ok(Interval::Seconds(_)) | Err(_))) {
        return Err(unknown());
    }
    match interim::parse_date_string(body, wall.and_utc(), Dialect::Uk) {
        Ok(time) => Ok(Read::At(time.naive_utc())),
        Err(_) => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sunday, 02:50.
    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-22T02:50:00Z").unwrap().to_utc()
    }

    fn at(text: &str) -> Result<String, BadTime> {
        let east = FixedOffset::east_opt(3600).unwrap();
        Moment::read(text, now(), &east).map(|moment| moment.at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    #[test]
    fn times_as_people_write_them() {
        for (text, meant) in [
            ("2026-11-20T01:02:03+01:00", "2026-11-20T00:02:03Z"),
            ("2026-11-20t01:02:03.5z", "2026-11-20T01:02:03Z"),
            ("2026-11-20 01:02:03Z", "2026-11-20T01:02:03Z"),
            ("2026-11-20 01:02", "2026-11-20T01:02:00Z"),
            ("2026-11-20T01:02", "2026-11-20T01:02:00Z"),
            (" 2026-11-20 ", "2026-11-20T00:00:00Z"),
            ("2026-11-20 01:02 local", "2026-11-20T00:02:00Z"),
            ("2026-11-20 01:02 +0200", "2026-11-19T23:02:00Z"),
            ("2026-11-20 01:02-05:00", "2026-11-20T06:02:00Z"),
            ("02:40", "2026-11-22T02:40:00Z"),
            ("02:50", "2026-11-22T02:50:00Z"),
            ("02:51", "2026-11-21T02:51:00Z"),
            ("23:00:30", "2026-11-21T23:00:30Z"),
            ("02:40 UTC", "2026-11-22T02:40:00Z"),
            ("02:40 local", "2026-11-22T01:40:00Z"),
            ("03:55 Local", "2026-11-21T02:55:00Z"),
            ("03:45+01:00", "2026-11-22T02:45:00Z"),
            ("now", "2026-11-22T02:50:00Z"),
            ("today 01:00", "2026-11-22T01:00:00Z"),
            ("today", "2026-11-22T02:50:00Z"),
            ("yesterday 14:00", "2026-11-21T14:00:00Z"),
            ("yesterday 2pm", "2026-11-21T14:00:00Z"),
            ("Yesterday 14:00 local", "2026-11-21T13:00:00Z"),
            ("last monday 09:30", "2026-11-16T09:30:00Z"),
            ("2h ago", "2026-11-22T00:50:00Z"),
            ("-2h", "2026-11-22T00:50:00Z"),
            ("2 hours ago", "2026-11-22T00:50:00Z"),
            ("90m ago", "2026-11-22T01:20:00Z"),
            ("15 min ago", "2026-11-22T02:35:00Z"),
            ("2 days ago", "2026-11-20T02:50:00Z"),
            ("2 days ago 14:00", "2026-11-20T14:00:00Z"),
            ("1 week ago", "2026-11-15T02:50:00Z"),
            ("1 month ago", "2026-10-22T02:50:00Z"),
            ("2026-12-01", "2026-12-01T00:00:00Z"),
            ("tomorrow 01:00", "2026-11-23T01:00:00Z"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(meant), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_two() {
        let unknown = |text: &str| BadTime::Unknown(text.to_owned());
        for text in [
            "",
            "soon",
            "7",
            "2026",
            "25:00",
            "2:40 CET",
            "02:40 Europe/Berlin",
            "2026-13-01",
            "2026-02-30",
            "02:40 +99:00",
            "2026-11-22 02:60",
            "yesterday yesterday",
            "2h ago 14:00",
            "yesterday 14:00 CET",
            "2 days",
            "ago",
            "2h 30",
            "99999999999h ago",
            "99999999 months ago",
            "1 fortnight ago",
            "yesterday, 14:00",
            "gestern 14:00",
            "zwölf",
        ] {
            let found = at(text);
            assert!(found.is_err(), "{text}: {found:?}");
        }
        assert_eq!(at("soon"), Err(unknown("soon")));
        assert_eq!(at("2h"), Err(BadTime::Length("2h".to_owned())));
        assert_eq!(at("10/11/2026"), Err(BadTime::DayOrMonth("10/11/2026".to_owned())));
        assert_eq!(at("10.11.2026"), Err(BadTime::DayOrMonth("10.11.2026".to_owned())));
    }

    #[test]
    fn both_clocks_are_shown() {
        let moment = Moment::read("02:40", now(), &Utc).unwrap();
        let east = FixedOffset::east_opt(3600).unwrap();
        assert_eq!(moment.on_both_clocks(&east), "2026-11-22 02:40:00 UTC (03:40:00 +01:00 local time)");
        let west = FixedOffset::west_opt(10_800).unwrap();
        assert_eq!(moment.on_both_clocks(&west), "2026-11-22 02:40:00 UTC (2026-11-21 23:40:00 -03:00 local time)");
        assert_eq!(moment.on_both_clocks(&Utc), "2026-11-22 02:40:00 UTC (the same in local time)");
    }
}
