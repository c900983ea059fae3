//! News of a run while it is at work, and at its end.

use super::jobs::Scheduled;
use crate::domain::schedule::Run;
use crate::error::{Error, Kind, Result};

/// Is told the course of runs.
pub trait Listener {
    /// The schedules in their present form.
    fn schedules(&mut self) -> Vec<Scheduled>;
    /// A run has begun.
    fn begun(&mut self, run: &Run);
    /// A run has ended, was missed or given up. This is called once for each, and once more if its last command failed.
    fn ended(&mut self, run: &Run);
    /// Something keeps schedules from being looked at; it is tried again.
    fn trouble(&mut self, error: &Error);
}

/// News of a run, from its thread.
pub(super) enum Told {
    /// The run has ended; more is to come.
    Ended(Run),
    /// All is over, with a run if there is news of one.
    Over(Result<Option<Run>>),
}

impl Told {
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Told::Over(_))
    }
}

/// Passes the news on.
pub(super) fn tell(listener: &mut dyn Listener, told: Told) {
    match told {
        Told::Ended(run) | Told::Over(Ok(Some(run))) => listener.ended(&run),
        Told::Over(Ok(None)) => {}
        Told::Over(Err(error)) => listener.trouble(&error),
    }
}

/// The error of a run that a bug has ended.
pub(super) fn broke_off(schedule: &str) -> Error {
    Error::new(Kind::Bug, format!("the run of {schedule} broke off by a bug in snapback: its place is on stderr"))
        .hint("it is made up for once; what it has left open is found by:")
        .try_command("snapback recover")
}
