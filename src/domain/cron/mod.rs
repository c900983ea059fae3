//! The cron strings of the Director: those of rufus-scheduler 3.9.2, which are those of fugit 1.13.0
//! (`lib/fugit/cron.rb`) with the zones of et-orbi 1.4.1. snapback accepts the same strings and computes the same
//! times, with all their oddities.
//!
//! A string without a zone is in UTC, the zone of a Director's process. A random time (`10 ~ * * *`), which the
//! Director draws anew at each start, is derived from the text here: it is always the same. fugit skips a time after
//! the end of summer time whose digits are those of the UTC time from which it searches; snapback does not.

mod cursor;
mod element;
mod error;
mod field;
mod grammar;
mod month_days;
mod values;
mod zone;

use std::fmt;

use chrono::{DateTime, Utc};

pub use error::BadCron;

use cursor::Cursor;
use grammar::Line;
use values::{Rule, Weekday};
use zone::Zone;

/// After how many steps a search ends, as in fugit: each jumps over a month, a day, an hour or less that does not
/// match.
const MOST_LOOKS: usize = 2048;

/// The times of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    rule: Rule,
    zone: Zone,
}

impl Cron {
    /// Reads a cron string of 5 or 6 fields, or an alias such as `@daily`, with or without a zone at its end.
    ///
    /// # Errors
    /// [`BadCron`]: which field, in which column, and what is wrong. A string whose time never comes is an error, too.
    pub fn parse(text: &str) -> Result<Cron, BadCron> {
        let Line { fields, day_and, zone } = grammar::read(text)?;
        let mut rule = values::rule(text, &fields)?;
        rule.day_and = day_and;
        month_days::compact(&mut rule).map_err(|why| BadCron::whole(text, why))?;
        let zone = match zone {
            None => Zone::Utc,
            Some((name, at)) => zone::find(&name).ok_or_else(|| BadCron::of_zone(text, &name, at))?,
        };
        let cron = Cron { text: text.trim().to_owned(), rule, zone };
        match cron.after(DateTime::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(BadCron::whole(text, "it never comes: no day matches all of its fields")),
        }
    }

    /// The first time after this one, UTC in whole seconds; `None` if there is none within some decades.
    pub fn after(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut cursor = Cursor::new(self.zone.clone(), from.timestamp());
        let rule = &self.rule;
        for _ in 0..MOST_LOOKS {
            if cursor.seconds() == from.timestamp() {
                cursor.go(1);
            } else if !matches(rule.months.as_ref(), cursor.month()) {
                cursor.leap_month();
            } else if !self.day_matches(&cursor) {
                cursor.leap_day();
            } else if !matches(rule.hours.as_ref(), cursor.hour()) {
                cursor.leap_hour();
            } else if !matches(rule.minutes.as_ref(), cursor.minute()) {
                cursor.leap_minute();
            } else if !matches(rule.seconds.as_ref(), cursor.second()) {
                cursor.leap_second(rule.seconds.as_deref().unwrap_or_default());
            } else {
                return DateTime::from_timestamp(cursor.seconds(), 0);
            }
        }
        None
    }

    fn day_matches(&self, cursor: &Cursor) -> bool {
        let of_month = |days: &Vec<i32>| {
            let end = cursor.end_of_month();
            days.iter().any(|day| if *day < 1 { end + day == cursor.day() } else { *day == cursor.day() })
        };
        let of_week = |days: &Vec<Weekday>| days.iter().any(|day| cursor.is(*day));
        match (self.rule.monthdays.as_ref(), self.rule.weekdays.as_ref()) {
            (Some(month), Some(week)) if self.rule.day_and => of_month(month) && of_week(week),
            (Some(month), Some(week)) => of_month(month) || of_week(week),
            (month, week) => month.is_none_or(of_month) && week.is_none_or(of_week),
        }
    }
}

fn matches(values: Option<&Vec<i32>>, value: i32) -> bool {
    values.is_none_or(|values| values.contains(&value))
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
