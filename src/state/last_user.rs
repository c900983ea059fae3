//! A resource that several operations share, and that the last of them has to put back as it was.

use rusqlite::OptionalExtension;

use super::StateError;
use super::operations::OpenOperation;
use crate::domain::ids::OperationId;
use crate::domain::operation::{ClaimMode, Resource};

impl OpenOperation {
    /// Where another operation, alive or dead, has claimed it too, lets go of it, and gives that one. Where none has, keeps
    /// all others away from now on, until [`OpenOperation::let_go_of`]: they are told apart in one transaction, so that of
    /// two which end at once one is the last.
    ///
    /// # Errors
    /// What writing met.
    pub fn leave_to_others(&self, resource: &Resource) -> Result<Option<OperationId>, StateError> {
        let (key, id, path) = (resource.key(), self.id().clone(), self.writer.path().to_owned());
        self.writer.transact(move |connection| {
            let run = || {
                let other: Option<String> = connection
                    .query_row(
                        "SELECT operation FROM claims WHERE resource = ?1 AND operation <> ?2 LIMIT 1",
                        (&key, id.as_str()),
                        |row| row.get(0),
                    )
                    .optional()?;
                if other.is_some() {
                    connection
                        .execute("DELETE FROM claims WHERE resource = ?1 AND operation = ?2", (&key, id.as_str()))?;
                } else {
                    connection.execute(
                        "INSERT OR REPLACE INTO claims (resource, operation, mode) VALUES (?1, ?2, ?3)",
                        (&key, id.as_str(), ClaimMode::Exclusive.name()),
                    )?;
                }
                Ok(other.map(OperationId::new))
            };
            run().map_err(|error| StateError::of(&path, &error))
        })
    }

    /// Lets others have it.
    ///
    /// # Errors
    /// What writing met.
    pub fn let_go_of(&self, resource: &Resource) -> Result<(), StateError> {
        let (key, id, path) = (resource.key(), self.id().clone(), self.writer.path().to_owned());
        self.writer.transact(move |connection| {
            connection
                .execute("DELETE FROM claims WHERE resource = ?1 AND operation = ?2", (&key, id.as_str()))
                .map(drop)
                .map_err(|error| StateError::of(&path, &error))
        })
    }
}
