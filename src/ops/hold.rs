//! `hold` and `release`: nobody deletes a held snapshot until it is released.

use super::find::known_snapshot;
use super::perform::{Run, conclude, note};
use super::session::Session;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::domain::step::Step;
use crate::error::{Error, Kind, Result};

/// Refuses snapshots that snapback cannot keep from being deleted.
///
/// # Errors
/// [`Kind::Refused`], which says what can be done instead.
pub fn check_owner(snapshots: &[Snapshot]) -> Result<()> {
    let Some(foreign) = snapshots.iter().find(|snapshot| snapshot.owner == Owner::Director) else { return Ok(()) };
    let name = &foreign.instance;
    Err(Error::new(
        Kind::Refused,
        format!("snapshot {} is the Director's, which deletes it by its own rules: it cannot be held", foreign.cid),
    )
    .hint("take a snapshot with snapback, and hold that:")
    .try_command(format!("snapback -d {} take {name}", quoted(&name.deployment))))
}

/// Refuses snapshots that are held.
///
/// # Errors
/// [`Kind::Refused`] with the command that releases the first one.
pub fn check_not_held(snapshots: &[Snapshot]) -> Result<()> {
    snapshots.iter().try_for_each(|snapshot| match &snapshot.held {
        None => Ok(()),
        Some(why) => Err(held(snapshot, why)),
    })
}

/// The refusal to delete a snapshot that is held.
pub(super) fn held(snapshot: &Snapshot, why: &str) -> Error {
    Error::new(Kind::Refused, format!("snapshot {} is held, and is not deleted: {why}", snapshot.cid))
        .hint("if it is no longer needed:")
        .try_command(format!("snapback release {}", quoted(snapshot.cid.as_str())))
}

/// Holds snapshots for a reason, or releases them if there is none, as one operation. Only the state file changes.
///
/// # Errors
/// The Director's snapshots; one that is gone by now ([`Kind::NotFound`]); another operation's claim; the errors of the
/// state file.
pub fn hold(session: &Session<'_>, snapshots: &[Snapshot], reason: Option<&str>) -> Result<OperationId> {
    check_owner(snapshots)?;
    let verb = if reason.is_some() { Verb::Hold } else { Verb::Release };
    // An operation that uses a snapshot does not mind. One that deletes it is excluded, and excludes this one.
    let claim = |one: &Snapshot| Claim::shared(Resource::Snapshot(one.cpi.clone(), one.cid.clone()));
    let operation = session.begin(verb, snapshots.iter().map(claim).collect(), None)?;
    let id = operation.id().clone();
    let run = Run { session, operation: &operation, verb };
    for (done, snapshot) in snapshots.iter().enumerate() {
        let (cpi, cid) = (&snapshot.cpi, &snapshot.cid);
        let noted = match known_snapshot(session.state.reader(), cpi, cid)? {
            None => Err(Error::new(Kind::NotFound, format!("snapshot {cid} was deleted meanwhile"))
                .try_command("snapback snapshots")),
            Some(_) => {
                let step = Step::Hold { cpi: cpi.clone(), snapshot: cid.clone(), reason: reason.map(str::to_owned) };
                note(run, &step, step.happened()).map_err(|failed| failed.error.try_command("snapback recover"))
            }
        };
        if let Err(error) = noted {
            if error.kind() == Kind::NotFound {
                let state = if done == 0 { OperationState::Failed } else { OperationState::Partly };
                conclude(session, operation, verb.name(), state, Some(error.in_one_line()))?;
            }
            return Err(error);
        }
    }
    let word = if reason.is_some() { "held" } else { "released" };
    let summary = format!("{} {word}", snapshots.len());
    conclude(session, operation, verb.name(), OperationState::Done, Some(summary))?;
    Ok(id)
}
