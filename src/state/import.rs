//! The content of an inventory, and what an import made of it.

use std::collections::{BTreeSet, HashSet};

use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::instance::{Instance, ListedDisk};
use crate::domain::snapshot::Snapshot;

/// The kind of change to one instance, disk or snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Something about it is new.
    Changed,
    /// Another instance has its name now: one with another UUID. Its snapshots and disks stay its own.
    Replaced,
    /// It no longer exists; its disks are orphaned.
    Vanished,
    /// A disk that the instance no longer has: it is kept as orphaned.
    Orphaned,
    /// A snapshot of the Director's that the Director no longer has.
    Gone,
    /// Nothing.
    Unchanged,
}

impl ChangeKind {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Replaced => "replaced",
            ChangeKind::Vanished => "vanished",
            ChangeKind::Orphaned => "orphaned",
            ChangeKind::Gone => "gone",
            ChangeKind::Unchanged => "unchanged",
        }
    }
}

/// One line of an import's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The deployment.
    pub deployment: String,
    /// The instance, the disk or the snapshot.
    pub what: String,
    /// The kind of change.
    pub kind: ChangeKind,
}

/// The content of one import.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The instances of whole deployments: a known instance of theirs that is not among them vanishes.
    pub instances: Vec<Instance>,
    /// Further deployments that are complete, though they may have no instance.
    pub whole: BTreeSet<String>,
    /// Orphaned disks, each of a known instance or of none. Their sizes are rounded.
    pub orphans: Vec<ListedDisk>,
    /// Orphaned disks that their Director no longer has: their rows are kept.
    pub gone: Vec<(CpiName, DiskCid)>,
    /// The Director's lists.
    pub snapshots: Vec<DirectorsSnapshots>,
}

/// All snapshots that the Director has of a deployment: a known one of the Director's that is not among them is gone.
#[derive(Debug, Clone)]
pub struct DirectorsSnapshots {
    /// The deployment.
    pub deployment: String,
    /// The snapshots.
    pub snapshots: Vec<Snapshot>,
    /// Snapshots that the Director also has, but tells too little about: known ones stay as they are.
    pub untold: HashSet<SnapshotCid>,
}

impl Import {
    /// The deployments that the import describes completely.
    pub(super) fn deployments(&self) -> BTreeSet<&str> {
        let with_instances = self.instances.iter().map(|instance| instance.name.deployment.as_str());
        with_instances.chain(self.whole.iter().map(String::as_str)).collect()
    }
}
