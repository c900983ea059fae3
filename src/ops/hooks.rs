//! The operator's hooks, run as child processes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::session::HookRunner;
use crate::domain::instance::InstanceName;
use crate::domain::step::Hook;
use crate::domain::swap::HooksPresent;
use crate::error::{Error, Kind, Result};
use crate::manifest;
use crate::process::{self, Call};

/// How much of what a hook prints is told when it fails.
const TAIL: usize = 2000;

/// The hooks of a manifest.
pub struct Hooks {
    hooks: manifest::Hooks,
    home: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    deadline: Option<Duration>,
}

impl Hooks {
    /// These hooks, run in the manifest's directory with the operator's own environment. `deadline` is for
    /// each run.
    pub fn new(
        hooks: manifest::Hooks,
        home: Option<PathBuf>,
        environment: BTreeMap<String, String>,
        deadline: Option<Duration>,
    ) -> Self {
        let home = home.filter(|home| !home.as_os_str().is_empty());
        Hooks { hooks, home, environment, deadline }
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

    fn run(&self, hook: Hook, instance: &InstanceName) -> Result<()> {
        let Some((program, args)) = self.argv(hook).and_then(<[String]>::split_first) else { return Ok(()) };
        let mut environment = self.environment.clone();
        environment.extend([
            ("SNAPBACK_HOOK".to_owned(), hook.name().to_owned()),
            ("SNAPBACK_HOOK_DEPLOYMENT".to_owned(), instance.deployment.clone()),
            ("SNAPBACK_HOOK_INSTANCE".to_owned(), instance.to_string()),
        ]);
        let call = Call {
            args: args.to_vec(),
            env: environment.into_iter().collect(),
            deadline: self.deadline,
            cwd: self.home.clone(),
            tail_limit: TAIL,
            stdout_limit: TAIL,
            ..Call::new(program)
        };
        let what = format!("the {} hook for {instance} ({program})", hook.name());
        let finished = process::run(&call)
            .map_err(|error| Error::because(Kind::Failed, format!("{what} did not come to an end"), error))?;
        if finished.status.success() {
            return Ok(());
        }
        let mut error = Error::new(Kind::Failed, format!("{what} failed: {}", finished.status));
        let said = finished.stderr_tail.trim();
        if !said.is_empty() {
            error = error.hint(format!("it said: {said}"));
        }
        Err(error)
    }
}
