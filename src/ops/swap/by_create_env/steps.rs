//! The single steps of this method, each journalled.

use std::path::{Path, PathBuf};

use super::disarming;
use super::look::{as_in_the_manifest, no_line, right_options};
use super::witness::On;
use crate::director::CreateEnvError;
use crate::domain::create_env::{ByCreateEnv, EnvAct};
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::facts::{Made, attached};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::intent::Intent;
use crate::domain::shell::quoted;
use crate::domain::step::{Fact, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::perform::EffectError;
use crate::ops::settle::by_state_file::{StateFile, ended_well};
use crate::ops::swap::steps::{StepResult, Swap};

/// Why a run of create-env did not do what it should.
#[derive(Debug)]
enum RunError {
    Client(CreateEnvError),
    /// It ended well, by its own word, but the result is wrong.
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

/// The direction of a run of create-env.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Going {
    /// To a disk with old content.
    Forward,
    /// To the disk that the instance had before.
    Back,
}

impl Swap<'_> {
    /// The operator's command line, which is only in this run's arguments. It was typed again, so all checks before the
    /// first effect are repeated.
    ///
    /// # Errors
    /// There is none, it is not the one of the operation's beginning, or create-env would copy and delete the disk.
    pub(in crate::ops) fn create_env_line(&self, by: &ByCreateEnv, going: Going) -> Result<&CreateEnvLine> {
        let bosh = self.session.bosh;
        let line = bosh.create_env_line().ok_or_else(|| {
            no_line(&self.plan.instance)
                .hint(format!(
                    "snapback does not keep it, since it can hold credentials. For operation {}:",
                    self.operation.id()
                ))
                .hint(format!("  {}", self.again(by, "")))
        })?;
        right_options(line)?;
        bosh.has_program_of(line)?;
        let named = StateFile::read(&line.state_file())?;
        if named.path() != by.state_file {
            let state = by.state_file.display();
            let message = format!("the command line has the state file {}, and not {state}", named.path().display());
            return Err(Error::new(Kind::Refused, message).hint("give the same command line as at the beginning"));
        }
        named.writable()?;
        let manifest = disarming::manifest(line, bosh.environment())?;
        if !as_in_the_manifest(&named, &manifest.disk)? && by.is_compared {
            let message =
                "the manifest's disk cannot be read to its end with this command line, as it could at the beginning";
            return Err(Error::new(Kind::Refused, message)
                .hint("if the disk's record differs from it, create-env copies the disk to a new one, and deletes it")
                .hint("give the same command line as at the beginning, its variables among it"));
        }
        if going == Going::Forward && by.disarmed_by.is_some() && !line.stays_armed() {
            disarming::check(line, &manifest.disarming)?;
        }
        Ok(line)
    }

    /// The command that continues this operation; `option` is one of `recover`.
    pub(super) fn again(&self, by: &ByCreateEnv, option: &str) -> String {
        let ops =
            by.disarmed_by.as_ref().map_or(String::new(), |file| format!(" -o {}", quoted(&file.to_string_lossy())));
        format!(
            "snapback recover {}{option} -- bosh create-env MANIFEST --state {} ... --recreate{ops}",
            self.operation.id(),
            quoted(&by.state_file.to_string_lossy()),
        )
    }

    /// Whether the way forward needs another run of create-env.
    pub(in crate::ops) fn needs_create_env(&self, by: &ByCreateEnv) -> Result<bool> {
        match self.disk_meant()? {
            Some(new) => Ok(!self.is_on(by, &new)?),
            None => Ok(true),
        }
    }

    fn env_step(&self, does: EnvAct) -> Step {
        Step::CreateEnv { instance: self.plan.instance.clone(), does }
    }

    /// Puts a disk into the record of create-env's state file, unless it is there already.
    pub(super) fn replace_cid(&self, by: &ByCreateEnv, new: &DiskCid) -> StepResult<()> {
        let read = StateFile::read(&by.state_file)?;
        if read.disk() == new {
            return Ok(());
        }
        self.is_of_the_plan(by, &read)?;
        let (file, record, old) = (by.state_file.clone(), by.record.clone(), read.disk().clone());
        let step = self.env_step(EnvAct::ReplaceCid { file, record, old, new: new.clone(), vm: read.vm.clone() });
        let what = step.describe();
        let backup = self.backup(by);
        let replace = |_: &_| read.replace_cid(new, &backup);
        let kept = format!("{} is as it was", backup.display());
        let result = self.perform(&step, replace, |()| step.happened().telling(Some(kept)));
        self.told(&what, result)
    }

    /// Refuses a record that somebody else, or a migration of create-env's, has changed.
    fn is_of_the_plan(&self, by: &ByCreateEnv, read: &StateFile) -> Result<()> {
        let is_known = Some(read.disk()) == self.plan.only().old.as_ref().map(|old| &old.cid)
            || Some(read.disk()) == self.disk_meant()?.as_ref();
        if is_known && read.record.id == by.record {
            return Ok(());
        }
        let message = format!(
            "{} has disk {} in the record {}, which this operation has not put there",
            by.state_file.display(),
            read.disk(),
            read.record.id
        );
        Err(Error::new(Kind::Refused, message)
            .hint(
                "create-env has copied the disk to another one, or someone has edited the file. To end the operation \
                 as it is:",
            )
            .try_command(format!("snapback recover --close {}", self.operation.id())))
    }

    /// The path of the copy of the state file from before this operation.
    pub(super) fn backup(&self, by: &ByCreateEnv) -> PathBuf {
        let mut name = by.state_file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".before-{}", self.operation.id()));
        by.state_file.with_file_name(name)
    }

    /// Runs the operator's command line. However it ends, the state file and the cloud show the result, once nothing
    /// that it started is still at work.
    pub(super) fn run_create_env(&self, by: &ByCreateEnv, disk: &DiskCid, going: Going) -> StepResult<()> {
        let line = self.create_env_line(by, going)?;
        let (plan, file) = (self.plan, by.state_file.clone());
        let read = StateFile::read(&file)?;
        if read.disk() != disk {
            let message = format!("{} has disk {}, and not {disk}", file.display(), read.disk());
            return Err(Error::new(Kind::Refused, message).into());
        }
        let progress = self.session.progress;
        if read.vm.is_none() {
            progress.note(&format!(
                "{} has no VM: where create-env was cut off while it made one, the cloud has a VM that nobody knows of; \
                 look for it by its tags (director bosh-init), and delete it by hand",
                file.display()
            ));
        }
        let arguments = match &by.disarmed_by {
            Some(ops) if going == Going::Back && !self.is_disarmed_before()? => {
                progress.note(&format!(
                    "the way back runs without -o {}: the database of the old disk is of the present, and its Director is \
                     armed, as it was",
                    ops.display()
                ));
                line.arguments_without(|value| disarming::is_same(Path::new(value), ops))
            }
            Some(ops) if going == Going::Back => {
                progress.note(&format!(
                    "the Director stays disarmed by {}, as it was: the checklist of an earlier restore is open",
                    ops.display()
                ));
                line.arguments()
            }
            _ => line.arguments(),
        };
        let before = read.vm.unwrap_or_else(|| plan.vm.clone());
        let (cpi, slot) = (plan.cpi.clone(), plan.only().slot);
        let step = self.env_step(EnvAct::Run { file, cpi, vm: before.clone(), disk: disk.clone(), slot });
        let what = step.describe();
        let run = |intent: &Intent| -> std::result::Result<VmCid, RunError> {
            let heard = |text: &str| progress.note(text);
            self.session.bosh.create_env(line, arguments, &heard, intent.starting()).map_err(RunError::Client)?;
            ended_well(self.session, &by.state_file, &plan.cpi, &before, disk)
                .map_err(RunError::Otherwise)?
                .map_err(|why| RunError::Otherwise(Error::new(Kind::Failed, format!("create-env exited 0, but {why}"))))
        };
        let done = |vm: &VmCid| step.made(&Made::Vm(vm.clone())).telling(Some(format!("VM {vm}")));
        let result = match self.perform(&step, run, done) {
            Ok(_) => Ok(()),
            Err(failed) if failed.unknown => self.settled(by, &step, failed),
            Err(failed) => Err(failed),
        };
        self.told(&what, result)
    }

    /// Confirms that the state file and the cloud agree: before that there is no success. Records what they say.
    pub(super) fn confirm_is_on(&self, by: &ByCreateEnv, disk: &DiskCid) -> StepResult<()> {
        let plan = self.plan;
        let vm = StateFile::read(&by.state_file)?.vm.unwrap_or_else(|| plan.vm.clone());
        let step = Step::Confirm { cpi: plan.cpi.clone(), vm: vm.clone(), disk: disk.clone() };
        let confirm = |_: &_| match self.on(by, disk) {
            Ok(Ok(on)) => Ok(on),
            Ok(Err(why)) => Err(Error::new(Kind::Cpi, format!("{} should have disk {disk}, but {why}", plan.instance))),
            Err(error) => Err(error),
        };
        let done = |on: &On| {
            let (On::Both(vm) | On::StateFile(vm, _)) = on;
            let instance = plan.instance.clone();
            step.happened()
                .with(Fact::VmReplaced { instance: instance.clone(), vm: vm.clone() })
                .with(attached(&plan.cpi, &instance, disk, plan.only().slot))
                .with(Fact::Confirmed(instance))
        };
        let result = self.perform(&step, confirm, done);
        let what = match &result {
            Ok(On::StateFile(_, why)) => {
                format!("by the state file alone VM {vm} has {disk} (the cloud cannot tell: {why})")
            }
            _ => format!("confirmed by the state file and the cloud: VM {vm} has {disk}"),
        };
        self.told(&what, result.map(drop))
    }
}
