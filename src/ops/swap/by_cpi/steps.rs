//! The single steps of this method, each journalled.

use crate::cpi::CpiErrorKind;
use crate::domain::detach::WAS_OFF;
use crate::domain::ids::DiskCid;
use crate::domain::step::Step;
use crate::domain::swap::DiskSwap;
use crate::ops::perform::note;
use crate::ops::swap::steps::{StepResult, Swap};

impl Swap<'_> {
    pub(super) fn detach(&self, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = self.detach_step(disk);
        let result = self.perform(
            &step,
            |intent| match self.cpi.detach_disk(intent, &plan.vm, disk) {
                Ok(()) => Ok(None),
                Err(error) if error.kind == CpiErrorKind::DiskNotAttached => Ok(Some(WAS_OFF.to_owned())),
                Err(error) => self.by_what_is_seen(Err(error), disk, false).map(|()| None),
            },
            |said| step.happened().telling(said.clone()),
        );
        self.told(&format!("{disk} detached"), result.map(drop))
    }

    pub(super) fn attach(&self, one: &DiskSwap, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = Step::AttachDisk {
            cpi: plan.cpi.clone(),
            instance: plan.instance.clone(),
            vm: plan.vm.clone(),
            disk: disk.clone(),
            slot: one.slot,
        };
        let result = self.perform(
            &step,
            |intent| self.by_what_is_seen(self.cpi.attach_disk(intent, &plan.vm, disk), disk, true),
            |()| step.happened(),
        );
        self.told(&format!("{disk} attached"), result)
    }

    /// Makes the disk the instance's current one in the state file, attached or not.
    pub(super) fn record(&self, one: &DiskSwap, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let (cpi, instance, slot) = (plan.cpi.clone(), plan.instance.clone(), one.slot);
        let step = Step::Record { cpi, instance, disk: disk.clone(), slot };
        note(self.run(), &step, step.happened())
    }
}
