//! `delete` and `delete-all`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::find::known_snapshot;
use super::hold::{check_not_held, held};
use super::leftovers;
use super::perform::{Run, StepError, conclude, counted, note, perform};
use super::presence::Thing;
use super::seen;
use super::session::Session;
use super::settle::{self, WhenInterrupted};
use super::there::has_snapshot;
use super::unanswered::{self, Unanswered};
use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::operation::{Claim, Resource, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::domain::step::Step;
use crate::error::{Error, Kind, Result};
use crate::state::OpenOperation;

/// The outcome for one snapshot.
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
    /// The cloud answered an error, and the operator says that it is gone: it is off the list.
    Forgotten,
    /// Not tried: the cloud had left several before it without an answer.
    NotTried,
    /// It stays after all: something has changed since it was planned.
    Stays,
}

impl How {
    /// True if the snapshot is off the list.
    pub fn is_done(self) -> bool {
        !matches!(self, How::NotTried | How::Stays)
    }
}

/// The treatment of a snapshot that the cloud fails to delete, and does not report as existing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It stays on the list.
    Keep,
    /// It is taken off the list, on the operator's word that it is gone.
    Forget,
}

/// Refuses what only the Director may delete.
///
/// # Errors
/// [`Kind::Refused`] with the command that does it.
pub fn check_owner(snapshots: &[Snapshot]) -> Result<()> {
    let Some(foreign) = snapshots.iter().find(|snapshot| snapshot.owner == Owner::Director) else { return Ok(()) };
    Err(Error::new(
        Kind::Refused,
        format!(
            "snapshot {} is the Director's: if it is deleted behind the Director's back, the Director's clean-up fails \
             forever",
            foreign.cid
        ),
    )
    .try_command(format!("bosh -d '{}' delete-snapshot '{}'", foreign.instance.deployment, foreign.cid)))
}

/// Deletes each; a failure of one does not keep the others from being deleted, unless the cloud leaves several in a row
/// without an answer: then the rest is not tried. The rows are in the order given; beside them is what went wrong at the
/// end. `settled` hears of each as soon as it is known what became of the snapshot.
///
/// # Errors
/// Before the first effect: the Director's snapshots, an unknown CPI, a cloud that is not there, somebody else's claim, the
/// state file.
pub fn delete(
    session: &Session<'_>,
    verb: Verb,
    snapshots: Vec<Snapshot>,
    on_failure: OnFailure,
    settled: &mut dyn FnMut(&Deleted),
) -> Result<(Vec<Deleted>, Vec<Error>)> {
    check_owner(&snapshots)?;
    check_not_held(&snapshots)?;
    let mut work = Vec::with_capacity(snapshots.len());
    for snapshot in snapshots {
        work.push((session.cpis.cpi(&snapshot.cpi)?, snapshot));
    }
    // Many CPIs answer that a snapshot is deleted which they have never had.
    let mut looked_at = BTreeSet::new();
    for (cpi, _) in &work {
        if looked_at.insert(cpi.name()) {
            session.refuse_if_absent(cpi.as_ref(), "delete_snapshot", Thing::Snapshot)?;
        }
    }
    let operation = begin(session, verb, &work)?;
    // Somebody may have held one since it was shown.
    let stays = |snapshot: &Snapshot| match known_snapshot(session.state.reader(), &snapshot.cpi, &snapshot.cid) {
        Ok(now) => now.and_then(|now| Some(Err(held(&now, now.held.as_deref()?)))),
        Err(error) => Some(Err(error)),
    };
    delete_claimed(session, operation, (verb, on_failure), work, &stays, settled)
}

/// A snapshot, and the cloud that has it.
pub(super) type Work = (Arc<dyn Cpi>, Snapshot);

/// Begins the operation, of one snapshot with its step, where nobody else has begun since it was seen not to be held.
fn begin(session: &Session<'_>, verb: Verb, work: &[Work]) -> Result<OpenOperation> {
    let claimed = work.iter().map(|(_, one)| Resource::Snapshot(one.cpi.clone(), one.cid.clone()));
    let claims: Vec<Claim> = claimed.map(Claim::exclusive).collect();
    let reader = session.state.reader();
    let mut operation = None;
    if let [(_, one)] = work
        && let Some(seen) = reader.unclaimed_now(&claims)?
    {
        check_not_held(known_snapshot(reader, &one.cpi, &one.cid)?.as_slice())?;
        operation = session.begin_as_seen(verb, claims.clone(), Some(step(one)), seen)?;
    }
    let mut operation = match operation {
        Some(operation) => operation,
        None => session.begin(verb, claims, None)?,
    };
    if let [(_, one)] = work {
        operation.end_with(step(one), |_| counted(1, 0, "deleted").1);
    }
    Ok(operation)
}

/// Deletes what an operation has claimed, as [`delete`] does, but for what `stays` now that it is claimed; then ends it.
///
/// # Errors
/// None yet, but those that stand in the rows, and beside them.
pub(super) fn delete_claimed(
    session: &Session<'_>,
    operation: OpenOperation,
    (verb, on_failure): (Verb, OnFailure),
    work: Vec<Work>,
    stays: &dyn Fn(&Snapshot) -> Option<Result<How>>,
    settled: &mut dyn FnMut(&Deleted),
) -> Result<(Vec<Deleted>, Vec<Error>)> {
    session.progress.begin(work.len());
    let mut rows = Vec::with_capacity(work.len());
    let mut open = Vec::new();
    let mut unanswered = Unanswered::default();
    let run = Run { session, operation: &operation, verb };
    let deletion = Deletion { run, on_failure };
    for (cpi, snapshot) in work {
        // The first one's row may have come with the begin.
        let begin = if rows.is_empty() { Ok(()) } else { session.interrupt.check() };
        let result = match begin.map_err(|error| StepError { error, unknown: false }) {
            Err(interrupted) => Err(interrupted),
            Ok(()) if unanswered.is_enough() => Ok(How::NotTried),
            Ok(()) => match stays(&snapshot) {
                Some(stays) => stays.map_err(StepError::from),
                None => deletion.one(&cpi, &snapshot, &mut unanswered),
            },
        };
        session.progress.step(&match &result {
            Ok(How::Deleted) => format!("{}: deleted", snapshot.cid),
            Ok(How::AlreadyGone) => format!("{}: was gone already", snapshot.cid),
            Ok(How::Forgotten) => format!("{}: forgotten", snapshot.cid),
            Ok(How::NotTried) => format!("{}: not tried", snapshot.cid),
            Ok(How::Stays) => format!("{}: stays", snapshot.cid),
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
    let not_tried = rows.iter().filter(|row| matches!(row.result, Ok(How::NotTried))).count();
    let stopped = (not_tried > 0).then(|| {
        unanswered::stopped(not_tried, "snapshot").hint("those that were not tried are on the list as before")
    });
    let late = end(session, operation, verb, &mut rows).err();
    open.into_iter().for_each(|at| settled(&rows[at]));
    Ok((rows, stopped.into_iter().chain(late).collect()))
}

fn step(snapshot: &Snapshot) -> Step {
    Step::DeleteSnapshot { cpi: snapshot.cpi.clone(), snapshot: snapshot.cid.clone() }
}

/// How snapshots are deleted.
struct Deletion<'a> {
    run: Run<'a>,
    on_failure: OnFailure,
}

impl Deletion<'_> {
    fn one(&self, cpi: &Arc<dyn Cpi>, snapshot: &Snapshot, unanswered: &mut Unanswered) -> Result<How, StepError> {
        let mut answer = None;
        let step = step(snapshot);
        let result = perform(
            self.run,
            &step,
            |intent| {
                let deleted = seen::delete_snapshot(self.run.session, intent, cpi.as_ref(), &snapshot.cid);
                answer = deleted.as_ref().err().filter(|error| error.answered).map(|error| error.kind);
                deleted
            },
            |was_gone| seen::deleted(&step, *was_gone),
        );
        let failed = match result {
            Ok(was_gone) => {
                unanswered.note(true);
                return Ok(if was_gone { How::AlreadyGone } else { How::Deleted });
            }
            Err(failed) => failed,
        };
        unanswered.note(!failed.is_unanswered());
        // Only an answer of the cloud is worth a doubt: what was not asked, or left unanswered, may be there.
        match answer {
            Some(kind) if !failed.unknown && kind != CpiErrorKind::InUse => self.doubted(cpi, snapshot, failed),
            _ => Err(failed),
        }
    }

    /// The cloud has answered with an error, and nobody knows whether it means that the snapshot is gone.
    fn doubted(&self, cpi: &Arc<dyn Cpi>, snapshot: &Snapshot, failed: StepError) -> Result<How, StepError> {
        let cid = &snapshot.cid;
        let silent = match has_snapshot(cpi.as_ref(), cid) {
            Ok(Some(true)) => return Err(failed),
            Ok(Some(false)) => {
                if let Err(absent) = self.run.session.refuse_if_elsewhere(cpi.as_ref(), "delete_snapshot", cid) {
                    return Err(StepError { error: absent.into(), ..failed });
                }
                let said = format!("the CPI '{}' says that the cloud has no snapshot {cid}", cpi.name());
                return self.forget(snapshot, said).map(|()| How::AlreadyGone);
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if self.on_failure == OnFailure::Forget && silent.is_none() {
            let author = &self.run.session.author;
            let said = format!("{}@{} says that it is gone", author.user, author.host);
            return self.forget(snapshot, said).map(|()| How::Forgotten);
        }
        let error = match silent {
            Some(error) => failed.error.hint(format!(
                "snapback does not know whether the cloud has snapshot {cid}: {}; try again when it answers",
                error.in_one_line()
            )),
            None => failed
                .error
                .hint(format!(
                    "if you have seen that the cloud no longer has {cid}, take it off the list (snapback asks first):"
                ))
                .try_command(format!("snapback delete --forget-failed {}", quoted(cid.as_str()))),
        };
        Err(StepError { error, ..failed })
    }

    fn forget(&self, snapshot: &Snapshot, said: String) -> Result<(), StepError> {
        let step = Step::ForgetSnapshot { cpi: snapshot.cpi.clone(), snapshot: snapshot.cid.clone() };
        note(self.run, &step, step.happened().telling(Some(said)))
    }
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
            leftovers::clear(Run { session, operation: &operation, verb })?;
        }
    }
    settle::all(session, &operation)?;
    let done = rows.iter().filter(|row| matches!(row.result, Ok(how) if how.is_done())).count();
    let not_tried = rows.iter().filter(|row| matches!(row.result, Ok(How::NotTried))).count();
    let stays = rows.iter().filter(|row| matches!(row.result, Ok(How::Stays))).count();
    let (state, mut summary) = counted(done, rows.len() - done - stays, "deleted");
    if not_tried > 0 {
        summary += &format!(" ({not_tried} of them not tried)");
    }
    conclude(session, operation, verb.name(), state, Some(summary))
}
