//! The way forward. Each step first checks whether it has been done. So the same code finishes what a killed run began.

use super::steps::Going;
use crate::domain::create_env::{ByCreateEnv, EnvAct};
use crate::domain::step::{Hook, Step};
use crate::error::Result;
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::swap::swapped::Swapped;

impl Swap<'_> {
    pub(in crate::ops::swap) fn forward_by_create_env(&self, by: &ByCreateEnv) -> StepResult<Swapped> {
        let new = self.disk_to_attach()?;
        let old = self.plan.old_disk();
        self.session.interrupt.check()?;
        if !self.is_on(by, &new)? {
            self.create_env_line(by, Going::Forward)?;
            let begun = self.was_begun(is_run)?;
            if let Some(old) = old.filter(|_| self.plan.only().safety_snapshot && !begun) {
                self.safety_snapshot(old)?;
                self.session.interrupt.check()?;
            }
            self.replace_cid(by, &new)?;
            self.session.interrupt.check()?;
            self.run_create_env(by, &new, Going::Forward)?;
        }
        self.confirm_is_on(by, &new)?;
        self.hook(Hook::Verify)?;
        let safety = old.map(|old| self.safety_of(old)).transpose()?.flatten();
        Ok(self.swapped(new, safety, self.failed_afterwards()?))
    }

    /// The last words of a create-env run that deployed, and failed afterwards; `None` if it did not fail.
    fn failed_afterwards(&self) -> Result<Option<String>> {
        let result = self.made(is_run)?;
        Ok(result.and_then(|result| result.split_once("; ").map(|(_, remark)| remark.to_owned())))
    }

    /// Whether an interrupted swap goes on forward: it does once create-env has touched the instance, unless it was
    /// already on its way back.
    pub(in crate::ops) fn was_going_forward_by_create_env(&self, by: &ByCreateEnv) -> Result<bool> {
        let old = self.plan.only().old.as_ref().map(|old| &old.cid);
        let last = self.journal()?.into_iter().rev().find_map(|row| match row.step {
            Step::CreateEnv { does: EnvAct::Run { disk, .. } | EnvAct::ReplaceCid { new: disk, .. }, .. } => {
                Some(old != Some(&disk))
            }
            _ => None,
        });
        Ok(last == Some(true) && !self.is_untouched(by)?)
    }
}

pub(super) fn is_run(step: &Step) -> bool {
    matches!(step, Step::CreateEnv { does: EnvAct::Run { .. }, .. })
}
