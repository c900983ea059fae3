//! The single steps of this method, each journalled.

use super::settle::{Placed, seen};
use crate::director::Told;
use crate::domain::director_act::DirectorAct;
use crate::domain::ids::DiskCid;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{Fact, Hook, Outcome, Step, StepState};
use crate::domain::swap::ByDirector;
use crate::error::{Error, Kind, Result};
use crate::ops::perform::perform;
use crate::ops::recover::settle::{self, WhenInterrupted};
use crate::ops::swap::Swap;
use crate::ops::swap::steps::StepResult;

/// Tells the mount, what it holds in numbers, and the names of what is in it. An empty one lists nothing, or
/// `lost+found`.
pub(super) const LOOK: &str = "findmnt -rno SOURCE,FSTYPE,SIZE /var/vcap/store && df -P -k /var/vcap/store && \
                               sudo ls -A /var/vcap/store";

impl Swap<'_> {
    fn director_step(&self, by: &ByDirector, does: DirectorAct) -> Step {
        Step::Director { instance: self.plan.instance.clone(), uuid: by.uuid.clone(), does }
    }

    /// Which disks the instance has now, by all who can tell.
    pub(in crate::ops) fn placed(&self, by: &ByDirector) -> Result<Placed> {
        let plan = self.plan;
        let seen = seen(self.session.bosh, &plan.instance, &by.slug(&plan.instance))?;
        Placed::of(self.session, &plan.cpi, seen, &plan.vm)
    }

    /// Has the Director do something. Whatever its client says of it, an end that is not good is looked into.
    fn directed(&self, by: &ByDirector, does: DirectorAct, command: &[&str], facts: Vec<Fact>) -> StepResult<()> {
        let step = self.director_step(by, does);
        let what = step.describe();
        let deployment = self.plan.instance.deployment.as_str();
        let arguments: Vec<&str> = ["-d", deployment].iter().chain(command).copied().collect();
        let result = perform(
            self.session,
            self.operation,
            self.verb,
            &step,
            |intent| self.session.bosh.act(&arguments, &|task| intent.note(&format!("task {task} of the Director"))),
            |(), _| Outcome::Done { result: None, facts },
        );
        let result = match result {
            Err(failed) if failed.unknown => {
                let settled = settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
                match settled.iter().find(|settled| settled.step == step) {
                    Some(settled) if settled.done() => Ok(()),
                    _ => Err(failed),
                }
            }
            result => result,
        };
        self.told(&what, result)
    }

    /// Switches the resurrector off, where it is on: it must make no VM anew in the midst of this.
    pub(super) fn pause_resurrection(&self, by: &ByDirector) -> StepResult<()> {
        if !by.pause_resurrection || self.is_resurrection_paused()? {
            return Ok(());
        }
        self.directed(by, DirectorAct::PauseResurrection, &["update-resurrection", "off"], Vec::new())
    }

    /// Switches it on again, where this operation has switched it off.
    pub(super) fn resume_resurrection(&self, by: &ByDirector) -> StepResult<()> {
        if !self.is_resurrection_paused()? {
            return Ok(());
        }
        self.directed(by, DirectorAct::ResumeResurrection, &["update-resurrection", "on"], Vec::new())
    }

    /// An attempt to switch it off that failed may have done it all the same.
    fn is_resurrection_paused(&self) -> Result<bool> {
        let last = self.journal()?.into_iter().rev().find_map(|row| match (row.step, row.state) {
            (Step::Director { does: DirectorAct::PauseResurrection, .. }, _) => Some(true),
            (Step::Director { does: DirectorAct::ResumeResurrection, .. }, StepState::Done) => Some(false),
            _ => None,
        });
        Ok(last == Some(true))
    }

    /// Stops it, where it is not: attach-disk takes none that runs. A client that says so is not believed: what runs on
    /// would make a snapshot that is called clean and is not.
    pub(super) fn stop(&self, by: &ByDirector, placed: &Placed) -> StepResult<()> {
        if placed.seen.state == "stopped" {
            return Ok(());
        }
        let slug = by.slug(&self.plan.instance);
        self.directed(by, DirectorAct::Stop, &["stop", &slug, "--no-converge"], Vec::new())?;
        let now = seen(self.session.bosh, &self.plan.instance, &slug)?.state;
        if now != "started" {
            return Ok(());
        }
        let error =
            Error::new(Kind::Cpi, format!("`bosh stop` said that all is well, and the Director has {slug} as {now}"));
        Err(error.try_command("bosh tasks --recent").in_operation(self.operation.id()).into())
    }

    /// The properties of the former disk go over to the new one: else the next deploy would copy it to yet another
    /// (cloudfoundry/bosh `jobs/attach_disk.rb`).
    pub(super) fn attach_by_director(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let (cpi, instance, slot) = (plan.cpi.clone(), plan.instance.clone(), plan.only().slot);
        let does = DirectorAct::AttachDisk { cpi: cpi.clone(), vm: plan.vm.clone(), disk: disk.clone(), slot };
        let slug = by.slug(&plan.instance);
        let command = ["attach-disk", slug.as_str(), disk.as_str(), "--disk-properties=copy"];
        self.directed(by, does, &command, vec![Fact::DiskAttached { cpi, instance, disk: disk.clone(), slot }])
    }

    /// Nothing starts on a disk that not all confirm. What they say is recorded: a client may have said otherwise.
    pub(super) fn confirm_placed(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = Step::Confirm { cpi: plan.cpi.clone(), vm: plan.vm.clone(), disk: disk.clone() };
        let confirm = |_: &_| {
            let placed = self.placed(by)?;
            if placed.is(disk) {
                return Ok(());
            }
            Err(Error::new(Kind::Cpi, format!("{} should have disk {disk}; {}", plan.instance, placed.describe())))
        };
        let (cpi, instance, slot) = (plan.cpi.clone(), plan.instance.clone(), plan.only().slot);
        let facts = vec![Fact::DiskAttached { cpi, instance, disk: disk.clone(), slot }];
        let done = |(): &(), _: &_| Outcome::Done { result: None, facts };
        let result = perform(self.session, self.operation, self.verb, &step, confirm, done);
        self.told(&format!("confirmed by the Director and the cloud: {} has {disk}", plan.instance), result)
    }

    /// The content of the new disk, by the operator's hook or by a look at it.
    pub(super) fn check_content(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        if self.session.hooks.present().verify { self.hook(Hook::Verify) } else { self.look_inside(by, disk) }
    }

    /// An empty disk does not pass: the agent makes a new file system where it finds none (bosh-agent
    /// `platform/disk/linux_formatter.go`).
    pub(super) fn look_inside(&self, by: &ByDirector, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let step = self.director_step(by, DirectorAct::LookInside { disk: disk.clone() });
        let slug = by.slug(&plan.instance);
        let look = |_: &_| {
            let told = self.session.bosh.ssh(&plan.instance.deployment, &slug, LOOK)?;
            content(&told).map_err(|why| {
                Error::new(Kind::Failed, format!("disk {disk} of {}: {why}", plan.instance))
                    .hint("a verify hook (snapback.hooks.verify) can judge otherwise")
            })
        };
        let result = perform(self.session, self.operation, self.verb, &step, look, |seen: &String, _| Outcome::Done {
            result: Some(seen.clone()),
            facts: Vec::new(),
        });
        self.told(&format!("{disk} is mounted, and not empty"), result.map(drop))
    }

    /// Starts it, and sees its processes running.
    pub(super) fn start(&self, by: &ByDirector) -> StepResult<()> {
        if !by.start {
            return Ok(());
        }
        let slug = by.slug(&self.plan.instance);
        self.directed(by, DirectorAct::Start, &["start", &slug, "--no-converge"], Vec::new())?;
        let seen = self.placed(by)?.seen;
        if seen.process_state == "running" {
            return Ok(());
        }
        let error =
            Error::new(Kind::Failed, format!("{slug} was started, and its processes are {}", seen.process_state))
                .try_command(format!("bosh -d {} instances --ps", self.plan.instance.deployment));
        Err(error.in_operation(self.operation.id()).into())
    }

    /// Keeps a snapshot of what has been restored where the Director's clean-up does not reach. It comes last, and its
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

/// What a look inside tells, in one line; or why it is not good.
fn content(told: &Told) -> std::result::Result<String, String> {
    let mut lines = told.stdout.lines().map(str::trim).filter(|line| !line.is_empty());
    if told.status != "0" {
        let said = told.stderr.trim().lines().next_back().unwrap_or_default();
        return Err(format!(
            "/var/vcap/store is not mounted{}",
            if said.is_empty() { String::new() } else { format!(" ({said})") }
        ));
    }
    let mount = lines.next().unwrap_or_default().to_owned();
    let entries = lines.skip_while(|line| !line.ends_with("/var/vcap/store")).skip(1);
    let names: Vec<&str> = entries.filter(|name| *name != "lost+found").collect();
    match names.len() {
        0 => Err("its file system is empty".to_owned()),
        count => Ok(format!("{mount}, {count} entries")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_disk_does_not_pass() {
        let told = |stdout: &str, status: &str| Told {
            stdout: stdout.to_owned(),
            stderr: String::new(),
            status: status.to_owned(),
        };
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sdc1 100 10 90 10% /var/vcap/store\n";
        let mount = "/dev/sdc1 ext4 10G\n";
        assert_eq!(
            content(&told(&format!("{mount}{df}postgres\n.x\n"), "0")),
            Ok("/dev/sdc1 ext4 10G, 2 entries".into())
        );
        assert!(content(&told(&format!("{mount}{df}lost+found\n"), "0")).is_err());
        assert!(content(&told(&format!("{mount}{df}"), "0")).is_err());
        assert!(content(&told("", "1")).is_err());
        assert!(content(&told("", "0")).is_err());
    }
}
