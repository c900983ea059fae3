//! The values that go to a cloud and come back from it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{DiskCid, SnapshotCid, VmCid};
use crate::domain::snapshot::{Consistency, Metadata};

/// The capabilities of a CPI, known before the first effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// `snapshot_disk` takes snapshots that really exist afterwards.
    pub snapshots: bool,
    /// `create_disk_from_snapshot`.
    pub promote: bool,
    /// `list_snapshots`.
    pub list_snapshots: bool,
    /// `list_snapshots` by the metadata that a snapshot was taken with: it finds a lost snapshot by its token.
    pub find_snapshots: bool,
    /// `find_disk`: a lost disk is found by its token.
    pub find_disks: bool,
    /// `describe_snapshot`.
    pub describe_snapshots: bool,
    /// `attach_disk`, `detach_disk` and `get_disks`.
    pub attach: bool,
    /// For how long after an attach or a detach `get_disks` may still show the state before.
    pub lag: Duration,
    /// What a disk from a snapshot costs, besides its making.
    pub costs: Costs,
}

/// Costs and delays after a disk was made from a snapshot. An executable cannot be asked, so its costs are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Costs {
    /// Disks and snapshots cost money as long as they exist.
    pub billed: bool,
    /// A new disk's bytes are loaded when they are first read: the first reads are slow.
    pub lazy_reads: bool,
    /// A disk cannot be deleted as long as it has snapshots.
    pub snapshots_hold_disks: bool,
}

/// The properties of a disk from a snapshot, as far as its cloud tells them in advance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foreseen {
    /// Its size in MiB.
    pub size_mib: Option<u64>,
    /// Its type, with its speed and its encryption, in the cloud's words.
    pub kind: Option<String>,
    /// The zone in which it will be.
    pub zone: Option<String>,
}

/// The life of a snapshot in the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotState {
    /// Being made.
    Pending,
    /// Usable.
    Ready,
    /// It will never be usable.
    Failed,
    /// The cloud does not have it.
    Missing,
}

/// The answer of `describe_snapshot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotStatus {
    /// The state of the snapshot.
    pub state: SnapshotState,
    /// Its progress in percent, if the cloud tells.
    pub progress: Option<u8>,
    /// The size of a disk made from it, in MiB, if the cloud tells.
    pub size_mib: Option<u64>,
    /// How far its bytes can be trusted, if the cloud tells.
    pub consistency: Option<Consistency>,
}

/// A row of `list_snapshots`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudSnapshot {
    /// Its CID.
    pub cid: SnapshotCid,
    /// The disk that it is of.
    pub disk: DiskCid,
    /// When it was taken, UTC: an instant during the call that took it, by the cloud's clock.
    pub created_at: DateTime<Utc>,
    /// The disk's size then, in MiB.
    pub size_mib: Option<u64>,
    /// How far its bytes can be trusted.
    pub consistency: Consistency,
    /// Its state.
    pub state: SnapshotState,
    /// The metadata that the cloud keeps with it.
    pub metadata: Metadata,
}

/// How a snapshot may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SnapshotOptions {
    /// Accept a copy that was taken while something could write (`--allow-torn`).
    pub allow_torn: bool,
}

/// The wanted properties of a new disk.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DiskRequest {
    /// Its size in MiB; from a snapshot: at least the snapshot's, which is the default.
    pub size_mib: Option<u64>,
    /// The CPI's own properties.
    pub cloud_properties: Option<serde_json::Value>,
    /// Its availability zone.
    pub az: Option<String>,
    /// The VM that it will be attached to, which decides its place on some clouds.
    pub vm: Option<VmCid>,
}
