//! The small SQLite database that `demo` puts on a disk, in the place of an operator's own.

use std::path::Path;

use rusqlite::Connection;

/// Makes a database of `rows` accounts at `path`.
///
/// # Errors
/// SQLite's, in words.
pub fn create(path: &Path, rows: u32) -> Result<(), String> {
    let run = || -> rusqlite::Result<()> {
        let mut connection = Connection::open(path)?;
        connection.execute_batch("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INTEGER)")?;
        let transaction = connection.transaction()?;
        for id in 1..=rows {
            transaction.execute("INSERT INTO accounts VALUES (?1, 'customer ' || ?1, ?1 * 100)", [id])?;
        }
        transaction.commit()
    };
    run().map_err(|error| error.to_string())
}

/// Reads such a database: the number of accounts, where `PRAGMA integrity_check` finds no fault.
///
/// # Errors
/// What SQLite found wrong, in words.
pub fn check(path: &Path) -> Result<u32, String> {
    let run = || -> rusqlite::Result<(String, u32)> {
        let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let verdict = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok((verdict, connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0))?))
    };
    match run() {
        Ok((verdict, count)) if verdict == "ok" => Ok(count),
        Ok((verdict, _)) => Err(verdict),
        Err(error) => Err(error.to_string()),
    }
}
