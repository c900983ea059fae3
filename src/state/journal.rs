//! Intents and their outcomes.

use std::path::PathBuf;
use std::sync::Arc;

use super::operations::OpenOperation;
use super::roster::Roster;
use super::writer::Writer;
use super::{StateError, facts, known};
use crate::clock::Clock;
use crate::domain::ids::Token;
use crate::domain::intent::{Intent, Journal, Starting};
use crate::domain::step::{Outcome, STEP_VERSION, Step, StepState};
use crate::error::Error;

struct StepJournal {
    writer: Arc<Writer>,
    path: PathBuf,
    clock: Clock,
    fence: i64,
    roster: Roster,
}

impl OpenOperation {
    /// Commits the row of a step, and hands out the permission for its effect.
    ///
    /// # Errors
    /// [`StateError::TakenOver`], or what writing met; the effect must not happen then.
    pub fn intend(&self, step: &Step) -> Result<Intent, StateError> {
        let token = Token { operation: self.id.clone(), step: self.next_number() };
        let (fence, path, now, kind) = (self.fence, self.writer.path().to_owned(), self.clock.now(), step.kind());
        let text = serde_json::to_string(step).map_err(|error| StateError::Row(error.to_string()))?;
        let row = token.clone();
        self.writer.transact(move |connection| {
            let inserted = connection
                .prepare_cached(
                    "INSERT INTO steps (operation, number, kind, version, step, state, started_at)
                     SELECT id, ?2, ?3, ?4, ?5, 'intended', ?6 FROM operations
                     WHERE id = ?1 AND fence = ?7 AND state = 'pending'",
                )
                .and_then(|mut insert| {
                    let number = row.step;
                    let now = now.timestamp_millis();
                    insert.execute((row.operation.as_str(), number, kind, STEP_VERSION, text, now, fence))
                })
                .map_err(|error| StateError::of(&path, &error))?;
            if inserted == 1 { Ok(()) } else { Err(StateError::TakenOver(row.operation)) }
        })?;
        Ok(Intent::committed(token, Box::new(self.journal())))
    }

    /// Settles a step that a former life of this operation left open.
    ///
    /// # Errors
    /// [`StateError::NotNew`], or what writing met.
    pub fn settle(&self, token: &Token, outcome: Outcome) -> Result<(), StateError> {
        self.journal().write(token, outcome)
    }

    /// Adds a line to what is known of the course of a step that a former life of this operation left open. Best effort.
    pub fn note(&self, token: &Token, line: &str) {
        self.journal().note(token, line);
    }

    fn journal(&self) -> StepJournal {
        StepJournal {
            writer: Arc::clone(&self.writer),
            path: self.writer.path().to_owned(),
            clock: self.clock.clone(),
            fence: self.fence,
            roster: self.roster(),
        }
    }
}

impl StepJournal {
    /// An outcome that brings as new what is known already is not believed: of all it says, nothing is recorded, and its
    /// step is unknown.
    fn write(&self, token: &Token, outcome: Outcome) -> Result<(), StateError> {
        let (token, path, now, fence) = (token.clone(), self.path.clone(), self.clock.now(), self.fence);
        let refused = self.writer.transact(move |connection| {
            let of = |error: rusqlite::Error| StateError::of(&path, &error);
            let (state, result, facts) = match outcome {
                Outcome::Done { result, facts } => (StepState::Done, result, facts),
                Outcome::Failed { reason } => (StepState::Failed, Some(reason), Vec::new()),
                Outcome::Unknown { reason } => (StepState::Unknown, Some(reason), Vec::new()),
            };
            let written = |state: StepState, result: Option<String>| {
                let mut update = connection.prepare_cached(
                    "UPDATE steps SET state = ?3, result = ?4, ended_at = ?5
                     WHERE operation = ?1 AND number = ?2 AND state IN ('intended', 'unknown')
                     AND EXISTS (SELECT 1 FROM operations WHERE id = ?1 AND fence = ?6)",
                )?;
                let now = now.timestamp_millis();
                update.execute((token.operation.as_str(), token.step, state.name(), result, now, fence))
            };
            // Each is looked at once those before it stand: a list may name a thing twice.
            let mut refused = None;
            connection.execute_batch("SAVEPOINT facts").map_err(of)?;
            for fact in &facts {
                refused = known::not_new(connection, fact).map_err(of)?;
                if refused.is_some() {
                    break;
                }
                facts::apply(connection, fact, now).map_err(of)?;
            }
            let end = if refused.is_some() { "ROLLBACK TO facts; RELEASE facts" } else { "RELEASE facts" };
            connection.execute_batch(end).map_err(of)?;
            let updated = match &refused {
                Some(not_new) => written(StepState::Unknown, Some(not_new.to_string())),
                None => written(state, result),
            };
            match updated.map_err(of)? {
                1 => Ok(refused),
                _ => Err(StateError::TakenOver(token.operation)),
            }
        })?;
        refused.map_or(Ok(()), Err)
    }
}

impl Journal for StepJournal {
    fn settle(&self, token: &Token, outcome: Outcome) -> Result<(), Error> {
        self.write(token, outcome).map_err(Error::from)
    }

    fn note(&self, token: &Token, line: &str) {
        let (token, path, line, fence) = (token.clone(), self.path.clone(), line.to_owned(), self.fence);
        // What the note tells of goes on without it.
        let _ = self.writer.transact(move |connection| {
            connection
                .execute(
                    "UPDATE steps SET notes = coalesce(notes || char(10), '') || ?3 WHERE operation = ?1 AND number = ?2
                     AND EXISTS (SELECT 1 FROM operations WHERE id = ?1 AND fence = ?4)",
                    (token.operation.as_str(), token.step, line, fence),
                )
                .map(drop)
                .map_err(|error| StateError::of(&path, &error))
        });
    }

    fn starting(&self) -> Option<Starting> {
        let roster = self.roster.clone();
        Some(Arc::new(move |pid| roster.note(pid)))
    }

    fn abandon(&self, token: &Token) {
        // The row says "intended", which reads the same; only the time and the reason are nicer so.
        let _ = self.settle(token, Outcome::Unknown { reason: "it was left without an outcome".to_owned() });
    }
}
