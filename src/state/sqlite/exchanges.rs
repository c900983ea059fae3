//! The restores and undos, with the disks that they have put in place.

use rusqlite::{Connection, Result};

use super::rows;
use crate::domain::exchanges::{Exchange, Exchanges};
use crate::domain::ids::DiskCid;
use crate::domain::operation::OperationState;
use crate::domain::swap::Source;

/// The exchanges that are done or under way.
pub(super) fn read(connection: &Connection) -> Result<Exchanges> {
    let mut operations = connection.prepare(
        "SELECT * FROM operations WHERE verb IN ('restore', 'undo') AND state IN ('done', 'pending') AND plan IS NOT NULL
         ORDER BY number",
    )?;
    // If several disks were made for a slot, the last one was attached.
    let mut made = connection.prepare(
        "SELECT step ->> '$.disk.slot', result FROM steps WHERE operation = ?1 AND kind = 'create_disk_from_snapshot'
         AND state = 'done' AND result IS NOT NULL ORDER BY number DESC",
    )?;
    let mut all = Vec::new();
    for operation in operations.query_map([], rows::operation)? {
        let operation = operation?;
        let Some(plan) = operation.plan else { continue };
        let (mut left, mut makes) = (Vec::new(), false);
        for one in plan.disks() {
            match &one.source {
                Source::Disk { cid, .. } => left.push((one.slot, cid.clone())),
                Source::Snapshot { .. } => makes = true,
            }
        }
        if makes {
            let made = made.query_map([operation.id.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
            for one in made {
                let (slot, disk) = one?;
                if plan.disks().any(|one| one.slot == slot && one.is_new()) && left.iter().all(|(at, _)| *at != slot) {
                    left.push((slot, DiskCid::new(disk)));
                }
            }
        }
        let done = operation.state == OperationState::Done;
        all.push(Exchange { id: operation.id, arguments: operation.arguments, done, plan, left });
    }
    Ok(Exchanges::new(all))
}
