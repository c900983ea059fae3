//! The operations and their steps, and the things that they keep from others.

use chrono::{DateTime, Utc};
use rusqlite::Params;

use super::super::StateError;
use super::super::store::{Conflict, HeldClaim, History, Seen};
use super::{Reading, claims, exchanges, rows};
use crate::domain::exchanges::Exchanges;
use crate::domain::ids::{CpiName, DiskCid, OperationId};
use crate::domain::instance::InstanceName;
use crate::domain::operation::{Claim, Operation, Resource, StepRow};

type Result<T> = std::result::Result<T, StateError>;

/// Whether a disk (`?1` the CPI, `?2` its CID) was deleted or forgotten since an operation (`?3`).
pub(super) const GONE_SINCE: &str = "SELECT 1 FROM disks WHERE cpi = ?1 AND cid = ?2 AND gone_at IS NOT NULL
     UNION ALL
     SELECT 1 FROM steps JOIN operations ON id = operation
     WHERE kind IN ('delete_disk', 'forget_disk') AND steps.state = 'done'
     AND operations.number > (SELECT number FROM operations WHERE id = ?3)
     AND instr(step, json_quote(?1)) > 0 AND instr(step, json_quote(?2)) > 0
     LIMIT 1";

impl Reading {
    fn operations_where(&self, rest: &str, params: impl Params) -> Result<Vec<Operation>> {
        self.all(&format!("SELECT * FROM operations {rest}"), params, rows::operation)
    }
}

impl History for Reading {
    fn operations(&self, limit: Option<u32>) -> Result<Vec<Operation>> {
        self.operations_where("ORDER BY number DESC LIMIT ?1", [limit.map_or(-1, i64::from)])
    }

    fn pending_operations(&self) -> Result<Vec<Operation>> {
        self.operations_where("WHERE state = 'pending' ORDER BY number", [])
    }

    fn operations_by_prefix(&self, prefix: &str) -> Result<Vec<Operation>> {
        self.operations_where("WHERE substr(id, 1, length(?1)) = ?1 ORDER BY number", [prefix])
    }

    fn operations_between(
        &self,
        instance: &InstanceName,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Operation>> {
        // In the form of `->`: the same code wrote both.
        let name = serde_json::to_string(instance).map_err(|error| StateError::Row(error.to_string()))?;
        self.operations_where(
            "WHERE started_at > ?1 AND started_at <= ?2
             AND (plan -> '$.instance' = ?3 OR EXISTS (SELECT 1 FROM steps WHERE steps.operation = operations.id
             AND coalesce(step -> '$.instance', step -> '$.draft.instance', step -> '$.disk.instance') = ?3))
             ORDER BY number",
            (after.timestamp_millis(), until.timestamp_millis(), &name),
        )
    }

    fn exchanges(&self) -> Result<Exchanges> {
        exchanges::read(&self.connection()).map_err(|error| self.error(&error))
    }

    fn seen(&self) -> Result<Seen> {
        self.one("SELECT generation FROM identity", |row| row.get("generation").map(Seen))
    }

    fn is_pending(&self, operation: &OperationId) -> Result<bool> {
        self.any("SELECT 1 FROM operations WHERE id = ?1 AND state = 'pending'", [operation.as_str()])
    }

    fn steps(&self, operation: &OperationId) -> Result<Vec<StepRow>> {
        self.all("SELECT * FROM steps WHERE operation = ?1 ORDER BY number", [operation.as_str()], rows::step)
    }

    fn claims(&self) -> Result<Vec<HeldClaim>> {
        self.all("SELECT resource, operation, mode = 'exclusive' AS alone FROM claims", [], |row| {
            let operation = OperationId::new(row.get::<_, String>("operation")?);
            Ok(HeldClaim { key: row.get("resource")?, operation, alone: row.get("alone")? })
        })
    }

    fn conflict(&self, claims: &[Claim]) -> Result<Option<Conflict>> {
        claims::conflict(&self.connection(), claims).map_err(|error| self.error(&error))
    }

    fn other_use_of_disk(&self, operation: &OperationId, cpi: &CpiName, disk: &DiskCid) -> Result<Option<String>> {
        self.text(
            "SELECT 'snapshot ' || cid || ' is of it' FROM snapshots WHERE +cpi = ?1 AND disk = ?2
             UNION ALL
             SELECT 'operation ' || id || ' names it' FROM operations
             WHERE id <> ?3 AND verb <> 'drill' AND instr(plan, json_quote(?2)) > 0
             UNION ALL
             SELECT 'operation ' || operation || ' names it' FROM steps JOIN operations ON id = operation
             WHERE operation <> ?3 AND verb <> 'drill' AND (result = ?2 OR instr(step, json_quote(?2)) > 0)
             LIMIT 1",
            (cpi.as_str(), disk.as_str(), operation.as_str()),
        )
    }

    fn pending_use_of_disk(
        &self,
        cpi: &CpiName,
        disk: &DiskCid,
        besides: Option<&OperationId>,
    ) -> Result<Option<String>> {
        let resource = Resource::Disk(cpi.clone(), disk.clone()).key();
        self.text(
            "SELECT id FROM operations WHERE state = 'pending' AND id <> ?3 AND (
                 instr(plan, json_quote(?1)) > 0
                 OR EXISTS (SELECT 1 FROM claims WHERE operation = id AND resource = ?2)
                 OR EXISTS (SELECT 1 FROM steps WHERE operation = id
                            AND (result = ?1 OR instr(step, json_quote(?1)) > 0)))
             ORDER BY number LIMIT 1",
            (disk.as_str(), resource.as_str(), besides.map_or("", OperationId::as_str)),
        )
    }

    fn disk_deleted_by(&self, cpi: &CpiName, disk: &DiskCid) -> Result<Option<String>> {
        self.text(
            "SELECT id || ' (' || verb || ')' FROM steps JOIN operations ON id = operation
             WHERE kind = 'delete_disk' AND steps.state = 'done'
             AND instr(step, json_quote(?1)) > 0 AND instr(step, json_quote(?2)) > 0
             ORDER BY operations.number DESC LIMIT 1",
            (disk.as_str(), cpi.as_str()),
        )
    }

    fn has_gone_since(&self, operation: &OperationId, cpi: &CpiName, disk: &DiskCid) -> Result<bool> {
        self.any(GONE_SINCE, (cpi.as_str(), disk.as_str(), operation.as_str()))
    }
}
