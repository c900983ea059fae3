//! The Director's locks (`bosh locks`). It lists expired ones for another minute (cloudfoundry/bosh
//! `api/controllers/locks_controller.rb`), and those of a killed worker until they expire (`lock.rb`).

use chrono::{DateTime, NaiveDateTime, Utc};

use super::answer::Row;
use super::seen::cell;
use super::{Bosh, BoshError};
use crate::domain::ids::VmCid;

/// A lock that is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// `deployment`, `vm` and others.
    pub kind: String,
    /// The name of the locked resource.
    pub resource: String,
    /// The task that took it.
    pub task: String,
    /// When it expires unless it is renewed, UTC; `None` if that is not told.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Lock {
    /// Whether it keeps others away at this instant.
    pub fn is_held(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end >= now)
    }

    /// A description in the operator's words.
    pub fn describe(&self) -> String {
        format!("the lock of {} {} (task {})", self.kind, self.resource, self.task)
    }

    fn of(row: &Row) -> Lock {
        Lock {
            kind: cell(row, "type").to_owned(),
            resource: cell(row, "resource").to_owned(),
            task: cell(row, "task_id").to_owned(),
            expires_at: NaiveDateTime::parse_from_str(cell(row, "expires_at"), "%a %b %e %H:%M:%S UTC %Y")
                .ok()
                .map(|time| time.and_utc()),
        }
    }
}

impl Bosh {
    /// The locks of a deployment and of a VM that keep others away now.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn locks_on(&self, deployment: &str, vm: Option<&VmCid>, now: DateTime<Utc>) -> Result<Vec<Lock>, BoshError> {
        let of_it = |lock: &Lock| match lock.kind.as_str() {
            "deployment" => lock.resource.split(':').any(|name| name == deployment),
            "vm" => vm.is_some_and(|vm| lock.resource == vm.as_str()),
            _ => false,
        };
        Ok(self.rows(&["locks"])?.iter().map(Lock::of).filter(|lock| of_it(lock) && lock.is_held(now)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_lock_keeps_nobody_away() {
        let row =
            |at: &str| Row::from([("type", "vm"), ("expires_at", at)].map(|(key, text)| (key.into(), text.into())));
        let now = "2026-11-28T03:30:00Z".parse().unwrap();
        assert!(!Lock::of(&row("Sat Nov 28 03:29:59 UTC 2026")).is_held(now));
        assert!(Lock::of(&row("Sat Nov 28 03:30:00 UTC 2026")).is_held(now));
        assert!(Lock::of(&row("soon")).is_held(now), "what cannot be read holds");
    }
}
