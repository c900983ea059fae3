//! The facts of the page, read from the state file, the manifest and, on request, the clouds.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::schedule::{Stands, stands};
use super::super::status::Timetable;
use crate::context::{Context, Tools};
use crate::domain::guarded::Ending;
use crate::domain::instance::Instance;
use crate::domain::life::{Event, Known, life};
use crate::domain::operation::OperationState;
use crate::domain::schedule::{Run, RunState, next};
use crate::domain::snapshot::Snapshot;
use crate::error::Result;
use crate::ops::life::Lives;
use crate::ops::status::{Question, Standing, standing};
use crate::state::Reader;

/// How many days back failures are shown.
pub(super) const DAYS: i64 = 30;

/// How many runs of schedules are searched for failures.
const RUNS: u32 = 10_000;

pub(super) struct Facts {
    pub now: DateTime<Utc>,
    pub rows: Vec<Row>,
    pub max_age: Option<Duration>,
    pub offline: bool,
    pub schedules: Vec<Schedule>,
    pub failures: Vec<Failure>,
    pub retention: String,
    pub director: String,
    pub state: String,
    pub state_id: String,
}

/// An instance.
pub(super) struct Row {
    pub standing: Standing,
    /// The newest snapshot of each disk that a drill has verified; none if a disk has none.
    pub verified: Vec<Snapshot>,
    pub next: Option<DateTime<Utc>>,
    pub known: Known,
    pub events: Vec<Event>,
}

pub(super) struct Schedule {
    pub name: String,
    pub cron: String,
    pub does: String,
    pub stands: Stands,
    pub next: Option<DateTime<Utc>>,
    pub last: Option<Run>,
}

/// Something that went wrong.
pub(super) struct Failure {
    pub at: DateTime<Utc>,
    pub what: String,
    pub how: String,
    pub why: String,
}

pub(super) fn gather(
    context: &Context,
    tools: &Tools,
    reader: &Reader,
    instances: &[Instance],
    question: Question,
) -> Result<Facts> {
    let now = context.clock.now();
    let timetable = Timetable::read(tools, reader)?;
    let lives = Lives::read(reader)?;
    let sure = Question { max_age: None, verified: true, offline: true };
    let mut rows = Vec::new();
    for instance in instances {
        context.interrupt.check()?;
        let known = lives.of(instance)?;
        rows.push(Row {
            standing: standing(reader, &tools.clouds, instance, &question, now)?,
            verified: standing(reader, &tools.clouds, instance, &sure, now)?.snapshots,
            next: timetable.next(instance, now),
            events: life(&known, now, |_| true),
            known,
        });
    }
    let director = reader.director()?;
    Ok(Facts {
        now,
        rows,
        max_age: question.max_age,
        offline: question.offline,
        schedules: schedules(reader, &timetable, now)?,
        failures: failures(reader, now)?,
        retention: tools.manifest.settings.retention.to_string(),
        director: director.name,
        state: reader.path().display().to_string(),
        state_id: reader.state_id()?,
    })
}

fn schedules(reader: &Reader, timetable: &Timetable, now: DateTime<Utc>) -> Result<Vec<Schedule>> {
    let schedule = |scheduled: &crate::ops::schedule::Scheduled| {
        let last = reader.runs(Some(&scheduled.name), 1)?.into_iter().next();
        let known = timetable.known.get(&scheduled.name);
        Ok(Schedule {
            name: scheduled.name.clone(),
            cron: scheduled.text.clone().unwrap_or_default(),
            does: scheduled.line(),
            stands: stands(Some(reader), scheduled, known, last.as_ref(), now),
            next: scheduled.on().and_then(|cron| next(cron, now)),
            last,
        })
    };
    timetable.schedules.iter().map(schedule).collect()
}

/// The operations of the last [`DAYS`] days that failed, succeeded partly or were rolled back, newest first.
fn failures(reader: &Reader, now: DateTime<Utc>) -> Result<Vec<Failure>> {
    let since = now - TimeDelta::days(DAYS);
    let mut found = Vec::new();
    for operation in reader.operations(None)? {
        let is_wrong =
            matches!(operation.state, OperationState::Failed | OperationState::Partly | OperationState::RolledBack);
        if is_wrong && operation.started_at >= since {
            found.push(Failure {
                at: operation.started_at,
                what: format!("{} {}", operation.verb.name(), operation.id),
                how: operation.state.name().to_owned(),
                why: operation.summary.unwrap_or_default(),
            });
        }
    }
    for run in reader.runs(None, RUNS)? {
        let is_wrong = matches!(run.state, RunState::Failed | RunState::Missed | RunState::Interrupted);
        if is_wrong && run.due_at >= since {
            found.push(Failure {
                at: run.due_at,
                what: format!("schedule {}", run.schedule),
                how: run.state.name().to_owned(),
                why: run.summary.unwrap_or_default(),
            });
        }
    }
    for change in reader.changes()? {
        let Some(Ending::Exited(1..)) = change.ending else { continue };
        if change.began_at >= since {
            let how = Ending::Exited(1).name().to_owned();
            found.push(Failure { at: change.began_at, what: change.in_short(), how, why: change.command });
        }
    }
    found.sort_by_key(|failure| std::cmp::Reverse(failure.at));
    Ok(found)
}
