//! A point in time that jumps forward as `Fugit::Cron::TimeCursor` does, with its steps at the change of clocks.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::values::{Weekday, Which};
use super::zone::Zone;

const DAY: i64 = 86_400;

pub(super) struct Cursor {
    zone: Zone,
    seconds: i64,
    local: NaiveDateTime,
}

impl Cursor {
    pub(super) fn new(zone: Zone, seconds: i64) -> Cursor {
        Cursor { local: zone.local(seconds), zone, seconds }
    }

    fn set(&mut self, seconds: i64) {
        self.seconds = seconds;
        self.local = self.zone.local(seconds);
    }

    pub(super) fn go(&mut self, seconds: i64) {
        self.set(self.seconds + seconds);
    }

    /// The seconds since 1970, UTC.
    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    pub(super) fn month(&self) -> i32 {
        self.local.month().cast_signed()
    }

    pub(super) fn day(&self) -> i32 {
        self.local.day().cast_signed()
    }

    pub(super) fn hour(&self) -> i32 {
        self.local.hour().cast_signed()
    }

    pub(super) fn minute(&self) -> i32 {
        self.local.minute().cast_signed()
    }

    pub(super) fn second(&self) -> i32 {
        self.local.second().cast_signed()
    }

    /// The first second of the next month.
    fn next_month(&self) -> i64 {
        let (year, month) = match self.local.month() {
            12 => (self.local.year() + 1, 1),
            month => (self.local.year(), month + 1),
        };
        let first =
            NaiveDate::from_ymd_opt(year, month, 1).and_then(|day| day.and_hms_opt(0, 0, 0)).unwrap_or(self.local);
        // If clocks jump over midnight, the day begins an hour later.
        (0..24)
            .find_map(|hour| self.zone.utc(first + chrono::TimeDelta::hours(hour)))
            .unwrap_or(self.seconds + 31 * DAY)
    }

    pub(super) fn leap_month(&mut self) {
        self.set(self.next_month());
    }

    pub(super) fn leap_day(&mut self) {
        let (hour, minute, second) = (self.local.hour(), self.local.minute(), self.local.second());
        self.go(i64::from(24 - hour) * 3600 - i64::from(minute) * 60 - i64::from(second));
        let hour = self.local.hour();
        if hour == 0 {
            return;
        }
        let midnight = self.local.date().and_hms_opt(0, 0, 0).filter(|_| hour < 12);
        match midnight.and_then(|midnight| self.zone.utc(midnight)) {
            Some(midnight) => self.set(midnight),
            None => self.go(i64::from(24 - hour) * 3600),
        }
    }

    pub(super) fn leap_hour(&mut self) {
        self.go(i64::from(60 - self.local.minute()) * 60 - i64::from(self.local.second()));
    }

    pub(super) fn leap_minute(&mut self) {
        self.go(i64::from(60 - self.local.second()));
    }

    /// Jumps to the next of these seconds, in this minute or in the next one.
    pub(super) fn leap_second(&mut self, of: &[i32]) {
        let now = self.second();
        let next = of.iter().find(|second| **second > now).map(|second| second - now);
        self.go(next.unwrap_or_else(|| 60 - now + of.first().copied().unwrap_or(0)).into());
    }

    /// The number from which days are counted that count from the end: one more than the month has. A day before the
    /// first of the next month is a day of 24 hours.
    pub(super) fn end_of_month(&self) -> i32 {
        self.zone.local(self.next_month() - DAY).day().cast_signed() + 1
    }

    pub(super) fn is(&self, wanted: Weekday) -> bool {
        if i64::from(wanted.day) != i64::from(self.local.weekday().num_days_from_sunday()) {
            return false;
        }
        match wanted.which {
            Which::Each => true,
            Which::OfMonth(nth) => {
                let (day, days) = (i64::from(self.local.day()), i64::from(self.local.num_days_in_month()));
                nth == (day - 1) / 7 + 1 || nth == -((days - day) / 7 + 1)
            }
            Which::OfWeeks(each, offset) => self.week().rem_euclid(each) == offset.rem_euclid(each),
        }
    }

    /// The weeks since 2018-12-31, a Monday. They are counted from noon to noon, so in summer time a Monday still
    /// belongs to the week before (`EtOrbi::EoTime#rday`).
    fn week(&self) -> i64 {
        let noon =
            |day: Option<NaiveDate>| day.and_then(|day| day.and_hms_opt(12, 0, 0)).and_then(|noon| self.zone.utc(noon));
        let first = noon(NaiveDate::from_ymd_opt(2018, 12, 31)).unwrap_or(0);
        let today = noon(Some(self.local.date())).unwrap_or(self.seconds);
        (today - first).div_euclid(DAY).div_euclid(7)
    }
}
