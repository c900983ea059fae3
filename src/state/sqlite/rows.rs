//! Turns rows of the tables into values of the domain. Each column is found by its name, whatever other columns a
//! file's version has.

use std::cell::Cell;

use chrono::{DateTime, TimeZone, Utc};
use rusqlite::types::{FromSql, Type};
use rusqlite::{Error, Result, Row};
use serde::de::DeserializeOwned;

use crate::domain::guarded::{Ending, GuardedChange};
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::domain::operation::{Author, Checklist, Operation, OperationState, StepRow, Verb};
use crate::domain::snapshot::{Consistency, Owner, Purpose, Snapshot};
use crate::domain::step::{STEP_VERSION, StepState};

/// All columns of a [`snapshot`], in the order in which they are read; the last is whether another instance has its
/// name now.
pub(super) const SNAPSHOT: &str = "cpi, cid, disk, deployment, grp, idx, az, owner, purpose, created_at, clean,
     consistency, size_mib, note, operation, verified_at, instance_uuid, time_untrusted, unsound_at, lifespan, expires_at,
     held, schedule, change, still_ms, coalesce(lower(instance_uuid) <> (SELECT lower(i.uuid) FROM instances AS i
     WHERE i.deployment = snapshots.deployment AND i.grp = snapshots.grp AND i.idx = snapshots.idx
     AND i.vanished_at IS NULL), 0) AS of_another";

/// A row, read by the names of its columns. Columns that are asked for in the row's own order are found at once.
struct Named<'r, 's> {
    row: &'r Row<'s>,
    next: Cell<usize>,
    /// Whether the query names its columns in the order in which they are read: for SQLite, a name costs more than a
    /// value.
    in_order: bool,
}

impl<'r, 's> Named<'r, 's> {
    fn of(row: &'r Row<'s>) -> Self {
        Named { row, next: Cell::new(0), in_order: false }
    }

    fn in_order(row: &'r Row<'s>) -> Self {
        Named { in_order: true, ..Named::of(row) }
    }

    fn place(&self, name: &str) -> Result<usize> {
        let (statement, next) = (self.row.as_ref(), self.next.get());
        if self.in_order {
            debug_assert_eq!(statement.column_name(next)?, name, "the query has another order");
            self.next.set(next + 1);
            return Ok(next);
        }
        let is_next = next < statement.column_count() && statement.column_name(next)? == name;
        let at = if is_next { next } else { statement.column_index(name)? };
        self.next.set(at + 1);
        Ok(at)
    }

    fn get<T: FromSql>(&self, name: &str) -> Result<T> {
        self.row.get(self.place(name)?)
    }

    fn id<T>(&self, name: &str, new: impl Fn(String) -> T) -> Result<T> {
        self.get(name).map(new)
    }

    fn id_if<T>(&self, name: &str, new: impl Fn(String) -> T) -> Result<Option<T>> {
        Ok(self.get::<Option<String>>(name)?.map(new))
    }

    fn word_if<T>(&self, name: &str, from_name: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let at = self.place(name)?;
        let Some(word) = self.row.get::<_, Option<String>>(at)? else { return Ok(None) };
        from_name(&word).map(Some).ok_or_else(|| unreadable(at, format!("'{word}' is not known here")))
    }

    fn word<T>(&self, name: &str, from_name: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.word_if(name, from_name)?.ok_or_else(|| unreadable(0, format!("there is no {name}")))
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let at = self.place(name)?;
        let text: Option<String> = self.row.get(at)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(at, error.to_string()))).transpose()
    }

    fn time_if(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let at = self.place(name)?;
        let Some(millis) = self.row.get::<_, Option<i64>>(at)? else { return Ok(None) };
        let time = Utc.timestamp_millis_opt(millis).single();
        time.map(Some).ok_or_else(|| unreadable(at, format!("{millis} is not a time")))
    }

    fn time(&self, name: &str) -> Result<DateTime<Utc>> {
        self.time_if(name)?.ok_or_else(|| unreadable(0, format!("there is no {name}")))
    }

    fn instance_name_if(&self) -> Result<Option<InstanceName>> {
        let Some(deployment) = self.get("deployment")? else { return Ok(None) };
        Ok(Some(InstanceName { deployment, group: self.get("grp")?, index: self.get("idx")? }))
    }

    fn instance_name(&self) -> Result<InstanceName> {
        self.instance_name_if()?.ok_or_else(|| unreadable(0, "there is no deployment".to_owned()))
    }
}

fn unreadable(column: usize, why: String) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, why.into())
}

/// An instance that is no longer in any inventory, and since when.
pub(super) fn vanished(row: &Row<'_>) -> Result<(Instance, DateTime<Utc>)> {
    Ok((instance(row)?, Named::of(row).time("vanished_at")?))
}

/// A row of `instances`, without its disks.
pub(super) fn instance(row: &Row<'_>) -> Result<Instance> {
    let row = Named::of(row);
    Ok(Instance {
        name: row.instance_name()?,
        uuid: row.get("uuid")?,
        az: row.get("az")?,
        cpi: row.id("cpi", CpiName::new)?,
        vm: row.id_if("vm_cid", VmCid::new)?,
        agent_id: row.get("agent_id")?,
        managed_by: row.word("managed_by", ManagedBy::from_name)?,
        confirmed_at: row.time("confirmed_at")?,
        disks: Vec::new(),
        reported: Reported {
            process_state: row.get("process_state")?,
            ips: row.id_if("ips", |ips| ips.lines().map(str::to_owned).collect())?.unwrap_or_default(),
            desired_state: row.get("desired_state")?,
            vm_type: row.get("vm_type")?,
            bootstrap: row.get("bootstrap")?,
            ignored: row.get("ignored")?,
        },
        state_file: StateFileIds { director: row.get("director_id")?, installation: row.get("installation_id")? },
    })
}

/// A row of `disks`.
pub(super) fn disk(row: &Row<'_>) -> Result<Disk> {
    let row = Named::of(row);
    Ok(Disk {
        cpi: row.id("cpi", CpiName::new)?,
        cid: row.id("cid", DiskCid::new)?,
        instance: row.instance_name_if()?,
        slot: row.get("slot")?,
        state: row.word("state", DiskState::from_name)?,
        size_mib: row.get("size_mib")?,
        az: row.get("az")?,
        cloud_properties: row.json("cloud_properties")?,
        origin: row.id_if("origin", SnapshotCid::new)?,
        orphaned_at: row.time_if("orphaned_at")?,
    })
}

/// A row of `snapshots`, with the additions of [`SNAPSHOT`].
pub(super) fn snapshot(row: &Row<'_>) -> Result<Snapshot> {
    let row = Named::in_order(row);
    Ok(Snapshot {
        cpi: row.id("cpi", CpiName::new)?,
        cid: row.id("cid", SnapshotCid::new)?,
        disk: row.id_if("disk", DiskCid::new)?,
        instance: row.instance_name()?,
        az: row.get("az")?,
        owner: row.word("owner", Owner::from_name)?,
        purpose: row.word("purpose", Purpose::from_name)?,
        created_at: row.time("created_at")?,
        clean: row.get("clean")?,
        consistency: row.word("consistency", Consistency::from_name)?,
        size_mib: row.get("size_mib")?,
        note: row.get("note")?,
        operation: row.id_if("operation", OperationId::new)?,
        verified_at: row.time_if("verified_at")?,
        instance_uuid: row.get("instance_uuid")?,
        time_untrusted: row.get("time_untrusted")?,
        unsound_at: row.time_if("unsound_at")?,
        lifespan: row.get("lifespan")?,
        expires_at: row.time_if("expires_at")?,
        held: row.get("held")?,
        schedule: row.get("schedule")?,
        change: row.get("change")?,
        still_ms: row.get("still_ms")?,
        of_another: row.get("of_another")?,
    })
}

/// A row of `operations`.
pub(super) fn operation(row: &Row<'_>) -> Result<Operation> {
    let row = Named::of(row);
    Ok(Operation {
        id: row.id("id", OperationId::new)?,
        verb: row.word("verb", Verb::from_name)?,
        arguments: row.get("arguments")?,
        author: Author {
            user: row.get("user")?,
            host: row.get("host")?,
            host_id: row.get("host_id")?,
            pid: row.get("pid")?,
        },
        started_at: row.time("started_at")?,
        ended_at: row.time_if("ended_at")?,
        state: row.word("state", OperationState::from_name)?,
        summary: row.get("summary")?,
        plan: row.json("plan")?,
        checklist: row.word_if("checklist", Checklist::from_name)?,
    })
}

/// A row of `steps`.
pub(super) fn step(row: &Row<'_>) -> Result<StepRow> {
    let row = Named::of(row);
    let token = Token { operation: row.id("operation", OperationId::new)?, step: row.get("number")? };
    let version: u32 = row.get("version")?;
    if version > STEP_VERSION {
        return Err(unreadable(0, format!("a step of version {version}")));
    }
    Ok(StepRow {
        token,
        step: row.json("step")?.ok_or_else(|| unreadable(0, "no step".to_owned()))?,
        state: row.word("state", StepState::from_name)?,
        result: row.get("result")?,
        started_at: row.time("started_at")?,
        ended_at: row.time_if("ended_at")?,
        notes: row.get("notes")?,
    })
}

/// A change that `guard` watches.
pub(super) fn change(row: &Row<'_>) -> Result<GuardedChange> {
    let named = Named::of(row);
    let outcome: Option<String> = named.get("outcome")?;
    let status = named.get("status")?;
    Ok(GuardedChange {
        id: named.get("id")?,
        command: named.get("command")?,
        deployment: named.get("deployment")?,
        began_at: named.time("began_at")?,
        runs_at: named.time_if("runs_at")?,
        ended_at: named.time_if("ended_at")?,
        ending: outcome.and_then(|outcome| Ending::of(&outcome, status)),
    })
}
