//! How a command ends that a signal asked to end.

use crate::commands::Outcome;
use crate::error::{Error, Result};
use crate::ops::Interrupt;

/// Turns the failures after a signal into an interrupt: nobody waited for an answer any more, or tried again. The exit
/// status of a command that ran in the foreground stays as it was.
pub(super) fn as_interrupted(result: Result<Outcome>, interrupt: &Interrupt) -> Result<Outcome> {
    let Err(signal) = interrupt.check() else { return result };
    if interrupt.passed_on().is_some() {
        return result;
    }
    let failures = match result {
        Ok(outcome) if outcome.failures.is_empty() => return Ok(outcome),
        Ok(outcome) => outcome.failures,
        Err(error) if error.operation().is_some() || error.is_interrupt() => vec![error],
        Err(error) => return Err(Error::because(signal.kind(), "interrupted", error)),
    };
    let is_told = failures.iter().any(Error::is_interrupt);
    let failures: Vec<Error> = failures.into_iter().chain((!is_told).then_some(signal)).collect();
    Ok(Outcome::of_attempts(0, failures))
}
