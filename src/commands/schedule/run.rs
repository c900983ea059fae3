//! `snapback schedule run`

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::{Outcome, definition};
use super::{has_run, is_local, no_self};
use crate::context::Context;
use crate::domain::schedule::{Run, RunState};
use crate::error::{Error, Kind, Result};
use crate::ops::notify::{Notice, Notifier};
use crate::ops::schedule::{AtWork, Children, Listener, Scheduled, Scheduler, of_manifest};
use crate::state::Access;
use crate::ui::{Cell, Column, Table, TableKind};

/// What `schedule run` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::exit_code::exit_codes())]
pub struct Args {
    /// Do what is due, and end: for cron, timers and pipelines
    #[arg(long)]
    once: bool,
    /// Leave what was missed: a run that is more than 15 minutes late is only noted
    #[arg(long)]
    no_catch_up: bool,
}

const COLUMNS: &[Column] = &[
    Column::new("schedule", "Schedule"),
    Column::new("due_at", "Due At"),
    Column::new("result", "Result"),
    Column::new("summary", "Summary"),
    Column::new("missed", "Missed"),
    Column::new("started_at", "Started At"),
    Column::new("ended_at", "Ended At"),
    Column::new("status", "Status"),
];

/// How many of them people see.
const SHOWN: usize = 4;

/// Runs the schedules.
///
/// # Errors
/// What is wrong with the manifest or the state file; [`Kind::Locked`] where another one is at work. With `--once`, runs that
/// failed are in the outcome.
pub(super) fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate)?;
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
        cleaning: Mutex::default(),
    };
    let found_self = has_run(Some(state.reader()));
    let schedules = super::of_manifest(&tools, Some(state.reader()));
    for (name, bad) in schedules.iter().filter_map(|one| Some((&one.name, one.bad.as_ref()?))) {
        context.ui.warn(&format!("schedule {name} is never run: {bad}"));
    }
    let notifier = tools.manifest.settings.notify.clone().map(|argv| {
        let deadline = context.global.timeout.map(Duration::from_secs);
        Notifier::new(argv, Some(tools.manifest.home().to_owned()), context.environment.variables.clone(), deadline)
    });
    let state_file = state.path().display().to_string();
    let mut telling = Telling {
        context,
        table: table(),
        is_local: is_local(&tools),
        found_self,
        schedules,
        notifier,
        state_file,
        trouble: None,
    };
    if !args.once {
        scheduler.forever(&mut telling)?;
        return Ok(Outcome::done());
    }
    let schedules = telling.schedules.clone();
    let runs = scheduler.once(&schedules, &mut telling)?;
    telling.context.ui.table(&table().told(), |show| {
        for run in &runs {
            show(row(run));
        }
        Ok(())
    })?;
    if runs.is_empty() {
        telling.context.ui.say("Nothing is due; `snapback schedule show` says when that is");
    }
    let failures: Vec<Error> = runs.iter().filter_map(failure).collect();
    Ok(Outcome::of_attempts(runs.len() - failures.len(), failures))
}

fn table() -> Table {
    Table::new("runs", TableKind::Own, COLUMNS, None).showing_first(SHOWN)
}

/// Tells of runs as they come to their end.
struct Telling<'a> {
    context: &'a mut Context,
    table: Table,
    is_local: bool,
    /// Whether the Director's own VM was found before.
    found_self: bool,
    schedules: Vec<Scheduled>,
    notifier: Option<Notifier>,
    state_file: String,
    /// What was told last of what keeps schedules from being looked at.
    trouble: Option<String>,
}

impl Telling<'_> {
    /// Tells it where it is not what was told last.
    fn tell_once(&mut self, trouble: String) {
        if self.trouble.as_ref() != Some(&trouble) {
            self.context.ui.warn(&trouble);
            self.trouble = Some(trouble);
        }
    }
}

impl Telling<'_> {
    fn notice(&self, run: &Run) -> Notice {
        let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let scheduled = self.schedules.iter().find(|one| one.name == run.schedule);
        Notice {
            schema: 1,
            event: "run_failed".to_owned(),
            schedule: run.schedule.clone(),
            command: scheduled.map(Scheduled::line).unwrap_or_default(),
            due_at: time(run.due_at),
            started_at: time(run.started_at),
            ended_at: run.ended_at.map(time),
            state: run.state.name().to_owned(),
            status: run.status.map(i64::from),
            summary: run.summary.clone(),
            missed: run.missed.into(),
            host: self.context.author().host,
            state_file: self.state_file.clone(),
        }
    }
}

impl Listener for Telling<'_> {
    /// The manifest is read anew each time. While it cannot be read, what was read before holds.
    fn schedules(&mut self) -> Vec<Scheduled> {
        match self.context.load_manifest() {
            Ok(manifest) => {
                self.found_self |= manifest.installation().is_some();
                let no_self = no_self(&manifest, self.is_local, self.found_self);
                self.schedules = of_manifest(&manifest, no_self.as_deref());
            }
            Err(error) => self.tell_once(format!("the schedules stay as they were read before: {error}")),
        }
        self.schedules.clone()
    }

    fn begun(&mut self, run: &Run) {
        self.context.ui.say(&format!("{}: begun, due at {}", run.schedule, run.due_at.format(TIME)));
    }

    fn ended(&mut self, run: &Run) {
        self.trouble = None;
        self.context.ui.event(&self.table, "ended", &row(run));
        let summary = run.summary.as_deref().unwrap_or_default();
        self.context.ui.say(&format!(
            "{}: {}, due at {}: {summary}",
            run.schedule,
            run.state.name(),
            run.due_at.format(TIME)
        ));
        // A run that did not end well is told to whoever is to hear of it: here, and nowhere else.
        if let (Some(_), Some(notifier)) = (failure(run), &self.notifier)
            && let Err(error) = notifier.tell(&self.notice(run))
        {
            self.context.ui.warn(&error.in_one_line());
        }
    }

    fn trouble(&mut self, error: &Error) {
        self.tell_once(format!("{}; it is tried again", error.in_one_line()));
    }
}

const TIME: &str = "%Y-%m-%d %H:%M:%S UTC";

/// What is wrong with a run that did not end well.
fn failure(run: &Run) -> Option<Error> {
    if matches!(run.state, RunState::Done | RunState::Running) {
        return None;
    }
    let summary = run.summary.as_deref().unwrap_or("its end was not seen");
    let message = format!("{} {}, due at {}: {summary}", run.schedule, run.state.name(), run.due_at.format(TIME));
    let error = Error::new(Kind::Failed, message);
    Some(match run.state {
        RunState::Interrupted => error.hint("what it has left open is found by:").try_command("snapback recover"),
        RunState::Missed => {
            error.hint("to do now what it would have done, run its command:").try_command("snapback schedule show")
        }
        _ => error.hint("to see its operations:").try_command("snapback operations"),
    })
}

fn row(run: &Run) -> Vec<Cell> {
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
