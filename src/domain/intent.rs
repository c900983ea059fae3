//! A journal row that is on disk and waits for its outcome.
//!
//! Every effect method of a CPI takes an `&Intent`, and only a journal that has committed the row hands one out
//! (`tests/layers.rs` checks that). So no effect can come before its row. An intent must be consumed by
//! [`Intent::settle`]. If it is dropped, its step is *unknown*, never *failed*.

use std::sync::Arc;

use super::ids::Token;
use super::step::Outcome;

/// A function that is told the process id of a child that was just started: the leader of its process group. The child
/// may outlive snapback, and must be found then.
pub type Starting = Arc<dyn Fn(u32) + Send + Sync>;

/// Where an intent's outcome goes: the state file's writer, or a test's list.
pub trait Journal: Send + Sync {
    /// Makes the outcome of a step durable, together with the facts that it brings.
    ///
    /// # Errors
    /// The outcome cannot be written.
    fn settle(&self, token: &Token, outcome: Outcome) -> Result<(), crate::error::Error>;

    /// Adds a line about the course of a step: an attempt that failed. Best effort.
    fn note(&self, token: &Token, line: &str);

    /// The function that is told the process id of each child that changes something, as soon as it is started.
    fn starting(&self) -> Option<Starting> {
        None
    }

    /// Notes that a step was left without an outcome. Best effort: the row already says so.
    fn abandon(&self, token: &Token);
}

/// The permission to cause one effect.
#[must_use = "an intent that is not settled leaves its step unknown"]
pub struct Intent {
    token: Token,
    journal: Option<Box<dyn Journal>>,
}

impl Intent {
    /// The intent of a row that `journal` has committed.
    pub fn committed(token: Token, journal: Box<dyn Journal>) -> Self {
        Intent { token, journal: Some(journal) }
    }

    /// The step's name outside: clouds keep it as metadata.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Adds a line about its course: an attempt that failed, and will be repeated.
    pub fn note(&self, line: &str) {
        if let Some(journal) = &self.journal {
            journal.note(&self.token, line);
        }
    }

    /// The function that is told the process id of each child that works on the effect.
    pub fn starting(&self) -> Option<Starting> {
        self.journal.as_ref().and_then(|journal| journal.starting())
    }

    /// Writes the outcome. After an error the step stays unknown, and `recover` will look.
    ///
    /// # Errors
    /// The journal cannot write the outcome.
    pub fn settle(mut self, outcome: Outcome) -> Result<(), crate::error::Error> {
        match self.journal.take() {
            Some(journal) => journal.settle(&self.token, outcome),
            None => Ok(()),
        }
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        if let Some(journal) = self.journal.take() {
            journal.abandon(&self.token);
        }
    }
}

impl std::fmt::Debug for Intent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Intent({})", self.token)
    }
}
