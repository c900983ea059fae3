//! The way back to the old disk, depending on where the Director and the cloud say that it is. A failed attach leaves
//! them in disagreement: the Director's database has undone its change, and the cloud has not (cloudfoundry/bosh
//! `jobs/attach_disk.rb`).

use super::inside;
use crate::domain::director_act::DirectorAct;
use crate::domain::ids::DiskCid;
use crate::domain::step::Step;
use crate::domain::swap::ByDirector;
use crate::error::{Error, Kind, Result};
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::swap::swapped::Back;

impl Swap<'_> {
    pub(in crate::ops::swap) fn back_by_director(&self, by: &ByDirector) -> StepResult<Back> {
        self.settle_all()?;
        let spare = self.spare_disk()?;
        let new = self.disk_meant()?;
        let touched = self.was_begun(|step| {
            matches!(step, Step::Director { does: DirectorAct::Stop | DirectorAct::AttachDisk { .. }, .. })
        })?;
        let mut not_started = None;
        if touched {
            let old =
                self.plan.old_disk().ok_or_else(|| Error::new(Kind::Failed, "there is no old disk to go back to"))?;
            not_started = self.put_back(by, old, new.as_ref())?;
            if not_started.is_none() {
                not_started = self.start_again(by, old).err().map(|failed| failed.error.in_one_line());
            }
        }
        self.resume_resurrection(by)?;
        Ok(Back { touched, spare, not_started, whole: true })
    }

    /// Puts the old disk back. Returns why the instance stays stopped, if the cloud cannot tell and nobody can look.
    fn put_back(&self, by: &ByDirector, old: &DiskCid, new: Option<&DiskCid>) -> StepResult<Option<String>> {
        let placed = self.placed(by)?;
        let given_up = self.may_be_given_up(by)?;
        if given_up || !self.has_disk_by_all(&placed, old)? {
            self.stop(by, &placed)?;
            if let Some(new) = new {
                self.take_off(by, &placed, new)?;
            }
            if given_up || !self.has_disk_by_all(&self.placed(by)?, old)? {
                self.attach_by_director(by, old)?;
            }
        }
        match self.confirm_placed(by, old) {
            Ok(()) => Ok(None),
            // The old disk is where the Director says it is; nothing more can be done here.
            Err(failed) if !self.placed(by)?.is_told() && self.has_disk_by_all(&self.placed(by)?, old)? => {
                Ok(Some(failed.error.in_one_line()))
            }
            Err(failed) => Err(failed),
        }
    }

    /// Whether the agent may have unmounted the old disk, though it was not detached in the end: a failed attach-disk
    /// was begun. Attaching the recorded disk again mounts it, and does no harm.
    fn may_be_given_up(&self, by: &ByDirector) -> Result<bool> {
        match self.last_attach()? {
            None | Some((_, true)) => Ok(false),
            Some((_, false)) => {
                let slug = by.slug(&self.plan.instance);
                let inside = inside::look(self.session.bosh, &self.plan.instance.deployment, &slug);
                Ok(!matches!(inside, Ok(inside::Mounted::One(_))))
            }
        }
    }

    /// Starts the instance again, but not on a disk without content. A disk that cannot be looked into has been
    /// confirmed all the same.
    fn start_again(&self, by: &ByDirector, old: &DiskCid) -> StepResult<()> {
        if !self.session.hooks.present().verify {
            self.look_inside(by, old)?;
        }
        self.start(by)
    }

    /// Whether an interrupted swap goes on forward: it does once the old disk is off, unless it was already on its way
    /// back.
    pub(in crate::ops) fn was_going_forward_by_director(&self, by: &ByDirector) -> Result<bool> {
        let old = self.plan.old_disk();
        let last = self.journal()?.into_iter().rev().find_map(|row| match row.step {
            Step::Director { does: DirectorAct::AttachDisk { disk, .. }, .. } => Some(old != Some(&disk)),
            _ => None,
        });
        match (last, old) {
            (Some(true), Some(old)) => Ok(!self.has_disk_by_all(&self.placed(by)?, old)?),
            (last, _) => Ok(last == Some(true)),
        }
    }
}
