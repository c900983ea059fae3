//! The command that ends each run. It runs after the run's own work is done and recorded, so it delays nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::child::Answer;
use super::engine::{ASKED_TO_END, Scheduler, TERMINATED};
use crate::domain::schedule::{Run, RunState};
use crate::error::Result;
use crate::state::RunLock;

/// The verb that cleans up, and the name of its lock: only one runs at a time, in any process.
const CLEANING: &str = "prune";
/// How long a run without a deadline waits for its turn.
const WAIT: Duration = Duration::from_secs(15 * 60);
/// How often to check whether its turn has come.
const GLANCE: Duration = Duration::from_millis(200);

impl Scheduler<'_> {
    /// Does the work of a run. If the work is to clean up, and another run is doing that, it waits: the other one may
    /// clean up other instances.
    ///
    /// # Errors
    /// The lock cannot be had.
    pub(super) fn work(&self, command: &[String], deadline: Option<Duration>, lock: &Arc<RunLock>) -> Result<Answer> {
        let mut locks = vec![Arc::clone(lock)];
        // A one-off may name its deployment first.
        if command.iter().any(|word| word == CLEANING) {
            let Some(cleaning) = self.turn(deadline.unwrap_or(WAIT))? else {
                let status = self.interrupt.check().is_err().then_some(TERMINATED);
                return Ok(Answer {
                    status,
                    summary: format!("not begun: {CLEANING} of another run is still at work"),
                });
            };
            locks.push(Arc::new(cleaning));
        }
        Ok(self.child(command, deadline, &locks))
    }

    /// Its turn to clean up; `None` if it does not come in that time, or if the end is asked for.
    fn turn(&self, patience: Duration) -> Result<Option<RunLock>> {
        let until = Instant::now() + patience;
        loop {
            let cleaning = self.state.run_lock(CLEANING)?;
            if cleaning.is_some() || Instant::now() >= until || self.interrupt.check().is_err() {
                return Ok(cleaning);
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// Ends a run with the command that ends each run. Returns the run with that command's result, and whether the
    /// result is to be reported. Leaves the work to another run that is doing it already.
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
