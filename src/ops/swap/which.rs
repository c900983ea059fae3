//! The operations that an undo takes back.

use std::time::{Duration, Instant};

use crate::domain::exchanges::{Exchange, Next};
use crate::domain::ids::OperationId;
use crate::domain::operation::{Operation, Resource};
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::state::{Conflict, LockState, Reader};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// The operation to undo so that the named one is undone: that one, or its newest redo.
///
/// # Errors
/// There is no operation of that name.
pub fn named_to_undo(reader: &Reader, id: &OperationId) -> Result<Operation> {
    let operation = find::operation(reader, id)?;
    let exchanges = reader.exchanges()?;
    match exchanges.stands_by(&operation.id) {
        Some(by) if by.id != operation.id => find::operation(reader, &by.id),
        _ => Ok(operation),
    }
}

/// The operations that are to be taken back so that the named ones are, each once: [`named_to_undo`] of each.
///
/// # Errors
/// There is none of that name; [`Kind::Usage`] if two of them are of the same instance.
pub fn each_named_to_undo(reader: &Reader, ids: &[OperationId]) -> Result<Vec<Operation>> {
    let mut found: Vec<Operation> = Vec::new();
    for id in ids {
        let operation = named_to_undo(reader, id)?;
        if found.iter().any(|other| other.id == operation.id) {
            continue;
        }
        let instance = |operation: &Operation| operation.plan.as_ref().map(|plan| plan.instance.clone());
        let same = |other: &&Operation| instance(other).is_some() && instance(other) == instance(&operation);
        if let Some(other) = found.iter().find(same) {
            let message = format!("operations {} and {} are of the same instance", other.id, operation.id);
            return Err(Error::new(Kind::Usage, message).hint("undo them one after the other, the newer one first"));
        }
        found.push(operation);
    }
    Ok(found)
}

/// The operations of the newest command that is not undone, without those that are, in the order in which they were
/// done. Waits for a newer operation that has not ended.
///
/// # Errors
/// There is none; or that operation does not end in time.
pub fn newest_to_undo(reader: &Reader, deployment: Option<&str>, wait: Duration) -> Result<Vec<Operation>> {
    let until = Instant::now() + wait;
    loop {
        let exchanges = reader.exchanges()?;
        match exchanges.next(deployment) {
            Next::Undo(all) => return all.into_iter().map(|one| find::operation(reader, &one.id)).collect(),
            Next::Open(open) => match reader.lock_state(&open.id) {
                // It may have ended between the two looks.
                _ if !reader.is_pending(&open.id)? => {}
                LockState::Held if Instant::now() < until => std::thread::sleep(PAUSE),
                holder => return Err(has_not_ended(reader, open, holder)?),
            },
            Next::AllUndone(last) => {
                let ids: Vec<&str> = last.iter().map(|one| one.id.as_str()).collect();
                let message =
                    format!("there is no restore to undo: all of them are undone, the last by {}", ids.join(" and "));
                return Err(Error::new(Kind::NotFound, message)
                    .hint("to do once more what was undone last:")
                    .try_command(format!("snapback undo {}", ids.join(" "))));
            }
            Next::Nothing => {
                return Err(
                    Error::new(Kind::NotFound, "there is no restore to undo").try_command("snapback operations")
                );
            }
        }
    }
}

fn has_not_ended(reader: &Reader, open: &Exchange, holder: LockState) -> Result<Error> {
    let what = Resource::Instance(open.plan.instance.clone()).key();
    let verb = find::operation(reader, &open.id)?.verb.name().to_owned();
    let conflict = Conflict { what, operation: open.id.clone(), verb };
    Ok(Error::from(conflict.with(holder)).hint("to undo another one, name it: `snapback undo OPERATION`"))
}
