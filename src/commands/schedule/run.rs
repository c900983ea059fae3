//! `snapback schedule run`

use super::super::{Outcome, definition};
use super::telling::{Hook, Telling};
use crate::context::Context;
use crate::domain::called::verb_of;
use crate::domain::schedule::{Run, RunState};
use crate::error::{Error, Kind, Result};
use crate::ops::schedule::{AtWork, Children, Scheduled, Scheduler};
use crate::state::Access;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback schedule run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run what is due, then exit: for cron, timers and pipelines
    #[arg(long)]
    once: bool,
    /// Skip what was missed: only record a run that is more than 15 minutes late
    #[arg(long)]
    no_catch_up: bool,
}

const COLUMNS: &[Column] = &[
    Column::new("schedule", "Schedule"),
    Column::new("due_at", "Due At"),
    Column::new("result", "Result"),
    Column::prose("summary", "Summary"),
    Column::new("missed", "Missed"),
    Column::new("started_at", "Started At"),
    Column::new("ended_at", "Ended At"),
    Column::new("status", "Status"),
];

/// How many of the columns people see.
const SHOWN: usize = 4;

/// Runs the schedules.
///
/// # Errors
/// The manifest or the state file cannot be read; [`Kind::Locked`] if another scheduler is at work. With `--once`,
/// failed runs are in the outcome.
pub(super) fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_state(&tools.manifest, Access::ChangeOrCreate);
    let hook = Hook::of(context, &tools, opened.as_ref().ok().map(|(state, _)| state.path()));
    let state = match opened {
        Ok((state, _)) => state,
        Err(error) => {
            hook.end(context, Some(&error));
            return Err(error);
        }
    };
    let again = context.again(false);
    let mut environment = context.environment.variables.clone();
    environment.extend(again.environment);
    let children = Children { program: context.environment.program.clone(), before: again.words, environment };
    let scheduler = Scheduler {
        state: &state,
        runner: &children,
        clock: context.clock.clone(),
        faults: context.faults.clone(),
        interrupt: context.interrupt.clone(),
        catch_up: tools.manifest.settings.schedule.catch_up && !args.no_catch_up,
        at_the_end: definition().find_subcommand("prune").map(|_| vec!["prune".to_owned()]),
        children: AtWork::default(),
    };
    let mut telling = Telling::of(context, &tools, hook, &state);
    let bad: Vec<Error> = telling.schedules.iter().filter_map(Scheduled::never_run).collect();
    if !args.once {
        bad.iter().for_each(|bad| telling.context.ui.warn(&bad.in_one_line()));
        let ran = scheduler.forever(&mut telling);
        telling.end(ran.as_ref().err());
        return ran.map(|()| Outcome::done());
    }
    let schedules = telling.schedules.clone();
    let ran = scheduler.once(&schedules, &mut telling);
    let runs = match ran {
        Ok(runs) => runs,
        Err(error) => {
            telling.end(Some(&error));
            return Err(error);
        }
    };
    let failed = runs.iter().filter_map(|run| failure(run, telling.is_one_off(run), &telling.line(run)));
    let mut failures: Vec<Error> = failed.collect();
    let well = runs.len() - failures.len();
    telling.context.ui.table(&table().told(), |show| {
        for run in &runs {
            show(row(run));
        }
        Ok(())
    })?;
    if runs.is_empty() {
        let at_work: Vec<&str> = schedules
            .iter()
            .map(|one| one.name.as_str())
            .filter(|name| state.reader().is_at_work(&format!("run.{name}")))
            .collect();
        telling.context.ui.say(&match at_work.as_slice() {
            [] => "Nothing is due; `snapback schedule show` says when that is".to_owned(),
            names => format!("All that is due is running already: {}", names.join(", ")),
        });
    }
    telling.end(None);
    failures.extend(bad);
    Ok(Outcome::of_attempts(well, failures))
}

pub(super) fn table() -> Table {
    Table::new("runs", TableKind::Own, COLUMNS, None).showing_first(SHOWN)
}

/// The exit statuses of a command that was refused before anything was done.
const REFUSED: [i32; 4] = [2, 4, 5, 8];

pub(super) const TIME: &str = "%Y-%m-%d %H:%M:%S UTC";

/// The verbs that only look: the journal has no operation of theirs.
const LOOKING: [&str; 4] = ["check", "doctor", "report", "status"];

/// The error of a run of this command that did not end well; `None` if it is done, or still running.
pub(super) fn failure(run: &Run, is_one_off: bool, command: &str) -> Option<Error> {
    if matches!(run.state, RunState::Done | RunState::Running) {
        return None;
    }
    let summary = run.summary.as_deref().unwrap_or("its end was not seen");
    let message = format!("{} {}, due at {}: {summary}", run.schedule, run.state.name(), run.due_at.format(TIME));
    let error = Error::new(Kind::Failed, message);
    let shown = if is_one_off { "snapback schedule list --all" } else { "snapback schedule show" };
    Some(match run.state {
        RunState::Interrupted => error.hint("to settle what it has left open:").try_command("snapback recover"),
        RunState::Missed => {
            error.hint("to do now what it would have done, run its command. To see that command:").try_command(shown)
        }
        // No operation was begun.
        RunState::Failed if run.status.is_some_and(|status| REFUSED.contains(&status)) => {
            error.hint("to see its full output, run its command. To see that command:").try_command(shown)
        }
        _ if LOOKING.contains(&verb_of(command)) => error.hint("to see what it finds:").try_command(command),
        _ => error.hint("to see its operations:").try_command("snapback operations"),
    })
}

pub(super) fn row(run: &Run) -> Vec<Cell> {
    vec![
        Cell::text(&run.schedule),
        Cell::Time(run.due_at),
        Cell::text(run.state.name()),
        Cell::maybe(run.summary.as_ref(), Cell::text),
        Cell::Number(run.missed.into()),
        Cell::Time(run.started_at),
        Cell::maybe(run.ended_at, Cell::Time),
        Cell::maybe(run.status.and_then(|status| u64::try_from(status).ok()), Cell::Number),
    ]
}
