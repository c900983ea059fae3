//! The questions that lists answer.

use chrono::{DateTime, Utc};

use crate::domain::ids::OperationId;
use crate::domain::instance::InstanceName;
use crate::domain::snapshot::Snapshot;

/// The instances whose snapshots are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotsOf {
    /// The group.
    pub group: String,
    /// Only this index in it.
    pub index: Option<u32>,
    /// Only the instance with this UUID; if its UUID is not known, the index decides.
    pub uuid: Option<String>,
}

impl SnapshotsOf {
    /// The snapshots of an instance, by its name.
    pub fn instance(name: &InstanceName) -> Self {
        SnapshotsOf { group: name.group.clone(), index: Some(name.index), uuid: None }
    }
}

/// Which snapshots to list.
#[derive(Debug, Clone, Default)]
pub struct SnapshotFilter {
    /// Only of this deployment.
    pub deployment: Option<String>,
    /// Only of these, each once; of all if there are none.
    pub of: Vec<SnapshotsOf>,
    /// Only taken before this time (exclusive).
    pub before: Option<DateTime<Utc>>,
    /// Only taken at or after this time.
    pub after: Option<DateTime<Utc>>,
    /// Only those that this operation took: a set.
    pub operation: Option<OperationId>,
    /// Only clean ones.
    pub clean: bool,
    /// If all that is found is the Director's, in the Director's order.
    pub as_the_director: bool,
}

/// The newest snapshots of an instance.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    /// In their order, the oldest of them first.
    pub snapshots: Vec<Snapshot>,
    /// Whether these are all.
    pub all: bool,
}
