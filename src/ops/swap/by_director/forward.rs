//! The way forward. Each step first checks in the journal, with the Director and in the cloud whether it has been done.
//! So the same code finishes what a killed run began.

use crate::domain::director_act::DirectorAct;
use crate::domain::ids::SnapshotCid;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::ByDirector;
use crate::error::Result;
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::swap::swapped::Swapped;

impl Swap<'_> {
    pub(in crate::ops::swap) fn forward_by_director(&self, by: &ByDirector) -> StepResult<Swapped> {
        let new = self.disk_to_attach()?;
        let old = self.plan.old_disk();
        self.session.interrupt.check()?;
        let mut placed = self.placed(by)?;
        if !self.has_disk_by_all(&placed, &new)? {
            self.pause_resurrection(by)?;
            self.session.interrupt.check()?;
            self.stop(by, &placed)?;
            self.session.interrupt.check()?;
            if let Some(old) = old.filter(|_| self.plan.only().safety_snapshot)
                && self.safety_since_stop()?.is_none()
            {
                self.safety_snapshot(old)?;
                self.session.interrupt.check()?;
            }
            placed = self.placed(by)?;
            if placed.is_astray(&new) {
                // Some clouds refuse to attach a disk that is attached.
                self.take_off(by, &placed, &new)?;
                placed = self.placed(by)?;
            }
            if !self.has_disk_by_all(&placed, &new)? {
                self.attach_by_director(by, &new)?;
            }
        }
        self.confirm_placed(by, &new)?;
        self.check_content(by, &new)?;
        self.session.interrupt.check()?;
        self.start(by)?;
        self.resume_resurrection(by)?;
        let protect = by.protect && self.can_snapshot();
        let unprotected =
            if protect { self.protect(&new).err().map(|failed| failed.error.in_one_line()) } else { None };
        let safety = self.safety_since_stop()?;
        let remark = unprotected.as_ref().map(|why| format!("no snapshot was taken of the new disk: {why}"));
        Ok(Swapped { unprotected, ..self.swapped(new, safety, remark) })
    }

    /// This operation's safety snapshot, unless the instance was started on that disk since.
    fn safety_since_stop(&self) -> Result<Option<SnapshotCid>> {
        let mut made = None;
        let mut attached_new = false;
        for row in self.journal()? {
            match (&row.step, row.state) {
                (Step::SnapshotDisk { purpose: Purpose::Safety, .. }, StepState::Done) => made = row.result,
                (Step::Director { does: DirectorAct::AttachDisk { disk, .. }, .. }, StepState::Done) => {
                    attached_new = self.plan.old_disk() != Some(disk);
                }
                (Step::Director { does: DirectorAct::Start, .. }, _) if !attached_new => made = None,
                _ => {}
            }
        }
        Ok(made.map(SnapshotCid::new))
    }
}
