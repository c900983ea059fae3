//! The single steps of this method, each journalled.

use std::path::PathBuf;

use super::disarming;
use super::look::{no_line, right_options};
use super::settle::{disks_of, ended_well, facts};
use super::state_file::StateFile;
use crate::director::CreateEnvError;
use crate::domain::create_env::{ByCreateEnv, EnvAct};
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::shell::quoted;
use crate::domain::step::{Fact, Outcome, Step, StepState};
use crate::error::{Error, Kind, Result};
use crate::ops::perform::{EffectError, perform};
use crate::ops::recover::settle::{self, WhenInterrupted};
use crate::ops::swap::Swap;
use crate::ops::swap::steps::StepResult;

/// Why a run of create-env did not do what it should.
#[derive(Debug)]
enum RunError {
    Client(CreateEnvError),
    /// It ended well, by its own word.
    Otherwise(Error),
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Client(error) => error.into(),
            RunError::Otherwise(error) => error,
        }
    }
}

impl EffectError for RunError {
    fn may_have_happened(&self) -> bool {
        match self {
            RunError::Client(error) => error.may_have_acted(),
            RunError::Otherwise(_) => true,
        }
    }

    fn reason(&self) -> String {
        match self {
            RunError::Client(error) => error.to_string(),
            RunError::Otherwise(error) => error.in_one_line(),
        }
    }
}

impl Swap<'_> {
    /// The operator's command line, which is nowhere but in this run's arguments.
    ///
    /// # Errors
    /// There is none, or it is not the one that the operation was begun with.
    pub(in crate::ops) fn create_env_line(&self, by: &ByCreateEnv) -> Result<&CreateEnvLine> {
        let state = by.state_file.display();
        let line = self.session.bosh.create_env_line().ok_or_else(|| {
            no_line(&self.plan.instance)
                .hint(format!("it is not kept, since it can hold credentials. For operation {}:", self.operation.id()))
                .hint(format!(
                    "  snapback recover {} -- bosh create-env MANIFEST --state {} ... --recreate{}",
                    self.operation.id(),
                    quoted(&by.state_file.to_string_lossy()),
                    by.disarmed_by
                        .as_ref()
                        .map_or(String::new(), |file| format!(" -o {}", quoted(&file.to_string_lossy())))
                ))
        })?;
        right_options(line)?;
        let named = StateFile::read(&line.state_file())?;
        if named.path() != by.state_file {
            let message = format!("the command line has the state file {}, and not {state}", named.path().display());
            return Err(Error::new(Kind::Refused, message).hint("give the same command line as at the beginning"));
        }
        if by.disarmed_by.is_some() && !line.stays_armed() {
            let manifest = disarming::manifest(line, self.session.bosh.environment())?;
            disarming::check(line, &manifest.disarming)?;
        }
        Ok(line)
    }

    fn env_step(&self, does: EnvAct) -> Step {
        Step::CreateEnv { instance: self.plan.instance.clone(), does }
    }

    /// Puts a disk into the record of create-env's state file, unless it is there.
    pub(super) fn replace_cid(&self, by: &ByCreateEnv, new: &DiskCid) -> StepResult<()> {
        let read = StateFile::read(&by.state_file)?;
        if read.disk() == new {
            return Ok(());
        }
        if read.record.id != by.record {
            let message = format!("{} has another disk's record since the plan was made", by.state_file.display());
            return Err(Error::new(Kind::Refused, message).into());
        }
        let (file, record, old) = (by.state_file.clone(), by.record.clone(), read.disk().clone());
        let step = self.env_step(EnvAct::ReplaceCid { file, record, old, new: new.clone() });
        let what = step.describe();
        let backup = self.backup(by);
        let replace = |_: &_| read.replace_cid(new, &backup);
        let result = perform(self.session, self.operation, self.verb, &step, replace, |(), _| Outcome::Done {
            result: Some(format!("{} is as it was", backup.display())),
            facts: Vec::new(),
        });
        self.told(&what, result)
    }

    /// Where the state file is kept as it was before this operation.
    fn backup(&self, by: &ByCreateEnv) -> PathBuf {
        let mut name = by.state_file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".before-{}", self.operation.id()));
        by.state_file.with_file_name(name)
    }

    /// Runs the operator's command line. However it ends, the state file and the cloud say what came of it.
    pub(super) fn run_create_env(&self, by: &ByCreateEnv, disk: &DiskCid) -> StepResult<()> {
        let line = self.create_env_line(by)?;
        let (plan, file) = (self.plan, by.state_file.clone());
        let read = StateFile::read(&file)?;
        if read.disk() != disk {
            let message = format!("{} has disk {}, and not {disk}", file.display(), read.disk());
            return Err(Error::new(Kind::Refused, message).into());
        }
        let before = read.vm.unwrap_or_else(|| plan.vm.clone());
        let (cpi, slot) = (plan.cpi.clone(), plan.only().slot);
        let step = self.env_step(EnvAct::Run { file, cpi, vm: before.clone(), disk: disk.clone(), slot });
        let what = step.describe();
        let progress = self.session.progress;
        let run = |_: &_| -> std::result::Result<VmCid, RunError> {
            self.session.bosh.create_env(line, &|text| progress.note(text)).map_err(RunError::Client)?;
            ended_well(self.session, &by.state_file, &plan.cpi, &before, disk)
                .map_err(RunError::Otherwise)?
                .map_err(|why| RunError::Otherwise(Error::new(Kind::Failed, format!("create-env exited 0, but {why}"))))
        };
        let done = |vm: &VmCid, _: &_| Outcome::Done {
            result: Some(format!("VM {vm}")),
            facts: facts(&plan.instance, &plan.cpi, vm, disk, plan.only().slot),
        };
        let result = match perform(self.session, self.operation, self.verb, &step, run, done) {
            Ok(_) => Ok(()),
            Err(failed) if failed.unknown => {
                let settled = settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
                match settled.iter().find(|settled| settled.step == step) {
                    Some(settled) if settled.done() => Ok(()),
                    _ => Err(failed),
                }
            }
            Err(failed) => Err(failed),
        };
        self.told(&what, result)
    }

    /// Whether the instance has this disk and no other, by the state file and the cloud; where the CPI cannot tell, by the
    /// last run of create-env that came to its end.
    pub(super) fn is_on(&self, by: &ByCreateEnv, disk: &DiskCid) -> Result<bool> {
        let read = StateFile::read(&by.state_file)?;
        let Some(vm) = read.vm.as_ref().filter(|_| read.deployed && read.disk() == disk) else { return Ok(false) };
        match disks_of(self.session, &self.plan.cpi, vm)? {
            Some(disks) => Ok(disks.as_slice() == std::slice::from_ref(disk)),
            None => {
                let last = self.journal()?.into_iter().rev().find_map(|row| match (row.step, row.state) {
                    (Step::CreateEnv { does: EnvAct::Run { disk, .. }, .. }, StepState::Done) => Some(disk),
                    _ => None,
                });
                Ok(last.map_or(*vm == self.plan.vm && self.plan.old_disk() == Some(disk), |last| last == *disk))
            }
        }
    }

    /// Whether create-env has not touched the instance since the plan was made.
    pub(super) fn is_untouched(&self, by: &ByCreateEnv) -> Result<bool> {
        let read = StateFile::read(&by.state_file)?;
        if !read.deployed || read.vm.as_ref() != Some(&self.plan.vm) {
            return Ok(false);
        }
        let disks = disks_of(self.session, &self.plan.cpi, &self.plan.vm)?;
        let was = self.plan.only().old.as_ref().filter(|old| old.attached).map(|old| vec![old.cid.clone()]);
        Ok(disks.is_none_or(|disks| disks == was.unwrap_or_default()))
    }

    /// No success before state file and cloud agree.
    pub(super) fn confirm_is_on(&self, by: &ByCreateEnv, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let vm = StateFile::read(&by.state_file)?.vm.unwrap_or_else(|| plan.vm.clone());
        let step = Step::Confirm { cpi: plan.cpi.clone(), vm: vm.clone(), disk: disk.clone() };
        let confirm = |_: &_| match self.is_on(by, disk) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(
                Kind::Cpi,
                format!("{} should have disk {disk}; its state file or the cloud say otherwise", plan.instance),
            )),
            Err(error) => Err(error),
        };
        let done = |(): &(), _: &_| Outcome::Done { result: None, facts: vec![Fact::Confirmed(plan.instance.clone())] };
        let result = perform(self.session, self.operation, self.verb, &step, confirm, done);
        self.told(&format!("confirmed by the state file and the cloud: VM {vm} has {disk}"), result)
    }
}
