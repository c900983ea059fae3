//! The way forward. Each step first looks whether it has been done, in the journal or by the cloud, so the
//! same code finishes what a killed run began.

use super::steps::StepResult;
use super::{Swap, Swapped};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::snapshot::Purpose;
use crate::domain::step::{Hook, Step, StepState};
use crate::domain::swap::{Method, Source};
use crate::error::Result;

impl Swap<'_> {
    pub(crate) fn forward(&self) -> StepResult<Swapped> {
        match &self.plan.method {
            Method::Cpi => self.forward_by_cpi(),
            Method::Bosh(by) => self.forward_by_director(by),
            Method::CreateEnv(by) => self.forward_by_create_env(by),
        }
    }

    fn forward_by_cpi(&self) -> StepResult<Swapped> {
        let new = self.disk_to_attach()?;
        let old = self.plan.old_disk();
        let mut safety = self.safety_made()?;
        self.session.interrupt.check()?;
        if !self.is_attached(&new)? {
            match old {
                None => self.hook(Hook::Stop)?,
                Some(old) if self.was_put_away(old)? => {}
                Some(old) => safety = self.put_away(old)?,
            }
            self.session.interrupt.check()?;
            self.attach(&new)?;
        }
        self.confirm_alone(&new)?;
        self.session.interrupt.check()?;
        self.hook(Hook::Verify)?;
        self.hook(Hook::Start)?;
        Ok(Swapped {
            operation: self.operation.id().clone(),
            disk: new,
            old_disk: old.cloned(),
            safety,
            unprotected: None,
        })
    }

    /// The safety snapshot comes after the stop, so that nothing written is missed; one that a former life took
    /// before the old disk was off does not count.
    fn put_away(&self, old: &DiskCid) -> StepResult<Option<SnapshotCid>> {
        self.hook(Hook::Stop)?;
        self.session.interrupt.check()?;
        let mut safety = None;
        if self.plan.only().safety_snapshot {
            safety = Some(self.safety_snapshot(old)?);
            self.session.interrupt.check()?;
        }
        if self.is_attached(old)? {
            self.detach(old)?;
        }
        Ok(safety)
    }

    /// True where this operation, in this life or a former one, has detached the disk and not attached it again.
    fn was_put_away(&self, old: &DiskCid) -> StepResult<bool> {
        let last = self.journal()?.into_iter().rev().find_map(|row| match (row.step, row.state) {
            (Step::DetachDisk { disk, .. }, StepState::Done) if disk == *old => Some(true),
            (Step::AttachDisk { disk, .. }, StepState::Done) if disk == *old => Some(false),
            _ => None,
        });
        Ok(last == Some(true) && !self.is_attached(old)?)
    }

    pub(super) fn disk_to_attach(&self) -> StepResult<DiskCid> {
        match &self.plan.only().source {
            Source::Disk { cid, .. } => Ok(cid.clone()),
            Source::Snapshot { cid, .. } => match self.disk_made()? {
                Some(disk) => Ok(disk),
                None => self.new_disk(cid),
            },
        }
    }

    /// The disk that this operation has made from the snapshot, if it has.
    pub(super) fn disk_made(&self) -> Result<Option<DiskCid>> {
        Ok(self.made(|step| matches!(step, Step::CreateDiskFromSnapshot { .. }))?.map(DiskCid::new))
    }

    fn safety_made(&self) -> StepResult<Option<SnapshotCid>> {
        let made = self.made(|step| matches!(step, Step::SnapshotDisk { purpose: Purpose::Safety, .. }))?;
        Ok(made.map(SnapshotCid::new))
    }
}
