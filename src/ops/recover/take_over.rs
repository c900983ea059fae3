//! Takes over a dead run's operation, once its last child has ended.

use std::time::{Duration, Instant};

use crate::domain::operation::Operation;
use crate::domain::step::StepState;
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;
use crate::state::{OpenOperation, StateError, program_of};

/// How often to check whether the lock is free.
const GLANCE: Duration = Duration::from_millis(100);
/// For how long the operator is advised to wait, in seconds.
const ADVICE: u64 = 600;

/// An operator's statement about who holds the lock.
pub(super) struct Word<'a> {
    /// Whether the author is dead, if the lock cannot tell.
    pub surely_dead: bool,
    /// These processes do not belong to the operation.
    pub ignored: &'a [u32],
}

/// Takes the operation over, and waits for its lock as long as the session may; `None` if it ended by itself.
/// `surely_dead` is an operator's statement, for an operation whose lock cannot tell.
///
/// # Errors
/// [`Kind::Locked`] with the processes that still run, if the lock is held for longer; an interrupt; the errors of the
/// state file.
pub(super) fn take_over(
    session: &Session<'_>,
    operation: &Operation,
    word: &Word<'_>,
) -> Result<Option<OpenOperation>> {
    not_the_run_itself(operation, word.ignored)?;
    let until = Instant::now() + session.wait;
    let mut is_told = false;
    loop {
        match session.state.take_over(operation, word.surely_dead, word.ignored) {
            Ok(open) => {
                session.interrupt.begun(open.id());
                return Ok(Some(open));
            }
            Err(StateError::TakenOver(_)) => return Ok(None),
            Err(running @ StateError::Running { .. }) => {
                if Instant::now() >= until {
                    return Err(still_running(session, operation, &running)?);
                }
                if !std::mem::replace(&mut is_told, true) {
                    let line = still_running(session, operation, &running)?;
                    session.progress.note(&format!("{line}; waiting for up to {} s", session.wait.as_secs()));
                }
            }
            Err(other) => return Err(other.into()),
        }
        session.interrupt.check()?;
        std::thread::sleep(GLANCE);
    }
}

fn still_running(session: &Session<'_>, operation: &Operation, running: &StateError) -> Result<Error> {
    let steps = session.state.reader().steps(&operation.id)?;
    let under_way: Vec<String> = steps
        .iter()
        .filter(|row| row.state == StepState::Intended)
        .map(|row| {
            let since = row.started_at.format("%Y-%m-%d %H:%M:%S");
            format!("step {}, {}, since {since} UTC", row.token.step, row.step.as_call())
        })
        .collect();
    let what = if under_way.is_empty() { String::new() } else { format!(": {}", under_way.join("; ")) };
    Ok(Error::new(Kind::Locked, format!("{running}{what}"))
        .in_operation(&operation.id)
        .hint("a call to the cloud that outlives its snapback may still succeed: wait for its end, as here or longer:")
        .try_command(format!("snapback recover {} --wait-lock {ADVICE}", operation.id))
        .hint(
            "a process that is not a call to the cloud (a VM that a CPI has started) may hold it forever: pass over it \
             with --ignore-process PID",
        ))
}

/// Refuses to ignore a run of snapback or of bosh: the lock exists because of those.
fn not_the_run_itself(operation: &Operation, ignored: &[u32]) -> Result<()> {
    let is_run = |pid: &&u32| program_of(**pid).is_some_and(|name| ["snapback", "bosh"].contains(&name.as_str()));
    match ignored.iter().find(is_run) {
        None => Ok(()),
        Some(pid) => {
            let name = program_of(*pid).unwrap_or_default();
            let message = format!("process {pid} is {name}, which is at work: it cannot be passed over");
            Err(Error::new(Kind::Refused, message)
                .in_operation(&operation.id)
                .hint("wait for its end, or end it; pass over a process only if it changes nothing in the cloud"))
        }
    }
}
