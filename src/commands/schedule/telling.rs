//! Reports the course of `schedule run` to people, to programs, and to the operator's hook.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::run::{TIME, failure, row, table};
use super::{has_run, is_local, no_self};
use crate::context::{Context, Tools};
use crate::domain::schedule::Run;
use crate::domain::shell::quoted;
use crate::error::{Error, Kind};
use crate::ops::notify::{Notice, Notifier, Notifying};
use crate::ops::schedule::{Listener, Scheduled, of_manifest};
use crate::state::{Reader, State};
use crate::ui::Table;

/// Tells of runs when they end.
pub(super) struct Telling<'a> {
    pub(super) context: &'a mut Context,
    table: Table,
    is_local: bool,
    /// Whether the Director's own VM was found before.
    found_self: bool,
    pub(super) schedules: Vec<Scheduled>,
    hook: Hook,
    reader: &'a Reader,
    /// The trouble that was told last: why schedules cannot be looked at. It is not told twice in a row.
    trouble: Option<String>,
}

impl<'a> Telling<'a> {
    /// For the schedules of a manifest.
    pub(super) fn of(context: &'a mut Context, tools: &Tools, hook: Hook, state: &'a State) -> Telling<'a> {
        let is_local = is_local(tools);
        let found_self = has_run(Some(state.reader()));
        let schedules = super::of_manifest(tools, Some(state.reader()));
        Telling {
            context,
            table: table(),
            is_local,
            found_self,
            schedules,
            hook,
            reader: state.reader(),
            trouble: None,
        }
    }

    /// Whether the run was a command of `schedule at`.
    pub(super) fn is_one_off(&self, run: &Run) -> bool {
        self.schedules.iter().all(|one| one.name != run.schedule)
    }

    /// The command of a run, as it would be typed.
    pub(super) fn line(&self, run: &Run) -> String {
        if let Some(scheduled) = self.schedules.iter().find(|one| one.name == run.schedule) {
            return scheduled.line();
        }
        let one_offs = self.reader.one_offs().unwrap_or_default();
        let words = one_offs.into_iter().find(|one| one.id == run.schedule).map(|one| one.arguments);
        let add = |line: String, word: &String| format!("{line} {}", quoted(word));
        words.map(|words| words.iter().fold("snapback".to_owned(), add)).unwrap_or_default()
    }

    /// Tells the trouble, unless it was the last one told. Returns whether it was told.
    fn tell_once(&mut self, trouble: String) -> bool {
        let is_new = self.trouble.as_ref() != Some(&trouble);
        if is_new {
            self.context.ui.warn(&trouble);
            self.trouble = Some(trouble);
        }
        is_new
    }

    /// Waits until all is told. Tells last what has kept schedules from being looked at, if anything.
    pub(super) fn end(self, failed: Option<&Error>) {
        self.hook.end(self.context, failed);
    }
}

impl Listener for Telling<'_> {
    /// Reads the manifest anew each time. While it cannot be read, the last good one holds.
    fn schedules(&mut self) -> Vec<Scheduled> {
        self.hook.say(self.context);
        match self.context.load_manifest() {
            Ok(manifest) => {
                self.found_self |= manifest.installation().is_some();
                let no_self = no_self(&manifest, self.is_local, self.found_self);
                self.schedules = of_manifest(&manifest, no_self.as_deref());
            }
            Err(error) => {
                if self.tell_once(format!("the schedules stay as snapback read them before: {error}")) {
                    self.hook.trouble(self.context, error.to_string());
                }
            }
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
        // A run that did not end well is told to the operator's hook here, and only here.
        let line = self.line(run);
        if failure(run, self.is_one_off(run), &line).is_some() {
            let command = self.context.called.command(&line);
            self.hook.run_failed(self.context, run, command);
        }
        self.hook.say(self.context);
    }

    fn trouble(&mut self, error: &Error) {
        // Whoever asked for the end is told elsewhere.
        if matches!(error.kind(), Kind::Interrupted(_)) {
            return;
        }
        if self.tell_once(format!("{}; it is tried again", error.in_one_line())) && is_trouble(error) {
            self.hook.trouble(self.context, error.in_one_line());
        }
    }
}

/// The operator's hook, if there is one.
pub(super) struct Hook {
    notifying: Option<Notifying>,
    state_file: String,
}

impl Hook {
    /// The hook of the manifest.
    pub(super) fn of(context: &Context, tools: &Tools, state_file: Option<&Path>) -> Hook {
        let notifying = tools.manifest.settings.notify.clone().map(|argv| {
            let deadline = context.global.timeout.map(Duration::from_secs);
            let home = tools.manifest.home().to_owned();
            Notifying::by(Notifier::new(argv, Some(home), context.environment.variables.clone(), deadline))
        });
        Hook { notifying, state_file: state_file.map(|file| file.display().to_string()).unwrap_or_default() }
    }

    fn tell(&mut self, context: &Context, notice: Notice) {
        if let Some(notifying) = &mut self.notifying {
            notifying.begin(Notice {
                schema: 1,
                host: context.author().host,
                state_file: self.state_file.clone(),
                ..notice
            });
        }
    }

    fn run_failed(&mut self, context: &Context, run: &Run, command: String) {
        let notice = Notice {
            event: "run_failed".to_owned(),
            schedule: run.schedule.clone(),
            command,
            due_at: time(run.due_at),
            started_at: time(run.started_at),
            ended_at: run.ended_at.map(time),
            state: run.state.name().to_owned(),
            status: run.status.map(i64::from),
            summary: run.summary.clone(),
            missed: run.missed.into(),
            ..Notice::default()
        };
        self.tell(context, notice);
    }

    /// Tells that no schedule can be looked at: for example, the state file cannot be written.
    fn trouble(&mut self, context: &Context, why: String) {
        let now = time(context.clock.now());
        let notice = Notice {
            event: "trouble".to_owned(),
            command: context.called.command("snapback schedule run"),
            due_at: now.clone(),
            started_at: now,
            state: "failed".to_owned(),
            summary: Some(why),
            ..Notice::default()
        };
        self.tell(context, notice);
    }

    /// Tells the results of calls of the hook.
    fn say(&mut self, context: &mut Context) {
        for error in self.notifying.as_mut().map(Notifying::failed).unwrap_or_default() {
            context.ui.warn(&error.in_one_line());
        }
    }

    /// Tells of what has kept schedules from being looked at, if anything, and waits until all is told.
    pub(super) fn end(mut self, context: &mut Context, failed: Option<&Error>) {
        if let Some(error) = failed.filter(|error| is_trouble(error)) {
            self.trouble(context, error.in_one_line());
        }
        let interrupt = context.interrupt.clone();
        // snapback has been asked to end; it still waits until no process of a hook is left.
        let _finishing = interrupt.finishing();
        let is_asked_for = || interrupt.check().is_err();
        for error in self.notifying.take().map(|notifying| notifying.end(is_asked_for)).unwrap_or_default() {
            context.ui.warn(&error.in_one_line());
        }
    }
}

/// Whether the error is trouble: another scheduler at work, or a request to end, is not.
fn is_trouble(error: &Error) -> bool {
    !matches!(error.kind(), Kind::Locked | Kind::Interrupted(_))
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
