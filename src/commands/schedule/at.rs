//! `snapback schedule at`, `list` and `cancel`

use chrono::{DateTime, Local, TimeDelta, Utc};

use super::super::{Outcome, times};
use super::at_command::understood;
use crate::context::Context;
use crate::domain::moment::on_both_clocks;
use crate::domain::schedule::{OneOff, OneOffState, RunState};
use crate::domain::shell::quoted;
use crate::error::{Error, Kind, Result};
use crate::state::Access;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback schedule at`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// When: 02:00, 'tomorrow 02:00', 'in 2h', '2026-12-24 03:00 local', RFC 3339; UTC, unless it says otherwise
    #[arg(value_name = "TIME")]
    time: String,
    /// The command, as you would type it after `snapback`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// The arguments of `snapback schedule list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Also those that have ended
    #[arg(long)]
    all: bool,
}

/// The arguments of `snapback schedule cancel`.
#[derive(Debug, clap::Args)]
pub struct CancelArgs {
    /// Its id, as `schedule list` shows it, or the beginning of that
    #[arg(value_name = "ID")]
    id: String,
}

const COLUMNS: &[Column] = &[
    Column::new("id", "ID"),
    Column::new("due_at", "Due At"),
    Column::new("state", "State"),
    Column::command("command", "Command"),
    Column::prose("summary", "Summary"),
    Column::new("created_at", "Created At"),
    Column::new("ended_at", "Ended At"),
];

/// How many of the columns people see.
const SHOWN: usize = 5;

/// Notes a command that `schedule run` is to run once.
///
/// # Errors
/// [`Kind::Usage`]: a time that is past or not a time, a command that snapback does not understand. The errors of the
/// state file.
pub(super) fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let now = context.clock.now();
    let due_at = to_come(context, &args.time)?;
    if due_at <= now {
        let (at, now) = (on_both_clocks(due_at, &Local), on_both_clocks(now, &Local));
        return Err(Error::new(Kind::Usage, format!("{} is past: {at}; now it is {now}", args.time))
            .hint("write the day, as in 'tomorrow 02:00'; a time without a zone is UTC"));
    }
    let arguments = understood(context, &args.command)?;
    let tools = context.tools()?;
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate)?;
    let id = context.ids.operation().to_string();
    let one_off =
        OneOff { id, due_at, arguments, created_at: now, state: OneOffState::Waiting, ended_at: None, summary: None };
    state.add_one_off(one_off.clone())?;
    context.ui.say(&format!("{}: {}", one_off.id, on_both_clocks(due_at, &Local)));
    context.ui.say("`snapback schedule run` runs it: keep that running until then, or run it later with --once");
    show(context, &[one_off])?;
    Ok(Outcome::done())
}

/// The time that is meant. A clock time alone means the next time that the clock shows it.
fn to_come(context: &Context, text: &str) -> Result<DateTime<Utc>> {
    let typed = text.trim();
    let length = typed.strip_prefix("in ").or(Some(typed).filter(|typed| !typed.contains(':')));
    if let Some(length) = length.and_then(|length| humantime::parse_duration(length.trim()).ok()) {
        let after = TimeDelta::from_std(length).ok().and_then(|length| context.clock.now().checked_add_signed(length));
        return after.ok_or_else(|| Error::new(Kind::Usage, format!("TIME: '{typed}' is too far away")));
    }
    let is_clock = typed.split_once(':').is_some_and(|(hour, _)| hour.len() < 3 && hour.parse::<u8>().is_ok());
    if !is_clock {
        return moment(context, typed);
    }
    match moment(context, &format!("today {typed}"))? {
        today if today > context.clock.now() => Ok(today),
        _ => moment(context, &format!("tomorrow {typed}")),
    }
}

/// Reads a time that must be in the future. The error does not show the forms of past times.
fn moment(context: &Context, text: &str) -> Result<DateTime<Utc>> {
    times::moment("TIME", text, context).map_err(|error| match error.message().split_once(": write ") {
        Some((what, _)) => Error::new(Kind::Usage, what.to_owned())
            .hint("write 02:00, 'tomorrow 02:00', 'in 2h', 'YYYY-MM-DD HH:MM' or RFC 3339; UTC, unless it ends in 'local' or an offset"),
        None => error,
    })
}

fn show(context: &mut Context, one_offs: &[OneOff]) -> Result<()> {
    let table = Table::new("one_offs", TableKind::Own, COLUMNS, Some("id")).showing_first(SHOWN);
    context.ui.table(&table, |row| {
        for one_off in one_offs {
            row(vec![
                Cell::text(&one_off.id),
                Cell::Time(one_off.due_at),
                Cell::text(one_off.state.name()),
                Cell::Text(line(one_off)),
                Cell::maybe(one_off.summary.as_ref(), Cell::text),
                Cell::Time(one_off.created_at),
                Cell::maybe(one_off.ended_at, Cell::Time),
            ]);
        }
        Ok(())
    })
}

fn line(one_off: &OneOff) -> String {
    one_off.arguments.iter().map(|word| quoted(word)).fold("snapback".to_owned(), |line, word| format!("{line} {word}"))
}

/// Lists the commands that are to be run once.
///
/// # Errors
/// Those of the state file.
pub(super) fn list(context: &mut Context, args: &ListArgs) -> Result<Outcome> {
    let mut one_offs = context.reader()?.one_offs()?;
    let open = [OneOffState::Waiting, OneOffState::Run(RunState::Running)];
    one_offs.retain(|one_off| args.all || open.contains(&one_off.state));
    show(context, &one_offs)?;
    Ok(Outcome::done())
}

/// Cancels a command whose time has not come.
///
/// # Errors
/// [`Kind::NotFound`]; [`Kind::Refused`] if it has begun or ended; the errors of the state file.
pub(super) fn cancel(context: &mut Context, args: &CancelArgs) -> Result<Outcome> {
    let tools = context.tools()?;
    let (state, _) = context.open_state(&tools.manifest, Access::Change)?;
    let all = state.reader().one_offs()?;
    let found: Vec<&OneOff> = all.iter().filter(|one_off| one_off.id.starts_with(&args.id)).collect();
    let missing = |message: String| {
        Error::new(Kind::NotFound, message).hint("to see them:").try_command("snapback schedule list --all")
    };
    let one_off = match found.as_slice() {
        [one_off] => *one_off,
        [] => return Err(missing(format!("no command of `schedule at` has the id '{}'", args.id))),
        _ => return Err(missing(format!("several ids begin with '{}'", args.id))),
    };
    let ended_at = Some(context.clock.now());
    let cancelled = OneOff { state: OneOffState::Cancelled, ended_at, ..one_off.clone() };
    if !state.change_one_off(cancelled.clone(), OneOffState::Waiting)? {
        let message = format!("{} is {}: it cannot be cancelled", one_off.id, one_off.state.name());
        return Err(Error::new(Kind::Refused, message)
            .hint("to see what became of it:")
            .try_command("snapback schedule list --all"));
    }
    show(context, &[cancelled])?;
    Ok(Outcome::done())
}
