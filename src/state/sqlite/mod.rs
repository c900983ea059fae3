//! The state in an SQLite file: the only SQL of the program.
//!
//! `journal_mode=TRUNCATE` and `synchronous=FULL`: between commits the one file is the whole truth, and copying it
//! loses nothing. [`Reading`] lists, and writes nothing. [`Writing`] has the writer thread: only it changes the file,
//! and it commits the queued changes in one transaction. [`Home`] is the place of the file.

mod candidates;
mod changes;
mod claims;
mod create;
mod director;
mod error;
mod exchanges;
mod facts;
mod health;
mod history;
mod home;
mod identity;
mod import;
mod instances;
mod known;
mod lists;
mod network;
mod newest;
mod open;
mod rows;
pub mod sample;
mod schedules;
mod schema;
mod times;
mod undoable;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Params, Row};

use super::StateError;

pub use candidates::{Candidate, Names, candidates};
pub use health::{Health, sqlite_version};
pub use home::{Binding, Home};
pub(super) use open::{Opened, open};
pub(super) use write::Writing;

/// The file, open for listing.
pub struct Reading {
    /// Threads share it; each method locks it for itself.
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Reading {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, error: &rusqlite::Error) -> StateError {
        error::of(&self.path, error)
    }

    fn all<T>(
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

    fn one<T>(&self, sql: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<T, StateError> {
        self.connection().query_row(sql, [], read).map_err(|error| self.error(&error))
    }

    fn any(&self, sql: &str, params: impl Params) -> Result<bool, StateError> {
        Ok(!self.all(sql, params, |_| Ok(()))?.is_empty())
    }

    fn text(&self, sql: &str, params: impl Params) -> Result<Option<String>, StateError> {
        Ok(self.all(sql, params, |row| row.get(0))?.into_iter().next())
    }

    fn each<T>(
        &self,
        connection: &Connection,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        each: &mut dyn FnMut(T) -> bool,
    ) -> Result<(), StateError> {
        let run = || -> rusqlite::Result<()> {
            let mut statement = connection.prepare(sql)?;
            let mut found = statement.query(params)?;
            while let Some(row) = found.next()? {
                if !each(read(row)?) {
                    break;
                }
            }
            Ok(())
        };
        run().map_err(|error| self.error(&error))
    }
}

/// The error for a file that cannot be written, and why.
fn unwritable(path: &Path, why: impl std::fmt::Display) -> StateError {
    super::Wrong::Unwritable(why.to_string()).at(path.display())
}
