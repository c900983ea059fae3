//! The life of an instance: what has happened to its disks, as a tree. Each disk is a line of events; the line of a
//! disk that was made from a snapshot begins at that snapshot.

mod course;
mod tree;

use chrono::{DateTime, Utc};

use super::guarded::GuardedChange;
use super::ids::{DiskCid, OperationId, SnapshotCid};
use super::instance::{Disk, Instance};
use super::operation::{OperationState, Verb};
use super::snapshot::Snapshot;

/// All that the state file holds about an instance, in any order.
#[derive(Debug, Clone)]
pub struct Known {
    /// The instance, with its current disks.
    pub instance: Instance,
    /// The disks that it no longer has, or that were made for it, and that still exist.
    pub orphaned: Vec<Disk>,
    /// Its snapshots that exist.
    pub snapshots: Vec<Snapshot>,
    /// Snapshots that are gone, but from which a disk was made.
    pub gone: Vec<Snapshot>,
    /// Those of them that snapback has deleted.
    pub deleted: Vec<SnapshotCid>,
    /// Its restores and undos.
    pub swaps: Vec<Swap>,
    /// The drills of its snapshots.
    pub drills: Vec<Drill>,
    /// The changes of its deployment.
    pub changes: Vec<GuardedChange>,
}

/// A restore or an undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The operation.
    pub operation: OperationId,
    /// Whether it was a restore or an undo.
    pub verb: Verb,
    /// When it ended, or began if it has not ended, UTC.
    pub at: DateTime<Utc>,
    /// The state of the operation.
    pub state: OperationState,
    /// The exchanged disks, by slot.
    pub disks: Vec<Exchange>,
}

/// A disk that replaces another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The slot among the instance's disks.
    pub slot: u32,
    /// The disk that was there, if there was one.
    pub old: Option<DiskCid>,
    /// The disk that replaced it, if there is one.
    pub new: Option<DiskCid>,
    /// The snapshot that the new one was made from.
    pub snapshot: Option<SnapshotCid>,
}

/// A drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// The operation.
    pub operation: OperationId,
    /// When it ended, or began if it has not ended, UTC.
    pub at: DateTime<Utc>,
    /// The snapshot that it tried.
    pub snapshot: SnapshotCid,
    /// The result.
    pub found: Found,
}

/// The result of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Its content is right.
    Right,
    /// Its content is wrong.
    Wrong,
    /// The cloud can make no disk from it.
    Lost,
    /// No result: the drill ended before it could look.
    Nothing,
}

/// Something that happened, or a disk as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, UTC. A disk has the time since which it is in its present state.
    pub at: DateTime<Utc>,
    /// The kind of event, with its details.
    pub what: What,
    /// The disk that it happened to, if known.
    pub disk: Option<DiskCid>,
    /// The index of the event before: on the same disk, or the snapshot that the disk was made from.
    pub before: Option<usize>,
}

/// The kind of an event, with its details.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A disk in its present state: it stands above all that happened to it.
    Disk(Now),
    /// A snapshot that was taken.
    Snapshot {
        /// The snapshot.
        snapshot: Box<Snapshot>,
        /// True if it is gone by now.
        gone: bool,
        /// True if snapback has deleted it.
        deleted: bool,
    },
    /// A restore or an undo, on the disk that it brought, or on the disk that stayed if it did not succeed.
    Swap(Swap, Exchange),
    /// A drill, on the disk of its snapshot.
    Drill(Drill),
    /// A change that `guard` watched, on the disk that the instance had then.
    Change(GuardedChange),
}

/// A disk in its present state.
#[derive(Debug, Clone, PartialEq)]
pub struct Now {
    /// The disk, if it is known: a disk that is gone is only a CID.
    pub disk: Option<Disk>,
    /// Its CID.
    pub cid: DiskCid,
    /// Whether the instance has it now, has lost it, or it is gone.
    pub is: Is,
    /// The snapshot that it was made from.
    pub origin: Option<SnapshotCid>,
}

/// The relation of a disk to its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// The instance uses it.
    Current,
    /// The instance used it, or it was made for it. It is kept.
    Kept,
    /// It does not exist any more.
    Gone,
}

/// The events of an instance, newest first: each event comes before the one that it names as its predecessor. `wanted`
/// says whether an event is shown. The lines stay connected across events that are left out.
pub fn life(known: &Known, now: DateTime<Utc>, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let course = course::of(known, now);
    tree::newest_first(tree::only(course, wanted))
}

#[cfg(test)]
mod tests;
