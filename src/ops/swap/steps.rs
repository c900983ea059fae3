//! A swap in progress, and the single steps that all methods share; each is journalled.

use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::instance::{Instance, ManagedBy, Reported, StateFileIds};
use crate::domain::intent::Intent;
use crate::domain::operation::{StepRow, Verb};
use crate::domain::snapshot::Purpose;
use crate::domain::step::{DiskDraft, Hook, Outcome, SnapshotDraft, Step};
use crate::domain::swap::{DiskSwap, SwapPlan};
use crate::error::Result;
use crate::ops::find::known_instance;
use crate::ops::one_snapshot::snapshot_disk;
use crate::ops::perform::{EffectError, Run, StepError, perform};
use crate::ops::promote;
use crate::ops::session::Session;
use crate::ops::settle::{self, WhenInterrupted};
use crate::state::OpenOperation;

/// Everything that a swap in progress works with.
pub(in crate::ops) struct Swap<'a> {
    pub session: &'a Session<'a>,
    pub operation: &'a OpenOperation,
    pub verb: Verb,
    pub plan: &'a SwapPlan,
    pub cpi: &'a dyn Cpi,
}

pub(super) type StepResult<T> = std::result::Result<T, StepError>;

impl Swap<'_> {
    pub(in crate::ops) fn journal(&self) -> Result<Vec<StepRow>> {
        Ok(self.session.state.reader().steps(self.operation.id())?)
    }

    pub(super) fn run(&self) -> Run<'_> {
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
        // The way back finds out whether it was made.
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
            lifespan: None,
            schedule: None,
            change: None,
        };
        let taken = snapshot_disk(self.run(), self.cpi, &instance, disk, purpose, draft, || ());
        let what = match purpose {
            Purpose::Safety => format!("safety snapshot of {disk}"),
            Purpose::Take => format!("snapshot of {disk}"),
        };
        // Whether the snapshot exists or not, the disk is as it was.
        self.told(&what, taken.map(|taken| taken.cid).map_err(|failed| StepError::from(failed.error)))
    }

    fn size_of(&self, disk: &DiskCid) -> Option<u64> {
        let is_it = |one: &&DiskSwap| one.old_disk() == Some(disk);
        self.plan.disks().find(is_it).map_or(self.plan.only().size_mib, |one| one.size_mib)
    }

    /// The instance, from the state file: a snapshot's metadata name it as BOSH does.
    pub(super) fn instance(&self) -> Result<Instance> {
        let plan = self.plan;
        let known = known_instance(self.session.state.reader(), &plan.instance)?;
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

    /// Settles the open steps of the operation: the way back depends on the real effect of the failed step.
    pub(super) fn settle_all(&self) -> Result<()> {
        settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
        settle::all(self.session, self.operation)
    }

    pub(super) fn detach_step(&self, disk: &DiskCid) -> Step {
        let SwapPlan { cpi, instance, vm, .. } = self.plan;
        Step::DetachDisk { cpi: cpi.clone(), instance: instance.clone(), vm: vm.clone(), disk: disk.clone() }
    }

    /// True if a step of this kind was begun, in this life or a former one, whatever its result.
    pub(in crate::ops) fn was_begun(&self, which: impl Fn(&Step) -> bool) -> Result<bool> {
        Ok(self.journal()?.iter().any(|row| which(&row.step)))
    }
}
