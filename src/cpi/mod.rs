//! Clouds: what can be asked of one ([`Queries`]) and done to one ([`Effects`]).
//!
//! A call is a value, a [`Query`] or an [`Effect`]. A backend answers it in one method, and a wrapper of a backend
//! ([`Around`]) needs only one method, too. The named methods are for the callers.
//!
//! The calls are the BOSH CPI's own (docs-bosh `content/cpi-api-v2-method/`), plus a recovery extension
//! that no CPI has today: `create_disk_from_snapshot`, `list_snapshots`, `describe_snapshot` and
//! `find_disk`. Nothing here knows the state file: an effect takes an [`Intent`], which only a committed
//! journal row hands out.

mod alone;
mod around;
pub mod builtin;
mod call;
mod copied;
pub mod error;
pub mod executable;
mod pair;
pub mod registry;
pub mod retry;
pub mod trace;
mod values;
pub mod wire;

use std::path::PathBuf;

use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::Metadata;
use crate::error::Error;

pub use crate::domain::instance::DiskMade;
pub use crate::domain::snapshot::SnapshotTaken;
pub use alone::Alone;
pub use around::Around;
pub use call::{Answer, Effect, Made, Query};
pub use copied::Copied;
pub use error::{CpiError, CpiErrorKind};
pub use pair::{Far, Pair, Role, Roles, Side};
pub use values::{
    Capabilities, CloudSnapshot, Costs, DiskRequest, Foreseen, SnapshotOptions, SnapshotState, SnapshotStatus,
};

/// The result of every call.
pub type CpiResult<T> = Result<T, CpiError>;

/// The queries: none changes anything.
pub trait Queries: Send + Sync {
    /// The name under which the manifest knows it.
    fn name(&self) -> &CpiName;

    /// Its capabilities. No call to the cloud is made.
    fn capabilities(&self) -> Capabilities;

    /// Asks. The answer is of the kind that belongs to the question ([`Query`]).
    ///
    /// # Errors
    /// Those of the named method.
    fn ask(&self, query: &Query) -> CpiResult<Answer>;

    /// Whether the cloud has the disk.
    ///
    /// # Errors
    /// Those of the CPI; a missing disk is not an error.
    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        call::asked(self, &Query::HasDisk(disk.clone()))
    }

    /// The disks that are attached to the VM, in a stable order; also those that are not a disk of an instance. Only
    /// `ops::vm_disks` asks: it knows how far the answer can be trusted.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], or the errors of the CPI.
    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        call::asked(self, &Query::GetDisks(vm.clone()))
    }

    /// The snapshots whose metadata hold all of `filter`, in the order of their making.
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the errors of the CPI.
    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        call::asked(self, &Query::ListSnapshots(filter.clone()))
    }

    /// The state of a snapshot; a missing one is [`SnapshotState::Missing`].
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the errors of the CPI.
    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        call::asked(self, &Query::DescribeSnapshot(snapshot.clone()))
    }

    /// The disk that was made under this token, if any.
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the errors of the CPI.
    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        call::asked(self, &Query::FindDisk(token.clone()))
    }

    /// The operations that left something half-made or half-deleted in the cloud. A CPI that cannot list it has none.
    ///
    /// # Errors
    /// Those of the CPI.
    fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        call::asked(self, &Query::Leftovers)
    }

    /// The VM on which the CPI itself runs: the Director's own (BOSH's `current_vm_id`).
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the errors of the CPI: it runs on no VM of its cloud.
    fn current_vm(&self) -> CpiResult<VmCid> {
        call::asked(self, &Query::CurrentVm)
    }

    /// Whether nobody has seen yet that all programs behind it mean the same cloud. [`Queries::has_disk`] of an
    /// existing disk shows it, or fails with [`CpiErrorKind::TwoClouds`].
    fn wants_witness(&self) -> bool {
        false
    }

    /// Why this is an executable alone, though snapback's own side of its cloud could work beside it. The hints tell
    /// how to get that side.
    fn why_alone(&self) -> Option<&Error> {
        None
    }

    /// Describes the disk that `create_disk_from_snapshot` would make; `None` if nobody can tell.
    ///
    /// # Errors
    /// Those that making it would have. A plan uses it.
    fn foresee(&self, _snapshot: &SnapshotCid, _request: &DiskRequest) -> CpiResult<Option<Foreseen>> {
        Ok(None)
    }

    /// The path of a disk's raw image, if that is a file on this machine.
    fn disk_image(&self, _disk: &DiskCid) -> Option<PathBuf> {
        None
    }

    /// The path of a snapshot's raw image, if that is a file on this machine. Nobody may write to it.
    fn snapshot_image(&self, _snapshot: &SnapshotCid) -> Option<PathBuf> {
        None
    }
}

/// The effects. Each needs a committed intent.
pub trait Effects: Queries {
    /// Carries out the effect. The result is of the kind that belongs to the effect ([`Effect`]).
    ///
    /// # Errors
    /// Those of the named method.
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made>;

    /// Makes an empty disk of `request.size_mib`.
    ///
    /// # Errors
    /// Those of the CPI.
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        call::done(self, intent, &Effect::CreateDisk(request.clone()))
    }

    /// Deletes a disk that no VM has.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`], or the errors of the CPI.
    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::DeleteDisk(disk.clone()))
    }

    /// Takes a snapshot, whose bytes are those of one instant of this call. It gets the metadata, if the cloud can hold
    /// them.
    ///
    /// This method may return before the snapshot is ready. The local backend does not, nor do the CPIs of AWS,
    /// OpenStack, Google and Azure: they wait for their cloud, AWS's up to 27 minutes. Those of Alicloud and SoftLayer
    /// do (`docs/cpis.md`). So a caller may record the CID, but must ask [`Queries::describe_snapshot`], if the CPI has
    /// it, before it makes a disk from the snapshot or calls it usable: [`SnapshotState::Pending`] is not a failure,
    /// and the caller asks again later. A backend that waits gives up with [`CpiErrorKind::OutcomeUnknown`], since the
    /// cloud goes on; one that does not wait must have `describe_snapshot`.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`] if only a torn copy is possible, or the errors of the
    /// CPI.
    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        call::done(self, intent, &Effect::SnapshotDisk { disk: disk.clone(), metadata: metadata.clone(), options })
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// [`CpiErrorKind::SnapshotNotFound`] if the cloud no longer has it and says so, or the errors of the CPI.
    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::DeleteSnapshot(snapshot.clone()))
    }

    /// Makes a disk with the content of the snapshot. Called again with the same token, it returns the same disk, if
    /// the CPI can find disks by token.
    ///
    /// # Errors
    /// [`CpiErrorKind::SnapshotNotFound`], [`CpiErrorKind::NotSupported`], or the errors of the CPI.
    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        call::done(
            self,
            intent,
            &Effect::CreateDiskFromSnapshot { snapshot: snapshot.clone(), request: request.clone() },
        )
    }

    /// Attaches a disk. A disk that the VM already has stays as it is.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`] if another VM has it, or
    /// the errors of the CPI.
    fn attach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::AttachDisk { vm: vm.clone(), disk: disk.clone() })
    }

    /// Detaches a disk.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], [`CpiErrorKind::DiskNotAttached`], or the errors of the CPI.
    fn detach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::DetachDisk { vm: vm.clone(), disk: disk.clone() })
    }

    /// Sets the keys given, and keeps the others.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], or the errors of the CPI.
    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        call::done(self, intent, &Effect::SetDiskMetadata { disk: disk.clone(), metadata: metadata.clone() })
    }

    /// Removes what dead steps of `operation` left half-made. Returns the number of things removed.
    ///
    /// # Errors
    /// Those of the CPI. A CPI that leaves nothing half-made that snapback could see returns 0.
    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        call::done(self, intent, &Effect::ClearLeftovers(operation.clone()))
    }
}

/// A cloud.
pub trait Cpi: Queries + Effects {}

impl<T: Queries + Effects> Cpi for T {}
