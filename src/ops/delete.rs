//! `delete` and `delete-all`.

use super::perform::{StepError, conclude, counted, perform};
use super::recover::settle::{self, WhenInterrupted};
use super::session::Session;
use crate::cpi::CpiErrorKind;
use crate::domain::operation::{Claim, ClaimMode, Resource, Verb};
use crate::domain::snapshot::{Owner, Snapshot};
use crate::domain::step::{Fact, Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::state::OpenOperation;

/// What became of one snapshot.
#[derive(Debug)]
pub struct Deleted {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// How it went.
    pub result: Result<How>,
}

/// How a snapshot went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Deleted now.
    Deleted,
    /// The cloud did not have it any more.
    AlreadyGone,
}

/// Refuses what only the Director may delete.
///
/// # Errors
/// [`Kind::Refused`] with the command that does it.
pub fn check_owner(snapshots: &[Snapshot]) -> Result<()> {
    let Some(foreign) = snapshots.iter().find(|snapshot| snapshot.owner == Owner::Director) else { return Ok(()) };
    Err(Error::new(
        Kind::Refused,
        format!("snapshot {} is the Director's: deleted behind its back, its clean-up fails for ever", foreign.cid),
    )
    .try_command(format!("bosh -d '{}' delete-snapshot '{}'", foreign.instance.deployment, foreign.cid)))
}

/// Deletes each; a failure of one does not keep the others from being deleted. The rows are in the order given;
/// beside them is what went wrong at the end, when all had been attempted. `settled` hears of each as soon as it is
/// known what became of the snapshot.
///
/// # Errors
/// Before the first effect: the Director's snapshots, an unknown CPI, somebody else's claim, the state file.
pub fn delete(
    session: &Session<'_>,
    verb: Verb,
    snapshots: Vec<Snapshot>,
    settled: &mut dyn FnMut(&Deleted),
) -> Result<(Vec<Deleted>, Option<Error>)> {
    check_owner(&snapshots)?;
    let mut work = Vec::with_capacity(snapshots.len());
    for snapshot in snapshots {
        work.push((session.cpis.cpi(&snapshot.cpi)?, snapshot));
    }
    let claims = work
        .iter()
        .map(|(_, snapshot)| Claim {
            resource: Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone()),
            mode: ClaimMode::Exclusive,
        })
        .collect();
    let operation = session.begin(verb, claims, None)?;
    session.progress.begin(work.len());
    let mut rows = Vec::with_capacity(work.len());
    let mut open = Vec::new();
    for (cpi, snapshot) in work {
        let begin = session.interrupt.check().map_err(|error| StepError { error, unknown: false });
        let result = begin.and_then(|()| {
            let step = Step::DeleteSnapshot { cpi: snapshot.cpi.clone(), snapshot: snapshot.cid.clone() };
            perform(
                session,
                &operation,
                verb,
                &step,
                |intent| match cpi.delete_snapshot(intent, &snapshot.cid) {
                    Ok(()) => Ok(How::Deleted),
                    Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => Ok(How::AlreadyGone),
                    Err(error) => Err(error),
                },
                |how, _| Outcome::Done {
                    result: (*how == How::AlreadyGone).then(|| "it was gone already".to_owned()),
                    facts: vec![Fact::SnapshotGone { cpi: snapshot.cpi.clone(), snapshot: snapshot.cid.clone() }],
                },
            )
        });
        session.progress.step(&match &result {
            Ok(How::Deleted) => format!("{}: deleted", snapshot.cid),
            Ok(How::AlreadyGone) => format!("{}: was gone already", snapshot.cid),
            Err(_) => format!("{}: failed", snapshot.cid),
        });
        let unknown = result.as_ref().is_err_and(|failed| failed.unknown);
        let row = Deleted { snapshot, result: result.map_err(Error::from) };
        if unknown {
            open.push(rows.len());
        } else {
            settled(&row);
        }
        rows.push(row);
    }
    session.progress.end();
    let late = end(session, operation, verb, &mut rows).err();
    open.into_iter().for_each(|at| settled(&rows[at]));
    Ok((rows, late))
}

/// Settles what is open, and ends the operation: what goes wrong here must not hide the rows.
fn end(session: &Session<'_>, operation: OpenOperation, verb: Verb, rows: &mut [Deleted]) -> Result<()> {
    if rows.iter().any(|row| row.result.is_err()) {
        let was_tried = rows.iter().any(|row| row.result.as_ref().is_err_and(|error| !error.is_interrupt()));
        for settled in settle::open_steps(session, &operation, WhenInterrupted::Stop)? {
            let Step::DeleteSnapshot { snapshot, .. } = &settled.step else { continue };
            if let Some(row) = rows.iter_mut().find(|row| row.snapshot.cid == *snapshot && settled.done()) {
                row.result = Ok(How::Deleted);
            }
        }
        if was_tried {
            // Gone from under its CID, but perhaps not from the disk: nobody would look for it again.
            settle::clear_leftovers(session, &operation, verb)?;
        }
    }
    let unknown = settle::unknown_steps(session, operation.id())?;
    if unknown > 0 {
        return Err(settle::unsettled(operation.id(), unknown));
    }
    let failed = rows.iter().filter(|row| row.result.is_err()).count();
    let (state, summary) = counted(rows.len() - failed, failed, "deleted");
    conclude(session, operation, verb.name(), state, Some(summary))
}
