//! Rows of the tables as values of the domain.

use chrono::{DateTime, TimeZone, Utc};
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};
use serde::de::DeserializeOwned;

use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::domain::operation::{Author, Checklist, Operation, OperationState, StepRow, Verb};
use crate::domain::snapshot::{Consistency, Owner, Purpose, Snapshot};
use crate::domain::step::{STEP_VERSION, StepState};

pub(super) const INSTANCE: &str = "deployment, grp, idx, uuid, az, cpi, vm_cid, agent_id, managed_by, confirmed_at, \
     process_state, ips, desired_state, vm_type, bootstrap, ignored, director_id, installation_id";
const INSTANCE_4: &str = "deployment, grp, idx, uuid, az, cpi, vm_cid, agent_id, managed_by, confirmed_at, \
     process_state, ips, desired_state, vm_type, bootstrap, ignored, NULL, NULL";
const INSTANCE_1: &str = "deployment, grp, idx, uuid, az, cpi, vm_cid, agent_id, managed_by, confirmed_at, \
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";
pub(super) const DISK: &str =
    "cpi, cid, deployment, grp, idx, slot, state, size_mib, az, cloud_properties, origin, orphaned_at";
/// The last column: whether another instance has the snapshot's name by now.
pub(super) const SNAPSHOT: &str = "cpi, cid, disk, deployment, grp, idx, az, owner, purpose, created_at, clean, consistency, \
     size_mib, note, operation, verified_at, instance_uuid, time_untrusted, \
     coalesce(lower(instance_uuid) <> (SELECT lower(i.uuid) FROM instances AS i WHERE i.deployment = snapshots.deployment \
     AND i.grp = snapshots.grp AND i.idx = snapshots.idx AND i.vanished_at IS NULL), 0)";
const SNAPSHOT_4: &str = "cpi, cid, disk, deployment, grp, idx, az, owner, purpose, created_at, clean, consistency, \
     size_mib, note, operation, verified_at, NULL, 0, 0";
const SNAPSHOT_3: &str = "cpi, cid, disk, deployment, grp, idx, az, owner, purpose, created_at, clean, consistency, \
     size_mib, note, operation, NULL, NULL, 0, 0";
pub(super) const OPERATION: &str =
    "id, verb, arguments, user, host, host_id, pid, started_at, ended_at, state, summary, plan, checklist";
const OPERATION_4: &str = "id, verb, arguments, user, host, host_id, pid, started_at, ended_at, state, summary, plan, \
     CASE WHEN state = 'done' AND summary LIKE '%; to do: bosh cck --report, compare, re-arm' THEN 'open' \
     WHEN state = 'done' AND summary LIKE '%; checklist done' THEN 'done' END";
const STEP: &str = "operation, number, version, step, state, result, started_at, ended_at, notes";
const STEP_2: &str = "operation, number, version, step, state, result, started_at, ended_at, NULL";

/// The columns of an [`instance`] in a file of this schema version: one that was never changed since has fewer.
pub(super) fn instance_columns(schema: i64) -> &'static str {
    match schema {
        ..2 => INSTANCE_1,
        2..5 => INSTANCE_4,
        _ => INSTANCE,
    }
}

/// The columns of a [`step`] in a file of this schema version.
pub(super) fn step_columns(schema: i64) -> &'static str {
    if schema < 3 { STEP_2 } else { STEP }
}

/// The columns of a [`snapshot`] in a file of this schema version.
pub(super) fn snapshot_columns(schema: i64) -> &'static str {
    match schema {
        ..4 => SNAPSHOT_3,
        4 => SNAPSHOT_4,
        _ => SNAPSHOT,
    }
}

/// The columns of an [`operation`] in a file of this schema version.
pub(super) fn operation_columns(schema: i64) -> &'static str {
    if schema < 5 { OPERATION_4 } else { OPERATION }
}

/// What is true of a disk that is known to be there, in a file of this schema version: before 5, a row that was gone was
/// deleted.
pub(super) fn disk_is_there(schema: i64) -> &'static str {
    if schema < 5 { "1" } else { "gone_at IS NULL" }
}

fn unreadable(column: usize, why: String) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, why.into())
}

fn named<T>(row: &Row<'_>, column: usize, from_name: impl Fn(&str) -> Option<T>) -> Result<T> {
    let name: String = row.get(column)?;
    from_name(&name).ok_or_else(|| unreadable(column, format!("'{name}' is not known here")))
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(column, error.to_string()))).transpose()
}

fn time(row: &Row<'_>, column: usize) -> Result<DateTime<Utc>> {
    let millis: i64 = row.get(column)?;
    Utc.timestamp_millis_opt(millis).single().ok_or_else(|| unreadable(column, format!("{millis} is no time")))
}

fn time_if(row: &Row<'_>, column: usize) -> Result<Option<DateTime<Utc>>> {
    row.get::<_, Option<i64>>(column)?.map(|_| time(row, column)).transpose()
}

fn instance_name(row: &Row<'_>, first: usize) -> Result<InstanceName> {
    Ok(InstanceName { deployment: row.get(first)?, group: row.get(first + 1)?, index: row.get(first + 2)? })
}

/// An [`INSTANCE`] row, without its disks.
pub(super) fn instance(row: &Row<'_>) -> Result<Instance> {
    Ok(Instance {
        name: instance_name(row, 0)?,
        uuid: row.get(3)?,
        az: row.get(4)?,
        cpi: CpiName::new(row.get::<_, String>(5)?),
        vm: row.get::<_, Option<String>>(6)?.map(VmCid::new),
        agent_id: row.get(7)?,
        managed_by: named(row, 8, ManagedBy::from_name)?,
        confirmed_at: time(row, 9)?,
        disks: Vec::new(),
        reported: Reported {
            process_state: row.get(10)?,
            ips: row
                .get::<_, Option<String>>(11)?
                .map_or_else(Vec::new, |ips| ips.lines().map(str::to_owned).collect()),
            desired_state: row.get(12)?,
            vm_type: row.get(13)?,
            bootstrap: row.get(14)?,
            ignored: row.get(15)?,
        },
        state_file: StateFileIds { director: row.get(16)?, installation: row.get(17)? },
    })
}

/// A [`DISK`] row.
pub(super) fn disk(row: &Row<'_>) -> Result<Disk> {
    Ok(Disk {
        cpi: CpiName::new(row.get::<_, String>(0)?),
        cid: DiskCid::new(row.get::<_, String>(1)?),
        instance: row.get::<_, Option<String>>(2)?.map(|_| instance_name(row, 2)).transpose()?,
        slot: row.get(5)?,
        state: named(row, 6, DiskState::from_name)?,
        size_mib: row.get(7)?,
        az: row.get(8)?,
        cloud_properties: json(row, 9)?,
        origin: row.get::<_, Option<String>>(10)?.map(SnapshotCid::new),
        orphaned_at: time_if(row, 11)?,
    })
}

/// A [`SNAPSHOT`] row.
pub(super) fn snapshot(row: &Row<'_>) -> Result<Snapshot> {
    Ok(Snapshot {
        cpi: CpiName::new(row.get::<_, String>(0)?),
        cid: SnapshotCid::new(row.get::<_, String>(1)?),
        disk: row.get::<_, Option<String>>(2)?.map(DiskCid::new),
        instance: instance_name(row, 3)?,
        az: row.get(6)?,
        owner: named(row, 7, Owner::from_name)?,
        purpose: named(row, 8, Purpose::from_name)?,
        created_at: time(row, 9)?,
        clean: row.get(10)?,
        consistency: named(row, 11, Consistency::from_name)?,
        size_mib: row.get(12)?,
        note: row.get(13)?,
        operation: row.get::<_, Option<String>>(14)?.map(OperationId::new),
        verified_at: time_if(row, 15)?,
        instance_uuid: row.get(16)?,
        time_untrusted: row.get(17)?,
        of_another: row.get(18)?,
    })
}

/// An [`OPERATION`] row.
pub(super) fn operation(row: &Row<'_>) -> Result<Operation> {
    Ok(Operation {
        id: OperationId::new(row.get::<_, String>(0)?),
        verb: named(row, 1, Verb::from_name)?,
        arguments: row.get(2)?,
        author: Author { user: row.get(3)?, host: row.get(4)?, host_id: row.get(5)?, pid: row.get(6)? },
        started_at: time(row, 7)?,
        ended_at: time_if(row, 8)?,
        state: named(row, 9, OperationState::from_name)?,
        summary: row.get(10)?,
        plan: json(row, 11)?,
        checklist: row
            .get::<_, Option<String>>(12)?
            .map(|name| {
                Checklist::from_name(&name).ok_or_else(|| unreadable(12, format!("'{name}' is not known here")))
            })
            .transpose()?,
    })
}

/// A [`STEP`] row.
pub(super) fn step(row: &Row<'_>) -> Result<StepRow> {
    let version: u32 = row.get(2)?;
    if version > STEP_VERSION {
        return Err(unreadable(2, format!("a step of version {version}")));
    }
    let step = json(row, 3)?.ok_or_else(|| unreadable(3, "no step".to_owned()))?;
    Ok(StepRow {
        token: Token { operation: OperationId::new(row.get::<_, String>(0)?), step: row.get(1)? },
        step,
        state: named(row, 4, StepState::from_name)?,
        result: row.get(5)?,
        started_at: time(row, 6)?,
        ended_at: time_if(row, 7)?,
        notes: row.get(8)?,
    })
}
