//! The operator's hooks, run as child processes.

mod still;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::dead_man::{Member, Watch};
use super::session::{HookRunner, Scratch};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::step::Hook;
use crate::domain::swap::HooksPresent;
use crate::error::{Error, Kind, Result};
use crate::manifest;
use crate::process::{self, Call, Ended, Finished};

/// How many bytes of a failed hook's output are shown.
const TAIL: usize = 2000;

/// The hooks of a manifest.
pub struct Hooks {
    hooks: manifest::Hooks,
    home: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    deadline: Option<Duration>,
    through: Option<PathBuf>,
    bosh: Vec<String>,
}

impl Hooks {
    /// These hooks, run in the manifest's directory with the operator's own environment. `deadline` applies to each
    /// run.
    pub fn new(
        hooks: manifest::Hooks,
        home: Option<PathBuf>,
        environment: BTreeMap<String, String>,
        deadline: Option<Duration>,
    ) -> Self {
        let home = home.filter(|home| !home.as_os_str().is_empty());
        // A hook does not start in snapback's working directory.
        let home = home.map(|home| std::path::absolute(&home).unwrap_or(home));
        Hooks { hooks, home, environment, deadline, through: None, bosh: Vec::new() }
    }

    /// The same hooks, started through snapback itself, so that they have no terminal to ask on.
    #[must_use]
    pub fn through(mut self, itself: PathBuf) -> Self {
        self.through = Some(itself);
        self
    }

    /// The same hooks, whose `preset: bosh` calls the bosh CLI by these words.
    #[must_use]
    pub fn calling_bosh(mut self, words: Vec<String>) -> Self {
        self.bosh = words;
        self
    }

    fn argv(&self, hook: Hook) -> Option<&[String]> {
        let argv = match hook {
            Hook::Stop => &self.hooks.stop,
            Hook::Start => &self.hooks.start,
            Hook::Verify => &self.hooks.verify,
        };
        argv.as_deref()
    }
}

impl HookRunner for Hooks {
    fn present(&self) -> HooksPresent {
        HooksPresent {
            stop: self.hooks.stop.is_some(),
            start: self.hooks.start.is_some(),
            verify: self.hooks.verify.is_some(),
        }
    }

    fn stillness(&self, instance: &Instance) -> Result<Option<Member>> {
        let still = self.hooks.still.of(&instance.name.group);
        let around = || still::Around {
            environment: self.environment_for(&instance.name),
            home: &self.home,
            through: &self.through,
            deadline: self.deadline,
            bosh: &self.bosh,
        };
        still.map(|still| still::member(still, instance, around())).transpose()
    }

    fn watch(&self, members: Vec<Member>) -> Result<Watch> {
        let itself = self.through.as_deref().unwrap_or(Path::new("snapback"));
        Watch::start(itself, &self.environment, members)
    }

    fn run(&self, hook: Hook, instance: &InstanceName) -> Result<()> {
        let Some((program, finished)) = self.call(hook, instance, Vec::new())? else { return Ok(()) };
        if finished.status.success() {
            return Ok(());
        }
        let what = what(hook, instance, program);
        let mut error = Error::new(Kind::Failed, format!("{what} failed: {}", finished.status));
        let said = finished.stderr_tail.trim();
        if !said.is_empty() {
            error = error.hint(format!("it said: {said}"));
        }
        Err(error)
    }

    fn verify_scratch(&self, scratch: &Scratch<'_>) -> Result<Option<String>> {
        let mut more = vec![
            ("SNAPBACK_HOOK_DISK".to_owned(), scratch.disk.to_string()),
            ("SNAPBACK_HOOK_SNAPSHOT".to_owned(), scratch.snapshot.to_string()),
        ];
        more.extend(scratch.image.map(|image| ("SNAPBACK_HOOK_DISK_IMAGE".to_owned(), image.display().to_string())));
        let Some((program, finished)) = self.call(Hook::Verify, scratch.instance, more)? else {
            return Err(Error::new(Kind::Unsupported, "there is no verify hook"));
        };
        let stdout = String::from_utf8_lossy(&finished.stdout);
        // A shell's status for a program that it cannot run (POSIX, 2.8.2), and a signal that ends a running one, are
        // not a verdict.
        if matches!(finished.status, Ended::Exited(126 | 127) | Ended::Signalled(_)) {
            let what = what(Hook::Verify, scratch.instance, program);
            let error = Error::new(Kind::Failed, format!("{what} could not look at the disk: {}", finished.status));
            let said = finished.stderr_tail.trim();
            let error = if said.is_empty() { error } else { error.hint(format!("it said: {said}")) };
            return Err(error.hint("this says nothing about the snapshot: repair the hook, and run the drill again"));
        }
        if !finished.status.success() {
            let said = [finished.stderr_tail.trim(), stdout.trim()].into_iter().find(|said| !said.is_empty());
            return Ok(Some(format!("the verify hook ({program}): {}", said.unwrap_or(&finished.status.to_string()))));
        }
        if stdout.lines().any(|line| line.trim() == scratch.disk.as_str()) {
            return Ok(None);
        }
        let what = what(Hook::Verify, scratch.instance, program);
        Err(Error::new(Kind::Refused, format!("{what} did not print the CID of the disk that it has looked at"))
            .hint(
                "a hook that is not written for drills looks at the instance's own disk, and proves nothing about the \
                 snapshot",
            )
            .hint("if SNAPBACK_HOOK_DISK is set, look at that disk, and print its CID on a line of its own"))
    }
}

fn what(hook: Hook, instance: &InstanceName, program: &str) -> String {
    format!("the {} hook for {instance} ({program})", hook.name())
}

impl Hooks {
    fn environment_for(&self, instance: &InstanceName) -> BTreeMap<String, String> {
        let mut environment = self.environment.clone();
        environment.insert("SNAPBACK_HOOK_DEPLOYMENT".to_owned(), instance.deployment.clone());
        environment.insert("SNAPBACK_HOOK_INSTANCE".to_owned(), instance.to_string());
        environment
    }

    /// Runs a hook to its end. Returns its program; `None` if there is no such hook.
    fn call(
        &self,
        hook: Hook,
        instance: &InstanceName,
        more: Vec<(String, String)>,
    ) -> Result<Option<(&str, Finished)>> {
        let Some((program, args)) = self.argv(hook).and_then(<[String]>::split_first) else { return Ok(None) };
        let mut environment = self.environment_for(instance);
        environment.insert("SNAPBACK_HOOK".to_owned(), hook.name().to_owned());
        environment.extend(more);
        let call = Call {
            args: args.to_vec(),
            env: environment.into_iter().collect(),
            deadline: self.deadline,
            cwd: self.home.clone(),
            through: self.through.clone(),
            tail_limit: TAIL,
            stdout_limit: TAIL,
            ..Call::new(program)
        };
        let finished = process::run(&call).map_err(|error| {
            let what = what(hook, instance, program);
            Error::because(Kind::Failed, format!("{what} did not end"), error)
        })?;
        Ok(Some((program, finished)))
    }
}
