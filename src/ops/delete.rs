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
    /// The result.
    pub result: Result<How>,
}

/// What happened to a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Deleted now.
    Deleted,
    /// The cloud did not have it any more.
    AlreadyGone,
    /// The cloud answered with an error, and the operator says that the snapshot is gone: it is removed from the state
    /// file.
    Forgotten,
    /// Not tried: the cloud did not answer for several snapshots before it.
    NotTried,
    /// It stays after all: something has changed since the plan.
    Stays,
}

impl How {
    /// True if the snapshot is no longer in the state file.
    pub fn is_done(self) -> bool {
        !matches!(self, How::NotTried | How::Stays)
    }
}

/// What to do with a snapshot that the cloud fails to delete, and does not report as existing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It stays in the state file.
    Keep,
    /// It is removed from the state file, on the operator's word that it is gone.
    Forget,
}

/// Refuses snapshots that only the Director may delete.
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

/// Deletes each. If one fails, the others are still deleted, unless the cloud does not answer several times in a row:
/// then the rest is not tried. Returns the rows in the order given, and the errors at the end. `settled` is told each
/// row as soon as the result is known.
///
/// # Errors
/// Before the first effect: the Director's snapshots, an unknown CPI, a cloud that is not there, another operation's
/// claim, the state file.
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
    // Many CPIs answer that a snapshot is deleted though they never had it.
    let mut looked_at = BTreeSet::new();
    for (cpi, _) in &work {
        if looked_at.insert(cpi.name()) {
            session.refuse_if_absent(cpi.as_ref(), "delete_snapshot", Thing::Snapshot)?;
        }
    }
    let operation = begin(session, verb, &work)?;
    // Somebody may have put a hold on one since it was shown.
    let stays = |snapshot: &Snapshot| match known_snapshot(session.state.reader(), &snapshot.cpi, &snapshot.cid) {
        Ok(now) => now.and_then(|now| Some(Err(held(&now, now.held.as_deref()?)))),
        Err(error) => Some(Err(error)),
    };
    delete_claimed(session, operation, (verb, on_failure), work, &stays, settled)
}

/// A snapshot, and the cloud that has it.
pub(super) type Work = (Arc<dyn Cpi>, Snapshot);

/// Begins the operation. For one snapshot, begins it with its step, if no other operation has begun since the snapshot
/// was seen not to be held.
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

/// Deletes the snapshots that an operation has claimed, as [`delete`] does, except those for which `stays` is true now
/// that they are claimed; then ends it.
///
/// # Errors
/// All errors are in the rows or beside them.
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
        // The first one's row may have been written with the begin.
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
        // Only an answer of the cloud justifies a doubt: a snapshot that was not asked about, or not answered for, may
        // exist.
        match answer {
            Some(kind) if !failed.unknown && kind != CpiErrorKind::InUse => self.doubted(cpi, snapshot, failed),
            _ => Err(failed),
        }
    }

    /// The cloud answered with an error, and it is not known whether the error means that the snapshot is gone.
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

/// Settles open steps, and ends the operation. An error here must not hide the rows.
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
