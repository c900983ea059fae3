//! The content of the state, for commands that only list.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::lists::SnapshotFilter;
use super::lock::{Doubt, LockState, Locks};
use super::sqlite::{Binding, Health, Home};
use super::{Lists, Seen, StateError};
use crate::domain::ids::OperationId;
use crate::domain::instance::{Disk, Instance, InstanceName, ListedDisk};
use crate::domain::operation::Claim;
use crate::domain::snapshot::Snapshot;
use crate::fault::Faults;

/// The state, open for listing: everything that [`Lists`] can tell, and the locks of this host.
pub struct Reader {
    pub(super) lists: Arc<dyn Lists>,
    pub(super) locks: Locks,
    pub(super) home: Home,
}

impl std::ops::Deref for Reader {
    type Target = dyn Lists;

    fn deref(&self) -> &Self::Target {
        self.lists.as_ref()
    }
}

impl Reader {
    /// Opens a state file for listing. It writes nothing, and takes no lock of ours.
    ///
    /// # Errors
    /// The file is missing, not ours, newer, or damaged.
    pub fn open(path: &Path) -> Result<Reader, StateError> {
        Home::open(path).map(Reader::of)
    }

    pub(super) fn of(home: Home) -> Reader {
        Reader { lists: home.lists(), locks: Locks::beside(home.path()), home }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.home.path()
    }

    /// Whether the file is at home.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn binding(&self) -> Result<Binding, StateError> {
        self.home.binding()
    }

    /// The state of the file itself: its size, its schema, and whether it is whole.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn health(&self) -> Result<Health, StateError> {
        self.home.health()
    }

    /// Writes a copy of the file to `target`, of one instant, mode 0600, whole or not at all. With `replace` it
    /// replaces an earlier copy of the same state, and nothing else.
    ///
    /// # Errors
    /// Something else is at `target`, the state file cannot be read, or the copy cannot be written.
    pub fn backup(&self, target: &Path, replace: bool, faults: &Faults) -> Result<(), StateError> {
        self.home.backup(target, replace, faults)
    }

    /// Whether the lock of an operation is held by a living process.
    pub fn lock_state(&self, operation: &OperationId) -> LockState {
        match self.locks.probe(operation) {
            // It has ended since it was listed as pending, and has removed its file.
            LockState::Unknown(Doubt::Gone) if matches!(self.is_pending(operation), Ok(false)) => LockState::Free,
            state => state,
        }
    }

    /// Fails if another operation, alive or dead, keeps these from being claimed.
    ///
    /// # Errors
    /// [`StateError::Claimed`], or the state file cannot be read.
    pub fn unclaimed(&self, claims: &[Claim]) -> Result<(), StateError> {
        let mut seen_dead = None;
        while let Some(found) = self.conflict(claims)? {
            let holder = self.lock_state(&found.operation);
            if holder == LockState::Held || seen_dead.as_ref() == Some(&found.operation) {
                return Err(found.with(holder));
            }
            // It may just have ended: look again.
            seen_dead = Some(found.operation);
        }
        Ok(())
    }

    /// The present position in the order of all operations; `None` if another operation keeps these from being claimed.
    /// An operation that [begins only if no other has since](super::NewOperation::seen) can rely on facts read after
    /// it.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn unclaimed_now(&self, claims: &[Claim]) -> Result<Option<Seen>, StateError> {
        // In this order: one of the two notices an operation that begins in between.
        let seen = self.seen()?;
        Ok(self.conflict(claims)?.is_none().then_some(seen))
    }

    /// The disks, in the order of their instances and slots; `state` is `active` or `orphaned`.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn disks(&self, state: Option<&str>, deployment: Option<&str>) -> Result<Vec<Disk>, StateError> {
        let mut disks = Vec::new();
        self.lists.each_disk(state, deployment, &mut |disk| {
            disks.push(disk);
            true
        })?;
        Ok(disks)
    }

    /// The disks that these instances have lost, with nothing in their place: the last one of each slot. A disk that
    /// was only made for an instance, and never attached to it, does not count.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn lost_disks(&self, instances: &[Instance]) -> Result<Vec<Disk>, StateError> {
        let by_name: HashMap<&InstanceName, &Instance> = instances.iter().map(|one| (&one.name, one)).collect();
        let mut lost: Vec<Disk> = Vec::new();
        for (disk, uuid) in self.orphans_of_instances()? {
            let Some(instance) = disk.instance.as_ref().and_then(|name| by_name.get(name)) else { continue };
            // Another instance may have the name by now.
            let same = match (&uuid, &instance.uuid) {
                (Some(had), Some(has)) => had.eq_ignore_ascii_case(has),
                _ => true,
            };
            let filled = instance.disks.iter().any(|has| has.slot == disk.slot);
            let known = lost.iter().any(|lost| lost.instance == disk.instance && lost.slot == disk.slot);
            if same && !filled && !known {
                lost.push(disk);
            }
        }
        lost.sort_by(|one, other| (&one.instance, one.slot).cmp(&(&other.instance, other.slot)));
        Ok(lost)
    }
}

/// Lists that can be long, given row by row, as in [`super::store::Holdings`]. The receiver of the rows may fail. It
/// must not use the same reader.
impl Reader {
    /// [`super::store::Holdings::each_snapshot`]
    ///
    /// # Errors
    /// The state file cannot be read; or the error of `each`.
    pub fn each_snapshot<E: From<StateError>>(
        &self,
        filter: &SnapshotFilter,
        each: impl FnMut(Snapshot) -> Result<bool, E>,
    ) -> Result<(), E> {
        until_it_fails(|each| self.lists.each_snapshot(filter, each), each)
    }

    /// [`super::store::Holdings::each_instance`]
    ///
    /// # Errors
    /// The state file cannot be read; or the error of `each`.
    pub fn each_instance<E: From<StateError>>(
        &self,
        deployment: Option<&str>,
        each: impl FnMut(Instance) -> Result<bool, E>,
    ) -> Result<(), E> {
        until_it_fails(|each| self.lists.each_instance(deployment, each), each)
    }

    /// [`super::store::Holdings::each_disk`]
    ///
    /// # Errors
    /// The state file cannot be read; or the error of `each`.
    pub fn each_disk<E: From<StateError>>(
        &self,
        state: Option<&str>,
        deployment: Option<&str>,
        each: impl FnMut(Disk) -> Result<bool, E>,
    ) -> Result<(), E> {
        until_it_fails(|each| self.lists.each_disk(state, deployment, each), each)
    }

    /// [`super::store::Holdings::each_orphaned_disk`]
    ///
    /// # Errors
    /// The state file cannot be read; or the error of `each`.
    pub fn each_orphaned_disk<E: From<StateError>>(
        &self,
        each: impl FnMut(ListedDisk) -> Result<bool, E>,
    ) -> Result<(), E> {
        until_it_fails(|each| self.lists.each_orphaned_disk(each), each)
    }
}

fn until_it_fails<T, E: From<StateError>>(
    list: impl FnOnce(&mut dyn FnMut(T) -> bool) -> Result<(), StateError>,
    mut each: impl FnMut(T) -> Result<bool, E>,
) -> Result<(), E> {
    let mut failed = None;
    list(&mut |row| {
        each(row).unwrap_or_else(|error| {
            failed = Some(error);
            false
        })
    })?;
    failed.map_or(Ok(()), Err)
}
