//! Snapshots that are older than they should get.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::snapshot::Snapshot;
use super::time::{age, span};

/// Counts the snapshots that are older than an age.
#[derive(Debug)]
pub struct Old {
    than: Duration,
    now: DateTime<Utc>,
    count: usize,
    oldest: Option<(DateTime<Utc>, String)>,
}

impl Old {
    /// A count of none yet.
    pub fn than(than: Duration, now: DateTime<Utc>) -> Old {
        Old { than, now, count: 0, oldest: None }
    }

    /// Counts a snapshot if it is too old. If its time is not known, it is not counted.
    pub fn see(&mut self, snapshot: &Snapshot) {
        let at = snapshot.created_at;
        let is_old = TimeDelta::from_std(self.than).is_ok_and(|than| self.now - at > than);
        if !is_old || snapshot.time_untrusted {
            return;
        }
        self.count += 1;
        if self.oldest.as_ref().is_none_or(|(oldest, _)| at < *oldest) {
            self.oldest = Some((at, format!("{} of {}", snapshot.cid, snapshot.instance)));
        }
    }

    /// The sentence that warns of them; `None` if there are none.
    pub fn told(&self) -> Option<String> {
        let (at, oldest) = self.oldest.as_ref()?;
        let (than, old) = (span(self.than.as_secs()), age(*at, self.now));
        Some(match self.count {
            1 => format!(
                "snapshot {oldest} is {old} old, more than {than}: it grows, slows its disk, fills the storage, and is \
                 not a backup"
            ),
            count => format!(
                "{count} snapshots are older than {than}, {oldest} for one ({old}): they grow, slow their disks, fill \
                 the storage, and are not a backup"
            ),
        })
    }
}
