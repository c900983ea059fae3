//! The words that a shell can offer on TAB: names from a state file, read without a trace.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use chrono::{TimeZone, Utc};
use rusqlite::{Connection, OpenFlags, Row};

use super::schema::{self, APPLICATION_ID, VERSION};
use super::undoable::undoable;

/// Names of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// The CIDs of the snapshots that exist, newest first.
    Snapshots,
    /// Of those the ones that are held.
    Held,
    /// The CIDs of the disks that instances have.
    Attached,
    /// The CIDs of orphaned disks.
    Orphaned,
    /// `GROUP/INDEX`.
    Instances,
    /// Of those the ones that have a disk, and whose name only one deployment has.
    WithDisks,
    /// The deployments.
    Deployments,
    /// The ids of operations, newest first.
    Operations,
    /// Of those the restores and undos that can be undone: those that stand, have none on top of them, and can go back.
    Undoable,
    /// Only the open ones.
    Pending,
    /// Only those that took snapshots which still exist.
    Sets,
}

/// A name, and a text that distinguishes it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The name.
    pub name: String,
    /// A description of some words.
    pub about: String,
}

/// The names of a kind with this beginning, of a deployment or of all. None if the file is missing, damaged, newer, or
/// just being written: a user who presses TAB wants no error.
///
/// SQLite opens the file as immutable: it reads the file as it is, without a lock, and without rolling back a killed
/// writer's change. In the worst case it offers a name that does not exist, and the command says so.
pub fn candidates(path: &Path, names: Names, deployment: Option<&str>, prefix: &str) -> Vec<Candidate> {
    read(path, names, deployment, prefix).unwrap_or_default()
}

fn read(path: &Path, names: Names, deployment: Option<&str>, prefix: &str) -> rusqlite::Result<Vec<Candidate>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(immutable(path), flags)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID || schema::version(&connection)? > VERSION {
        return Ok(Vec::new());
    }
    schema::fill_in(&connection)?;
    let mut statement = connection.prepare(sql(names))?;
    let rows = statement.query_map((deployment, prefix), |row| candidate(names, row))?;
    let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    if names == Names::Undoable {
        let undoable = undoable(&connection)?;
        found.retain(|one| undoable.contains(&one.name));
    }
    Ok(found)
}

fn sql(names: Names) -> &'static str {
    match names {
        Names::Snapshots => {
            "SELECT cid, created_at, deployment || ' ' || grp || '/' || idx, note FROM snapshots WHERE gone_at IS NULL
             AND (?1 IS NULL OR deployment = ?1) AND substr(cid, 1, length(?2)) = ?2 ORDER BY created_at DESC, cid"
        }
        Names::Held => {
            "SELECT cid, created_at, deployment || ' ' || grp || '/' || idx, held FROM snapshots
             WHERE gone_at IS NULL AND held IS NOT NULL
             AND (?1 IS NULL OR deployment = ?1) AND substr(cid, 1, length(?2)) = ?2 ORDER BY created_at DESC, cid"
        }
        Names::Attached => {
            "SELECT cid, NULL, deployment || ' ' || grp || '/' || idx, state FROM disks WHERE gone_at IS NULL
             AND state = 'active' AND (?1 IS NULL OR deployment = ?1) AND substr(cid, 1, length(?2)) = ?2 ORDER BY cid"
        }
        Names::Orphaned => {
            "SELECT cid, NULL, deployment || ' ' || grp || '/' || idx, state FROM disks WHERE gone_at IS NULL
             AND state = 'orphaned' AND (?1 IS NULL OR deployment = ?1) AND substr(cid, 1, length(?2)) = ?2 ORDER BY cid"
        }
        Names::Instances => {
            "SELECT DISTINCT grp || '/' || idx, NULL, group_concat(deployment, ', '), NULL FROM instances
             WHERE vanished_at IS NULL AND (?1 IS NULL OR deployment = ?1)
             AND substr(grp || '/' || idx, 1, length(?2)) = ?2 GROUP BY grp, idx ORDER BY grp, idx"
        }
        Names::WithDisks => {
            "SELECT grp || '/' || idx, NULL, deployment, NULL FROM (
                 SELECT grp, idx, max(deployment) AS deployment FROM instances
                 WHERE vanished_at IS NULL AND (?1 IS NULL OR deployment = ?1)
                 AND substr(grp || '/' || idx, 1, length(?2)) = ?2 GROUP BY grp, idx HAVING count(*) = 1) AS one
             WHERE EXISTS (
                 SELECT 1 FROM disks WHERE gone_at IS NULL AND state = 'active'
                 AND disks.deployment = one.deployment AND disks.grp = one.grp AND disks.idx = one.idx)
             ORDER BY grp, idx"
        }
        Names::Deployments => {
            "SELECT name, NULL, NULL, NULL FROM deployments WHERE ?1 IS ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name"
        }
        Names::Operations => {
            "SELECT id, started_at, verb, state FROM operations WHERE ?1 IS ?1 AND substr(id, 1, length(?2)) = ?2
             ORDER BY number DESC"
        }
        Names::Undoable => {
            "SELECT id, started_at, verb, (plan ->> '$.instance.group') || '/' || (plan ->> '$.instance.index')
             FROM operations WHERE verb IN ('restore', 'undo') AND state = 'done' AND plan IS NOT NULL
             AND (?1 IS NULL OR plan ->> '$.instance.deployment' = ?1) AND substr(id, 1, length(?2)) = ?2
             ORDER BY number DESC"
        }
        Names::Pending => {
            "SELECT id, started_at, verb, state FROM operations WHERE ?1 IS ?1 AND state = 'pending'
             AND substr(id, 1, length(?2)) = ?2 ORDER BY number DESC"
        }
        Names::Sets => {
            "SELECT id, started_at, verb, count(*) || ' snapshots' FROM operations
             JOIN snapshots ON snapshots.operation = operations.id AND snapshots.gone_at IS NULL
             WHERE (?1 IS NULL OR deployment = ?1) AND substr(id, 1, length(?2)) = ?2 GROUP BY id ORDER BY number DESC"
        }
    }
}

fn candidate(names: Names, row: &Row<'_>) -> rusqlite::Result<Candidate> {
    let time = row.get::<_, Option<i64>>(1)?.and_then(|millis| Utc.timestamp_millis_opt(millis).single());
    let time = time.map(|time| time.format("%Y-%m-%d %H:%M").to_string());
    let (first, second): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
    let parts = match names {
        Names::Snapshots | Names::Held => [first, time, second],
        _ => [time, first, second],
    };
    Ok(Candidate { name: row.get(0)?, about: parts.into_iter().flatten().collect::<Vec<_>>().join(", ") })
}

/// The file as an URI (<https://www.sqlite.org/uri.html>).
fn immutable(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}
