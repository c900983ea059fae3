//! Zones by name, as et-orbi 1.4.1 finds them (`lib/et-orbi/zone.rb`, `zones.rb`). Their rules are those of the machine
//! (`/usr/share/zoneinfo`), which its administrator keeps up to date, since governments change them at short notice. If
//! the machine has none, the compiled-in rules are used.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, TimeDelta, Timelike};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// 2026-01-01 and 2026-07-01, UTC: winter and summer, as et-orbi checks them.
const WINTER: i64 = 1_767_225_600;
const SUMMER: i64 = 1_782_864_000;

/// The zone of a schedule's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    Offset(FixedOffset),
    Named(TimeZone),
}

impl Zone {
    /// The local time of the zone at `seconds` since 1970 UTC.
    pub(super) fn local(&self, seconds: i64) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
        match self {
            Zone::Utc => utc,
            Zone::Offset(offset) => utc + *offset,
            Zone::Named(zone) => match Timestamp::from_second(seconds) {
                Ok(at) => utc + TimeDelta::seconds(i64::from(zone.to_offset(at).seconds())),
                Err(_) => utc,
            },
        }
    }

    /// When a clock there shows this, in seconds since 1970: the first time if it does so twice, `None` if it never
    /// does.
    pub(super) fn utc(&self, local: NaiveDateTime) -> Option<i64> {
        match self {
            Zone::Utc => Some(local.and_utc().timestamp()),
            Zone::Offset(offset) => Some((local - *offset).and_utc().timestamp()),
            Zone::Named(zone) => {
                let offset = match zone.to_ambiguous_timestamp(civil(local)?).offset() {
                    AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => offset,
                    AmbiguousOffset::Gap { .. } => return None,
                };
                Some(local.and_utc().timestamp() - i64::from(offset.seconds()))
            }
        }
    }
}

fn civil(local: NaiveDateTime) -> Option<civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    let (year, month, day) = (i16::try_from(local.year()).ok()?, small(local.month())?, small(local.day())?);
    civil::DateTime::new(year, month, day, small(local.hour())?, small(local.minute())?, small(local.second())?, 0).ok()
}

/// The zone of exactly this name.
fn named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

/// The right spelling of a zone's name that differs only in upper and lower case; `None` if there is no such name.
pub(super) fn spelled(name: &str) -> Option<String> {
    if name.eq_ignore_ascii_case("z") {
        return Some("UTC".to_owned());
    }
    let zone = TimeZone::get(name).ok()?;
    zone.iana_name().filter(|right| *right != name).map(str::to_owned)
}

/// The zone of this name or offset. As in et-orbi, additional letters at its end do no harm.
pub(super) fn find(name: &str) -> Option<Zone> {
    if name.starts_with(['+', '-']) {
        return offset(name).map(Zone::Offset);
    }
    let name = match name {
        "UTC-11" => "Etc/GMT+11",
        "UTC+12" => "Etc/GMT-12",
        "UTC-02" => "Etc/GMT+2",
        "CST5CDT" => "CST6CDT",
        name => name,
    };
    if let Some(zone) = by_abbreviation(name) {
        return Some(Zone::Named(zone));
    }
    for end in (1..=name.len()).rev() {
        let front = name.get(..end)?;
        // A name of et-orbi's list that it then cannot find.
        if front.strip_prefix("UTC").is_some_and(|rest| matches!(rest.parse::<i8>(), Ok(-12..=12)) && canonical(rest)) {
            return None;
        }
        if let Some(zone) = named(front) {
            return Some(Zone::Named(zone));
        }
    }
    None
}

fn canonical(number: &str) -> bool {
    number.starts_with(['+', '-'])
        && (number.len() == 2 || !number.get(1..).is_some_and(|digits| digits.starts_with('0')))
}

/// `EST-5`: the first zone with this abbreviation and offset in winter or in summer.
fn by_abbreviation(name: &str) -> Option<TimeZone> {
    let sign = name.find(['+', '-'])?;
    let (letters, offset) = name.split_at_checked(sign)?;
    if !(3..=4).contains(&letters.len()) || !letters.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let digits = offset.get(1..)?;
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = if digits.len() > 2 { digits.split_at_checked(digits.len() - 2)? } else { (digits, "0") };
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    let seconds = if offset.starts_with('-') { -seconds } else { seconds };
    let names = [Some(letters.to_owned()), (letters.len() < 4).then(|| format!("{letters}T"))];
    let days = [WINTER, SUMMER].map(|day| Timestamp::from_second(day).unwrap_or_default());
    let mut zones: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    zones.sort_unstable();
    zones.iter().filter_map(|zone| named(zone)).find(|zone| {
        days.iter().any(|at| {
            let there = zone.to_offset_info(*at);
            there.offset() == Offset::from_seconds(seconds).unwrap_or(Offset::MAX)
                && names.iter().flatten().any(|name| name == there.abbreviation())
        })
    })
}

/// Reads `+02:00`, up to 11 hours. et-orbi reads `-00:30` as `+00:30`.
fn offset(text: &str) -> Option<FixedOffset> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours * 3600 + minutes * 60;
    let seconds = if text.starts_with('-') && hours > 0 { -seconds } else { seconds };
    FixedOffset::east_opt(seconds).filter(|_| hours <= 11)
}
