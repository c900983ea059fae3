//! The state of a state file itself: its size, its schema, and whether it is whole.

use std::fs;

use super::super::StateError;
use super::home::Home;
use super::schema::{self, VERSION};

/// How many errors of a damaged file are shown.
const TOLD: u32 = 5;

/// The state of a state file.
#[derive(Debug, Clone)]
pub struct Health {
    /// Its size in bytes.
    pub bytes: u64,
    /// The version of its schema.
    pub schema: i64,
    /// The schema version that this snapback writes.
    pub known: i64,
    /// The faults that SQLite reports, one a line; empty if the file is whole.
    pub faults: Vec<String>,
}

/// The version of SQLite.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

impl Home {
    /// Checks the whole file (`PRAGMA quick_check`), and changes nothing.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub(in crate::state) fn health(&self) -> Result<Health, StateError> {
        let connection = self.reading.connection();
        let look = || -> rusqlite::Result<(i64, Vec<String>)> {
            let mut check = connection.prepare(&format!("PRAGMA quick_check({TOLD})"))?;
            let said: Vec<String> = check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            Ok((schema::version(&connection)?, said))
        };
        let (schema, mut faults) = look().map_err(|error| self.reading.error(&error))?;
        faults.retain(|said| said != "ok");
        let bytes = fs::metadata(self.path()).map_or(0, |metadata| metadata.len());
        Ok(Health { bytes, schema, known: VERSION, faults })
    }
}
