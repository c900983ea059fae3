//! `snapback operations`

use super::Outcome;
use super::columns::Columns;
use crate::context::Context;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::swap::Method;
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::ops::swap::{now, take_in};
use crate::state::{Access, LockState, Reader};
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback operations`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the steps of this one; the beginning of its id is enough
    #[arg(value_name = "OPERATION")]
    operation: Option<OperationId>,
    /// The checklist is done: you have compared and re-armed the Director that the restore put on a database from the
    /// past
    #[arg(long, requires = "operation", conflicts_with = "limit")]
    done: bool,
    /// How many to list, newest first
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    columns: Columns,
}

const OPERATIONS: &[Column] = &[
    Column::new("operation", "Operation"),
    Column::new("verb", "Verb"),
    Column::new("state", "State"),
    Column::new("started_at", "Started At"),
    Column::new("took", "Took"),
    Column::new("by", "By"),
    Column::new("arguments", "Arguments"),
    Column::prose("summary", "Summary"),
    Column::prose("now", "Now"),
    Column::new("ended_at", "Ended At"),
    Column::new("undoes", "Undoes"),
    Column::new("undone_by", "Undone By"),
];

/// In so many columns there is room for the summary and for what is true now, each in a column of its own.
const BOTH: usize = 120;

const STEPS: &[Column] = &[
    Column::new("number", "#"),
    Column::prose("step", "Step"),
    Column::new("state", "State"),
    Column::new("started_at", "Started At"),
    Column::new("took", "Took"),
    Column::prose("result", "Result"),
    Column::prose("notes", "Notes"),
    Column::new("kind", "Kind"),
    Column::new("ended_at", "Ended At"),
];

/// Lists operations, newest first, or the steps of one.
///
/// # Errors
/// An unknown operation, the errors of the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    if let (Some(id), true) = (&args.operation, args.done) {
        check_off(context, id)?;
    }
    let reader = context.reader()?;
    match &args.operation {
        None => list(context, &reader, args)?,
        Some(id) => steps(context, &reader, &find::operation(&reader, id)?, &args.columns)?,
    }
    Ok(Outcome::done())
}

fn check_off(context: &mut Context, id: &OperationId) -> Result<()> {
    let manifest = context.manifest()?;
    let (state, _) = context.open_state(&manifest, Access::Change)?;
    let operation = find::operation(state.reader(), id)?;
    if state.check_off(&operation)? {
        // The checklist ends with another run of create-env, which makes a new VM.
        if let Some((plan, Method::CreateEnv(by))) = operation.plan.as_ref().map(|plan| (plan, &plan.method))
            && let Some(news) = take_in(&state, &plan.instance, by, context.clock.now())?
        {
            context.ui.say(&news);
        }
        return Ok(());
    }
    Err(Error::new(Kind::Refused, format!("operation {} has no open checklist", operation.id))
        .try_command(format!("snapback operations {}", operation.id)))
}

fn list(context: &mut Context, reader: &Reader, args: &Args) -> Result<()> {
    let table = Table::new("operations", TableKind::Own, OPERATIONS, None)
        .sparing_for(&["by", "took", "arguments", "now", "started_at", "summary"], "add --wide");
    let table = args.columns.shown(table, OPERATIONS.len() - 3)?;
    let operations = reader.operations(args.limit)?;
    let exchanges = reader.exchanges()?;
    let exchanged = exchanges.done().next().is_some();
    let instances = if exchanged { reader.instances(None)? } else { Vec::new() };
    // A terminal of 80 columns has no room for both.
    let in_one = args.columns.are_usual() && context.ui.is_narrower_than(BOTH);
    context.ui.table(&table, |row| {
        for operation in &operations {
            let (mut summary, mut now) = (operation.summary.clone(), now(&exchanges, &instances, &operation.id));
            if in_one && let (Some(summary), Some(now)) = (&mut summary, now.take()) {
                summary.push_str(&format!("; {now}"));
            }
            row(vec![
                Cell::text(&operation.id),
                Cell::text(operation.verb.name()),
                Cell::text(state(reader, operation)),
                Cell::Time(operation.started_at),
                Cell::maybe(operation.ended_at, |end| took(operation.started_at, end)),
                Cell::Text(format!("{}@{}", operation.author.user, operation.author.host)),
                Cell::text(&operation.arguments),
                Cell::maybe(summary, Cell::Text),
                Cell::maybe(now, Cell::Text),
                Cell::maybe(operation.ended_at, Cell::Time),
                Cell::maybe(operation.plan.as_ref().and_then(|plan| plan.undo_of.as_ref()), Cell::text),
                Cell::maybe(exchanges.undone_by(&operation.id), |by| Cell::text(&by.id)),
            ]);
        }
        Ok(())
    })
}

fn steps(context: &mut Context, reader: &Reader, operation: &Operation, columns: &Columns) -> Result<()> {
    let table = Table::new("steps", TableKind::Own, STEPS, None)
        .sparing_for(&["took", "started_at", "notes", "result"], "add --wide");
    let table = columns.shown(table, STEPS.len() - 2)?;
    let steps = reader.steps(&operation.id)?;
    context.ui.say(&format!("Operation {}: {}: {}", operation.id, operation.arguments, state(reader, operation)));
    if let (OperationState::Pending, LockState::Unknown(doubt)) = (operation.state, reader.lock_state(&operation.id)) {
        context.ui.warn(&format!("it may be running: {}", doubt.describe()));
    }
    if let Some(summary) = &operation.summary {
        context.ui.say(summary);
    }
    if let Some(now) = now(&reader.exchanges()?, &reader.instances(None)?, &operation.id) {
        context.ui.say(&format!("Now: {now}"));
    }
    context.ui.table(&table, |row| {
        for step in &steps {
            row(vec![
                Cell::Number(step.token.step.into()),
                Cell::Text(step.step.describe()),
                Cell::text(step.state.name()),
                Cell::Time(step.started_at),
                Cell::maybe(step.ended_at, |end| took(step.started_at, end)),
                Cell::maybe(step.result.as_ref(), Cell::text),
                Cell::maybe(step.notes.as_ref(), Cell::text),
                Cell::text(step.step.kind()),
                Cell::maybe(step.ended_at, Cell::Time),
            ]);
        }
        Ok(())
    })
}

fn state(reader: &Reader, operation: &Operation) -> &'static str {
    match (operation.state, reader.lock_state(&operation.id)) {
        (OperationState::Pending, LockState::Held) => "running",
        (OperationState::Pending, LockState::Unknown(_)) => "unknown",
        (state, _) => state.name(),
    }
}

fn took(start: chrono::DateTime<chrono::Utc>, end: chrono::DateTime<chrono::Utc>) -> Cell {
    Cell::Took((end - start).num_milliseconds())
}
