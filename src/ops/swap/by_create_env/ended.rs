//! Settles a run of create-env that did not end well, once nothing that it started is still at work.

use std::time::{Duration, Instant};

use crate::domain::create_env::{ByCreateEnv, EnvAct};
use crate::domain::facts::Made;
use crate::domain::operation::Operation;
use crate::domain::step::Step;
use crate::error::{Error, Kind, Result};
use crate::ops::perform::StepError;
use crate::ops::settle::by_state_file::{ended_well, is_at_work};
use crate::ops::settle::{self, WhenInterrupted};
use crate::ops::swap::steps::{StepResult, Swap};

/// How often to check whether something is still at work.
const GLANCE: Duration = Duration::from_millis(100);

impl Swap<'_> {
    /// Settles a run that, by its own word, did not end well.
    pub(super) fn settled(&self, by: &ByCreateEnv, step: &Step, failed: StepError) -> StepResult<()> {
        if let Some(waiting) = self.wait_for_its_calls() {
            let error = failed
                .error
                .hint(format!("{waiting}; nothing is decided before it has ended. When it has:"))
                .hint(format!("  {}", self.again(by, " --wait-lock 600")))
                .hint(
                    "a process that is not a call to the cloud (a VM of a CPI's) may live on: pass over it with \
                     --ignore-process PID",
                );
            return Err(StepError { error, unknown: true });
        }
        let said = failed.error.message().to_owned();
        let Step::CreateEnv { does: EnvAct::Run { file, cpi, vm, disk, .. }, .. } = step else {
            return Err(Error::new(Kind::Bug, "a run of create-env is not one").into());
        };
        if let Ok(Ok(now)) = ended_well(self.session, file, cpi, vm, disk)
            && let Some(row) = self.journal()?.into_iter().rev().find(|row| row.step == *step)
        {
            let remark = format!("it has deployed, and failed afterwards: {said}");
            self.session.progress.note(&remark);
            let outcome = step.made(&Made::Vm(now.clone())).telling(Some(format!("VM {now}; {remark}")));
            self.operation.settle(&row.token, outcome).map_err(Error::from)?;
            return Ok(());
        }
        settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
        Err(failed)
    }

    /// Whether the instance was on an old database, with its checklist open, before this operation began.
    pub(super) fn is_disarmed_before(&self) -> Result<bool> {
        let of_it = |operation: &Operation| {
            let is_it = operation.plan.as_ref().is_some_and(|plan| plan.instance == self.plan.instance);
            is_it && operation.decides_what_to_do()
        };
        let all = self.session.state.reader().operations(None)?;
        Ok(all.into_iter().find(of_it).is_some_and(|newest| newest.has_to_do()))
    }

    /// Waits until everything that a run of create-env started has ended. Returns what has not.
    fn wait_for_its_calls(&self) -> Option<String> {
        let (session, bosh) = (self.session, self.session.bosh);
        let until = Instant::now() + bosh.patience_with_calls();
        let mut is_told = false;
        while is_at_work(session, self.operation.id()) {
            let living = || {
                let all = session.state.others_at_work(self.operation.id(), session.author.pid);
                let all = if all.is_empty() { "a process of another user".to_owned() } else { all.join(", ") };
                format!("what create-env has started is still at work: {all}")
            };
            if Instant::now() >= until || session.interrupt.check().is_err() {
                return Some(living());
            }
            if !std::mem::replace(&mut is_told, true) {
                session.progress.note(&format!(
                    "{}; waiting for up to {} s",
                    living(),
                    bosh.patience_with_calls().as_secs()
                ));
            }
            std::thread::sleep(GLANCE);
        }
        None
    }
}
