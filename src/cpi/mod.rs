//! Clouds: what can be asked of one ([`Queries`]) and done to one ([`Effects`]).
//!
//! A call is a value, a [`Query`] or an [`Effect`]: a backend answers it in one method, and what is put around a backend
//! ([`Around`]) needs one method, too. The named methods are there for those who call.
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

    /// Asks. The answer is of the kind that the question has ([`Query`]).
    ///
    /// # Errors
    /// Those that the named method has.
    fn ask(&self, query: &Query) -> CpiResult<Answer>;

    /// Whether the cloud has the disk.
    ///
    /// # Errors
    /// The CPI's; a missing disk is not an error.
    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        call::asked(self, &Query::HasDisk(disk.clone()))
    }

    /// The disks that are attached to the VM, in a stable order; also those that are not a disk of an instance. Only
    /// `ops::vm_disks` asks: it knows how far the answer can be trusted.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], or the CPI's.
    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        call::asked(self, &Query::GetDisks(vm.clone()))
    }

    /// The snapshots whose metadata hold all of `filter`, in the order of their making.
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's.
    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        call::asked(self, &Query::ListSnapshots(filter.clone()))
    }

    /// Where a snapshot stands; a missing one is [`SnapshotState::Missing`].
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's.
    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        call::asked(self, &Query::DescribeSnapshot(snapshot.clone()))
    }

    /// The disk that was made under this token, if any.
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's.
    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        call::asked(self, &Query::FindDisk(token.clone()))
    }

    /// The operations that left something half-made or half-deleted in the cloud. A CPI that cannot list it has none.
    ///
    /// # Errors
    /// The CPI's.
    fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        call::asked(self, &Query::Leftovers)
    }

    /// The VM on which the CPI itself runs: the Director's own (BOSH's `current_vm_id`).
    ///
    /// # Errors
    /// [`CpiErrorKind::NotSupported`], or the CPI's: it runs on no VM of its cloud.
    fn current_vm(&self) -> CpiResult<VmCid> {
        call::asked(self, &Query::CurrentVm)
    }

    /// Whether nobody has seen yet that all programs behind it mean the same cloud: [`Queries::has_disk`] of a disk that is
    /// there shows it, or fails with [`CpiErrorKind::TwoClouds`].
    fn wants_witness(&self) -> bool {
        false
    }

    /// Why this is an executable alone, where snapback's own side of its cloud could stand beside it: the hints lead there.
    fn why_alone(&self) -> Option<&Error> {
        None
    }

    /// Describes the disk that `create_disk_from_snapshot` would make; `None` if nobody can tell.
    ///
    /// # Errors
    /// Those that the making would have: it is for whoever plans it.
    fn foresee(&self, _snapshot: &SnapshotCid, _request: &DiskRequest) -> CpiResult<Option<Foreseen>> {
        Ok(None)
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

/// The effects. Each needs a committed intent.
pub trait Effects: Queries {
    /// Does it. What is made is of the kind that the effect makes ([`Effect`]).
    ///
    /// # Errors
    /// Those that the named method has.
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made>;

    /// Makes an empty disk of `request.size_mib`.
    ///
    /// # Errors
    /// The CPI's.
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        call::done(self, intent, &Effect::CreateDisk(request.clone()))
    }

    /// Deletes a disk that no VM has.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`], or the CPI's.
    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::DeleteDisk(disk.clone()))
    }

    /// Takes a snapshot, whose bytes are of an instant of this call. The metadata go with it where the cloud can hold them.
    ///
    /// It may return before the snapshot is ready. The local backend does not, nor do the CPIs of AWS, OpenStack,
    /// Google and Azure: they wait for their cloud, AWS's up to 27 minutes. Those of Alicloud and SoftLayer do
    /// (`docs/cpis.md`). So a caller may record the CID, and must ask [`Queries::describe_snapshot`], where the CPI has
    /// it, before it makes a disk of the snapshot or calls it usable: [`SnapshotState::Pending`] is not a failure, and
    /// is asked again later. A backend that waits gives up with [`CpiErrorKind::OutcomeUnknown`], for the cloud works
    /// on; one that does not wait must have `describe_snapshot`.
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
    ) -> CpiResult<SnapshotTaken> {
        call::done(self, intent, &Effect::SnapshotDisk { disk: disk.clone(), metadata: metadata.clone(), options })
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// [`CpiErrorKind::SnapshotNotFound`] where the cloud no longer has it and says so, or the CPI's.
    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::DeleteSnapshot(snapshot.clone()))
    }

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
    ) -> CpiResult<DiskMade> {
        call::done(
            self,
            intent,
            &Effect::CreateDiskFromSnapshot { snapshot: snapshot.clone(), request: request.clone() },
        )
    }

    /// Attaches a disk; one that the VM already has is left as it is.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], [`CpiErrorKind::DiskNotFound`], [`CpiErrorKind::InUse`] where another VM
    /// has it, or the CPI's.
    fn attach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::AttachDisk { vm: vm.clone(), disk: disk.clone() })
    }

    /// Detaches a disk.
    ///
    /// # Errors
    /// [`CpiErrorKind::VmNotFound`], [`CpiErrorKind::DiskNotAttached`], or the CPI's.
    fn detach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        call::done(self, intent, &Effect::DetachDisk { vm: vm.clone(), disk: disk.clone() })
    }

    /// Sets the keys given, and keeps the others.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], or the CPI's.
    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        call::done(self, intent, &Effect::SetDiskMetadata { disk: disk.clone(), metadata: metadata.clone() })
    }

    /// Removes what dead steps of `operation` left half-made; gives the number of things removed.
    ///
    /// # Errors
    /// The CPI's. A CPI that leaves nothing half-made under snapback's eyes gives 0.
    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        call::done(self, intent, &Effect::ClearLeftovers(operation.clone()))
    }
}

/// A cloud.
pub trait Cpi: Queries + Effects {}

impl<T: Queries + Effects> Cpi for T {}
