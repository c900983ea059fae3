//! The known things with a CID: whether a thing that a cloud calls new is new, and whether one may be deleted.

use rusqlite::{Connection, OptionalExtension, Result};

use super::super::StateError;
use super::rows;
use crate::domain::ids::CpiName;
use crate::domain::instance::{Disk, DiskState, InstanceName};
use crate::domain::snapshot::{Owner, Snapshot};
use crate::domain::step::Fact;

/// The known thing with this CID on this CPI, in the operator's words: a snapshot (also one that is gone), a disk, or a
/// VM. The comparison ignores case: some clouds do not tell `A` from `a`.
pub(super) fn by_cid(connection: &Connection, cpi: &CpiName, cid: &str) -> Result<Option<String>> {
    match exactly(connection, cpi, cid)? {
        Some(known) => Ok(Some(known)),
        None => nearly(connection, cpi, cid),
    }
}

fn exactly(connection: &Connection, cpi: &CpiName, cid: &str) -> Result<Option<String>> {
    let key = (cpi.as_str(), cid);
    let snapshot = connection
        .prepare_cached(&format!("SELECT {}, gone_at FROM snapshots WHERE cpi = ?1 AND cid = ?2", rows::SNAPSHOT))?
        .query_row(key, |row| Ok((rows::snapshot(row)?, row.get::<_, Option<i64>>("gone_at")?.is_some())))
        .optional()?;
    if let Some((snapshot, gone)) = snapshot {
        return Ok(Some(of_snapshot(&snapshot, gone)));
    }
    let disk = connection
        .prepare_cached("SELECT * FROM disks WHERE cpi = ?1 AND cid = ?2 AND gone_at IS NULL")?
        .query_row(key, rows::disk)
        .optional()?;
    Ok(disk.as_ref().map(of_disk))
}

/// As [`by_cid`], ignoring case. Snapshots are not searched: there are many.
fn nearly(connection: &Connection, cpi: &CpiName, cid: &str) -> Result<Option<String>> {
    let key = (cpi.as_str(), cid);
    let disk = connection
        .prepare_cached("SELECT * FROM disks WHERE +cpi = ?1 AND lower(cid) = lower(?2) AND gone_at IS NULL")?
        .query_row(key, rows::disk)
        .optional()?;
    if let Some(disk) = disk {
        return Ok(Some(of_disk(&disk)));
    }
    connection
        .prepare_cached("SELECT * FROM instances WHERE cpi = ?1 AND lower(vm_cid) = lower(?2)")?
        .query_row(key, |row| Ok(format!("the VM of {}", owner(&rows::instance(row)?.name))))
        .optional()
}

fn owner(name: &InstanceName) -> String {
    format!("{name} in '{}'", name.deployment)
}

fn of_snapshot(snapshot: &Snapshot, gone: bool) -> String {
    let whose = match snapshot.owner {
        Owner::Director => "the Director's snapshot",
        Owner::Snapback => "the snapshot",
    };
    let disk = snapshot.disk.as_ref().map_or(String::new(), |disk| format!(", disk {disk}"));
    let taken = snapshot.created_at.format("%Y-%m-%d %H:%M:%S");
    let by = snapshot.operation.as_ref().map_or(String::new(), |operation| format!(" by operation {operation}"));
    let gone = if gone { ", which is gone since" } else { "" };
    format!("{whose} of {}{disk}, taken {taken} UTC{by}{gone}", owner(&snapshot.instance))
}

fn of_disk(disk: &Disk) -> String {
    match (&disk.instance, disk.state) {
        (Some(name), DiskState::Active) => format!("the current disk of {}", owner(name)),
        (Some(name), DiskState::Orphaned) => format!("an orphaned disk, kept for {}", owner(name)),
        (None, _) => "an orphaned disk".to_owned(),
    }
}

/// The error for a fact that brings a new thing with a CID that is not new; `None` if the CID is new.
///
/// # Errors
/// The state file cannot be read.
pub(super) fn not_new(connection: &Connection, fact: &Fact) -> Result<Option<StateError>> {
    let (cpi, cid, wanted, own) = match fact {
        Fact::SnapshotExists(new) => {
            let disk = new.disk.as_ref().map_or(String::new(), |disk| format!(" of disk {disk}"));
            let own = new.disk.as_ref().is_some_and(|disk| disk.as_str() == new.cid.as_str());
            let wanted = format!("the new snapshot{disk} of {}", owner(&new.instance));
            (&new.cpi, new.cid.as_str(), wanted, own.then_some("the disk itself"))
        }
        Fact::DiskExists(new) => {
            let origin = new.origin.as_ref().map_or(String::new(), |origin| format!(" made from snapshot {origin}"));
            let own = new.origin.as_ref().is_some_and(|origin| origin.as_str() == new.cid.as_str());
            let whose = new.instance.as_ref().map_or(String::new(), |name| format!(" for {}", owner(name)));
            (&new.cpi, new.cid.as_str(), format!("the new disk{origin}{whose}"), own.then_some("the snapshot itself"))
        }
        _ => return Ok(None),
    };
    let mut known = by_cid(connection, cpi, cid)?.or_else(|| own.map(str::to_owned));
    if known.is_none() && matches!(fact, Fact::DiskExists(_)) {
        known = once_snapshotted(connection, cpi, cid)?;
    }
    Ok(known.map(|known| StateError::NotNew { cpi: cpi.clone(), cid: cid.to_owned(), wanted, known }))
}

/// The disk in words, if it has known snapshots: such a disk is not new, even if nobody lists it any more.
fn once_snapshotted(connection: &Connection, cpi: &CpiName, disk: &str) -> Result<Option<String>> {
    connection
        .prepare_cached(&format!(
            "SELECT {} FROM snapshots WHERE +cpi = ?1 AND disk = ?2 ORDER BY created_at DESC LIMIT 1",
            rows::SNAPSHOT
        ))?
        .query_row((cpi.as_str(), disk), |row| {
            let of = rows::snapshot(row)?;
            Ok(format!("a former disk of {}, of which snapshot {} is known", owner(&of.instance), of.cid))
        })
        .optional()
}
