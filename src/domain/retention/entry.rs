//! What retention has to know of a snapshot.

use chrono::{DateTime, Utc};

use crate::domain::ids::OperationId;

/// The quality of a snapshot, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// A disk can be made of it, and its bytes are of one instant.
    Good,
    /// Its bytes are of different instants.
    Torn,
    /// A restore took it of the disk that it put away: that may be the damaged one.
    Safety,
    /// A drill found its content wrong.
    Unsound,
    /// The cloud has it not, or not ready.
    NotReady,
}

/// A reason why a snapshot is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// An operation that has not ended.
    Pending(OperationId),
    /// The undo of this operation.
    Undo(OperationId),
    /// Going back to before this change, which is under way or has failed: its id.
    Change(String),
}

/// A snapshot, as retention sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name, which tells it from another of the same time.
    pub cid: &'a str,
    /// Of which instance it is: its UUID, or its name where it has none.
    pub who: String,
    /// The instance's group.
    pub group: &'a str,
    /// The schedule that took it.
    pub schedule: Option<&'a str>,
    /// The set of snapshots taken at once: the operation, and whether it is a safety snapshot. `None` if it stands
    /// alone.
    pub set: Option<(&'a str, bool)>,
    /// The slot of its disk, where known.
    pub slot: Option<u32>,
    /// True if the instance has that disk now.
    pub current: bool,
    /// The slots that the instance has now; empty where that is not known.
    pub slots: &'a [u32],
    /// True if it was taken under the name that the instance has now: the instance is looked up by that.
    pub named: bool,
    /// True if the instance is in no inventory any more.
    pub gone: bool,
    /// Since when it is in none, UTC, where known.
    pub gone_since: Option<DateTime<Utc>>,
    /// Its place in the course of all that was taken, by the journal: of two, the higher one is newer, whatever a clock said.
    pub rank: usize,
    /// When it was taken, UTC.
    pub taken_at: DateTime<Utc>,
    /// True if that time can be right.
    pub time_trusted: bool,
    /// When it expires, UTC.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether a restore can rely on it.
    pub quality: Quality,
    /// True if a drill found its content right.
    pub verified: bool,
    /// Why the operator holds it.
    pub held: Option<&'a str>,
    /// The reasons why it is needed; empty if there are none.
    pub needs: Vec<Need>,
}

impl Entry<'_> {
    /// Whether its time counts: it is known, and not in the future.
    pub(super) fn has_time(&self, now: DateTime<Utc>) -> bool {
        self.time_trusted && self.taken_at <= now
    }

    /// Whether a restore could be built on it.
    pub(super) fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.quality == Quality::Good && self.has_time(now)
    }
}
