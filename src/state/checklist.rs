//! The one thing of an operation that changes after its end: that its checklist is done.

use super::{State, StateError};
use crate::domain::operation::Operation;

impl State {
    /// Notes that the checklist of an operation is done, where it has one that is open; says whether it had.
    ///
    /// # Errors
    /// What writing met.
    pub fn check_off(&self, operation: &Operation) -> Result<bool, StateError> {
        let (id, summary, path) = (operation.id.clone(), operation.checked_off(), self.path.clone());
        self.writer.transact(move |connection| {
            connection
                .execute(
                    "UPDATE operations SET checklist = 'done', summary = ?2 WHERE id = ?1 AND checklist = 'open'",
                    (id.as_str(), summary),
                )
                .map(|changed| changed == 1)
                .map_err(|error| StateError::of(&path, &error))
        })
    }
}
