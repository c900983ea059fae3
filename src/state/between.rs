//! What happened to an instance between two times.

use chrono::{DateTime, Utc};

use super::{Reader, StateError, rows};
use crate::domain::instance::InstanceName;
use crate::domain::operation::Operation;

impl Reader {
    /// The operations that were about an instance and began after one time, and not after another; oldest first.
    ///
    /// # Errors
    /// What reading it met.
    pub fn operations_between(
        &self,
        instance: &InstanceName,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Operation>, StateError> {
        // As `->` gives it: the same writer wrote both.
        let name = serde_json::to_string(instance).map_err(|error| StateError::Row(error.to_string()))?;
        let connection = self.connection();
        let run = || -> rusqlite::Result<Vec<Operation>> {
            let mut statement = connection.prepare(&format!(
                "SELECT {} FROM operations WHERE started_at > ?1 AND started_at <= ?2
                 AND (plan -> '$.instance' = ?3 OR EXISTS (SELECT 1 FROM steps WHERE steps.operation = operations.id
                 AND coalesce(step -> '$.instance', step -> '$.draft.instance', step -> '$.disk.instance') = ?3))
                 ORDER BY number",
                rows::operation_columns(self.schema())
            ))?;
            let times = (after.timestamp_millis(), until.timestamp_millis(), &name);
            statement.query_map(times, rows::operation)?.collect()
        };
        run().map_err(|error| self.error(&error))
    }
}
