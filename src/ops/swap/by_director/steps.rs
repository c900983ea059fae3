//! The single steps of this method, each journalled.

use super::inside;
use crate::domain::director_act::DirectorAct;
use crate::domain::facts::attached;
use crate::domain::ids::DiskCid;
use crate::domain::operation::Resource;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{Hook, Step, StepState};
use crate::domain::swap::ByDirector;
use crate::error::{Error, Kind, Result};
use crate::ops::settle::by_director::{Placed, Says, Stake, seen};
use crate::ops::settle::{self, WhenInterrupted};
use crate::ops::swap::steps::{StepResult, Swap};

impl Swap<'_> {
    pub(super) fn director_step(&self, by: &ByDirector, does: DirectorAct) -> Step {
        Step::Director { instance: self.plan.instance.clone(), uuid: by.uuid.clone(), does }
    }

    /// The disks that the instance has now, by everyone who can tell.
    pub(in crate::ops) fn placed(&self, by: &ByDirector) -> Result<Placed> {
        let plan = self.plan;
        let seen = seen(self.session.bosh, &plan.instance, &by.slug(&plan.instance))?;
        Placed::of(self.session, Stake::of(self.session, self.operation.id(), plan)?, seen)
    }

    /// Whether the instance has this disk. If the cloud cannot tell, the Director's record is good enough until this
    /// operation may have begun an attach-disk. From then on it is good enough only after an attach-disk of this disk
    /// that finished: a failed one has rolled back the database, but not the cloud.
    pub(in crate::ops) fn has_disk_by_all(&self, placed: &Placed, disk: &DiskCid) -> Result<bool> {
        Ok(match placed.says(disk) {
            Says::Both => true,
            Says::No => false,
            Says::RecordAlone => self.last_attach()?.is_none_or(|(last, done)| done && last == *disk),
        })
    }

    /// The disk of the last attach-disk that may have begun, and whether it finished.
    pub(super) fn last_attach(&self) -> Result<Option<(DiskCid, bool)>> {
        Ok(self.journal()?.into_iter().rev().find_map(|row| match row.step {
            Step::Director { does: DirectorAct::AttachDisk { disk, .. }, .. } => {
                Some((disk, row.state == StepState::Done))
            }
            _ => None,
        }))
    }

    /// Has the Director do something. Whatever its client says, an end that is not good is checked.
    fn directed(&self, by: &ByDirector, does: DirectorAct, command: &[&str]) -> StepResult<()> {
        let step = self.director_step(by, does);
        let what = step.describe();
        let deployment = self.plan.instance.deployment.as_str();
        let arguments: Vec<&str> = ["-d", deployment].iter().chain(command).copied().collect();
        let result = self.perform(
            &step,
            |intent| self.session.bosh.act(&arguments, &|task| intent.note(&format!("task {task} of the Director"))),
            |()| step.happened(),
        );
        let result = settle::late(self.session, self.operation, WhenInterrupted::GoOn, result, |settled| {
            Ok(settled.iter().any(|one| one.step == step && one.done()).then_some(()))
        });
        self.told(&what, result)
    }

    /// Switches the resurrector off, if it is on: it must not recreate a VM in the middle of this.
    pub(super) fn pause_resurrection(&self, by: &ByDirector) -> StepResult<()> {
        if !by.pause_resurrection || self.is_resurrection_paused()? {
            return Ok(());
        }
        self.directed(by, DirectorAct::PauseResurrection, &["update-resurrection", "off"])
    }

    /// Switches it on again, if this operation switched it off and no other one still needs it off: the last of them
    /// does it. An operation that was killed needs it off until it is recovered.
    pub(super) fn resume_resurrection(&self, by: &ByDirector) -> StepResult<()> {
        if !self.is_resurrection_paused()? {
            return Ok(());
        }
        if let Some(other) = self.operation.leave_to_others(&Resource::Resurrector).map_err(Error::from)? {
            let line =
                format!("the resurrector stays off: operation {other} needs it off, and switches it on at its end");
            self.session.progress.note(&line);
            return Ok(());
        }
        self.directed(by, DirectorAct::ResumeResurrection, &["update-resurrection", "on"])?;
        self.operation.let_go_of(&Resource::Resurrector).map_err(|error| Error::from(error).into())
    }

    /// Whether this operation may have switched it off: a failed attempt may have done it all the same.
    fn is_resurrection_paused(&self) -> Result<bool> {
        let last = self.journal()?.into_iter().rev().find_map(|row| match (row.step, row.state) {
            (Step::Director { does: DirectorAct::PauseResurrection, .. }, _) => Some(true),
            (Step::Director { does: DirectorAct::ResumeResurrection, .. }, StepState::Done) => Some(false),
            _ => None,
        });
        Ok(last == Some(true))
    }

    /// Stops the instance, unless it is stopped: attach-disk refuses a running one. The client's word is not enough: if
    /// the instance still runs, a snapshot would be called clean and is not.
    pub(super) fn stop(&self, by: &ByDirector, placed: &Placed) -> StepResult<()> {
        if placed.seen.state == "stopped" {
            return Ok(());
        }
        let slug = by.slug(&self.plan.instance);
        self.directed(by, DirectorAct::Stop, &["stop", &slug, "--no-converge"])?;
        let now = seen(self.session.bosh, &self.plan.instance, &slug)?.state;
        if now != "started" {
            return Ok(());
        }
        let error =
            Error::new(Kind::Cpi, format!("`bosh stop` said that all is well, and the Director has {slug} as {now}"));
        Err(error.try_command("bosh tasks --recent").in_operation(self.operation.id()).into())
    }

    /// Attaches a disk through the Director. The properties of the former disk go over to the new one: else the next
    /// deploy would copy it to another (cloudfoundry/bosh `jobs/attach_disk.rb`).
    pub(super) fn attach_by_director(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let (cpi, slot) = (plan.cpi.clone(), plan.only().slot);
        let does = DirectorAct::AttachDisk { cpi, vm: plan.vm.clone(), disk: disk.clone(), slot };
        let slug = by.slug(&plan.instance);
        let command = ["attach-disk", slug.as_str(), disk.as_str(), "--disk-properties=copy"];
        self.directed(by, does, &command)
    }

    /// Confirms the disk with everyone who can tell: nothing starts before that. Records the result, since a client may
    /// have said otherwise. A verify hook may accept an empty directory, so it does not show where a disk is.
    pub(super) fn confirm_placed(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = Step::Confirm { cpi: plan.cpi.clone(), vm: plan.vm.clone(), disk: disk.clone() };
        let confirm = |_: &_| {
            let placed = self.placed(by)?;
            if !self.has_disk_by_all(&placed, disk)? {
                let message = format!("{} should have disk {disk}; {}", plan.instance, placed.describe());
                return Err(Error::new(Kind::Cpi, message));
            }
            if placed.is_told() {
                return Ok("by the Director and the cloud".to_owned());
            }
            let cannot = format!("the CPI '{}' cannot tell", plan.cpi);
            if self.last_attach()?.is_none() {
                return Ok(format!("by the Director, and nothing has touched it ({cannot})"));
            }
            self.is_mounted(by, disk)?;
            Ok(format!("by the Director, and by a look inside ({cannot})"))
        };
        let is_on = attached(&plan.cpi, &plan.instance, disk, plan.only().slot);
        let result = self.perform(&step, confirm, |by: &String| {
            step.happened().telling(Some(format!("confirmed {by}"))).with(is_on)
        });
        let (what, result) = match result {
            Ok(by) => (format!("confirmed {by}: {} has {disk}", plan.instance), Ok(())),
            Err(failed) => (format!("confirm that {} has {disk}", plan.instance), Err(failed)),
        };
        self.told(&what, result)
    }

    /// Checks that the disk is mounted; its content is checked separately.
    fn is_mounted(&self, by: &ByDirector, disk: &DiskCid) -> Result<()> {
        let (deployment, slug) = (&self.plan.instance.deployment, by.slug(&self.plan.instance));
        let why = match inside::look(self.session.bosh, deployment, &slug) {
            Ok(inside::Mounted::One(_)) => return Ok(()),
            Ok(other) => other.content().err().unwrap_or_default(),
            Err(error) => format!("snapback cannot look inside: {}", error.in_one_line()),
        };
        // The line may be all that is reported of it, at the end of an operation that has gone back.
        let message = format!(
            "snapback does not know whether {} has disk {disk}: the Director says so, the CPI '{}' cannot tell, and \
             {why}. Look whether /var/vcap/store is mounted (`bosh -d {deployment} ssh {slug}`), and start it then by \
             `bosh -d {deployment} start {slug} --no-converge`",
            self.plan.instance, self.plan.cpi
        );
        Err(Error::new(Kind::Cpi, message))
    }

    /// Checks the content of the new disk, by the operator's hook or by a look at it.
    pub(super) fn check_content(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        if self.session.hooks.present().verify { self.hook(Hook::Verify) } else { self.look_inside(by, disk) }
    }

    /// Looks inside. An empty disk does not pass: the agent makes a new file system if it finds none (bosh-agent
    /// `platform/disk/linux_formatter.go`).
    pub(super) fn look_inside(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = self.director_step(by, DirectorAct::LookInside { disk: disk.clone() });
        let slug = by.slug(&plan.instance);
        let look = |_: &_| {
            let mounted = inside::look(self.session.bosh, &plan.instance.deployment, &slug)?;
            mounted.content().map_err(|why| {
                Error::new(Kind::Failed, format!("disk {disk} of {}: {why}", plan.instance))
                    .hint("a verify hook (snapback.hooks.verify) can judge otherwise")
            })
        };
        let result = self.perform(&step, look, |seen: &String| step.happened().telling(Some(seen.clone())));
        self.told(&format!("{disk} is mounted, and not empty"), result.map(drop))
    }

    /// Starts the instance, and waits until its processes run.
    pub(super) fn start(&self, by: &ByDirector) -> StepResult<()> {
        if !by.start {
            return Ok(());
        }
        let slug = by.slug(&self.plan.instance);
        self.directed(by, DirectorAct::Start, &["start", &slug, "--no-converge"])?;
        let seen = self.placed(by)?.seen;
        if seen.process_state == "running" {
            return Ok(());
        }
        let error =
            Error::new(Kind::Failed, format!("{slug} was started, and its processes are {}", seen.process_state))
                .try_command(format!("bosh -d {} instances --ps", self.plan.instance.deployment));
        Err(error.in_operation(self.operation.id()).into())
    }

    /// Takes a snapshot of the restored disk that the Director's clean-up does not delete. It comes last, and its
    /// failure undoes nothing.
    pub(super) fn protect(&self, disk: &DiskCid) -> StepResult<()> {
        let note = format!("after {} {}", self.verb.name(), self.operation.id());
        self.snapshot(disk, Purpose::Take, false, note).map(drop)
    }

    /// Whether the CPI of the plan takes snapshots.
    pub(super) fn can_snapshot(&self) -> bool {
        self.cpi.capabilities().snapshots
    }
}
