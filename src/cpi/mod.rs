//! Clouds: what can be asked of one ([`Queries`]) and done to one ([`Effects`]).
//!
//! The methods are the BOSH CPI's own (docs-bosh `content/cpi-api-v2-method/`), plus a recovery extension
//! that no CPI has today: `create_disk_from_snapshot`, `list_snapshots`, `describe_snapshot` and
//! `find_disk`. Nothing here knows the state file: an effect takes an [`Intent`], which only a committed
//! journal row hands out.

pub mod builtin;
pub mod error;
pub mod executable;
pub mod retry;
pub mod wire;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::{Consistency, Metadata};

pub use crate::domain::instance::DiskMade;
pub use crate::domain::snapshot::SnapshotTaken;
pub use error::{CpiError, CpiErrorKind};

/// What every call gives back.
pub type CpiResult<T> = Result<T, CpiError>;

/// What a CPI can do, known before the first effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// `snapshot_disk` takes snapshots that exist afterwards.
    pub snapshots: bool,
    /// `create_disk_from_snapshot`.
    pub promote: bool,
    /// `list_snapshots`.
    pub list_snapshots: bool,
    /// `list_snapshots` by the metadata that a snapshot was taken with: a lost one is found by its token.
    pub find_snapshots: bool,
    /// `find_disk`: a lost disk is found by its token.
    pub find_disks: bool,
    /// `describe_snapshot`.
    pub describe_snapshots: bool,
    /// `attach_disk`, `detach_disk` and `get_disks`.
    pub attach: bool,
    /// For how long after an attach or a detach `get_disks` may still show how it was before.
    pub lag: Duration,
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
    /// Where it stands.
    pub state: SnapshotState,
    /// How far it is, in percent, where the cloud tells.
    pub progress: Option<u8>,
    /// The size of a disk made from it, in MiB, where the cloud tells.
    pub size_mib: Option<u64>,
    /// How far its bytes can be trusted, where the cloud tells.
    pub consistency: Option<Consistency>,
}

/// A row of `list_snapshots`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudSnapshot {
    /// Its CID.
    pub cid: SnapshotCid,
    /// The disk that it is of.
    pub disk: DiskCid,
    /// When it was taken, UTC: an instant of the call that took it, by the cloud's clock.
    pub created_at: DateTime<Utc>,
    /// The disk's size then, in MiB.
    pub size_mib: Option<u64>,
    /// How far its bytes can be trusted.
    pub consistency: Consistency,
    /// Where it stands.
    pub state: SnapshotState,
    /// What the cloud keeps with it.
    pub metadata: Metadata,
}

/// How a snapshot may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SnapshotOptions {
    /// Accept a copy that was taken while something could write (`--allow-torn`).
    pub allow_torn: bool,
}

/// What a new disk shall be like.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiskRequest {
    /// Its size in MiB; from a snapshot: at least the snapshot's, which is the default.
    pub size_mib: Option<u64>,
    /// The CPI's own properties.
    pub cloud_properties: Option<serde_json::Value>,
    /// Where it shall be.
    pub az: Option<String>,
    /// The VM that it shall be attached to, which places it on some clouds.
    pub vm: Option<VmCid>,
}

/// What can be asked. No query changes anything.
pub trait Queries: Send + Sync {
    /// The name under which the manifest knows it.
    fn name(&self) -> &CpiName;

    /// What it can do. No call to the cloud.
    fn capabilities(&self) -> Capabilities;

    /// Whether the cloud has the disk.
    ///
    /// # Errors
    /// The CPI's; a missing disk is no error.
    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool>;

    /// The disks that are attached to the VM, in a stable order; also those that are no disk of an instance's. Only
    /// `ops::vm_disks` asks: it knows how far the answer can be trusted.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], or the CPI's.
    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>>;

    /// The snapshots whose metadata hold all of `filter`, in the order of their making.
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's.
    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>>;

    /// Where a snapshot stands; a missing one is [`SnapshotState::Missing`].
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's.
    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus>;

    /// The disk that was made under this token, if any.
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's.
    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>>;

    /// The operations of which something half-made or half-deleted stands in the cloud. A CPI that cannot list it has none.
    ///
    /// # Errors
    /// The CPI's.
    fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        Ok(Vec::new())
    }

    /// The raw image of a disk, where that is a file on this machine.
    fn disk_image(&self, _disk: &DiskCid) -> Option<PathBuf> {
        None
    }

    /// The raw image of a snapshot, where that is a file on this machine. It must not be written to.
    fn snapshot_image(&self, _snapshot: &SnapshotCid) -> Option<PathBuf> {
        None
    }
}

/// What can be done. Each needs a committed intent.
pub trait Effects: Send + Sync {
    /// Makes an empty disk of `request.size_mib`.
    ///
    /// # Errors
    /// The CPI's.
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade>;

    /// Deletes a disk that no VM has.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`], or the CPI's.
    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()>;

    /// Takes a snapshot. The metadata go with it where the cloud can hold them.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`] where only a torn copy could be had, or the
    /// CPI's.
    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken>;

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// [`CpiErrorKind::SnapshotNotFound`] where the cloud no longer has it and says so, or the CPI's.
    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()>;

    /// Makes a disk that holds what the snapshot holds. Asked again with the same token it gives the same
    /// disk, where the CPI can find by token.
    ///
    /// # Errors
    /// [`CpiErrorKind::SnapshotNotFound`], [`CpiErrorKind::NotSupported`], or the CPI's.
    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade>;

    /// Attaches a disk; one that the VM already has is left as it is.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`] where another VM
    /// has it, or the CPI's.
    fn attach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()>;

    /// Detaches a disk.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], [`CpiErrorKind::DiskNotAttached`], or the CPI's.
    fn detach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()>;

    /// Sets the keys given, and keeps the others.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], or the CPI's.
    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()>;

    /// Removes what dead steps of `operation` left half-made; gives the number of things removed.
    ///
    /// # Errors
    /// The CPI's. A CPI that leaves nothing half-made under snapback's eyes gives 0.
    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize>;
}

/// A cloud.
pub trait Cpi: Queries + Effects {}

impl<T: Queries + Effects> Cpi for T {}
