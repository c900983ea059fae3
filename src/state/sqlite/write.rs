//! Changes of the state file.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};

use super::super::StateError;
use super::super::import::{Change, Import};
use super::super::operations::NewOperation;
use super::super::store::{Decide, End, Pass, Store};
use super::claims::conflict;
use super::error::Broken;
use super::writer::Writer;
use super::{changes, facts, home, import, known, schedules};
use crate::domain::guarded::{Ending, GuardedChange};
use crate::domain::ids::{CpiName, OperationId, SnapshotCid};
use crate::domain::operation::{ClaimMode, Resource};
use crate::domain::schedule::{Decision, OneOff, OneOffState, Run};
use crate::domain::step::{Fact, Outcome, STEP_VERSION, Step, StepState};

type Result<T> = std::result::Result<T, StateError>;

/// The file, open for changing.
pub struct Writing {
    pub(super) writer: Arc<Writer>,
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StateError::Row(error.to_string()))
}

/// Fails with [`StateError::TakenOver`] if no row was changed: then the pass is no longer valid.
fn allowed(changed: usize, pass: &Pass) -> std::result::Result<(), Broken> {
    if changed == 1 { Ok(()) } else { Err(StateError::TakenOver(pass.operation.clone()).into()) }
}

fn next_generation(connection: &Connection) -> rusqlite::Result<(String, i64)> {
    connection.query_row("UPDATE identity SET generation = generation + 1 RETURNING state_id, generation", [], |row| {
        Ok((row.get("state_id")?, row.get("generation")?))
    })
}

fn intend(
    connection: &Connection,
    pass: &Pass,
    number: u32,
    step: &Step,
    at: DateTime<Utc>,
) -> std::result::Result<(), Broken> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO steps (operation, number, kind, version, step, state, started_at)
         SELECT id, ?2, ?3, ?4, ?5, 'intended', ?6 FROM operations
         WHERE id = ?1 AND fence = ?7 AND state = 'pending'",
    )?;
    let (id, at) = (pass.operation.as_str(), at.timestamp_millis());
    let inserted = insert.execute((id, number, step.kind(), STEP_VERSION, json(step)?, at, pass.fence))?;
    allowed(inserted, pass)
}

fn settle(
    connection: &Connection,
    pass: &Pass,
    number: u32,
    outcome: Outcome,
    at: DateTime<Utc>,
) -> std::result::Result<Option<StateError>, Broken> {
    let (mut state, mut result, facts) = match outcome {
        Outcome::Done { result, facts } => (StepState::Done, result, facts),
        Outcome::Failed { reason } => (StepState::Failed, Some(reason), Vec::new()),
        Outcome::Unknown { reason } => (StepState::Unknown, Some(reason), Vec::new()),
    };
    // Each is checked after those before it are written: a list may name a thing twice.
    let mut refused = None;
    connection.execute_batch("SAVEPOINT facts")?;
    for fact in &facts {
        refused = known::not_new(connection, fact)?;
        if refused.is_some() {
            break;
        }
        facts::apply(connection, fact, at)?;
    }
    connection.execute_batch(if refused.is_some() { "ROLLBACK TO facts; RELEASE facts" } else { "RELEASE facts" })?;
    if let Some(not_new) = &refused {
        (state, result) = (StepState::Unknown, Some(not_new.to_string()));
    }
    let mut update = connection.prepare_cached(
        "UPDATE steps SET state = ?3, result = ?4, ended_at = ?5
         WHERE operation = ?1 AND number = ?2 AND state IN ('intended', 'unknown')
         AND EXISTS (SELECT 1 FROM operations WHERE id = ?1 AND fence = ?6)",
    )?;
    let key = (pass.operation.as_str(), number);
    let changed = update.execute((key.0, key.1, state.name(), result, at.timestamp_millis(), pass.fence))?;
    allowed(changed, pass)?;
    Ok(refused)
}

fn finish(connection: &Connection, pass: &Pass, end: &End, at: DateTime<Utc>) -> std::result::Result<(), Broken> {
    connection.execute("DELETE FROM claims WHERE operation = ?1", [pass.operation.as_str()])?;
    let changed = connection.execute(
        // A finished swap by create-env has put a Director on an old database.
        "UPDATE operations SET state = ?2, summary = ?3, ended_at = ?4,
         checklist = iif((?2 = 'done' OR ?6) AND plan ->> '$.method.by' = 'create-env', 'open', NULL)
         WHERE id = ?1 AND fence = ?5 AND state = 'pending'",
        (pass.operation.as_str(), end.state.name(), &end.summary, at.timestamp_millis(), pass.fence, end.leaves_to_do),
    )?;
    allowed(changed, pass)
}

impl Store for Writing {
    fn begin(&self, id: &OperationId, new: &NewOperation, at: DateTime<Utc>) -> Result<Pass> {
        let (operation, new) = (id.clone(), new.clone());
        let plan = new.plan.as_ref().map(json).transpose()?;
        let (state_id, pass) = self.writer.transact(move |connection| {
            if let Some(claimed) = conflict(connection, &new.claims)? {
                return Err(claimed.into());
            }
            let (state_id, fence) = next_generation(connection)?;
            if new.seen.is_some_and(|seen| seen.0 + 1 != fence) {
                return Err(StateError::Overtaken.into());
            }
            connection.execute(
                "INSERT INTO operations (id, verb, arguments, user, host, host_id, pid, started_at, state, plan, fence)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', ?9, ?10)",
                (
                    operation.as_str(),
                    new.verb.name(),
                    &new.arguments,
                    &new.author.user,
                    &new.author.host,
                    &new.author.host_id,
                    new.author.pid,
                    at.timestamp_millis(),
                    plan,
                    fence,
                ),
            )?;
            for claim in &new.claims {
                connection.execute(
                    "INSERT OR REPLACE INTO claims (resource, operation, mode) VALUES (?1, ?2, ?3)",
                    (claim.resource.key(), operation.as_str(), claim.mode.name()),
                )?;
            }
            let pass = Pass { operation, fence };
            if let Some(first) = &new.first {
                intend(connection, &pass, 1, first, at)?;
            }
            Ok((state_id, pass))
        })?;
        home::note_generation(self.writer.path(), &state_id, pass.fence);
        Ok(pass)
    }

    fn take_over(&self, id: &OperationId) -> Result<(Pass, u32)> {
        let operation = id.clone();
        self.writer.transact(move |connection| {
            let (_, fence) = next_generation(connection)?;
            let pass = Pass { operation, fence };
            let changed = connection.execute(
                "UPDATE operations SET fence = ?2 WHERE id = ?1 AND state = 'pending'",
                (pass.operation.as_str(), fence),
            )?;
            allowed(changed, &pass)?;
            let next = connection.query_row(
                "SELECT coalesce(max(number), 0) + 1 FROM steps WHERE operation = ?1",
                [pass.operation.as_str()],
                |row| row.get(0),
            )?;
            Ok((pass, next))
        })
    }

    fn intend(&self, pass: &Pass, number: u32, step: &Step, at: DateTime<Utc>) -> Result<()> {
        let (pass, step) = (pass.clone(), step.clone());
        self.writer.transact(move |connection| intend(connection, &pass, number, &step, at))
    }

    fn settle(&self, pass: &Pass, number: u32, outcome: Outcome, end: Option<End>, at: DateTime<Utc>) -> Result<()> {
        let pass = pass.clone();
        let refused = self.writer.transact(move |connection| {
            let refused = settle(connection, &pass, number, outcome, at)?;
            if let (None, Some(end)) = (&refused, end) {
                finish(connection, &pass, &end, at)?;
            }
            Ok(refused)
        })?;
        refused.map_or(Ok(()), Err)
    }

    fn note(&self, pass: &Pass, number: u32, line: &str) -> Result<()> {
        let (pass, line) = (pass.clone(), line.to_owned());
        self.writer.transact(move |connection| {
            connection.execute(
                "UPDATE steps SET notes = coalesce(notes || char(10), '') || ?3 WHERE operation = ?1 AND number = ?2
                 AND EXISTS (SELECT 1 FROM operations WHERE id = ?1 AND fence = ?4)",
                (pass.operation.as_str(), number, line, pass.fence),
            )?;
            Ok(())
        })
    }

    fn finish(&self, pass: &Pass, end: End, at: DateTime<Utc>) -> Result<()> {
        let pass = pass.clone();
        self.writer.transact(move |connection| finish(connection, &pass, &end, at))
    }

    fn leave_to_others(&self, operation: &OperationId, resource: &Resource) -> Result<Option<OperationId>> {
        let (key, id) = (resource.key(), operation.clone());
        self.writer.transact(move |connection| {
            let other: Option<String> = connection
                .query_row(
                    "SELECT operation FROM claims WHERE resource = ?1 AND operation <> ?2 LIMIT 1",
                    (&key, id.as_str()),
                    |row| row.get("operation"),
                )
                .optional()?;
            if other.is_some() {
                connection.execute("DELETE FROM claims WHERE resource = ?1 AND operation = ?2", (&key, id.as_str()))?;
            } else {
                connection.execute(
                    "INSERT OR REPLACE INTO claims (resource, operation, mode) VALUES (?1, ?2, ?3)",
                    (&key, id.as_str(), ClaimMode::Exclusive.name()),
                )?;
            }
            Ok(other.map(OperationId::new))
        })
    }

    fn let_go_of(&self, operation: &OperationId, resource: &Resource) -> Result<()> {
        let (key, id) = (resource.key(), operation.clone());
        self.writer.transact(move |connection| {
            connection.execute("DELETE FROM claims WHERE resource = ?1 AND operation = ?2", (&key, id.as_str()))?;
            Ok(())
        })
    }

    fn check_off(&self, operation: &OperationId, summary: &str) -> Result<bool> {
        let (id, summary) = (operation.clone(), summary.to_owned());
        self.writer.transact(move |connection| {
            let changed = connection.execute(
                "UPDATE operations SET checklist = 'done', summary = ?2 WHERE id = ?1 AND checklist = 'open'",
                (id.as_str(), summary),
            )?;
            Ok(changed == 1)
        })
    }

    fn begin_change(&self, change: &GuardedChange) -> Result<()> {
        let change = change.clone();
        self.writer.transact(move |connection| changes::begin(connection, &change))
    }

    fn run_change(&self, id: &str, at: DateTime<Utc>) -> Result<()> {
        let id = id.to_owned();
        self.writer.transact(move |connection| changes::run(connection, &id, at))
    }

    fn end_change(&self, id: &str, ending: Ending, at: DateTime<Utc>) -> Result<()> {
        let id = id.to_owned();
        self.writer.transact(move |connection| changes::end(connection, &id, ending, at))
    }

    fn decide(&self, schedule: &str, decide: Decide) -> Result<Decision> {
        let schedule = schedule.to_owned();
        self.writer.transact(move |connection| schedules::decide(connection, &schedule, decide))
    }

    fn end_run(&self, run: Run) -> Result<()> {
        self.writer.transact(move |connection| schedules::end_run(connection, &run))
    }

    fn add_one_off(&self, one_off: OneOff) -> Result<()> {
        self.writer.transact(move |connection| schedules::add_one_off(connection, &one_off))
    }

    fn change_one_off(&self, one_off: OneOff, from: OneOffState) -> Result<bool> {
        self.writer.transact(move |connection| schedules::change_one_off(connection, &one_off, from))
    }

    fn belongs_to_change(&self, id: &str, cpi: &CpiName, snapshot: &SnapshotCid) -> Result<()> {
        let fact = Fact::SnapshotOfChange { cpi: cpi.clone(), snapshot: snapshot.clone(), change: id.to_owned() };
        self.writer.transact(move |connection| Ok(facts::apply(connection, &fact, DateTime::UNIX_EPOCH)?))
    }

    fn import(&self, import: Import, at: DateTime<Utc>) -> Result<Vec<Change>> {
        self.writer.transact(move |connection| import::import(connection, &import, at))
    }
}
