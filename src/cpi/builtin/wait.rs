//! Requests to a cloud: whether one changes something, and the wait for the result that was asked for.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cpi::{CpiError, CpiErrorKind, CpiResult};

/// The first pause between two looks at what the cloud is about to do; the pauses double.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// Whether a request changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    Question,
    Change,
}

/// After something was asked for, looks until it is there or the time of the call is over. Whatever fails from here on,
/// the call does not count as undone. `late` makes the error for a result that is late.
pub(super) fn until<T>(
    limit: Duration,
    mut look: impl FnMut() -> CpiResult<Option<T>>,
    late: impl Fn(String) -> CpiError,
) -> CpiResult<T> {
    let (begun, mut pause) = (Instant::now(), FIRST);
    loop {
        let said = match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => String::new(),
            Err(error) if is_passing(&error) => format!(" ({})", error.message),
            Err(error) => return Err(unknown(error)),
        };
        if begun.elapsed() + pause > limit {
            return Err(late(said));
        }
        sleep(pause);
        pause = (2 * pause).min(LONGEST);
    }
}

/// An error after the point of no return.
pub(super) fn unknown(error: CpiError) -> CpiError {
    CpiError { kind: CpiErrorKind::OutcomeUnknown, ok_to_retry: false, ..error }
}

/// Whether the error may be gone at the next look.
fn is_passing(error: &CpiError) -> bool {
    error.ok_to_retry || matches!(error.kind, CpiErrorKind::Throttled | CpiErrorKind::NoAnswer)
}
