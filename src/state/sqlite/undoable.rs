//! Which restores and undos can be undone, as far as the file tells: whether a disk is still there, only the cloud knows.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Result};

use super::exchanges;
use super::history::GONE_SINCE;
use crate::domain::exchanges::{Exchange, Exchanges};
use crate::domain::ids::DiskCid;

/// The ids of those that stand, whose disk no other has put away, and whose old disk (or the safety snapshot of it) nobody has
/// deleted.
pub(super) fn undoable(connection: &Connection) -> Result<HashSet<String>> {
    let exchanges = exchanges::read(connection)?;
    let mut found = HashSet::new();
    for one in exchanges.done().filter(|one| is_on_top(&exchanges, one)) {
        let mut back = true;
        for disk in one.plan.disks() {
            back &= match disk.old_disk() {
                Some(before) => !is_gone(connection, one, before)? || has_safety_snapshot(connection, one, before)?,
                None => false,
            };
        }
        if back {
            found.insert(one.id.to_string());
        }
    }
    Ok(found)
}

fn is_on_top(exchanges: &Exchanges, one: &Exchange) -> bool {
    let id = &one.id;
    let stands = exchanges.undone_by(id).is_none() && exchanges.stands_by(id).is_some_and(|by| by.id == *id);
    stands && exchanges.replaced_by(id).is_none()
}

fn is_gone(connection: &Connection, one: &Exchange, disk: &DiskCid) -> Result<bool> {
    let keys = (one.plan.cpi.as_str(), disk.as_str(), one.id.as_str());
    Ok(connection.prepare_cached(GONE_SINCE)?.query_row(keys, |_| Ok(())).optional()?.is_some())
}

fn has_safety_snapshot(connection: &Connection, one: &Exchange, disk: &DiskCid) -> Result<bool> {
    let sql = "SELECT 1 FROM steps JOIN snapshots ON snapshots.cid = result AND snapshots.cpi = ?1
               WHERE steps.operation = ?3 AND kind = 'snapshot_disk' AND steps.state = 'done'
               AND step ->> '$.purpose' = 'safety' AND step ->> '$.disk' = ?2 AND snapshots.gone_at IS NULL";
    let keys = (one.plan.cpi.as_str(), disk.as_str(), one.id.as_str());
    Ok(connection.prepare_cached(sql)?.query_row(keys, |_| Ok(())).optional()?.is_some())
}
