//! Zones by name, as et-orbi 1.4.1 finds them (`lib/et-orbi/zone.rb`, `zones.rb`).

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{OffsetName, TZ_VARIANTS, Tz};

/// Where a schedule's clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    Offset(FixedOffset),
    Named(Tz),
}

impl Zone {
    /// What the clock there shows, seconds since 1970 given.
    pub(super) fn local(self, seconds: i64) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
        utc + self.offset(utc)
    }

    fn offset(self, utc: NaiveDateTime) -> FixedOffset {
        match self {
            Zone::Utc => Utc.fix(),
            Zone::Offset(offset) => offset,
            Zone::Named(zone) => zone.offset_from_utc_datetime(&utc).fix(),
        }
    }

    /// When a clock there shows this, in seconds since 1970: the first time where it does so twice, none where it never does.
    pub(super) fn utc(self, local: NaiveDateTime) -> Option<i64> {
        match self {
            Zone::Utc => Some(local.and_utc().timestamp()),
            Zone::Offset(offset) => Some((local - offset).and_utc().timestamp()),
            Zone::Named(zone) => match zone.from_local_datetime(&local) {
                LocalResult::None => None,
                LocalResult::Single(time) => Some(time.timestamp()),
                LocalResult::Ambiguous(one, other) => Some(one.timestamp().min(other.timestamp())),
            },
        }
    }
}

/// The zone of this name or offset. As in et-orbi, letters too many at its end do no harm.
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
        // A name of its list that it then cannot find.
        if front.strip_prefix("UTC").is_some_and(|rest| matches!(rest.parse::<i8>(), Ok(-12..=12)) && canonical(rest)) {
            return None;
        }
        if let Ok(zone) = front.parse::<Tz>() {
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
fn by_abbreviation(name: &str) -> Option<Tz> {
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
    let day = |month: u32| NaiveDate::from_ymd_opt(2026, month, 1)?.and_hms_opt(0, 0, 0);
    let (winter, summer) = (day(1)?, day(7)?);
    let mut zones: Vec<Tz> = TZ_VARIANTS.to_vec();
    zones.sort_unstable_by_key(|zone| zone.name());
    zones.into_iter().find(|zone| {
        [winter, summer].iter().any(|at| {
            let there = zone.offset_from_utc_datetime(at);
            let called = there.abbreviation();
            there.fix().local_minus_utc() == seconds && names.iter().flatten().any(|name| Some(name.as_str()) == called)
        })
    })
}

/// `+02:00`, up to 11 hours. et-orbi takes `-00:30` for `+00:30`.
fn offset(text: &str) -> Option<FixedOffset> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours * 3600 + minutes * 60;
    let seconds = if text.starts_with('-') && hours > 0 { -seconds } else { seconds };
    FixedOffset::east_opt(seconds).filter(|_| hours <= 11)
}
