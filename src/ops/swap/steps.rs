//! The single steps of a swap, each journalled.

use super::Swap;
use crate::cpi::CpiErrorKind;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::instance::{Instance, ManagedBy, Reported, StateFileIds};
use crate::domain::intent::Intent;
use crate::domain::operation::StepRow;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{DiskDraft, Hook, Outcome, SnapshotDraft, Step, StepState};
use crate::domain::swap::DiskSwap;
use crate::error::Result;
use crate::ops::one_snapshot::snapshot_disk;
use crate::ops::perform::{EffectError, Run, StepError, note, perform};
use crate::ops::promote;

/// What a detach says that had nothing to do.
pub(super) const WAS_OFF: &str = "it was not attached";

pub(super) type StepResult<T> = std::result::Result<T, StepError>;

impl Swap<'_> {
    pub(in crate::ops) fn journal(&self) -> Result<Vec<StepRow>> {
        Ok(self.session.state.reader().steps(self.operation.id())?)
    }

    /// The CID that the newest such step of this operation made, in this life or a former one.
    pub(super) fn made(&self, which: impl Fn(&Step) -> bool) -> Result<Option<String>> {
        let found = self.journal()?.into_iter().rev().find(|row| row.state == StepState::Done && which(&row.step));
        Ok(found.and_then(|row| row.result))
    }

    fn run(&self) -> Run<'_> {
        Run { session: self.session, operation: self.operation, verb: self.verb }
    }

    pub(super) fn perform<T, E: EffectError>(
        &self,
        step: &Step,
        effect: impl FnOnce(&Intent) -> std::result::Result<T, E>,
        outcome: impl FnOnce(&T) -> Outcome,
    ) -> StepResult<T> {
        perform(self.run(), step, effect, outcome)
    }

    pub(super) fn told<T>(&self, what: &str, result: StepResult<T>) -> StepResult<T> {
        match &result {
            Ok(_) => self.session.progress.step(what),
            Err(_) => self.session.progress.step(&format!("{what}: failed")),
        }
        result
    }

    pub(super) fn new_disk(&self, one: &DiskSwap, snapshot: &SnapshotCid) -> StepResult<DiskCid> {
        let plan = self.plan;
        let draft = DiskDraft {
            instance: Some(plan.instance.clone()),
            slot: one.slot,
            size_mib: one.size_mib,
            az: plan.az.clone(),
            cloud_properties: one.cloud_properties.clone(),
        };
        let vm = Some(plan.vm.clone());
        let made = promote::disk_from_snapshot(self.run(), self.cpi, snapshot, draft, vm);
        // What became of it is found out on the way back.
        let made = made.map(|disk| disk.cid).map_err(|failed| StepError::from(failed.error));
        self.told(&format!("new disk from {snapshot}"), made)
    }

    pub(super) fn safety_snapshot(&self, disk: &DiskCid) -> StepResult<SnapshotCid> {
        let note = format!("before {} {}", self.verb.name(), self.operation.id());
        self.snapshot(disk, Purpose::Safety, self.plan.stops(), note)
    }

    pub(super) fn snapshot(
        &self,
        disk: &DiskCid,
        purpose: Purpose,
        clean: bool,
        note: String,
    ) -> StepResult<SnapshotCid> {
        let plan = self.plan;
        let instance = self.instance()?;
        let draft = SnapshotDraft {
            instance: plan.instance.clone(),
            az: plan.az.clone(),
            clean,
            allow_torn: plan.allow_torn,
            size_mib: self.size_of(disk),
            note: Some(note),
        };
        let taken = snapshot_disk(self.run(), self.cpi, &instance, disk, purpose, draft, || ());
        let what = match purpose {
            Purpose::Safety => format!("safety snapshot of {disk}"),
            Purpose::Take => format!("snapshot of {disk}"),
        };
        // Whether it is there or not, the disk is as it was.
        self.told(&what, taken.map(|taken| taken.cid).map_err(|failed| StepError::from(failed.error)))
    }

    fn size_of(&self, disk: &DiskCid) -> Option<u64> {
        let is_it = |one: &&DiskSwap| one.old_disk() == Some(disk);
        self.plan.disks().find(is_it).map_or(self.plan.only().size_mib, |one| one.size_mib)
    }

    /// The instance, as the state has it: a snapshot's metadata name it as BOSH does.
    fn instance(&self) -> Result<Instance> {
        let plan = self.plan;
        let known = self.session.state.reader().instances(Some(&plan.instance.deployment))?;
        let known = known.into_iter().find(|instance| instance.name == plan.instance);
        Ok(known.unwrap_or_else(|| Instance {
            name: plan.instance.clone(),
            uuid: None,
            az: plan.az.clone(),
            cpi: plan.cpi.clone(),
            vm: Some(plan.vm.clone()),
            agent_id: None,
            reported: Reported::default(),
            state_file: StateFileIds::default(),
            managed_by: ManagedBy::Nobody,
            confirmed_at: self.session.clock.now(),
            disks: Vec::new(),
        }))
    }

    pub(super) fn hook(&self, hook: Hook) -> StepResult<()> {
        let present = self.session.hooks.present();
        let there = match hook {
            Hook::Stop => present.stop,
            Hook::Start => present.start,
            Hook::Verify => present.verify,
        };
        if !there {
            return Ok(());
        }
        let step = Step::RunHook { hook, instance: self.plan.instance.clone() };
        let result = self.perform(
            &step,
            |_| {
                let run = || self.session.hooks.run(hook, &self.plan.instance);
                if hook == Hook::Start { self.operation.without_its_lock(run) } else { run() }
            },
            |()| step.happened(),
        );
        self.told(&format!("{} hook", hook.name()), result)
    }

    pub(super) fn detach(&self, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = Step::DetachDisk {
            cpi: plan.cpi.clone(),
            instance: plan.instance.clone(),
            vm: plan.vm.clone(),
            disk: disk.clone(),
        };
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

    /// Makes the disk the instance's current one in the state, attached or not.
    pub(super) fn record(&self, one: &DiskSwap, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let (cpi, instance, slot) = (plan.cpi.clone(), plan.instance.clone(), one.slot);
        let step = Step::Record { cpi, instance, disk: disk.clone(), slot };
        note(self.run(), &step, step.happened())
    }

    /// True where a step of this kind was begun, in this life or a former one, whatever came of it.
    pub(in crate::ops) fn was_begun(&self, which: impl Fn(&Step) -> bool) -> Result<bool> {
        Ok(self.journal()?.iter().any(|row| which(&row.step)))
    }
}
