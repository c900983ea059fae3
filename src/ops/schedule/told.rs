//! What is heard of a run while it is at work, and at its end.

use super::engine::Listener;
use crate::domain::schedule::Run;
use crate::error::Result;

/// What a thread tells of its run.
pub(super) enum Told {
    /// It has ended; more is to come.
    Ended(Run),
    /// All is over. A run, where that is news.
    Over(Result<Option<Run>>),
}

impl Told {
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Told::Over(_))
    }
}

/// Tells it on.
pub(super) fn tell(listener: &mut dyn Listener, told: Told) {
    match told {
        Told::Ended(run) | Told::Over(Ok(Some(run))) => listener.ended(&run),
        Told::Over(Ok(None)) => {}
        Told::Over(Err(error)) => listener.trouble(&error),
    }
}
