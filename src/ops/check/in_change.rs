//! Changes that others make while `check` looks. The clouds are asked after the state file was read, so `check` looks
//! up each difference in the file once more. Claims of a running operation are such changes, too; `check` reports that
//! it is running.

use super::cloud::Asking;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::instance::{Disk, Instance, InstanceName};
use crate::domain::operation::{Claim, Resource};
use crate::domain::snapshot::Snapshot;
use crate::domain::step::Step;
use crate::error::Result;
use crate::state::{LockState, StateError};

impl Asking<'_> {
    /// Whether a snapshot that only the cloud had was made by an operation that has recorded it since, or is still at
    /// work.
    pub(super) fn is_being_made(
        &self,
        cid: &SnapshotCid,
        disk: &DiskCid,
        instance: Option<&InstanceName>,
    ) -> Result<bool> {
        let noted = self.reader.snapshots_by_cid(cid)?.iter().any(|snapshot| snapshot.cpi == *self.name);
        let disk = Resource::Disk(self.name.clone(), disk.clone());
        let instance = instance.map(|name| Resource::Instance(name.clone()));
        Ok(noted || self.is_claimed(&[Some(Claim::exclusive(disk)), instance.map(Claim::exclusive)])?)
    }

    /// Whether a snapshot that the cloud no longer has was deleted meanwhile, or is just being deleted.
    pub(super) fn snapshot_is_in_change(&self, snapshot: &Snapshot) -> Result<bool> {
        let known = self.reader.snapshots_by_cid(&snapshot.cid)?.iter().any(|one| one.cpi == snapshot.cpi);
        let resource = Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone());
        Ok(!known || self.is_claimed(&[Some(Claim::shared(resource))])?)
    }

    /// Whether a disk that the cloud no longer has was deleted meanwhile, or is just being deleted.
    pub(super) fn disk_is_in_change(&self, disk: &Disk) -> Result<bool> {
        let known = self.reader.disks_by_cid(&disk.cid)?.iter().any(|one| one.cpi == disk.cpi);
        let resource = Resource::Disk(disk.cpi.clone(), disk.cid.clone());
        let instance = disk.instance.clone().map(|name| Claim::shared(Resource::Instance(name)));
        Ok(!known || self.is_claimed(&[Some(Claim::shared(resource)), instance])? || self.is_being_deleted(disk)?)
    }

    /// Whether a running operation is deleting a disk that it made itself and has no claim on: the scratch disk of a
    /// drill.
    fn is_being_deleted(&self, disk: &Disk) -> Result<bool> {
        for operation in self.reader.pending_operations()? {
            let is_it = |step: &Step| matches!(step, Step::DeleteDisk { cpi, disk: cid } if *cpi == disk.cpi && *cid == disk.cid);
            if self.reader.lock_state(&operation.id) == LockState::Held
                && self.reader.steps(&operation.id)?.iter().any(|row| is_it(&row.step))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an instance has got another VM or other disks meanwhile, or is just getting them.
    pub(super) fn instance_is_in_change(&self, instance: &Instance) -> Result<bool> {
        let now = self.reader.instances_named(&[&instance.name])?;
        let same = now.iter().any(|one| one.vm == instance.vm && one.disks == instance.disks);
        Ok(!same || self.is_claimed(&[Some(Claim::shared(Resource::Instance(instance.name.clone())))])?)
    }

    /// Whether a running operation keeps one of these from being claimed.
    fn is_claimed(&self, claims: &[Option<Claim>]) -> Result<bool> {
        for claim in claims.iter().flatten() {
            match self.reader.unclaimed(std::slice::from_ref(claim)) {
                Ok(()) => {}
                Err(StateError::Claimed { holder: LockState::Held, .. }) => return Ok(true),
                Err(StateError::Claimed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}
