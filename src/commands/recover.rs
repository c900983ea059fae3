//! `snapback recover`

use super::Outcome;
use super::restore::create_env;
use crate::context::Context;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::swap::Method;
use crate::domain::verdict::{Abandoned, Adopted, Verdict};
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::ops::recover::unknown::Unknown;
use crate::ops::recover::{Orders, Recovered, Way, decide, leftovers, recover, report};
use crate::state::{Access, Binding, LockState};
use crate::ui::{Cell, Column, Format, Table, TableKind};

/// The arguments of `snapback recover`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this operation; the beginning of its id is enough
    #[arg(value_name = "OPERATION")]
    operation: Option<OperationId>,
    /// Finish interrupted restores, wherever they stopped; go on with a copy of the state file
    #[arg(long, conflicts_with = "rollback")]
    resume: bool,
    /// Put instances of interrupted restores back on their old disks
    #[arg(long)]
    rollback: bool,
    /// Recover this operation, which was begun on another host or lost its lock file: you are sure that it is dead
    #[arg(long, value_name = "OPERATION")]
    take_over: Option<OperationId>,
    /// A step that the cloud cannot tell about has happened, and made (or deleted) this. If several steps are
    /// unknown, name the step by its number
    #[arg(long, value_name = "[N=]CID", requires = "operation")]
    adopt: Vec<Adopted>,
    /// A step that the cloud cannot tell about has not happened
    #[arg(long, value_name = "N", requires = "operation", num_args = 0..=1, default_missing_value = "")]
    abandon: Vec<Abandoned>,
    /// End this operation as it is, if it can go neither on nor back: record where the instance's disk is, according to
    /// the cloud and to what manages the instance, and change nothing
    #[arg(long, value_name = "OPERATION", conflicts_with_all = ["operation", "resume", "rollback", "take_over", "adopt", "abandon"])]
    close: Option<OperationId>,
    /// Do not wait for this process: it holds the operation's lock, but is not a call to the cloud (such as a VM of a
    /// CPI's)
    #[arg(long, value_name = "PID")]
    ignore_process: Vec<u32>,
    /// If create-env manages the instance: go on, and leave its Director as the command line has it
    #[arg(long)]
    without_disarming: bool,
    /// Show what is open, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// To go on with a restore by create-env: the command line that you began it with, `bosh create-env ... --recreate`
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Finishes or rolls back what interrupted commands left open.
///
/// # Errors
/// Those of the manifest and the state file. What cannot be recovered is in the outcome.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let line = create_env::line(&args.command, args.without_disarming)?;
    let verdicts = args.verdicts();
    let asks = args.rollback || args.close.is_some() || !verdicts.is_empty();
    if asks && !args.dry_run {
        context.can_ask()?;
    }
    let way = match (args.resume, args.rollback) {
        (true, _) => Way::Resume,
        (_, true) => Way::RollBack,
        _ => Way::ByItsState,
    };
    let reader = context.reader()?;
    if verdicts.is_empty()
        && let (Binding::Copy(why), Way::ByItsState) = (reader.binding()?, way)
    {
        context.ui.warn(&format!("{} is not where it belongs: {why}", reader.path().display()));
        let resume = context.called.command("snapback recover --resume");
        context.ui.warn(&format!("nothing is changed; to go on with it (only if the original is gone): {resume}"));
        let rows = report(&reader)?;
        return show(context, rows);
    }
    let pending = |id: &OperationId| match find::operation(&reader, id)? {
        operation if operation.state == OperationState::Pending => Ok(operation.id),
        ended => Err(has_ended(&ended)),
    };
    if let (Some(id), true, false) = (&args.operation, verdicts.is_empty(), args.dry_run) {
        let operation = find::operation(&reader, id)?;
        if operation.state != OperationState::Pending {
            return clear_what_is_left(context, &operation);
        }
    }
    let take_over = args.take_over.as_ref().map(pending).transpose()?;
    let close = args.close.as_ref().map(pending).transpose()?;
    let named =
        args.operation.as_ref().map(pending).transpose()?.or_else(|| take_over.clone()).or_else(|| close.clone());
    if named.is_none() && !args.ignore_process.is_empty() {
        return Err(Error::new(Kind::Usage, "--ignore-process says that the process is not part of one operation")
            .hint("name the operation whose lock it holds")
            .try_command("snapback recover --dry-run"));
    }
    let mut meant = report(&reader)?;
    meant.retain(|row| named.as_ref().is_none_or(|named| row.operation.id == *named));
    if verdicts.is_empty() && args.dry_run {
        return show(context, meant);
    }
    let mut tools = context.tools()?;
    tools.bosh = tools.bosh.with_create_env(line)?;
    if tools.bosh.create_env_line().is_some() {
        for plan in meant.iter().filter_map(|row| row.operation.plan.as_ref()) {
            if matches!(plan.method, Method::CreateEnv(_)) {
                create_env::outlives_the_run(&tools, &plan.cpi)?;
            }
        }
    }
    let decisions = match meant.as_slice() {
        // It is not known what a running child still does, so nothing is said of it.
        [only] if !verdicts.is_empty() && reader.lock_state(&only.operation.id) != LockState::Held => {
            let (now, author) = (context.clock.now(), context.author());
            decide::foresee(&reader, &tools.clouds, &author, now, &only.operation.id, &verdicts)
                .map_err(|error| error.in_operation(&only.operation.id))?
        }
        _ => Vec::new(),
    };
    if args.dry_run {
        if let [only] = meant.as_mut_slice() {
            only.found.extend(decisions.into_iter().map(|decision| decision.line));
        }
        return show(context, meant);
    }
    if asks {
        for row in &meant {
            context.ui.say(&format!("{}  {}", row.operation.id, row.operation.arguments));
        }
        for decision in &decisions {
            context.ui.say(&decision.line);
        }
        if !verdicts.is_empty() {
            context.ui.say("Recording this on your word, for good");
        }
        if way == Way::RollBack {
            context.ui.say("Rolling back the above");
        }
        if close.is_some() {
            context
                .ui
                .say("Ending it as it is: snapback records where the disk is now, and changes nothing in the cloud");
        }
        context.confirm()?;
    }
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeCopy)?;
    let session = context.session(&tools, state);
    let is_of_all = named.is_none();
    let mut rows = recover(
        &session,
        &Orders { way, named, take_over, verdicts, close: close.is_some(), ignored: args.ignore_process.clone() },
    )?;
    for row in &mut rows {
        row.result = std::mem::replace(&mut row.result, Ok(String::new()))
            .map_err(|error| create_env::completed(error, tools.bosh.create_env_line()));
    }
    if is_of_all {
        rows.extend(leftovers::clear(&session, None)?);
    }
    show(context, rows)
}

fn has_ended(ended: &Operation) -> Error {
    Error::new(Kind::NotFound, format!("operation {} has ended: {}", ended.id, ended.state.name()))
        .try_command(format!("snapback operations {}", ended.id))
}

/// Clears what an operation that has ended left half-made, as `check` shows it.
fn clear_what_is_left(context: &mut Context, ended: &Operation) -> Result<Outcome> {
    let tools = context.tools()?;
    let (state, _) = context.open_state(&tools.manifest, Access::Change)?;
    let rows = leftovers::clear(&context.session(&tools, state), Some(&ended.id))?;
    if rows.is_empty() { Err(has_ended(ended)) } else { show(context, rows) }
}

impl Args {
    fn verdicts(&self) -> Vec<Verdict> {
        let adopted = self.adopt.iter().cloned().map(Verdict::from);
        adopted.chain(self.abandon.iter().copied().map(Verdict::from)).collect()
    }
}

const COLUMNS: &[Column] = &[
    Column::new("operation", "Operation"),
    Column::new("verb", "Verb"),
    Column::new("result", "Result"),
    Column::told("found", "Found"),
    Column::told("error", "Error"),
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
    show_unknown(context, &rows)?;
    let recovered = rows.iter().filter(|row| row.result.is_ok()).count();
    Ok(Outcome::of_attempts(recovered, rows.into_iter().filter_map(|row| row.result.err()).collect()))
}

const UNKNOWN: &[Column] = &[
    Column::new("operation", "Operation"),
    Column::new("number", "#"),
    Column::new("kind", "Kind"),
    Column::new("cpi", "CPI"),
    Column::new("deployment", "Deployment"),
    Column::new("instance", "Instance"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("snapshot_cid", "Snapshot CID"),
    Column::new("after", "After"),
    Column::new("before", "Before"),
    Column::new("metadata", "Metadata"),
    Column::new("candidates", "Candidates"),
    Column::command("adopt", "Adopt"),
    Column::command("abandon", "Abandon"),
];

/// Prints the steps whose outcome is unknown as a table, in the formats for programs. People read them in the errors.
fn show_unknown(context: &mut Context, rows: &[Recovered]) -> Result<()> {
    let steps = || rows.iter().flat_map(|row| row.unknown.iter().map(move |step| (step, row.unknown.len() == 1)));
    let format = context.ui.style().format;
    if steps().next().is_none() || !matches!(format, Format::Json | Format::Jsonl | Format::BoshJson) {
        return Ok(());
    }
    let table = Table::new("unknown_steps", TableKind::Own, UNKNOWN, None);
    context.ui.table(&table, |emit| {
        for (step, alone) in steps() {
            emit(cells(step, alone));
        }
        Ok(())
    })
}

fn cells(step: &Unknown, alone: bool) -> Vec<Cell> {
    vec![
        Cell::text(&step.row.token.operation),
        Cell::Number(step.row.token.step.into()),
        Cell::text(step.row.step.kind()),
        Cell::text(&step.cpi),
        Cell::maybe(step.instance.as_ref(), |instance| Cell::text(&instance.deployment)),
        Cell::maybe(step.instance.as_ref(), Cell::text),
        Cell::maybe(step.disk.as_ref(), Cell::text),
        Cell::maybe(step.snapshot.as_ref(), Cell::text),
        Cell::Time(step.after),
        Cell::Time(step.before),
        Cell::Lines(step.metadata_lines()),
        Cell::maybe(step.candidates.as_ref(), |found| {
            Cell::Lines(found.iter().map(|snapshot| snapshot.cid.to_string()).collect())
        }),
        Cell::Text(step.adopt(alone)),
        Cell::Text(step.abandon(alone)),
    ]
}
