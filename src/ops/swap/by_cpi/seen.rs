//! Asks the cloud for the disks of the VM, during a swap by the CPI.

use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::detach::Detached;
use crate::domain::facts::attached;
use crate::domain::ids::DiskCid;
use crate::domain::instance::Instance;
use crate::domain::operation::StepRow;
use crate::domain::step::{Fact, Step, StepState};
use crate::domain::swap::DiskSwap;
use crate::error::{Error, Kind, Result};
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::vm_disks::{self, VmDisks};

impl Swap<'_> {
    /// Whether the VM has the disk. The last change that this operation began may show late: if it shows, it is
    /// believed at once; if it does not, only after the lag of the CPI.
    pub(super) fn is_attached(&self, disk: &DiskCid) -> Result<bool> {
        let begun = self.journal()?.into_iter().rev().find_map(|row| match row.step {
            Step::AttachDisk { disk: of, .. } if of == *disk => Some(true),
            Step::DetachDisk { disk: of, .. } if of == *disk => Some(false),
            _ => None,
        });
        let planned =
            || self.plan.disks().filter_map(|one| one.old.as_ref()).any(|old| old.cid == *disk && old.attached);
        self.has(disk, begun.unwrap_or_else(planned))
    }

    /// Whether the VM has the disk, asked until it is as `wanted`, or the lag of the CPI is over.
    fn has(&self, disk: &DiskCid, wanted: bool) -> Result<bool> {
        let told = self.asked(|told| told.has(disk) == Some(wanted))?;
        told.has(disk).ok_or_else(|| self.cannot_tell(&told))
    }

    fn asked(&self, reached: impl Fn(&VmDisks) -> bool) -> Result<VmDisks> {
        vm_disks::until(self.cpi, &self.plan.vm, true, reached)
    }

    fn cannot_tell(&self, told: &VmDisks) -> Error {
        let message = format!("snapback cannot tell which disks VM {} has: {}", self.plan.vm, told.describe());
        Error::new(Kind::Cpi, message)
    }

    /// The result of an effect whose call ended with an error, according to the cloud. Some CPIs answer with an error
    /// after the disk has moved (AWS without the stemcell's API version), others if it was there already.
    pub(super) fn by_what_is_seen(&self, result: CpiResult<()>, disk: &DiskCid, wanted: bool) -> CpiResult<()> {
        let Err(error) = result else { return Ok(()) };
        let not_asked = [CpiErrorKind::NotSupported, CpiErrorKind::InvalidCid, CpiErrorKind::InvalidRequest];
        if not_asked.contains(&error.kind) {
            return Err(error);
        }
        match self.has(disk, wanted) {
            Ok(has) if has == wanted => {
                self.session.progress.note(&format!("{error}: the cloud shows it done all the same"));
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Confirms that the old disks are off: nothing is attached before that.
    pub(super) fn confirm_off(&self, disks: &[&DiskCid]) -> StepResult<()> {
        if disks.is_empty() {
            return Ok(());
        }
        let told = self.asked(|told| disks.iter().all(|disk| told.has(disk) == Some(false)))?;
        if let VmDisks::CannotTell(_) = told {
            return Err(self.cannot_tell(&told).into());
        }
        match disks.iter().find(|disk| told.has(disk) != Some(false)) {
            None => Ok(()),
            Some(still) => {
                let message = format!("VM {} still has disk {still}, which was detached", self.plan.vm);
                Err(Error::new(Kind::Cpi, message).into())
            }
        }
    }

    /// Confirms that the VM has these disks, none of `off`, and none that the state file knows to be another
    /// instance's: nothing starts on a disk that the cloud does not confirm. The state file records the result.
    pub(super) fn confirm(&self, on: &[(&DiskSwap, DiskCid)], off: &[&DiskCid]) -> StepResult<()> {
        let reader = self.session.state.reader();
        let known = reader.disks(None, None).map_err(Error::from)?;
        let instance = Instance { cpi: self.plan.cpi.clone(), ..self.instance()? };
        let ours: Vec<&DiskCid> = on.iter().map(|(_, disk)| disk).collect();
        let mut of_the_plan = ours.clone();
        of_the_plan.extend(self.plan.disks().flat_map(DiskSwap::cids));
        let foreign =
            |told: &VmDisks| told.strangers(&known, &instance, &of_the_plan).first().map(|disk| disk.cid.clone());
        let is_right = |told: &VmDisks| {
            ours.iter().all(|disk| told.has(disk) == Some(true))
                && off.iter().all(|disk| told.has(disk) == Some(false))
                && foreign(told).is_none()
        };
        for (one, disk) in on {
            let plan = self.plan;
            let step = Step::Confirm { cpi: plan.cpi.clone(), vm: plan.vm.clone(), disk: disk.clone() };
            let result = self.perform(
                &step,
                |_| {
                    let told = self.asked(is_right)?;
                    if is_right(&told) {
                        return Ok(());
                    }
                    if let VmDisks::CannotTell(_) = told {
                        return Err(self.cannot_tell(&told));
                    }
                    let message = format!("VM {} should have disk {disk}, and has: {}", plan.vm, told.describe());
                    let wrong = |message| CpiError::new(&plan.cpi, "get_disks", CpiErrorKind::Cloud, message);
                    Err(match foreign(&told) {
                        Some(other) => wrong(format!("{message}; {other} is another's"))
                            .hint(format!("detach disk {other} from VM {} in the cloud", plan.vm)),
                        None => wrong(message),
                    }
                    .into())
                },
                |()| {
                    let is_on = attached(&plan.cpi, &plan.instance, disk, one.slot);
                    step.happened().with(is_on).with(Fact::Confirmed(plan.instance.clone()))
                },
            );
            self.told(&format!("confirmed: VM {} has {disk}", plan.vm), result)?;
        }
        Ok(())
    }

    /// The detaches of a disk since this operation last attached it. Those that the CPI refused are left out.
    fn detaches(&self, disk: &DiskCid) -> Result<Vec<Detached>> {
        let steps = self.journal()?;
        let attached = |row: &&StepRow| {
            matches!(&row.step, Step::AttachDisk { disk: of, .. } if of == disk) && row.state == StepState::Done
        };
        let since = steps.iter().rev().take_while(|row| !attached(row));
        let own = since.filter(|row| matches!(&row.step, Step::DetachDisk { disk: of, .. } if of == disk));
        Ok(own.map(StepRow::detached).filter(|done| *done != Detached::Refused).collect())
    }

    /// True if the disk may be off, whatever the list shows: only another attach makes sure that it is on.
    pub(super) fn may_be_off(&self, disk: &DiskCid) -> Result<bool> {
        Ok(!self.detaches(disk)?.is_empty())
    }

    /// True if this operation may have taken the disk off.
    pub(super) fn may_have_detached(&self, disk: &DiskCid) -> Result<bool> {
        Ok(self.detaches(disk)?.contains(&Detached::Maybe))
    }

    /// True if this operation has begun to attach the disk, and it may still be on: nothing has detached it since, or
    /// the cloud shows it all the same.
    pub(super) fn may_have_attached(&self, disk: &DiskCid) -> Result<bool> {
        let mut steps = self.journal()?.into_iter().rev().filter_map(|row| match row.step {
            Step::AttachDisk { disk: of, .. } if of == *disk => Some(true),
            Step::DetachDisk { disk: of, .. } if of == *disk && row.state == StepState::Done => Some(false),
            _ => None,
        });
        match steps.next() {
            None => Ok(false),
            Some(true) => Ok(true),
            Some(false) => Ok(steps.any(|attaches| attaches) && self.is_attached(disk)?),
        }
    }
}
