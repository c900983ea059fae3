//! What each run ends with, once its own work is done and recorded: it holds up nothing.

use std::sync::Arc;
use std::time::Duration;

use super::child::Answer;
use super::engine::{ASKED_TO_END, Scheduler};
use crate::domain::schedule::{Run, RunState};
use crate::error::Result;
use crate::state::RunLock;

/// What cleans up, and its lock: one at a time, in whatever process.
const CLEANING: &str = "prune";

impl Scheduler<'_> {
    /// Does the work of a run. Where that is what another run is at, it is left to that one: both would want the same.
    ///
    /// # Errors
    /// The lock cannot be had.
    pub(super) fn work(&self, command: &[String], deadline: Option<Duration>, lock: &Arc<RunLock>) -> Result<Answer> {
        let mut locks = vec![Arc::clone(lock)];
        if command.first().is_some_and(|verb| verb == CLEANING) {
            let Some(cleaning) = self.state.run_lock(CLEANING)? else {
                return Ok(Answer { status: Some(0), summary: format!("{CLEANING} of another run was at work") });
            };
            locks.push(Arc::new(cleaning));
        }
        Ok(self.child(command, deadline, &locks))
    }

    /// Ends a run with what each of them ends with: the run with what came of that, and whether somebody is to hear of it. What another
    /// run is at is left to it.
    ///
    /// # Errors
    /// The lock cannot be had.
    pub(super) fn clean_up(&self, clean: &[String], deadline: Option<Duration>, run: Run) -> Result<(Run, bool)> {
        let words = clean.join(" ");
        let and = |what: &str| {
            let summary = run.summary.as_deref().unwrap_or_default();
            Run { summary: Some(format!("{summary}; {words} {what}")), ..run.clone() }
        };
        let Some(lock) = self.state.run_lock(CLEANING)? else { return Ok((and("of another run was at work"), false)) };
        let cleaned = self.child(clean, deadline, &[Arc::new(lock)]);
        if cleaned.is_done() {
            return Ok((run, false));
        }
        if cleaned.status.is_some_and(|status| ASKED_TO_END.contains(&status)) && self.interrupt.check().is_err() {
            return Ok((and("was ended, and comes with the next run"), false));
        }
        let status = run.status.filter(|status| *status != 0).or(cleaned.status);
        Ok((Run { state: RunState::Failed, status, ..and(&format!("failed: {}", cleaned.summary)) }, true))
    }
}
