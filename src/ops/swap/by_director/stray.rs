//! A new disk that the cloud has attached, and that the Director does not know: a failed or cancelled attach-disk rolls
//! the database back, but not the cloud (cloudfoundry/bosh `jobs/attach_disk.rb`).

use super::inside::{self, Mounted};
use crate::domain::ids::DiskCid;
use crate::domain::swap::{ByDirector, Source};
use crate::error::{Error, Kind, Result};
use crate::ops::settle::by_director::Placed;
use crate::ops::settle::{self, WhenInterrupted};
use crate::ops::swap::steps::{StepResult, Swap};
use crate::ops::vm_disks;

impl Swap<'_> {
    /// Takes the new disk off the VM, if it is there and the Director does not know it.
    pub(super) fn take_off(&self, by: &ByDirector, placed: &Placed, new: &DiskCid) -> StepResult<()> {
        if !placed.is_told() {
            return self.take_off_unseen(by, placed, new);
        }
        if !placed.is_astray(new) {
            return Ok(());
        }
        let (deployment, slug) = (&self.plan.instance.deployment, by.slug(&self.plan.instance));
        let inside = inside::look(self.session.bosh, deployment, &slug);
        if let Ok(Mounted::None(_)) = &inside {
            return self.detach_stray(by, new, "nothing is mounted at /var/vcap/store");
        }
        // A disk is mounted, so the agent has to release it. The Director is told to attach this disk first, and then
        // the old one in its place.
        let Err(failed) = self.attach_by_director(by, new) else { return Ok(()) };
        if !self.placed(by)?.is_astray(new) {
            return Ok(());
        }
        match inside {
            Err(_) => self.detach_stray(by, new, "the Director could not take it"),
            Ok(_) => Err(Error::new(
                Kind::Cpi,
                format!(
                    "VM {} has disk {new} mounted, the Director does not know of it, and does not take it: {}",
                    placed.vm,
                    failed.error.in_one_line()
                ),
            )
            .hint("have the instance give it up, and go on:")
            .try_command(format!("bosh -d {deployment} ssh {slug} -c 'sudo umount /var/vcap/store'"))
            .try_command(format!("snapback recover {}", self.operation.id()))
            .in_operation(self.operation.id())
            .into()),
        }
    }

    /// Takes the new disk off though the cloud cannot tell whether it is there. The Director is told to attach it: then
    /// it knows the disk, and takes it off when the old one comes back. Its answer proves nothing either; the old disk
    /// and a look follow.
    fn take_off_unseen(&self, by: &ByDirector, placed: &Placed, new: &DiskCid) -> StepResult<()> {
        let begun = self.last_attach()?.is_some();
        if begun && !placed.seen.disks.contains(new) {
            drop(self.attach_by_director(by, new));
        }
        Ok(())
    }

    /// Detaches the disk through the CPI, as a step of its own, with the proof that nobody uses it.
    fn detach_stray(&self, by: &ByDirector, disk: &DiskCid, unused: &str) -> StepResult<()> {
        let plan = self.plan;
        let step = self.detach_step(disk);
        let proof = self.proof_of_stray(by, disk, unused)?;
        let result = self.perform(
            &step,
            |intent| self.cpi.detach_disk(intent, &plan.vm, disk),
            |()| step.happened().telling(Some(proof.clone())),
        );
        let result = settle::late(self.session, self.operation, WhenInterrupted::GoOn, result, |_| {
            Ok((!self.placed(by)?.is_astray(disk)).then_some(()))
        });
        // It may still be shown for a while.
        let gone = |told: &vm_disks::VmDisks| told.has(disk) == Some(false);
        vm_disks::until(self.cpi, &plan.vm, true, gone)?;
        self.told(&format!("{disk} detached: {proof}"), result)
    }

    /// Why it may be detached behind the Director's back.
    ///
    /// # Errors
    /// Somebody may use it.
    fn proof_of_stray(&self, by: &ByDirector, disk: &DiskCid, unused: &str) -> Result<String> {
        let refused = |why: String| Err(Error::new(Kind::Cpi, format!("disk {disk} is not detached: {why}")));
        let placed = self.placed(by)?;
        if !placed.is_astray(disk) || placed.vm != self.plan.vm {
            return refused(placed.describe());
        }
        if let Some(holder) = self.session.bosh.holder(disk)? {
            return refused(format!("the Director has it on record for {holder}"));
        }
        let own = match &self.plan.only().source {
            Source::Snapshot { .. } => "made by this operation",
            Source::Disk { .. } => "claimed by this operation",
        };
        if self.disk_meant()?.as_ref() != Some(disk) {
            return refused("it is none of this operation's".to_owned());
        }
        Ok(format!(
            "the cloud has it on VM {}, the Director on record for no instance; it was {own}, and {unused}",
            self.plan.vm
        ))
    }
}
