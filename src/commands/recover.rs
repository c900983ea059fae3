//! `snapback recover`

use super::Outcome;
use crate::context::Context;
use crate::domain::ids::OperationId;
use crate::domain::operation::OperationState;
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::ops::recover::{Recovered, Way, recover, report};
use crate::state::{Access, Binding};
use crate::ui::{Cell, Column, Table, TableKind};

/// What `recover` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::cli::exit_codes())]
pub struct Args {
    /// Only this operation; the beginning of its id is enough
    #[arg(value_name = "OPERATION")]
    operation: Option<OperationId>,
    /// Finish interrupted restores, wherever they stood; go on with a copy of the state file
    #[arg(long, conflicts_with = "rollback")]
    resume: bool,
    /// Put instances of interrupted restores back on their old disks
    #[arg(long)]
    rollback: bool,
    /// Recover this operation of another host, which is surely dead
    #[arg(long, value_name = "OPERATION")]
    take_over: Option<OperationId>,
    /// Show what is open, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Finishes or rolls back what interrupted commands left open.
///
/// # Errors
/// The manifest's or the state file's. What cannot be recovered is in the outcome.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    if args.rollback && !args.dry_run {
        context.can_ask()?;
    }
    let way = match (args.resume, args.rollback) {
        (true, _) => Way::Resume,
        (_, true) => Way::RollBack,
        _ => Way::ByItsState,
    };
    let reader = context.reader()?;
    if let (Binding::Copy(why), Way::ByItsState) = (reader.binding()?, way) {
        context.ui.warn(&format!("{} is not where it belongs: {why}", reader.path().display()));
        let resume = format!("{} recover --resume", context.program);
        context.ui.warn(&format!("nothing is changed; to go on with it (only if the original is gone): {resume}"));
        let rows = report(&reader)?;
        return show(context, rows);
    }
    let pending = |id: &OperationId| match find::operation(&reader, id)? {
        operation if operation.state == OperationState::Pending => Ok(operation.id),
        ended => Err(Error::new(Kind::NotFound, format!("operation {} has ended: {}", ended.id, ended.state.name()))
            .try_command(format!("snapback operations {}", ended.id))),
    };
    let take_over = args.take_over.as_ref().map(pending).transpose()?;
    let named = args.operation.as_ref().map(pending).transpose()?.or_else(|| take_over.clone());
    let mut meant = report(&reader)?;
    meant.retain(|row| named.as_ref().is_none_or(|named| row.operation.id == *named));
    if args.dry_run {
        return show(context, meant);
    }
    if way == Way::RollBack {
        for row in &meant {
            context.ui.say(&format!("{}  {}", row.operation.id, row.operation.arguments));
        }
        context.ui.say("Rolling back the above");
        context.confirm()?;
    }
    let tools = context.tools()?;
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeCopy)?;
    let session = context.session(&tools, state);
    let rows = recover(&session, way, named.as_ref(), take_over.as_ref())?;
    show(context, rows)
}

const COLUMNS: &[Column] = &[
    Column::new("operation", "Operation"),
    Column::new("verb", "Verb"),
    Column::new("result", "Result"),
    Column::new("found", "Found"),
    Column::new("error", "Error"),
];

fn show(context: &mut Context, rows: Vec<Recovered>) -> Result<Outcome> {
    let table = Table::new("operations", TableKind::Own, COLUMNS, None).showing_first(COLUMNS.len() - 1);
    context.ui.table(&table, |emit| {
        for row in &rows {
            emit(vec![
                Cell::text(&row.operation.id),
                Cell::text(row.operation.verb.name()),
                Cell::Text(match &row.result {
                    Ok(result) => result.clone(),
                    Err(error) => error.in_one_line(),
                }),
                Cell::Lines(row.found.clone()),
                Cell::maybe(row.result.as_ref().err(), |error| Cell::Text(error.in_one_line())),
            ]);
        }
        Ok(())
    })?;
    if rows.is_empty() {
        context.ui.say("Nothing is open");
    }
    let recovered = rows.iter().filter(|row| row.result.is_ok()).count();
    Ok(Outcome::of_attempts(recovered, rows.into_iter().filter_map(|row| row.result.err()).collect()))
}
