//! `snapback schedule show`

use chrono::{DateTime, Local, Utc};

use super::super::Outcome;
use super::super::columns::Columns;
use super::of_manifest;
use crate::context::Context;
use crate::domain::called::Called;
use crate::domain::schedule::{Known, Run, RunState, next, overdue};
use crate::error::Result;
use crate::ops::schedule::Scheduled;
use crate::state::Reader;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback schedule show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these schedules
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    columns: Columns,
}

const COLUMNS: &[Column] = &[
    Column::new("schedule", "Schedule"),
    Column::new("is", "Is"),
    Column::new("cron", "Cron"),
    Column::new("does", "Does"),
    Column::new("from", "From"),
    Column::new("next", "Next (UTC)"),
    Column::new("next_local", "Next (Here)"),
    Column::new("last", "Last Due"),
    Column::new("result", "Result"),
    Column::told("reason", "Reason"),
    Column::prose("summary", "Summary"),
    Column::new("started_at", "Started At"),
    Column::new("ended_at", "Ended At"),
    Column::new("key", "Key"),
    Column::new("line", "Line"),
];

/// How many of the columns people see.
const SHOWN: usize = 11;
/// How many times are shown.
const TIMES: usize = 5;

/// Shows the schedules.
///
/// # Errors
/// The manifest or the state file cannot be read; no schedule has one of the names.
pub(super) fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let reader = context.reader_if_any(&tools.manifest)?;
    let mut schedules = of_manifest(&tools, reader.as_ref());
    super::only(&mut schedules, &args.names)?;
    let now = context.clock.now();
    let spare = &["next_local", "from", "last", "summary", "does", "result"];
    let table = Table::new("schedules", TableKind::Own, COLUMNS, None).sparing_for(spare, "add --wide");
    let table = args.columns.shown(table, SHOWN)?;
    let called = &context.called;
    context.ui.table(&table, |row| {
        let known = reader.as_ref().map(|reader| reader.schedules()).transpose()?.unwrap_or_default();
        for scheduled in &schedules {
            let last =
                reader.as_ref().map(|reader| reader.runs(Some(&scheduled.name), 1)).transpose()?.unwrap_or_default();
            row(shown(called, reader.as_ref(), scheduled, known.get(&scheduled.name), last.first(), now));
        }
        Ok(())
    })?;
    for error in schedules.iter().filter_map(Scheduled::never_run) {
        context.ui.warn(&error.in_one_line());
    }
    Ok(Outcome::done())
}

/// Why a run has not begun.
fn why_overdue(since: DateTime<Utc>) -> String {
    let since = since.format("%Y-%m-%dT%H:%M:%SZ");
    format!("due since {since}, and nothing has begun it: is `snapback schedule run` running?")
}

/// The state of a schedule.
pub(in crate::commands) struct Stands {
    /// `on`, `off`, `bad`, `running` or `overdue`.
    pub is: &'static str,
    /// How its last run ended.
    pub result: Option<&'static str>,
    /// Why it is not on.
    pub why: Option<String>,
}

/// The state of a schedule, from its record and its last run.
pub(in crate::commands) fn stands(
    reader: Option<&Reader>,
    scheduled: &Scheduled,
    known: Option<&Known>,
    last: Option<&Run>,
    now: DateTime<Utc>,
) -> Stands {
    let at_work = reader.is_some_and(|reader| reader.is_at_work(&format!("run.{}", scheduled.name)));
    let overdue = scheduled.on().and_then(|cron| overdue(cron, known, now)).filter(|_| !at_work);
    let is = match (&scheduled.off, &scheduled.bad) {
        (Some(_), _) => "off",
        (None, Some(_)) => "bad",
        (None, None) if at_work => "running",
        (None, None) if overdue.is_some() => "overdue",
        (None, None) => "on",
    };
    let result = last.map(|run| match run.state {
        // The process that ran it is dead.
        RunState::Running if !at_work => RunState::Interrupted.name(),
        state => state.name(),
    });
    Stands { is, result, why: scheduled.off.clone().or(scheduled.bad.clone()).or(overdue.map(why_overdue)) }
}

fn shown(
    called: &Called,
    reader: Option<&Reader>,
    scheduled: &Scheduled,
    known: Option<&Known>,
    last: Option<&Run>,
    now: DateTime<Utc>,
) -> Vec<Cell> {
    let Stands { is, result, why } = stands(reader, scheduled, known, last, now);
    let mut times: Vec<DateTime<Utc>> = Vec::new();
    if let Some(cron) = scheduled.on() {
        times.extend(next(cron, now));
        while let Some(last) = times.last().filter(|_| times.len() < TIMES) {
            let Some(after) = cron.after(*last) else { break };
            times.push(after);
        }
    }
    let lines = |format: &dyn Fn(&DateTime<Utc>) -> String| match times.is_empty() {
        true => Cell::Missing,
        false => Cell::Lines(times.iter().map(format).collect()),
    };
    vec![
        Cell::text(&scheduled.name),
        Cell::text(is),
        Cell::maybe(scheduled.text.as_ref(), Cell::text),
        Cell::Text(called.command(&scheduled.line())),
        match &scheduled.written {
            Some((file, line)) => Cell::Text(format!("{}:{line}", file.display())),
            None => Cell::text("default"),
        },
        lines(&|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        lines(&|at| at.with_timezone(&Local).format("%a %Y-%m-%d %H:%M:%S %:z").to_string()),
        Cell::maybe(last, |run| Cell::Time(run.due_at)),
        Cell::maybe(result, Cell::text),
        Cell::maybe(why, Cell::Text),
        Cell::maybe(last.and_then(|run| run.summary.as_ref()), Cell::text),
        Cell::maybe(last, |run| Cell::Time(run.started_at)),
        Cell::maybe(last.and_then(|run| run.ended_at), Cell::Time),
        Cell::text(&scheduled.key),
        Cell::maybe(scheduled.written.as_ref(), |(_, line)| Cell::Number(*line)),
    ]
}
