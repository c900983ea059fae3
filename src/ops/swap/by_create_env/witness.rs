//! Where the disk is, according to the state file, the cloud, and create-env itself.

use crate::domain::create_env::{ByCreateEnv, EnvAct};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::step::{Step, StepState};
use crate::error::Result;
use crate::ops::settle::by_state_file::{Shown, StateFile, shows};
use crate::ops::swap::steps::Swap;

/// Who confirms that an instance has its disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum On {
    /// The state file and the cloud.
    Both(VmCid),
    /// Only the state file: create-env finished with this disk, and the cloud cannot tell.
    StateFile(VmCid, String),
}

impl Swap<'_> {
    /// Whether the instance has this disk, and not the other one of the plan; or why it does not.
    pub(super) fn on(&self, by: &ByCreateEnv, disk: &DiskCid) -> Result<std::result::Result<On, String>> {
        let read = StateFile::read(&by.state_file)?;
        let path = by.state_file.display();
        if read.disk() != disk {
            return Ok(Err(format!("{path} has disk {}", read.disk())));
        }
        let Some(vm) = read.vm.clone() else { return Ok(Err(format!("{path} has no VM"))) };
        if !read.is_deployed() {
            return Ok(Err(format!("{path} has VM {vm}, on which create-env did not come to its end")));
        }
        let other = self.other_than(disk)?;
        Ok(match shows(self.session, &self.plan.cpi, &vm, disk, other.as_ref())? {
            Shown::Yes => Ok(On::Both(vm)),
            Shown::No(list) => Err(format!("according to the cloud, VM {vm} has: {list}")),
            Shown::CannotTell(why) if self.was_made_with(disk, &vm)? => Ok(On::StateFile(vm, why)),
            Shown::CannotTell(why) => Err(format!("create-env has made no VM with {disk} yet, and {why}")),
        })
    }

    pub(super) fn is_on(&self, by: &ByCreateEnv, disk: &DiskCid) -> Result<bool> {
        Ok(self.on(by, disk)?.is_ok())
    }

    /// The other one of the plan's two disks, which this one replaces.
    fn other_than(&self, disk: &DiskCid) -> Result<Option<DiskCid>> {
        let old = self.plan.old_disk().filter(|old| *old != disk).cloned();
        Ok(old.or(self.disk_meant()?.filter(|new| new != disk)))
    }

    /// Whether the VM was made after this disk was put into the record: then create-env finished on it with this disk.
    fn was_made_with(&self, disk: &DiskCid, vm: &VmCid) -> Result<bool> {
        let journal = self.journal()?;
        let replaced = journal.iter().rev().find_map(|row| match &row.step {
            Step::CreateEnv { does: EnvAct::ReplaceCid { new, vm: then, .. }, .. } if new == disk => {
                Some(then.as_ref())
            }
            _ => None,
        });
        match replaced {
            Some(Some(then)) => return Ok(then != vm),
            // It was there before anything was done.
            None => return Ok(self.plan.old_disk() == Some(disk)),
            // The step of an older snapback.
            Some(None) => {}
        }
        let last = journal.into_iter().rev().find_map(|row| match (row.step, row.state) {
            (Step::CreateEnv { does: EnvAct::Run { disk, .. }, .. }, StepState::Done) => Some(disk),
            _ => None,
        });
        Ok(last.map_or(*vm == self.plan.vm && self.plan.old_disk() == Some(disk), |last| last == *disk))
    }

    /// Whether create-env has not touched the instance since the plan was made, neither run by snapback nor by somebody
    /// else: it clears its record of the deployed manifest before it does anything (bosh-cli
    /// `cmd/deployment_preparer.go`).
    pub(super) fn is_untouched(&self, by: &ByCreateEnv) -> Result<bool> {
        let read = StateFile::read(&by.state_file)?;
        if read.vm.as_ref() != Some(&self.plan.vm) {
            return Ok(false);
        }
        match StateFile::read(&self.backup(by)) {
            Ok(before) => Ok(before.deployed == read.deployed),
            Err(_) => Ok(read.is_deployed()),
        }
    }

    /// A warning about a Director that should be disarmed, but is armed: the deployed manifest is the one from before
    /// the restore, without the ops file. `None` if it is not armed, or if that is not known.
    pub(in crate::ops) fn armed(&self, by: &ByCreateEnv) -> Result<Option<String>> {
        let Some(file) = &by.disarmed_by else { return Ok(None) };
        let (before, now) = (StateFile::read(&self.backup(by)), StateFile::read(&by.state_file));
        let (Ok(before), Ok(now)) = (before, now) else { return Ok(None) };
        let is_of_another_run = now.is_deployed() && now.vm != before.vm && now.disk() != before.disk();
        Ok((is_of_another_run && now.deployed == before.deployed).then(|| {
            format!(
                "{}: the Director is ARMED on a database of the past: create-env was run without -o {file}. It may delete \
                 disks that are in use, and recreate VMs. Disarm it now: run your create-env with -o {file} (it deploys \
                 that change), then look at its tasks",
                self.plan.instance,
                file = file.display()
            )
        }))
    }
}
