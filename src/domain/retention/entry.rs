//! The facts that retention needs about a snapshot.

use chrono::{DateTime, Utc};

use crate::domain::ids::OperationId;

/// The quality of a snapshot, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// A disk can be made from it, and its bytes are of one instant.
    Good,
    /// Its bytes are of different instants.
    Torn,
    /// A restore took it of the disk that it orphaned: that disk may be the damaged one.
    Safety,
    /// A drill found its content wrong.
    Unsound,
    /// The cloud does not have it, or not ready.
    NotReady,
}

/// A reason why a snapshot is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// An operation that has not ended.
    Pending(OperationId),
    /// The undo of this operation.
    Undo(OperationId),
    /// Going back to the state before this change, which is under way or has failed; the change's id.
    Change(String),
}

/// A snapshot, as retention sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its CID, which distinguishes it from another one of the same time.
    pub cid: &'a str,
    /// Its instance: the UUID, or the name if it has none.
    pub who: String,
    /// The instance's group.
    pub group: &'a str,
    /// The schedule that took it.
    pub schedule: Option<&'a str>,
    /// The set that it was taken in: the operation, and whether it is a safety snapshot. `None` if it stands alone.
    pub set: Option<(&'a str, bool)>,
    /// The slot of its disk, if known.
    pub slot: Option<u32>,
    /// True if the instance has that disk now.
    pub current: bool,
    /// The slots that the instance has now; empty if that is not known.
    pub slots: &'a [u32],
    /// True if it was taken under the name that the instance has now: commands find the instance by that name.
    pub named: bool,
    /// True if the instance is no longer in any inventory.
    pub gone: bool,
    /// Since when it is in no inventory, UTC, if known.
    pub gone_since: Option<DateTime<Utc>>,
    /// Its position in the order of the journal. Of two snapshots, the one with the higher rank is newer, whatever a
    /// clock said.
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
    /// Whether its time counts: the time is known, and not in the future.
    pub(super) fn has_time(&self, now: DateTime<Utc>) -> bool {
        self.time_trusted && self.taken_at <= now
    }

    /// Whether a restore could rely on it.
    pub(super) fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.quality == Quality::Good && self.has_time(now)
    }
}
