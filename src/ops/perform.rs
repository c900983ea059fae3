//! Intent, effect, outcome: the one place that orders them.

use super::progress::AtWork;
use super::session::Session;
use super::settle::{self, WhenInterrupted};
use crate::cpi::{CpiError, CpiErrorKind};
use crate::director::BoshError;
use crate::domain::intent::Intent;
use crate::domain::operation::{OperationState, Verb};
use crate::domain::step::{Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::state::OpenOperation;

/// Why a step failed, or has an unknown outcome.
#[derive(Debug)]
pub struct StepError {
    /// The error to report.
    pub error: Error,
    /// True if it may have happened all the same.
    pub unknown: bool,
}

impl StepError {
    /// True if the cloud was asked, and did not answer.
    pub fn is_unanswered(&self) -> bool {
        self.unknown || self.error.is_unanswered()
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        StepError { error, unknown: false }
    }
}

impl From<StepError> for Error {
    fn from(failed: StepError) -> Self {
        failed.error
    }
}

/// An error that an effect can end with.
pub trait EffectError: Into<Error> {
    /// True if it may have happened all the same.
    fn may_have_happened(&self) -> bool;

    /// True if the error says that nothing happened, but a cloud that can be asked may know better.
    fn is_doubtful(&self) -> bool {
        false
    }

    /// The reason for the journal, in one line.
    fn reason(&self) -> String;
}

/// The methods whose answer is the CID of a new thing.
const MAKES: [&str; 3] = ["snapshot_disk", "create_disk", "create_disk_from_snapshot"];

impl EffectError for CpiError {
    fn may_have_happened(&self) -> bool {
        self.kind == CpiErrorKind::OutcomeUnknown
    }

    fn is_doubtful(&self) -> bool {
        match self.kind {
            CpiErrorKind::OutcomeUnknown => false,
            // An empty answer is said to mean that nothing was made.
            CpiErrorKind::NotSupported => MAKES.contains(&self.method),
            _ => true,
        }
    }

    fn reason(&self) -> String {
        self.to_string()
    }
}

impl EffectError for BoshError {
    fn may_have_happened(&self) -> bool {
        self.may_have_acted()
    }

    fn reason(&self) -> String {
        self.to_string()
    }
}

/// An error of snapback's own effects: the effect has not happened, or can safely be repeated.
impl EffectError for Error {
    fn may_have_happened(&self) -> bool {
        false
    }

    fn reason(&self) -> String {
        self.in_one_line()
    }
}

/// The operation for which steps are performed.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The session to work in.
    pub session: &'a Session<'a>,
    /// The operation.
    pub operation: &'a OpenOperation,
    /// The command, which names the fault points.
    pub verb: Verb,
}

/// Commits the row of `step` (or finds it there: the first one's may have been written with the begin), causes its
/// effect, and makes the outcome durable.
///
/// # Errors
/// That of the effect, which is then journalled as failed, or as unknown if it may have happened; the errors of the
/// journal, before the effect (nothing has happened) or after it (the step is unknown).
pub fn perform<T, E: EffectError>(
    Run { session, operation, verb }: Run<'_>,
    step: &Step,
    effect: impl FnOnce(&Intent) -> Result<T, E>,
    outcome: impl FnOnce(&T) -> Outcome,
) -> Result<T, StepError> {
    let at = |phase| session.faults.at(&[verb.name(), step.kind(), phase]);
    let before = |error: Error| StepError { error: error.in_operation(operation.id()), unknown: false };
    let after = |error: Error| StepError { error: error.in_operation(operation.id()), unknown: true };
    at("before").map_err(before)?;
    let _at_work = AtWork::on(&step.while_at_work(), session.progress);
    let begun = session.clock.now();
    let intent = operation.intend(step).map_err(|error| before(error.into()))?;
    at("intended").map_err(after)?;
    // Lasts until the outcome is on disk.
    let _calling = session.interrupt.calling(Some(intent.token()), step.as_call());
    match effect(&intent) {
        Ok(value) => {
            at("effected").map_err(after)?;
            let outcome = outcome(&value);
            let made = match &outcome {
                Outcome::Done { result: Some(made), .. } => format!(" ({made})"),
                _ => String::new(),
            };
            intent.settle(outcome).map_err(|error| {
                // The answer itself is not believed: it does not say what the call did.
                if error.kind() == Kind::Cpi {
                    return after(error);
                }
                after(
                    error
                        .hint(format!("'{}' was done{made}; only the record of it is missing", step.describe()))
                        .try_command("snapback recover"),
                )
            })?;
            at("settled").map_err(after)?;
            Ok(value)
        }
        Err(error) => {
            let mut unknown = error.may_have_happened();
            let mut reason = error.reason();
            // Some CPIs answer with an error after the effect. The code that settles open steps asks again, and records
            // what is there.
            if error.is_doubtful() && settle::has_happened(session, intent.token(), step, begun) {
                unknown = true;
                reason = format!("{reason}; the cloud shows that it has happened all the same");
            }
            let settled = intent.settle(if unknown { Outcome::Unknown { reason } } else { Outcome::Failed { reason } });
            // The effect's error is the one to report. An outcome that could not be written leaves the row "intended",
            // which the end of the operation treats as unknown.
            Err(StepError { error: error.into().in_operation(operation.id()), unknown: unknown || settled.is_err() })
        }
    }
}

/// Journals a step that changes nothing outside.
///
/// # Errors
/// Those of the journal.
pub fn note(run: Run<'_>, step: &Step, outcome: Outcome) -> Result<(), StepError> {
    perform(run, step, |_| Ok::<(), Error>(()), |()| outcome)
}

/// The state of an operation of several attempts at its end, and the line that says so; `word` is "taken" or the like.
pub fn counted(done: usize, failed: usize, word: &str) -> (OperationState, String) {
    match (done, failed) {
        (_, 0) => (OperationState::Done, format!("{done} {word}")),
        (0, _) => (OperationState::Failed, format!("0 {word}, {failed} failed")),
        _ => (OperationState::Partly, format!("{done} {word}, {failed} failed")),
    }
}

/// Ends an operation whose steps are all settled. `point` names its fault points.
///
/// # Errors
/// Those of the journal: it stays pending then, and `recover` ends it.
pub fn conclude(
    session: &Session<'_>,
    operation: OpenOperation,
    point: &str,
    state: OperationState,
    summary: Option<String>,
) -> Result<()> {
    let id = operation.id().clone();
    let end = || -> Result<()> {
        // An operation that has ended with its step is past this point.
        if !operation.has_ended() {
            session.faults.at(&[point, "finish", "before"])?;
        }
        operation.finish(state, summary)?;
        session.interrupt.ended(&id);
        session.faults.at(&[point, "finish", "after"])
    };
    end().map_err(|error| {
        error
            .in_operation(&id)
            .hint("what was done is recorded; only the operation's end is not:")
            .try_command("snapback recover")
    })
}

/// Settles open steps, and ends the operation.
///
/// # Errors
/// It is not known whether a step has happened, or the journal cannot be written. Then the operation stays pending, and
/// `recover` ends it.
pub fn settle_and_conclude(
    session: &Session<'_>,
    operation: OpenOperation,
    point: &str,
    state: OperationState,
    summary: Option<String>,
) -> Result<()> {
    settle::open_steps(session, &operation, WhenInterrupted::GoOn)?;
    settle::all(session, &operation)?;
    conclude(session, operation, point, state, summary)
}
