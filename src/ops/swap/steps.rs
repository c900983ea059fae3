//! The single steps of a swap, each journalled.

use super::Swap;
use crate::cpi::CpiErrorKind;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::instance::{Instance, ManagedBy, Reported, StateFileIds};
use crate::domain::operation::StepRow;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{DiskDraft, Fact, Hook, Outcome, SnapshotDraft, Step, StepState};
use crate::error::{Error, Result};
use crate::ops::perform::{StepError, perform};
use crate::ops::{promote, take};

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

    pub(in crate::ops) fn is_attached(&self, disk: &DiskCid) -> Result<bool> {
        Ok(self.cpi.get_disks(&self.plan.vm)?.contains(disk))
    }

    pub(super) fn told<T>(&self, what: &str, result: StepResult<T>) -> StepResult<T> {
        match &result {
            Ok(_) => self.session.progress.step(what),
            Err(_) => self.session.progress.step(&format!("{what}: failed")),
        }
        result
    }

    pub(super) fn new_disk(&self, snapshot: &SnapshotCid) -> StepResult<DiskCid> {
        let plan = self.plan;
        let draft = DiskDraft {
            instance: Some(plan.instance.clone()),
            slot: plan.only().slot,
            size_mib: plan.only().size_mib,
            az: plan.az.clone(),
            cloud_properties: plan.only().cloud_properties.clone(),
        };
        let vm = Some(plan.vm.clone());
        let made = promote::disk_from_snapshot(self.session, self.operation, self.verb, self.cpi, snapshot, draft, vm);
        self.told(&format!("new disk from {snapshot}"), made.map(|disk| disk.cid).map_err(StepError::from))
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
            size_mib: plan.only().size_mib,
            note: Some(note),
        };
        let (session, operation, verb, cpi) = (self.session, self.operation, self.verb, self.cpi);
        let taken = take::snapshot_disk(session, operation, verb, cpi, &instance, disk, purpose, draft, || ());
        let what = match purpose {
            Purpose::Safety => format!("safety snapshot of {disk}"),
            Purpose::Take => format!("snapshot of {disk}"),
        };
        // Whether it is there or not, the disk is as it was.
        self.told(&what, taken.map(|taken| taken.cid).map_err(|failed| StepError::from(failed.error)))
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
        let result = perform(
            self.session,
            self.operation,
            self.verb,
            &step,
            |_| {
                let run = || self.session.hooks.run(hook, &self.plan.instance);
                if hook == Hook::Start { self.operation.without_its_lock(run) } else { run() }
            },
            |(), _| Outcome::done(),
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
        let result = perform(
            self.session,
            self.operation,
            self.verb,
            &step,
            |intent| self.cpi.detach_disk(intent, &plan.vm, disk),
            |(), _| Outcome::Done {
                result: None,
                facts: vec![Fact::DiskOrphaned { cpi: plan.cpi.clone(), disk: disk.clone() }],
            },
        );
        self.told(&format!("{disk} detached"), result)
    }

    pub(super) fn attach(&self, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = Step::AttachDisk {
            cpi: plan.cpi.clone(),
            instance: plan.instance.clone(),
            vm: plan.vm.clone(),
            disk: disk.clone(),
            slot: plan.only().slot,
        };
        let result = perform(
            self.session,
            self.operation,
            self.verb,
            &step,
            |intent| self.cpi.attach_disk(intent, &plan.vm, disk),
            |(), _| Outcome::Done {
                result: None,
                facts: vec![Fact::DiskAttached {
                    cpi: plan.cpi.clone(),
                    instance: plan.instance.clone(),
                    disk: disk.clone(),
                    slot: plan.only().slot,
                }],
            },
        );
        self.told(&format!("{disk} attached"), result)
    }

    /// Makes the disk the instance's current one in the state, attached or not.
    pub(super) fn record(&self, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let (cpi, instance, slot) = (plan.cpi.clone(), plan.instance.clone(), plan.only().slot);
        let step = Step::Record { cpi: cpi.clone(), instance: instance.clone(), disk: disk.clone(), slot };
        let facts = vec![Fact::DiskAttached { cpi, instance, disk: disk.clone(), slot }];
        let done = |(): &(), _: &_| Outcome::Done { result: None, facts };
        perform(self.session, self.operation, self.verb, &step, |_| Ok::<(), Error>(()), done)
    }

    /// Nothing starts on a disk that the cloud does not confirm, nor beside one that nobody knows.
    pub(super) fn confirm_alone(&self, disk: &DiskCid) -> StepResult<()> {
        let reader = self.session.state.reader();
        let known = reader.instances(Some(&self.plan.instance.deployment)).map_err(Error::from)?;
        let others: Vec<DiskCid> = known
            .into_iter()
            .filter(|instance| instance.name == self.plan.instance)
            .flat_map(|instance| instance.disks)
            .filter(|known| known.slot != self.plan.only().slot)
            .map(|known| known.cid)
            .collect();
        self.confirm(disk, |attached| attached == disk || others.contains(attached))
    }

    /// Confirms that the VM has the disk, and that all it has is `allowed`.
    pub(super) fn confirm(&self, disk: &DiskCid, allowed: impl Fn(&DiskCid) -> bool) -> StepResult<()> {
        let plan = self.plan;
        let step = Step::Confirm { cpi: plan.cpi.clone(), vm: plan.vm.clone(), disk: disk.clone() };
        let result = perform(
            self.session,
            self.operation,
            self.verb,
            &step,
            |_| {
                let attached = self.cpi.get_disks(&plan.vm)?;
                if attached.contains(disk) && attached.iter().all(&allowed) {
                    return Ok(());
                }
                let list = attached.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", ");
                Err(crate::cpi::CpiError::new(
                    &plan.cpi,
                    "get_disks",
                    CpiErrorKind::Cloud,
                    format!("VM {} should have disk {disk}, and has: {list}", plan.vm),
                ))
            },
            |(), _| Outcome::Done { result: None, facts: vec![Fact::Confirmed(plan.instance.clone())] },
        );
        self.told(&format!("confirmed: VM {} has {disk}", plan.vm), result)
    }

    /// True where a step of this kind was begun, in this life or a former one, whatever came of it.
    pub(in crate::ops) fn was_begun(&self, which: impl Fn(&Step) -> bool) -> Result<bool> {
        Ok(self.journal()?.iter().any(|row| which(&row.step)))
    }
}
