//! What the state file holds, listed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::binding::{self, Binding};
use super::lock::{self, Doubt, LockState};
use super::{StateError, rows};
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Disk, Instance};
use crate::domain::operation::{Operation, StepRow};
use crate::domain::selector::Selector;
use crate::domain::snapshot::{DirectorIdentity, Snapshot};

/// A state file, open for listing.
pub struct Reader {
    /// Threads of `take` share the reader; each method locks it for itself.
    connection: Mutex<Connection>,
    path: PathBuf,
    /// The schema version that it has.
    schema: i64,
}

impl Reader {
    pub(super) fn new(connection: Connection, path: PathBuf, schema: i64) -> Self {
        Reader { connection: Mutex::new(connection), path, schema }
    }

    pub(super) fn schema(&self) -> i64 {
        self.schema
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is at home.
    ///
    /// # Errors
    /// What reading it met.
    pub fn binding(&self) -> Result<Binding, StateError> {
        let beside = binding::beside(&self.path);
        let identity = binding::identity(&self.connection()).map_err(|error| self.error(&error))?;
        Ok(identity.map_or_else(
            || Binding::Copy("it does not say whose it is".to_owned()),
            |identity| binding::check(&beside, &identity, &self.path),
        ))
    }

    /// The Director that the file belongs to.
    ///
    /// # Errors
    /// What reading it met.
    pub fn director(&self) -> Result<DirectorIdentity, StateError> {
        self.connection()
            .query_row("SELECT director_name, director_uuid FROM identity", [], |row| {
                Ok(DirectorIdentity { name: row.get(0)?, uuid: row.get(1)? })
            })
            .map_err(|error| self.error(&error))
    }

    /// The file's own id, which a copy of it has, too.
    ///
    /// # Errors
    /// What reading it met.
    pub fn state_id(&self) -> Result<String, StateError> {
        self.connection()
            .query_row("SELECT state_id FROM identity", [], |row| row.get(0))
            .map_err(|error| self.error(&error))
    }

    /// The names of the deployments, sorted.
    ///
    /// # Errors
    /// What reading it met.
    pub fn deployments(&self) -> Result<Vec<String>, StateError> {
        self.all("SELECT name FROM deployments ORDER BY name", [], |row| row.get(0))
    }

    /// The instances that the newest import had, each with its current disks, in the order of their names.
    ///
    /// # Errors
    /// What reading it met.
    pub fn instances(&self, deployment: Option<&str>) -> Result<Vec<Instance>, StateError> {
        let mut instances = self.all(
            &format!(
                "SELECT {} FROM instances WHERE vanished_at IS NULL AND (?1 IS NULL OR deployment = ?1)
                 ORDER BY deployment, grp, idx",
                rows::instance_columns(self.schema)
            ),
            [deployment],
            rows::instance,
        )?;
        for disk in self.disks(Some("active"), deployment)? {
            let Some(name) = &disk.instance else { continue };
            if let Ok(at) = instances.binary_search_by(|instance| instance.name.cmp(name)) {
                instances[at].disks.push(disk);
            }
        }
        Ok(instances)
    }

    /// The instances that this UUID has had in a deployment, with those that have vanished.
    ///
    /// # Errors
    /// What reading it met.
    pub fn ever_of_uuid(&self, deployment: &str, uuid: &str) -> Result<Vec<Instance>, StateError> {
        self.all(
            &format!(
                "SELECT {} FROM instances WHERE deployment = ?1 AND lower(uuid) = lower(?2)
                 ORDER BY vanished_at IS NOT NULL, vanished_at DESC, grp, idx",
                rows::instance_columns(self.schema)
            ),
            [deployment, uuid],
            rows::instance,
        )
    }

    /// The disks, in the order of their instances and slots; `state` is `active` or `orphaned`.
    ///
    /// # Errors
    /// What reading it met.
    pub fn disks(&self, state: Option<&str>, deployment: Option<&str>) -> Result<Vec<Disk>, StateError> {
        let mut disks = Vec::new();
        self.each_disk(state, deployment, |disk| {
            disks.push(disk);
            Ok::<bool, StateError>(true)
        })?;
        Ok(disks)
    }

    /// The disks of this CID; several where several CPIs have one.
    ///
    /// # Errors
    /// What reading it met.
    pub fn disks_by_cid(&self, cid: &DiskCid) -> Result<Vec<Disk>, StateError> {
        let there = rows::disk_is_there(self.schema);
        self.all(&format!("SELECT {} FROM disks WHERE cid = ?1 AND {there}", rows::DISK), [cid.as_str()], rows::disk)
    }

    /// The snapshots of this CID that exist; several where several CPIs have one.
    ///
    /// # Errors
    /// What reading it met.
    pub fn snapshots_by_cid(&self, cid: &SnapshotCid) -> Result<Vec<Snapshot>, StateError> {
        self.all(
            &format!(
                "SELECT {} FROM snapshots WHERE cid = ?1 AND gone_at IS NULL",
                rows::snapshot_columns(self.schema)
            ),
            [cid.as_str()],
            rows::snapshot,
        )
    }

    /// The CPIs of what is listed: instances, disks, snapshots; sorted.
    ///
    /// # Errors
    /// What reading it met.
    pub fn cpis(&self) -> Result<Vec<CpiName>, StateError> {
        self.all(
            &format!(
                "SELECT cpi FROM instances WHERE vanished_at IS NULL UNION SELECT cpi FROM disks WHERE {}
                 UNION SELECT cpi FROM snapshots WHERE gone_at IS NULL ORDER BY 1",
                rows::disk_is_there(self.schema)
            ),
            [],
            |row| Ok(CpiName::new(row.get::<_, String>(0)?)),
        )
    }

    /// Whether a snapshot is known, or was.
    ///
    /// # Errors
    /// What reading it met.
    pub fn ever_had_snapshot(&self, cpi: &CpiName, cid: &SnapshotCid) -> Result<bool, StateError> {
        let names = (cpi.as_str(), cid.as_str());
        let found = self.all("SELECT 1 FROM snapshots WHERE cpi = ?1 AND cid = ?2", names, |_| Ok(()))?;
        Ok(!found.is_empty())
    }

    /// The operations, newest first.
    ///
    /// # Errors
    /// What reading it met.
    pub fn operations(&self, limit: Option<u32>) -> Result<Vec<Operation>, StateError> {
        self.all(
            &format!("SELECT {} FROM operations ORDER BY number DESC LIMIT ?1", rows::operation_columns(self.schema)),
            [limit.map_or(-1, i64::from)],
            rows::operation,
        )
    }

    /// The operations that have not ended, oldest first.
    ///
    /// # Errors
    /// What reading it met.
    pub fn pending_operations(&self) -> Result<Vec<Operation>, StateError> {
        self.all(
            &format!(
                "SELECT {} FROM operations WHERE state = 'pending' ORDER BY number",
                rows::operation_columns(self.schema)
            ),
            [],
            rows::operation,
        )
    }

    /// The operations whose id begins so.
    ///
    /// # Errors
    /// What reading it met.
    pub fn operations_by_prefix(&self, prefix: &str) -> Result<Vec<Operation>, StateError> {
        self.all(
            &format!(
                "SELECT {} FROM operations WHERE substr(id, 1, length(?1)) = ?1 ORDER BY number",
                rows::operation_columns(self.schema)
            ),
            [prefix],
            rows::operation,
        )
    }

    /// The steps of an operation, in order.
    ///
    /// # Errors
    /// What reading it met; a step of a newer snapback among it.
    pub fn steps(&self, operation: &OperationId) -> Result<Vec<StepRow>, StateError> {
        self.all(
            &format!("SELECT {} FROM steps WHERE operation = ?1 ORDER BY number", rows::step_columns(self.schema)),
            [operation.as_str()],
            rows::step,
        )
    }

    /// Whether the lock of an operation is held by a living process.
    pub fn lock_state(&self, operation: &OperationId) -> LockState {
        match lock::probe(&self.path, operation) {
            // It has ended since it was listed as pending, and has taken its file along.
            LockState::Unknown(Doubt::Gone) if matches!(self.is_pending(operation), Ok(false)) => LockState::Free,
            state => state,
        }
    }

    pub(super) fn is_pending(&self, operation: &OperationId) -> Result<bool, StateError> {
        self.connection()
            .query_row(
                "SELECT count(*) FROM operations WHERE id = ?1 AND state = 'pending'",
                [operation.as_str()],
                |row| row.get::<_, i64>(0),
            )
            .map(|count| count > 0)
            .map_err(|error| self.error(&error))
    }

    /// The only instance that a selector means in these, if it is only one.
    pub fn matching<'a>(instances: &'a [Instance], selector: &Selector) -> Vec<&'a Instance> {
        instances.iter().filter(|instance| selector.matches(instance)).collect()
    }

    pub(super) fn copy_into(&self, target: &Path) -> Result<(), StateError> {
        let connection = self.connection();
        let copy = || -> rusqlite::Result<()> {
            // It changes nothing here, but counts as a change.
            connection.pragma_update(None, "query_only", false)?;
            connection.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
            connection.pragma_update(None, "query_only", true)
        };
        copy().map_err(|error| StateError::of(target, &error))
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StateError> {
        let run = || -> rusqlite::Result<Vec<T>> {
            let connection = self.connection();
            let mut statement = connection.prepare(sql)?;
            statement.query_map(params, read)?.collect()
        };
        run().map_err(|error| self.error(&error))
    }

    /// The plan of the newest restore or undo of an instance that was done, for the default of `undo`.
    ///
    /// # Errors
    /// What reading it met.
    pub fn newest_swap(&self, deployment: Option<&str>) -> Result<Option<Operation>, StateError> {
        self.connection()
            .query_row(
                &format!(
                    "SELECT {} FROM operations WHERE verb IN ('restore', 'undo') AND state = 'done' AND plan IS NOT NULL
                     AND (?1 IS NULL OR plan ->> '$.instance.deployment' = ?1) ORDER BY number DESC LIMIT 1",
                    rows::operation_columns(self.schema)
                ),
                [deployment],
                rows::operation,
            )
            .optional()
            .map_err(|error| self.error(&error))
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn error(&self, error: &rusqlite::Error) -> StateError {
        StateError::of(&self.path, error)
    }
}
