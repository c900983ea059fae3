//! The things that pending operations keep from others.

use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::super::store::Conflict;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Claim, ClaimMode, Resource};

/// The first of these that a pending operation keeps from being claimed.
pub(super) fn conflict(connection: &Connection, claims: &[Claim]) -> Result<Option<Conflict>> {
    let mut find = connection.prepare(
        "SELECT o.id, o.verb FROM claims c JOIN operations o ON o.id = c.operation
         WHERE c.resource = ?1 AND (c.mode = 'exclusive' OR ?2 = 'exclusive') ORDER BY o.number LIMIT 1",
    )?;
    // A snapshot that a pending operation has taken is part of its way back, and is its own until it ends.
    let mut taken_by = connection.prepare(
        "SELECT o.id, o.verb FROM snapshots s JOIN operations o ON o.id = s.operation
         WHERE s.cpi = ?1 AND s.cid = ?2 AND o.state = 'pending'",
    )?;
    for claim in claims {
        let what = claim.resource.key();
        let by = |row: &Row<'_>| {
            Ok(Conflict {
                what: what.clone(),
                operation: OperationId::new(row.get::<_, String>("id")?),
                verb: row.get("verb")?,
            })
        };
        let mut found = None;
        if let (Resource::Snapshot(cpi, cid), ClaimMode::Exclusive) = (&claim.resource, claim.mode) {
            found = taken_by.query_row((cpi.as_str(), cid.as_str()), by).optional()?;
        }
        if found.is_none() {
            found = find.query_row((&what, claim.mode.name()), by).optional()?;
        }
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
