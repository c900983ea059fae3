//! What operations keep others from, while they are pending.

use rusqlite::{Connection, OptionalExtension};

use super::lock::LockState;
use super::{Reader, StateError};
use crate::domain::ids::OperationId;
use crate::domain::operation::{Claim, ClaimMode, Resource};

impl Reader {
    /// Fails where another operation, alive or dead, keeps these from being claimed.
    ///
    /// # Errors
    /// [`StateError::Claimed`], or what reading met.
    pub fn unclaimed(&self, claims: &[Claim]) -> Result<(), StateError> {
        let mut seen_dead = None;
        loop {
            let found = conflict(&self.connection(), claims).map_err(|error| StateError::of(self.path(), &error))?;
            let Some(StateError::Claimed { what, operation, verb, .. }) = found else { return Ok(()) };
            let holder = self.lock_state(&operation);
            if holder == LockState::Held || seen_dead.as_ref() == Some(&operation) {
                return Err(StateError::Claimed { what, operation, verb, holder });
            }
            // It may just have ended: look again.
            seen_dead = Some(operation);
        }
    }
}

pub(super) fn conflict(connection: &Connection, claims: &[Claim]) -> rusqlite::Result<Option<StateError>> {
    let mut find = connection.prepare(
        "SELECT o.id, o.verb FROM claims c JOIN operations o ON o.id = c.operation
         WHERE c.resource = ?1 AND (c.mode = 'exclusive' OR ?2 = 'exclusive') ORDER BY o.number LIMIT 1",
    )?;
    // What a pending operation has taken is part of its way back, and is its own until it ends.
    let mut taken_by = connection.prepare(
        "SELECT o.id, o.verb FROM snapshots s JOIN operations o ON o.id = s.operation
         WHERE s.cpi = ?1 AND s.cid = ?2 AND o.state = 'pending'",
    )?;
    for claim in claims {
        let what = claim.resource.key();
        if let (Resource::Snapshot(cpi, cid), ClaimMode::Exclusive) = (&claim.resource, claim.mode) {
            let found = taken_by
                .query_row((cpi.as_str(), cid.as_str()), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
                .optional()?;
            if let Some((id, verb)) = found {
                return Ok(Some(StateError::Claimed {
                    what,
                    operation: OperationId::new(id),
                    verb,
                    holder: LockState::Free,
                }));
            }
        }
        let found = find
            .query_row((&what, claim.mode.name()), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .optional()?;
        if let Some((id, verb)) = found {
            return Ok(Some(StateError::Claimed {
                what,
                operation: OperationId::new(id),
                verb,
                holder: LockState::Free,
            }));
        }
    }
    Ok(None)
}
