//! The way back to the old disk, by what the cloud says is attached now.

use super::Swap;
use super::steps::StepResult;
use crate::domain::ids::DiskCid;
use crate::domain::step::{Hook, Step};
use crate::domain::swap::{Method, Source, SwapPlan};
use crate::error::Result;
use crate::ops::recover::settle::{self, WhenInterrupted};

/// What going back did.
#[derive(Debug)]
pub(crate) struct Back {
    /// Whether anything of the instance had been touched.
    pub touched: bool,
    /// A disk that was made for nothing, and is kept.
    pub spare: Option<DiskCid>,
    /// Why the start hook failed on the old disk, if it did: all else is as it was, so that is no reason to keep the
    /// instance from others until `recover`.
    pub not_started: Option<String>,
}

impl Back {
    /// In one line, for the operator.
    pub(crate) fn describe(&self, plan: &SwapPlan) -> String {
        let spare = match &self.spare {
            Some(disk) => format!("; the new disk {disk} is kept as an orphaned disk"),
            None => String::new(),
        };
        match (self.touched, plan.old_disk()) {
            (true, Some(old)) => {
                let started = match &self.not_started {
                    Some(why) => format!(", but is not started: {why}"),
                    None if plan.starts() => ", and was started".to_owned(),
                    None => String::new(),
                };
                format!("{} is back on its old disk {old}{started}{spare}", plan.instance)
            }
            (true, None) => format!("{} has no disk, as before{spare}", plan.instance),
            (false, _) => format!("{} was not touched{spare}", plan.instance),
        }
    }
}

impl Swap<'_> {
    pub(crate) fn back(&self) -> StepResult<Back> {
        match &self.plan.method {
            Method::Cpi => self.back_by_cpi(),
            Method::Bosh(by) => self.back_by_director(by),
            Method::CreateEnv(by) => self.back_by_create_env(by),
        }
    }

    /// The disk that was made for nothing where it is not attached in the end, and is kept.
    pub(super) fn spare_disk(&self) -> Result<Option<DiskCid>> {
        match &self.plan.only().source {
            Source::Snapshot { .. } => self.disk_made(),
            Source::Disk { .. } => Ok(None),
        }
    }

    /// The disk that was to be attached, once there is one.
    pub(super) fn disk_meant(&self) -> Result<Option<DiskCid>> {
        match &self.plan.only().source {
            Source::Disk { cid, .. } => Ok(Some(cid.clone())),
            Source::Snapshot { .. } => self.disk_made(),
        }
    }

    fn back_by_cpi(&self) -> StepResult<Back> {
        // What the failed step really did decides from where to go back.
        settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
        let spare = self.spare_disk()?;
        let new = self.disk_meant()?;
        let touched = self.was_begun(|step| {
            matches!(step, Step::RunHook { .. } | Step::DetachDisk { .. } | Step::AttachDisk { .. })
        })?;
        if !touched {
            return Ok(Back { touched, spare, not_started: None });
        }
        if let Some(new) = &new
            && self.is_attached(new)?
        {
            // The start hook may have begun something that uses it.
            self.hook(Hook::Stop)?;
            self.detach(new)?;
        }
        let mut not_started = None;
        if let Some(old) = self.plan.old_disk() {
            // A disk that was not attached before stays so.
            let was_attached = self.plan.only().old.as_ref().is_some_and(|old| old.attached);
            if was_attached {
                if !self.is_attached(old)? {
                    self.attach(old)?;
                }
                self.confirm(old, |attached| Some(attached) != new.as_ref())?;
            } else {
                self.record(old)?;
            }
            not_started = self.hook(Hook::Start).err().map(|failed| failed.error.in_one_line());
        }
        Ok(Back { touched, spare, not_started })
    }
}
