//! The way back to the old disk, by what the cloud says is attached now.

use super::Swap;
use super::forward::made_by;
use super::steps::StepResult;
use crate::domain::ids::DiskCid;
use crate::domain::operation::StepRow;
use crate::domain::step::{Hook, Step};
use crate::domain::swap::{DiskSwap, Method, Source, SwapPlan};
use crate::error::Result;
use crate::ops::settle::{self, WhenInterrupted};
use crate::state::Reader;

/// What going back did.
#[derive(Debug)]
pub(crate) struct Back {
    /// Whether anything of the instance had been touched.
    pub touched: bool,
    /// Disks that were made for nothing, and are kept.
    pub spare: Vec<DiskCid>,
    /// Why it was not started, if it was not: the start hook failed, or an old disk is not there to start on. All else is as
    /// it was, so that is no reason to keep the instance from others until `recover`.
    pub not_started: Option<String>,
    /// Whether each old disk is on its VM again; where one was off before, or is gone, it is so still.
    pub whole: bool,
}

impl Back {
    /// In one line, for the operator: what the instance has, as it is recorded now.
    ///
    /// # Errors
    /// The state file's.
    pub(crate) fn describe(&self, reader: &Reader, plan: &SwapPlan) -> Result<String> {
        let name = &plan.instance;
        let list = |disks: &[&DiskCid]| disks.iter().map(|disk| disk.as_str()).collect::<Vec<_>>().join(", ");
        let spare: Vec<&DiskCid> = self.spare.iter().collect();
        let spare = match spare.as_slice() {
            [] => String::new(),
            [disk] => format!("; the new disk {disk} is kept as an orphaned disk"),
            disks => format!("; the new disks {} are kept as orphaned disks", list(disks)),
        };
        if !self.touched {
            return Ok(format!("{name} was not touched{spare}"));
        }
        let known = reader.instances(Some(&name.deployment))?;
        let disks: Vec<_> = known.iter().filter(|known| known.name == *name).flat_map(|known| &known.disks).collect();
        let recorded = |slot| disks.iter().find(|disk| disk.slot == slot).map(|disk| &disk.cid);
        let now: Vec<&DiskCid> = plan.disks().filter_map(|one| recorded(one.slot)).collect();
        let had: Vec<&DiskCid> = plan.disks().filter_map(DiskSwap::old_disk).collect();
        let started = match &self.not_started {
            Some(why) => format!(", but is not started: {why}"),
            None if plan.starts() => ", and was started".to_owned(),
            None => String::new(),
        };
        Ok(match (now.as_slice(), now == had) {
            ([], true) => format!("{name} has no disk, as before{spare}"),
            ([], false) => format!("{name} has no disk now, and had {}{spare}", list(&had)),
            (disks, true) if !self.whole => {
                format!("{name} is as it was, with disk {} on record{started}{spare}", list(disks))
            }
            ([disk], true) => format!("{name} is back on its old disk {disk}{started}{spare}"),
            (disks, true) => format!("{name} is back on its old disks {}{started}{spare}", list(disks)),
            (disks, false) => format!("{name} has disk {} now{started}{spare}", list(disks)),
        })
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

    /// The disks that were made for nothing where they are not attached in the end, and are kept.
    pub(super) fn spare_disk(&self) -> Result<Vec<DiskCid>> {
        let steps = self.journal()?;
        Ok(self.plan.disks().filter_map(|one| made_by(&steps, one)).collect())
    }

    /// The disk that was to be attached, once there is one.
    pub(super) fn disk_meant(&self) -> Result<Option<DiskCid>> {
        Ok(meant_by(&self.journal()?, self.plan.only()))
    }

    /// All old disks or none: whichever of the new ones this operation may have attached comes off first.
    fn back_by_cpi(&self) -> StepResult<Back> {
        // What the failed step really did decides from where to go back.
        settle::open_steps(self.session, self.operation, WhenInterrupted::GoOn)?;
        let spare = self.spare_disk()?;
        let begun = self.was_begun(|step| {
            matches!(step, Step::RunHook { .. } | Step::DetachDisk { .. } | Step::AttachDisk { .. })
        })?;
        let steps = self.journal()?;
        let mut to_detach = Vec::new();
        for one in self.plan.disks() {
            let Some(new) = meant_by(&steps, one) else { continue };
            // Another hand may have attached what this operation has made: nothing else has a use for it. A cloud that does
            // not answer here is asked again where something was begun.
            let is_stray = || one.is_new() && self.is_attached(&new).unwrap_or(false);
            if self.may_have_attached(&new)? || is_stray() {
                to_detach.push(new);
            }
        }
        let touched = begun || !to_detach.is_empty();
        if !touched {
            return Ok(Back { touched, spare, not_started: None, whole: true });
        }
        if !to_detach.is_empty() {
            // The start hook may have begun something that uses them.
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
                // A disk that was not attached before stays so.
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

    /// Attaches the disk where it is off, and where only the list says that it is on.
    fn make_sure_it_is_on(&self, one: &DiskSwap, disk: &DiskCid) -> StepResult<()> {
        if self.is_attached(disk)? && !self.may_be_off(disk)? {
            return Ok(());
        }
        self.attach(one, disk)
    }
}

/// The disk that an operation was to attach in a place, once there is one.
pub(super) fn meant_by(steps: &[StepRow], one: &DiskSwap) -> Option<DiskCid> {
    match &one.source {
        Source::Disk { cid, .. } => Some(cid.clone()),
        Source::Snapshot { .. } => made_by(steps, one),
    }
}
