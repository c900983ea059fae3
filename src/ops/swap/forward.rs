//! The way forward. Each step first looks whether it has been done, in the journal or by the cloud, so the
//! same code finishes what a killed run began.

use super::steps::StepResult;
use super::{Swap, Swapped};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::step::{Hook, Purpose, Step};
use crate::domain::swap::Source;

impl Swap<'_> {
    pub(crate) fn forward(&self) -> StepResult<Swapped> {
        let new = self.disk_to_attach()?;
        let old = self.plan.old_disk();
        let mut safety = self.safety_made()?;
        self.session.interrupt.check()?;
        if let Some(old) = old
            && self.is_attached(old)?
        {
            self.hook(Hook::Stop)?;
            self.session.interrupt.check()?;
            if self.plan.safety_snapshot && safety.is_none() {
                safety = Some(self.safety_snapshot(old)?);
                self.session.interrupt.check()?;
            }
            self.detach(old)?;
            self.session.interrupt.check()?;
        } else if old.is_none() {
            self.hook(Hook::Stop)?;
        }
        if !self.is_attached(&new)? {
            self.attach(&new)?;
        }
        self.confirm(&new, old)?;
        self.session.interrupt.check()?;
        self.hook(Hook::Verify)?;
        self.hook(Hook::Start)?;
        Ok(Swapped { operation: self.operation.id().clone(), disk: new, old_disk: old.cloned(), safety })
    }

    fn disk_to_attach(&self) -> StepResult<DiskCid> {
        match &self.plan.source {
            Source::Disk { cid } => Ok(cid.clone()),
            Source::Snapshot { cid, .. } => match self.disk_made()? {
                Some(disk) => Ok(disk),
                None => self.new_disk(cid),
            },
        }
    }

    /// The disk that this operation has made from the snapshot, if it has.
    pub(super) fn disk_made(&self) -> StepResult<Option<DiskCid>> {
        Ok(self.made(|step| matches!(step, Step::CreateDiskFromSnapshot { .. }))?.map(DiskCid::new))
    }

    fn safety_made(&self) -> StepResult<Option<SnapshotCid>> {
        let made = self.made(|step| matches!(step, Step::SnapshotDisk { purpose: Purpose::Safety, .. }))?;
        Ok(made.map(SnapshotCid::new))
    }
}
