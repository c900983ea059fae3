//! `prune`: deletes the snapshots that have expired, and those that the policy does not keep.

mod needs;
mod plan;
mod rank;
mod ready;
mod request;
mod world;

use std::collections::HashMap;

use super::delete::{Deleted, How, OnFailure, delete_claimed};
use super::session::Session;
use crate::domain::ids::{CpiName, SnapshotCid};
use crate::domain::operation::{Claim, Resource, Verb};
use crate::domain::retention::Reason;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Result};

pub use plan::{Plan, Planned, plan};
pub use request::Request;

/// The outcome for a snapshot that was to be deleted.
#[derive(Debug)]
pub struct Pruned {
    /// The snapshot, and the result of its deletion.
    pub deleted: Deleted,
    /// Why it was to be deleted; if it stays after all, why it stays.
    pub reasons: Vec<Reason>,
}

/// Deletes the snapshots that a plan removes, once they are claimed and were planned again: a snapshot that was
/// meanwhile held or verified, or is needed now, stays. If one fails, the others are still deleted. Returns the rows,
/// and the errors at the end. `settled` is told each row as soon as the result is known.
///
/// # Errors
/// Another operation's claim, the errors of the state file.
pub fn prune(
    session: &Session<'_>,
    request: Request<'_>,
    planned: Plan,
    settled: &mut dyn FnMut(&Pruned),
) -> Result<(Vec<Pruned>, Vec<Error>)> {
    let Plan { rows, stands_on } = planned;
    let (mut pruned, mut work, mut reasons) = (Vec::new(), Vec::new(), HashMap::new());
    for Planned { snapshot, decision, doubt } in rows.into_iter().filter(|row| !row.decision.keep) {
        let cpi = match doubt {
            Some(doubt) => Err(doubt),
            None => session.cpis.cpi(&snapshot.cpi),
        };
        match cpi {
            Err(error) => {
                let row = Pruned { deleted: Deleted { snapshot, result: Err(error) }, reasons: decision.reasons };
                settled(&row);
                pruned.push(row);
            }
            Ok(cpi) => {
                reasons.insert(key(&snapshot), decision.reasons);
                work.push((cpi, snapshot));
            }
        }
    }
    if work.is_empty() {
        return Ok((pruned, Vec::new()));
    }
    let resource = |(cpi, cid): (CpiName, SnapshotCid)| Resource::Snapshot(cpi, cid);
    let removed = work.iter().map(|(_, snapshot)| Claim::exclusive(resource(key(snapshot))));
    // Nobody may delete an instance's remaining snapshots while this deletes the others.
    let left = stands_on.into_iter().map(|key| Claim::shared(resource(key)));
    let operation = session.begin(Verb::Prune, removed.chain(left).collect(), None)?;
    let now = Request { now: session.clock.now(), ..request };
    let reader = session.state.reader();
    let again = plan::plan_beside(reader, session.cpis, &session.presence, now, Some(operation.id()));
    let again: Result<HashMap<_, _>> =
        again.map(|again| again.rows.into_iter().map(|row| (key(&row.snapshot), row)).collect());
    let stays = |snapshot: &Snapshot| match &again {
        Err(error) => Some(Err(Error::new(error.kind(), error.in_one_line()))),
        Ok(rows) => match rows.get(&key(snapshot)) {
            Some(row) if !row.decision.keep => {
                row.doubt.as_ref().map(|doubt| Err(Error::new(doubt.kind(), doubt.in_one_line())))
            }
            // It may be gone by now, too.
            _ => Some(Ok(How::Stays)),
        },
    };
    let why = |deleted: Deleted| {
        let key = key(&deleted.snapshot);
        let kept = match (&again, &deleted.result) {
            (Ok(rows), Ok(How::Stays)) => rows.get(&key).map(|row| row.decision.reasons.clone()),
            _ => None,
        };
        let reasons = kept.or_else(|| reasons.get(&key).cloned()).unwrap_or_default();
        Pruned { deleted, reasons }
    };
    let (rows, late) =
        delete_claimed(session, operation, (Verb::Prune, OnFailure::Keep), work, &stays, &mut |deleted| {
            settled(&why(copy(deleted)));
        })?;
    pruned.extend(rows.into_iter().map(why));
    Ok((pruned, late))
}

/// A copy of the row, to be reported early.
fn copy(deleted: &Deleted) -> Deleted {
    let result = deleted.result.as_ref().copied().map_err(|error| Error::new(error.kind(), error.in_one_line()));
    Deleted { snapshot: deleted.snapshot.clone(), result }
}

fn key(snapshot: &Snapshot) -> (CpiName, SnapshotCid) {
    (snapshot.cpi.clone(), snapshot.cid.clone())
}
