//! What each run ends with.

use std::sync::{Arc, TryLockError};
use std::time::Duration;

use super::child::Answer;
use super::engine::Scheduler;
use crate::state::RunLock;

impl Scheduler<'_> {
    /// Ends a run with what each of them ends with. What another run is at is left to it: one that gets no answer holds up its
    /// own schedule alone.
    pub(super) fn clean_up(
        &self,
        clean: &[String],
        deadline: Option<Duration>,
        lock: &Arc<RunLock>,
        answer: &mut Answer,
    ) {
        let words = clean.join(" ");
        let _one = match self.cleaning.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(one)) => one.into_inner(),
            Err(TryLockError::WouldBlock) => {
                answer.summary = format!("{}; {words} of another run was at work", answer.summary);
                return;
            }
        };
        let cleaned = self.child(clean, deadline, lock);
        if !cleaned.is_done() {
            answer.summary = format!("{}; {words} failed: {}", answer.summary, cleaned.summary);
            answer.status = answer.status.filter(|status| *status != 0).or(cleaned.status);
        }
    }
}
