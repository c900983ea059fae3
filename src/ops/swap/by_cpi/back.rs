//! The way back to the old disk, depending on which disks the cloud shows as attached.

use crate::domain::ids::DiskCid;
use crate::domain::step::{Hook, Step};
use crate::domain::swap::DiskSwap;
use crate::error::Result;
use crate::ops::settle::{self, WhenInterrupted};
use crate::ops::swap::made::meant_by;
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::swap::swapped::Back;

impl Swap<'_> {
    /// Goes back to all old disks or to none: any new one that this operation may have attached comes off first.
    pub(in crate::ops::swap) fn back_by_cpi(&self) -> StepResult<Back> {
        // The real effect of the failed step decides where the way back starts.
        settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
        let spare = self.spare_disk()?;
        let begun = self.was_begun(|step| {
            matches!(step, Step::RunHook { .. } | Step::DetachDisk { .. } | Step::AttachDisk { .. })
        })?;
        let steps = self.journal()?;
        let mut to_detach = Vec::new();
        for one in self.plan.disks() {
            let Some(new) = meant_by(&steps, one) else { continue };
            // Somebody else may have attached the disk that this operation made: nothing else has a use for it. A cloud
            // that does not answer here is asked again if something was begun.
            let is_stray = || one.is_new() && self.is_attached(&new).unwrap_or(false);
            if self.may_have_attached(&new)? || is_stray() {
                to_detach.push(new);
            }
        }
        let touched = begun || !to_detach.is_empty();
        if !touched {
            return Ok(Back::untouched(spare));
        }
        if !to_detach.is_empty() {
            // The start hook may have started something that uses them.
            self.hook(Hook::Stop)?;
        }
        for new in &to_detach {
            self.detach(new)?;
        }
        let off: Vec<&DiskCid> = to_detach.iter().collect();
        self.confirm_off(&off)?;
        let mut on = Vec::new();
        let mut lacks = None;
        for one in self.plan.disks() {
            let Some(old) = &one.old else { continue };
            let was_on = old.attached || self.may_have_detached(&old.cid)?;
            match (old.exists, was_on) {
                (true, true) => {
                    self.make_sure_it_is_on(one, &old.cid)?;
                    on.push((one, old.cid.clone()));
                }
                // The cloud has said that it is gone. If it is not, this brings it back.
                (false, true) => {
                    if self.make_sure_it_is_on(one, &old.cid).is_err() {
                        self.record(one, &old.cid)?;
                    }
                    lacks = Some(format!("the cloud has said that disk {} is gone", old.cid));
                }
                // A disk that was not attached before stays detached.
                (_, false) => {
                    self.record(one, &old.cid)?;
                    lacks = Some(format!("disk {} is not attached", old.cid));
                }
            }
        }
        self.confirm(&on, &off)?;
        let whole = lacks.is_none();
        let not_started = match lacks.filter(|_| self.plan.starts()) {
            Some(why) => Some(why),
            None if on.is_empty() => None,
            None => self.hook(Hook::Start).err().map(|failed| failed.error.in_one_line()),
        };
        Ok(Back { touched, spare, not_started, whole })
    }

    /// Attaches the disk if it is off, or if only the list says that it is on.
    fn make_sure_it_is_on(&self, one: &DiskSwap, disk: &DiskCid) -> StepResult<()> {
        if self.is_attached(disk)? && !self.may_be_off(disk)? {
            return Ok(());
        }
        self.attach(one, disk)
    }

    /// Whether an interrupted swap was going forward. Until the old disk is off, nothing is lost by not going on; a
    /// swap that was on its way back goes on back.
    pub(in crate::ops::swap) fn was_going_forward_by_cpi(&self) -> Result<bool> {
        let is_old = |disk: &DiskCid| self.plan.disks().filter_map(|one| one.old.as_ref()).any(|old| old.cid == *disk);
        let last = self.journal()?.into_iter().rev().find_map(|row| match row.step {
            Step::DetachDisk { disk, .. } => Some(is_old(&disk)),
            Step::AttachDisk { disk, .. } => Some(!is_old(&disk)),
            _ => None,
        });
        if last != Some(true) {
            return Ok(false);
        }
        // If one of several is still attached, that is reason enough to go back with all.
        for old in self.plan.disks().filter_map(DiskSwap::old_disk) {
            if self.is_attached(old)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
