//! Finds out whether a step with an unknown outcome has happened, by asking the cloud and the manager of the instance.
//!
//! This is below the verbs: it knows steps, but not the commands that they belong to.

mod by_cid;
pub(in crate::ops) mod by_director;
mod by_resuming;
pub(in crate::ops) mod by_state_file;
mod by_token;

use std::time::Instant;

use chrono::{DateTime, Utc};

use super::session::Session;
use crate::domain::ids::{OperationId, Token};
use crate::domain::operation::StepRow;
use crate::domain::step::{Outcome, Settlement, Step, StepState};
use crate::error::{Error, Kind, Result};
use crate::state::{OpenOperation, StateError};
use by_token::Patience;

pub use by_token::SKEW;

/// A step, and the outcome that was found out.
#[derive(Debug)]
pub struct Settled {
    /// The step's number.
    pub number: u32,
    /// The step.
    pub step: Step,
    /// Its outcome.
    pub outcome: Outcome,
}

impl Settled {
    /// True if it has happened.
    pub fn done(&self) -> bool {
        matches!(self.outcome, Outcome::Done { .. })
    }

    /// True if it is known whether it has happened.
    pub fn is_known(&self) -> bool {
        !matches!(self.outcome, Outcome::Unknown { .. })
    }

    /// The CID that it made, if it made one.
    pub fn made(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Done { result, .. } => result.as_deref(),
            _ => None,
        }
    }

    /// A line for a report.
    pub fn describe(&self) -> String {
        let what = self.step.describe();
        match &self.outcome {
            Outcome::Done { result: Some(result), .. } => format!("{what}: it had happened: {result}"),
            Outcome::Done { result: None, .. } => format!("{what}: it had happened"),
            Outcome::Failed { reason } | Outcome::Unknown { reason } => format!("{what}: {reason}"),
        }
    }
}

/// The number of the operation's steps with an unknown outcome.
///
/// # Errors
/// Those of the state file.
pub fn unknown_steps(session: &Session<'_>, operation: &OperationId) -> Result<usize> {
    Ok(session.state.reader().steps(operation)?.iter().filter(|row| !row.state.is_settled()).count())
}

/// Refuses to end an operation that has an open step: it stays pending, and only `recover` may decide on it.
///
/// # Errors
/// [`Kind::Cpi`] if there is one; the errors of the state file.
pub fn all(session: &Session<'_>, operation: &OpenOperation) -> Result<()> {
    let steps = match unknown_steps(session, operation.id())? {
        0 => return Ok(()),
        1 => "one step is".to_owned(),
        unknown => format!("{unknown} steps are"),
    };
    Err(Error::new(Kind::Cpi, format!("the outcome of {steps} unknown"))
        .in_operation(operation.id())
        .try_command("snapback recover"))
}

/// Whether the remaining questions are still asked once a signal asks for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenInterrupted {
    /// They wait for `recover`.
    Stop,
    /// They are asked: an instance must get its disk back.
    GoOn,
}

/// Asks the cloud about each open step, and journals the answer. If even the cloud cannot tell, the step stays unknown.
///
/// # Errors
/// Those of the state file; an interrupt, if that stops it. A cloud that fails leaves the step unknown.
pub fn open_steps(
    session: &Session<'_>,
    operation: &OpenOperation,
    interrupted: WhenInterrupted,
) -> Result<Vec<Settled>> {
    let begun = Instant::now();
    let rows = session.state.reader().steps(operation.id())?;
    let mut settled = Vec::new();
    for row in rows.into_iter().filter(|row| !row.state.is_settled()) {
        if interrupted == WhenInterrupted::Stop {
            let told = |error: Error| error.in_operation(operation.id()).try_command("snapback recover");
            session.interrupt.check().map_err(told)?;
        }
        let mut outcome = look(session, &row, Patience::Since(begun))
            .unwrap_or_else(|error| Outcome::Unknown { reason: error.in_one_line() });
        session.faults.at(&["settle", row.step.kind(), "before"])?;
        // Why and when it became unknown is worth more than that it still is.
        if row.state != StepState::Unknown || !matches!(outcome, Outcome::Unknown { .. }) {
            match operation.settle(&row.token, outcome.clone()) {
                // The thing that the cloud found by the step's token is another one: the cloud cannot tell.
                Err(not_new @ StateError::NotNew { .. }) => outcome = Outcome::Unknown { reason: not_new.to_string() },
                other => other?,
            }
        }
        session.faults.at(&["settle", row.step.kind(), "after"])?;
        settled.push(Settled { number: row.token.step, step: row.step, outcome });
    }
    Ok(settled)
}

/// The result of a step. If its call failed but the cloud shows that it has happened, `found` makes the result.
///
/// # Errors
/// Those of the call, if it has not happened; those of [`open_steps`]; those of `found`.
pub fn late<T, E: From<Error>>(
    session: &Session<'_>,
    operation: &OpenOperation,
    interrupted: WhenInterrupted,
    result: Result<T, E>,
    found: impl FnOnce(&[Settled]) -> Result<Option<T>>,
) -> Result<T, E> {
    match result {
        Ok(value) => Ok(value),
        Err(failed) => found(&open_steps(session, operation, interrupted)?)?.ok_or(failed),
    }
}

/// Whether a step has happened although a CPI says that it failed, if the cloud can be asked. If the cloud does not
/// answer, the step does not count as happened.
pub fn has_happened(session: &Session<'_>, token: &Token, step: &Step, begun: DateTime<Utc>) -> bool {
    let by_cpi = matches!(
        step.settlement(),
        Settlement::SnapshotByToken
            | Settlement::SnapshotByCid
            | Settlement::DiskByToken
            | Settlement::DiskByCid
            | Settlement::DisksOfVm
    );
    let row = StepRow {
        token: token.clone(),
        step: step.clone(),
        state: StepState::Intended,
        result: None,
        started_at: begun,
        ended_at: None,
        notes: None,
    };
    by_cpi && matches!(look(session, &row, Patience::Once), Ok(Outcome::Done { .. }))
}

fn look(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    match row.step.settlement() {
        Settlement::Repeatable => Ok(Outcome::failed("it was interrupted")),
        Settlement::SnapshotByToken => by_token::snapshot(session, row, patience),
        Settlement::SnapshotByCid => by_cid::snapshot(session, row),
        Settlement::DiskByToken => by_token::disk(session, row, patience),
        Settlement::DiskByCid => by_cid::disk(session, row, patience),
        Settlement::DisksOfVm => by_cid::disks_of_vm(session, row),
        Settlement::ByDirector => by_director::settle(session, row),
        Settlement::ByStateFile => by_state_file::settle(session, row),
        Settlement::ByResuming => by_resuming::settle(session, row),
    }
}
