//! Intents and their outcomes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lock::OperationLock;
use super::operations::{OpenOperation, Summary};
use super::store::{End, Pass};
use super::{StateError, Store};
use crate::clock::Clock;
use crate::domain::ids::Token;
use crate::domain::intent::{Intent, Journal, Starting};
use crate::domain::operation::OperationState;
use crate::domain::step::{Outcome, Step};
use crate::error::Error;

struct StepJournal {
    store: Arc<dyn Store>,
    clock: Clock,
    pass: Pass,
    lock: Arc<OperationLock>,
    summary: Option<Summary>,
    has_ended: Arc<AtomicBool>,
}

impl OpenOperation {
    /// Commits the row of a step, and hands out the permission for its effect. The row of a first step may have been
    /// written with the begin.
    ///
    /// # Errors
    /// [`StateError::TakenOver`], or the state file cannot be written. Then the effect must not happen.
    pub fn intend(&self, step: &Step) -> Result<Intent, StateError> {
        let token = Token { operation: self.id().clone(), step: self.next_number() };
        if token.step != 1 || !self.has_intended(step) {
            self.store.intend(&self.pass, token.step, step, self.clock.now())?;
        }
        Ok(Intent::committed(token, Box::new(self.journal(self.summary_after(step)))))
    }

    /// Settles a step that a former life of this operation left open.
    ///
    /// # Errors
    /// [`StateError::NotNew`], or the state file cannot be written.
    pub fn settle(&self, token: &Token, outcome: Outcome) -> Result<(), StateError> {
        self.store.settle(&self.pass, token.step, outcome, None, self.clock.now())
    }

    /// Adds a line about the course of a step that a former life of this operation left open. Best effort.
    pub fn note(&self, token: &Token, line: &str) {
        self.journal(None).note(token, line);
    }

    fn journal(&self, summary: Option<Summary>) -> StepJournal {
        StepJournal {
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            pass: self.pass.clone(),
            lock: Arc::clone(&self.lock),
            summary,
            has_ended: Arc::clone(&self.has_ended),
        }
    }
}

impl Journal for StepJournal {
    fn settle(&self, token: &Token, outcome: Outcome) -> Result<(), Error> {
        let end = match (&outcome, &self.summary) {
            (Outcome::Done { result, .. }, Some(summary)) => {
                let summary = Some(summary(result.as_deref().unwrap_or_default()));
                Some(End { state: OperationState::Done, summary, leaves_to_do: false })
            }
            _ => None,
        };
        let ends = end.is_some();
        self.store.settle(&self.pass, token.step, outcome, end, self.clock.now())?;
        if ends {
            self.has_ended.store(true, Ordering::SeqCst);
            self.lock.release();
        }
        Ok(())
    }

    fn note(&self, token: &Token, line: &str) {
        // The thing that the note is about goes on without it.
        let _ = self.store.note(&self.pass, token.step, line);
    }

    fn starting(&self) -> Option<Starting> {
        let roster = self.lock.roster();
        Some(Arc::new(move |pid| roster.note(pid)))
    }

    fn abandon(&self, token: &Token) {
        // The row says "intended", which means the same; this only adds the time and the reason.
        let _ = self.settle(token, Outcome::Unknown { reason: "it was left without an outcome".to_owned() });
    }
}
