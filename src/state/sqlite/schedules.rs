//! The runs of schedules, and the commands to run once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::StateError;
use super::super::store::Decide;
use super::super::timetable::Timetable;
use super::Reading;
use super::error::Broken;
use crate::domain::schedule::{Decision, Known, OneOff, OneOffState, Run, RunState, Runs};

/// How many runs of a schedule are kept.
const KEPT: usize = 2000;

impl Timetable for Reading {
    fn schedules(&self) -> Result<BTreeMap<String, Known>, StateError> {
        let rows = self
            .all("SELECT name, cron, since, through FROM schedules", [], |row| Ok((row.get("name")?, known(row)?)))?;
        Ok(rows.into_iter().collect())
    }

    // The newest is the one that was written last: a clock may have been wrong.
    fn runs(&self, schedule: Option<&str>, limit: u32) -> Result<Vec<Run>, StateError> {
        self.all(
            "SELECT * FROM schedule_runs WHERE ?1 IS NULL OR schedule = ?1 ORDER BY rowid DESC LIMIT ?2",
            (schedule, limit),
            run,
        )
    }

    fn at_work(&self) -> Result<BTreeSet<String>, StateError> {
        let rows =
            self.all("SELECT schedule FROM schedule_runs WHERE state = 'running'", [], |row| row.get("schedule"))?;
        Ok(rows.into_iter().collect())
    }

    fn one_offs(&self) -> Result<Vec<OneOff>, StateError> {
        self.all("SELECT * FROM one_offs ORDER BY due_at, created_at, id", [], one_off)
    }
}

/// Asks `decide` about a schedule and writes its decision, in the open transaction.
pub(super) fn decide(connection: &Connection, schedule: &str, decide: Decide) -> Result<Decision, Broken> {
    let known = connection
        .query_row("SELECT cron, since, through FROM schedules WHERE name = ?1", [schedule], known)
        .optional()?;
    let open = connection
        .query_row(
            "SELECT * FROM schedule_runs WHERE schedule = ?1 AND state = 'running' ORDER BY rowid DESC LIMIT 1",
            [schedule],
            run,
        )
        .optional()?;
    let mut has = connection.prepare("SELECT due_at FROM schedule_runs WHERE schedule = ?1")?;
    let due = has.query_map([schedule], |row| time(row, "due_at"))?.collect::<rusqlite::Result<BTreeSet<_>>>()?;
    let runs = Runs { are_all: due.len() < KEPT, due };
    let before = known.clone();
    let decision = decide(known, open, &runs);
    let now = &decision.known;
    if before.as_ref() != Some(now) {
        connection.execute(
            "INSERT OR REPLACE INTO schedules (name, cron, since, through) VALUES (?1, ?2, ?3, ?4)",
            (schedule, &now.cron, now.since.timestamp_millis(), now.through.timestamp_millis()),
        )?;
    }
    for settled in decision.settled.iter().chain(&decision.run) {
        write(connection, settled)?;
    }
    if !decision.settled.is_empty() || decision.run.is_some() {
        connection.execute(
            "DELETE FROM schedule_runs WHERE schedule = ?1 AND state <> 'running' AND due_at NOT IN
             (SELECT due_at FROM schedule_runs WHERE schedule = ?1 ORDER BY rowid DESC LIMIT ?2)",
            (schedule, KEPT as i64),
        )?;
    }
    Ok(decision)
}

fn write(connection: &Connection, run: &Run) -> Result<(), Broken> {
    connection.execute(
        "INSERT OR REPLACE INTO schedule_runs
         (schedule, due_at, started_at, ended_at, state, summary, missed, status, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            &run.schedule,
            run.due_at.timestamp_millis(),
            run.started_at.timestamp_millis(),
            run.ended_at.map(|at| at.timestamp_millis()),
            run.state.name(),
            &run.summary,
            run.missed,
            run.status,
            run.tries,
        ),
    )?;
    Ok(())
}

/// Writes the end of a run. Runs are in the order in which they were begun: the row of one that has ended keeps its
/// place.
pub(super) fn end_run(connection: &Connection, run: &Run) -> Result<(), Broken> {
    connection.execute(
        "UPDATE schedule_runs SET ended_at = ?3, state = ?4, summary = ?5, status = ?6 WHERE schedule = ?1 AND due_at = ?2",
        (
            &run.schedule,
            run.due_at.timestamp_millis(),
            run.ended_at.map(|at| at.timestamp_millis()),
            run.state.name(),
            &run.summary,
            run.status,
        ),
    )?;
    Ok(())
}

pub(super) fn add_one_off(connection: &Connection, one_off: &OneOff) -> Result<(), Broken> {
    let arguments = serde_json::to_string(&one_off.arguments).map_err(|error| StateError::Row(error.to_string()))?;
    connection.execute(
        "INSERT INTO one_offs (id, due_at, arguments, created_at, state) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            &one_off.id,
            one_off.due_at.timestamp_millis(),
            arguments,
            one_off.created_at.timestamp_millis(),
            one_off.state.name(),
        ),
    )?;
    Ok(())
}

pub(super) fn change_one_off(connection: &Connection, one_off: &OneOff, from: OneOffState) -> Result<bool, Broken> {
    let changed = connection.execute(
        "UPDATE one_offs SET state = ?2, ended_at = ?3, summary = ?4 WHERE id = ?1 AND state = ?5",
        (
            &one_off.id,
            one_off.state.name(),
            one_off.ended_at.map(|at| at.timestamp_millis()),
            &one_off.summary,
            from.name(),
        ),
    )?;
    Ok(changed == 1)
}

fn unreadable(what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, what.into())
}

fn time(row: &Row<'_>, name: &str) -> rusqlite::Result<DateTime<Utc>> {
    time_if(row, name)?.ok_or_else(|| unreadable(format!("there is no {name}")))
}

fn time_if(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let Some(millis) = row.get::<_, Option<i64>>(name)? else { return Ok(None) };
    DateTime::from_timestamp_millis(millis)
        .map(Some)
        .ok_or_else(|| unreadable(format!("{name}: {millis} is not a time")))
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known { cron: row.get("cron")?, since: time(row, "since")?, through: time(row, "through")? })
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let word: String = row.get("state")?;
    let state = RunState::ALL.into_iter().find(|state| state.name() == word);
    Ok(Run {
        schedule: row.get("schedule")?,
        due_at: time(row, "due_at")?,
        started_at: time(row, "started_at")?,
        ended_at: time_if(row, "ended_at")?,
        state: state.ok_or_else(|| unreadable(format!("'{word}' is not known here")))?,
        summary: row.get("summary")?,
        missed: row.get("missed")?,
        status: row.get("status")?,
        tries: row.get("tries")?,
    })
}

fn one_off(row: &Row<'_>) -> rusqlite::Result<OneOff> {
    let (word, arguments): (String, String) = (row.get("state")?, row.get("arguments")?);
    Ok(OneOff {
        id: row.get("id")?,
        due_at: time(row, "due_at")?,
        arguments: serde_json::from_str(&arguments).map_err(|error| unreadable(error.to_string()))?,
        created_at: time(row, "created_at")?,
        state: OneOffState::of(&word).ok_or_else(|| unreadable(format!("'{word}' is not known here")))?,
        ended_at: time_if(row, "ended_at")?,
        summary: row.get("summary")?,
    })
}
