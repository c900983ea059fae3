//! The way forward. Each step first checks, in the journal or in the cloud, whether it has been done. So the same code
//! finishes what a killed run began.

use crate::domain::ids::DiskCid;
use crate::domain::step::{Hook, Step, StepState};
use crate::domain::swap::DiskSwap;
use crate::error::{Error, Kind, Result};
use crate::ops::find::known_instance;
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::swap::swapped::{Exchanged, Swapped};

impl Swap<'_> {
    /// Exchanges all disks in one stop: none is attached before all old ones are off, and nothing starts before all are
    /// confirmed.
    pub(in crate::ops::swap) fn forward_by_cpi(&self) -> StepResult<Swapped> {
        let mut new = Vec::new();
        for one in self.plan.disks() {
            new.push((one, self.disk_for(one)?));
            self.session.interrupt.check()?;
        }
        let mut missing = Vec::new();
        let mut in_place = Vec::new();
        for (one, disk) in &new {
            let is_on = self.is_attached(disk)?;
            if !is_on {
                missing.push((*one, disk));
            }
            if let Some(old) = &one.old
                && !self.was_put_away(&old.cid)?
                && (!is_on || self.is_attached(&old.cid)?)
            {
                in_place.push(*one);
            }
        }
        // Disks of an instance that had none: the hook may have run already, and runs again.
        let is_new = missing.iter().any(|(one, _)| one.old.is_none());
        if is_new || !in_place.is_empty() {
            self.put_away(&in_place)?;
        }
        for (one, disk) in missing {
            self.session.interrupt.check()?;
            self.attach(one, disk)?;
        }
        let off: Vec<&DiskCid> = self.plan.disks().filter_map(DiskSwap::old_disk).collect();
        self.confirm(&new, &off)?;
        self.session.interrupt.check()?;
        self.hook(Hook::Verify)?;
        self.hook(Hook::Start)?;
        self.ended_on(&new)
    }

    /// The disk in a slot of the instance, from the state file.
    fn recorded(&self, slot: u32) -> Result<Option<DiskCid>> {
        let known = known_instance(self.session.state.reader(), &self.plan.instance)?;
        let disks = known.map(|known| known.disks).unwrap_or_default();
        Ok(disks.into_iter().find(|disk| disk.slot == slot).map(|disk| disk.cid))
    }

    /// The good end of the swap, for which the state file must have the new disks on record.
    fn ended_on(&self, new: &[(&DiskSwap, DiskCid)]) -> StepResult<Swapped> {
        let mut all = Vec::new();
        for (one, disk) in new {
            let recorded = self.recorded(one.slot)?;
            if recorded.as_ref() != Some(disk) {
                let message = format!("{} is on disk {disk}, and the state file has another one", self.plan.instance);
                return Err(Error::new(Kind::Bug, message).into());
            }
            let old_disk = one.old_disk().cloned();
            let safety = old_disk.as_ref().map(|old| self.safety_of(old)).transpose()?.flatten();
            all.push(Exchanged { disk: disk.clone(), old_disk, safety });
        }
        let mut all = all.into_iter();
        let Some(first) = all.next() else { return Err(Error::new(Kind::Bug, "a plan without a disk").into()) };
        Ok(Swapped { others: all.collect(), ..self.swapped(first.disk, first.safety, self.nothing_kept()) })
    }

    /// The old disks of which there was nothing to keep.
    fn nothing_kept(&self) -> Option<String> {
        let gone = self.plan.disks().filter_map(|one| one.old.as_ref()).filter(|old| !old.exists);
        let gone: Vec<&str> = gone.map(|old| old.cid.as_str()).collect();
        (!gone.is_empty()).then(|| format!("nothing was kept of {}: the cloud no longer has it", gone.join(", ")))
    }

    /// Takes the safety snapshots, and detaches the old disks. The snapshots come after the stop, so that they contain
    /// every write; one that a former life took before the old disk was off does not count. A disk that is gone has
    /// nothing to keep, though it may still be listed. One that exists is detached even if the list does not show it:
    /// the list alone does not prove that it is off.
    fn put_away(&self, disks: &[&DiskSwap]) -> StepResult<()> {
        self.hook(Hook::Stop)?;
        for one in disks {
            self.session.interrupt.check()?;
            if let Some(old) = one.old_disk().filter(|_| one.safety_snapshot) {
                self.safety_snapshot(old)?;
            }
        }
        for old in disks.iter().filter_map(|one| one.old.as_ref()) {
            self.session.interrupt.check()?;
            if !old.exists && !self.is_attached(&old.cid)? {
                continue;
            }
            match self.detach(&old.cid) {
                Err(failed) if !old.exists => {
                    let why = failed.error.in_one_line();
                    self.session.progress.note(&format!("disk {} is gone, and stays listed: {why}", old.cid));
                }
                detached => detached?,
            }
        }
        let off: Vec<&DiskCid> = disks.iter().filter_map(|one| one.old_disk()).collect();
        self.confirm_off(&off)
    }

    /// True if this operation, in this life or a former one, has detached the disk and not attached it again.
    fn was_put_away(&self, old: &DiskCid) -> StepResult<bool> {
        let last = self.journal()?.into_iter().rev().find_map(|row| match (row.step, row.state) {
            (Step::DetachDisk { disk, .. }, StepState::Done) if disk == *old => Some(true),
            (Step::AttachDisk { disk, .. }, StepState::Done) if disk == *old => Some(false),
            _ => None,
        });
        Ok(last == Some(true) && !self.is_attached(old)?)
    }
}
