//! The small SQLite database that `demo` puts on a disk, in place of an operator's own.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};

/// Makes a database of `rows` accounts at `path`.
///
/// # Errors
/// Those of SQLite.
pub fn create(path: &Path, rows: u32) -> Result<()> {
    let mut connection = Connection::open(path).context("no database can be made")?;
    connection.execute_batch("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INTEGER)")?;
    let transaction = connection.transaction()?;
    for id in 1..=rows {
        transaction.execute("INSERT INTO accounts VALUES (?1, 'customer ' || ?1, ?1 * 100)", [id])?;
    }
    Ok(transaction.commit()?)
}

/// Reads such a database and counts its accounts.
///
/// # Errors
/// The file cannot be opened or read, or `PRAGMA integrity_check` finds a fault.
pub fn check(path: &Path) -> Result<u32> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(verdict == "ok", "{verdict}");
    Ok(connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0))?)
}
