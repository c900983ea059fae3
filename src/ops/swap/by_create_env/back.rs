//! The way back to the old disk. Before create-env has touched the instance, only the record goes back. After that,
//! create-env makes another VM, with the old disk: it is in no record, so create-env has not deleted it (bosh-cli
//! `deployment/disk/manager.go`, `DeleteUnused`).

use super::steps::Going;
use crate::domain::create_env::{ByCreateEnv, EnvAct};
use crate::domain::step::Step;
use crate::error::{Error, Kind};
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::swap::swapped::Back;

impl Swap<'_> {
    pub(in crate::ops::swap) fn back_by_create_env(&self, by: &ByCreateEnv) -> StepResult<Back> {
        self.settle_all()?;
        let spare = self.spare_disk()?;
        let replaced = |step: &Step| matches!(step, Step::CreateEnv { does: EnvAct::ReplaceCid { .. }, .. });
        if !self.was_begun(replaced)? {
            return Ok(Back::untouched(spare));
        }
        let old = self.plan.only().old.as_ref().ok_or_else(|| Error::new(Kind::Bug, "a record without a disk"))?;
        if self.is_untouched(by)? {
            self.replace_cid(by, &old.cid)?;
            return Ok(Back::untouched(spare));
        }
        if !old.exists {
            let message = format!("the cloud no longer has the old disk {}: there is no way back", old.cid);
            return Err(Error::new(Kind::Failed, message)
                .hint("forward:")
                .hint(format!("  {}", self.again(by, " --resume")))
                .into());
        }
        // A missing thing must be known before the record changes.
        if !self.is_on(by, &old.cid)? {
            self.create_env_line(by, Going::Back)?;
            self.replace_cid(by, &old.cid)?;
            self.run_create_env(by, &old.cid, Going::Back)?;
        }
        self.confirm_is_on(by, &old.cid)?;
        Ok(Back { touched: true, spare, not_started: None, whole: true })
    }
}
