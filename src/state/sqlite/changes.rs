//! The changes that `guard` watches.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::error::Broken;
use crate::domain::guarded::{Ending, GuardedChange};

pub(super) const LIST: &str = "SELECT * FROM changes ORDER BY began_at DESC, id";

pub(super) fn begin(connection: &Connection, change: &GuardedChange) -> Result<(), Broken> {
    connection.execute(
        "INSERT INTO changes (id, command, deployment, began_at) VALUES (?1, ?2, ?3, ?4)",
        (&change.id, &change.command, &change.deployment, change.began_at.timestamp_millis()),
    )?;
    Ok(())
}

pub(super) fn run(connection: &Connection, id: &str, at: DateTime<Utc>) -> Result<(), Broken> {
    connection.execute("UPDATE changes SET runs_at = ?2 WHERE id = ?1", (id, at.timestamp_millis()))?;
    Ok(())
}

/// Writes the end of a change. A change that has already ended stays as it is.
pub(super) fn end(connection: &Connection, id: &str, ending: Ending, at: DateTime<Utc>) -> Result<(), Broken> {
    connection.execute(
        "UPDATE changes SET ended_at = ?2, outcome = ?3, status = ?4 WHERE id = ?1 AND ended_at IS NULL",
        (id, at.timestamp_millis(), ending.name(), ending.status()),
    )?;
    Ok(())
}
