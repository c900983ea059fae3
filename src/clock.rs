//! Time and fresh identifiers, as values that a test can fix.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::domain::ids::OperationId;
use crate::error::{Error, Kind, Result};

/// Where the current time comes from. All times are UTC, in whole milliseconds.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always this instant (tests).
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => at(SystemTime::now()).trunc_subsecs(3),
            Clock::Fixed(instant) => *instant,
        }
    }

    /// Checks that the clock can be right: no snapshot is older than its cloud.
    ///
    /// # Errors
    /// [`Kind::Failed`]: the time is before 1970. A machine's clock shows that if it has lost its battery.
    pub fn check(&self) -> Result<()> {
        let now = self.now();
        if now >= DateTime::UNIX_EPOCH {
            return Ok(());
        }
        let message = format!("the clock of this machine is before 1970: {}", now.format("%Y-%m-%d %H:%M:%S UTC"));
        Err(Error::new(Kind::Failed, message)
            .hint("nothing was done; set the clock (`timedatectl set-ntp true`), and run it again"))
    }
}

/// The same instant. `Utc::now` has no value for times before 1970.
fn at(time: SystemTime) -> DateTime<Utc> {
    let since = |duration: Duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
    let sum = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => DateTime::UNIX_EPOCH.checked_add_signed(since(after)),
        Err(before) => DateTime::UNIX_EPOCH.checked_sub_signed(since(before.duration())),
    };
    sum.unwrap_or(DateTime::UNIX_EPOCH)
}

/// Where fresh identifiers come from.
#[derive(Debug, Clone)]
pub enum Ids {
    /// Random (UUID version 4).
    Random,
    /// Counted up from a number (tests).
    Counted(Arc<AtomicU64>),
}

impl Ids {
    /// Identifiers counted up from `first`.
    pub fn counted(first: u64) -> Self {
        Ids::Counted(Arc::new(AtomicU64::new(first)))
    }

    /// A fresh UUID in its usual form.
    pub fn uuid(&self) -> String {
        match self {
            Ids::Random => uuid::Uuid::new_v4().to_string(),
            Ids::Counted(next) => {
                let number = next.fetch_add(1, Ordering::SeqCst);
                format!("00000000-0000-4000-8000-{number:012}")
            }
        }
    }

    /// A fresh operation id: twelve hexadecimal digits.
    pub fn operation(&self) -> OperationId {
        let uuid = self.uuid();
        OperationId::new(uuid[uuid.len() - 12..].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_is_an_error_and_no_bug() {
        let before = at(SystemTime::UNIX_EPOCH - Duration::from_secs(3600));
        assert_eq!(before.to_rfc3339(), "1969-12-31T23:00:00+00:00");
        assert!(Clock::Fixed(before).check().is_err());
        assert_eq!(at(SystemTime::UNIX_EPOCH), DateTime::UNIX_EPOCH);
        assert!(Clock::Fixed(DateTime::UNIX_EPOCH).check().is_ok() && Clock::System.check().is_ok());
    }
}
