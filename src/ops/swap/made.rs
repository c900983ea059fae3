//! The disks and snapshots that the operation has made, in this life or a former one, by its journal.

use super::steps::{StepResult, Swap};
use super::swapped::Swapped;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::operation::StepRow;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::{DiskSwap, Source};
use crate::error::Result;

impl Swap<'_> {
    /// The CID that the newest of these steps made, in this life or a former one.
    pub(super) fn made(&self, which: impl Fn(&Step) -> bool) -> Result<Option<String>> {
        let found = self.journal()?.into_iter().rev().find(|row| row.state == StepState::Done && which(&row.step));
        Ok(found.and_then(|row| row.result))
    }

    pub(super) fn disk_to_attach(&self) -> StepResult<DiskCid> {
        self.disk_for(self.plan.only())
    }

    pub(super) fn disk_for(&self, one: &DiskSwap) -> StepResult<DiskCid> {
        match &one.source {
            Source::Disk { cid, .. } => Ok(cid.clone()),
            Source::Snapshot { cid, .. } => match made_by(&self.journal()?, one) {
                Some(disk) => Ok(disk),
                None => self.new_disk(one, cid),
            },
        }
    }

    /// The disks that were made for nothing because they are not attached in the end, and are kept.
    pub(super) fn spare_disk(&self) -> Result<Vec<DiskCid>> {
        let steps = self.journal()?;
        Ok(self.plan.disks().filter_map(|one| made_by(&steps, one)).collect())
    }

    /// The disk to attach, once there is one.
    pub(super) fn disk_meant(&self) -> Result<Option<DiskCid>> {
        Ok(meant_by(&self.journal()?, self.plan.only()))
    }

    /// The safety snapshot of a disk that this operation took.
    pub(super) fn safety_of(&self, old: &DiskCid) -> Result<Option<SnapshotCid>> {
        let is_it =
            |step: &Step| matches!(step, Step::SnapshotDisk { purpose: Purpose::Safety, disk, .. } if disk == old);
        Ok(self.made(is_it)?.map(SnapshotCid::new))
    }

    /// The result, with the first disk of the plan.
    pub(super) fn swapped(&self, disk: DiskCid, safety: Option<SnapshotCid>, remark: Option<String>) -> Swapped {
        let old_disk = self.plan.old_disk().cloned();
        let operation = self.operation.id().clone();
        Swapped { operation, disk, old_disk, safety, unprotected: None, remark, others: Vec::new() }
    }
}

/// The disk that an operation's steps made for a slot.
pub(super) fn made_by(steps: &[StepRow], one: &DiskSwap) -> Option<DiskCid> {
    let done = steps.iter().rev().filter(|row| row.state == StepState::Done);
    let mut made =
        done.filter(|row| matches!(&row.step, Step::CreateDiskFromSnapshot { disk, .. } if disk.slot == one.slot));
    made.next().and_then(|row| row.result.clone()).map(DiskCid::new)
}

/// The disk that an operation was to attach in a slot, once there is one.
pub(super) fn meant_by(steps: &[StepRow], one: &DiskSwap) -> Option<DiskCid> {
    match &one.source {
        Source::Disk { cid, .. } => Some(cid.clone()),
        Source::Snapshot { .. } => made_by(steps, one),
    }
}
