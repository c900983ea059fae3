//! A snapshot whose cloud says that it can never make a disk from it: it counts as wrong, like one with wrong content.

use crate::domain::facts::Made;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::snapshot::Snapshot;
use crate::domain::step::Step;
use crate::error::{Error, Kind, Result};
use crate::ops::perform::{Run, conclude, note};
use crate::ops::presence::Thing;
use crate::ops::promote;
use crate::ops::session::Session;
use crate::ops::there::shows_after_all;

/// Records that the cloud has lost a snapshot, after a second look that also uses other sources. From now on it is
/// skipped when the newest one is wanted, until a drill finds it right. Returns the operation.
///
/// # Errors
/// The cloud is not there, or another one, or may have the snapshot elsewhere; it shows the snapshot again; another
/// operation's claim; the errors of the state file.
pub fn note_lost(session: &Session<'_>, snapshot: &Snapshot) -> Result<OperationId> {
    let cpi = session.cpis.cpi(&snapshot.cpi)?;
    let looked = promote::lost(cpi.as_ref(), snapshot);
    session.refuse_if_absent(cpi.as_ref(), "describe_snapshot", Thing::Snapshot)?;
    // One that is damaged exists.
    let is_missing = looked == Some(promote::LOST);
    if is_missing {
        session.refuse_if_elsewhere(cpi.as_ref(), "describe_snapshot", &snapshot.cid)?;
    }
    let is_shown = is_missing && shows_after_all(cpi.as_ref(), snapshot, session.clock.now())?;
    let resource = Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone());
    let operation = session.begin(Verb::Drill, vec![Claim::shared(resource)], None)?;
    let id = operation.id().clone();
    let cid = &snapshot.cid;
    let lost = if is_shown { None } else { promote::lost(cpi.as_ref(), snapshot) };
    let (summary, result) = match lost {
        Some(why) => {
            let step = Step::NoteLost { cpi: snapshot.cpi.clone(), snapshot: cid.clone() };
            let outcome = step.made(&Made::Sound(false)).telling(Some(why.to_owned()));
            note(Run { session, operation: &operation, verb: Verb::Drill }, &step, outcome)
                .map_err(|failed| failed.error.try_command("snapback recover"))?;
            (format!("no disk can be made from {cid}: {why}"), Ok(id.clone()))
        }
        None => {
            let message =
                format!("the cloud said that snapshot {cid} is lost, but shows it again: nothing was recorded");
            (message.clone(), Err(Error::new(Kind::Cpi, message).hint("run it again")))
        }
    };
    conclude(session, operation, Verb::Drill.name(), OperationState::Failed, Some(summary))?;
    result.map_err(|error| error.in_operation(&id))
}
