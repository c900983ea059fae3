//! `snapback undo`

use super::Outcome;
use super::restore::several::carry_out_all;
use super::restore::{carry_out, create_env, director};
use crate::context::{Context, Tools};
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::exchanges::Next;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::operation::{Operation, Verb};
use crate::domain::swap::{DiskSwap, Method, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::swap::{Looking, each_named_to_undo, newest_to_undo, plan_undo};
use crate::ops::{CpiSource, HookRunner};
use crate::state::Reader;

/// The arguments of `snapback undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The restore or undo to reverse, or several of them; the beginning of an id is enough. The undo of an undo is the redo [default: all that the newest command has restored and that is not undone]
    #[arg(value_name = "OPERATION")]
    operation: Vec<OperationId>,
    /// If a Director manages the instance: leave its resurrector as it is
    #[arg(long)]
    leave_resurrection: bool,
    /// If create-env manages the instance: leave its Director as the command line has it
    #[arg(long)]
    without_disarming: bool,
    /// Show the plan, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// If create-env manages the instance: its command line, `bosh create-env ... --recreate`. snapback does not keep
    /// it
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Args {
    /// How to type it again for this operation, or for what is next; create-env's command line is not among it.
    fn again(&self, operation: &str) -> String {
        let mut line = format!("snapback undo {operation}").trim_end().to_owned();
        line.push_str(if self.leave_resurrection { " --leave-resurrection" } else { "" });
        line.push_str(if self.without_disarming { " --without-disarming" } else { "" });
        line
    }
}

/// Brings the former disks of instances back: those of one operation, or of all that the newest command has restored.
///
/// # Errors
/// Nothing to undo, or one of them cannot be undone, with the reason; otherwise the errors of `restore`.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let line = create_env::line(&args.command, args.without_disarming)?;
    let mut tools = context.tools()?;
    tools.bosh = tools.bosh.with_create_env(line)?;
    let done = run_with(context, &tools, args);
    create_env::completed_outcome(done, tools.bosh.create_env_line())
}

fn run_with(context: &mut Context, tools: &Tools, args: &Args) -> Result<Outcome> {
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let reader = opened.reader();
    let operations = match args.operation.as_slice() {
        [] => newest_to_undo(reader, context.deployment().as_deref(), context.wait())?,
        named => each_named_to_undo(reader, named)?,
    };
    let mut plans = Vec::new();
    for operation in &operations {
        plans.push(
            plan(context, tools, reader, args, operation)
                .map_err(|error| without(error, args, operation, &operations))?,
        );
    }
    for (operation, plan) in operations.iter().zip(&plans) {
        let of = if plans.len() > 1 { format!(" ({})", plan.instance) } else { String::new() };
        context.ui.say(&format!("Undoing operation {}{of}: {}", operation.id, operation.arguments));
        tell_of_snapshots(context, reader, operation, plan)?;
    }
    let outcome = match plans.as_slice() {
        [plan] => carry_out(context, tools, opened, Verb::Undo, plan),
        several => carry_out_all(context, tools, opened, Verb::Undo, several, &args.again("")),
    }?;
    if args.operation.is_empty() && !args.dry_run && outcome.failures.is_empty() {
        tell_what_is_next(context, args, tools.bosh.create_env_line());
    }
    Ok(outcome)
}

fn plan(context: &mut Context, tools: &Tools, reader: &Reader, args: &Args, operation: &Operation) -> Result<SwapPlan> {
    let Some(plan) = &operation.plan else {
        return Err(Error::new(
            Kind::Refused,
            format!("operation {} cannot be undone: a {} changes no instance", operation.id, operation.verb.name()),
        )
        .try_command("snapback operations"));
    };
    let cpi = tools.clouds.cpi(&plan.cpi)?;
    create_env::before_undo(context, tools, plan, args.dry_run)?;
    if let Method::Bosh(_) = &plan.method {
        director::before(context, tools, &plan.instance);
    }
    let looking = Looking { reader, cpi: cpi.as_ref(), bosh: &tools.bosh, hooks: tools.hooks.present() };
    plan_undo(looking, operation, args.leave_resurrection, context.wait())
}

/// Adds to an error about one operation the command that undoes the others.
fn without(error: Error, args: &Args, failed: &Operation, all: &[Operation]) -> Error {
    if all.len() < 2 {
        return error;
    }
    let told = Error::new(error.kind(), format!("{}: nothing was done", error.in_one_line())).with_hints_of(&error);
    let others: Vec<&str> = all.iter().map(|one| one.id.as_str()).filter(|id| *id != failed.id.as_str()).collect();
    told.hint("to undo the others of that command:").try_command(args.again(&others.join(" ")))
}

fn tell_of_snapshots(context: &mut Context, reader: &Reader, operation: &Operation, plan: &SwapPlan) -> Result<()> {
    for disk in put_back_by_snapshot(operation, plan) {
        if let Some(by) = reader.disk_deleted_by(&plan.cpi, disk)? {
            context
                .ui
                .say(&format!("Disk {disk} was deleted by operation {by}: its safety snapshot is put back instead"));
        }
    }
    Ok(())
}

/// The disks that the operation has orphaned, and that an undo can bring back only by their snapshots.
fn put_back_by_snapshot<'a>(undone: &'a Operation, undo: &'a SwapPlan) -> impl Iterator<Item = &'a DiskCid> {
    let by_snapshot =
        |slot: u32| undo.disks().any(|one| one.slot == slot && matches!(one.source, Source::Snapshot { .. }));
    let disks = undone.plan.iter().flat_map(SwapPlan::disks).filter(move |one| by_snapshot(one.slot));
    disks.filter_map(DiskSwap::old_disk)
}

/// Tells which operation the same command would undo next. This is a courtesy: if it cannot be read, nothing is told.
fn tell_what_is_next(context: &mut Context, args: &Args, line: Option<&CreateEnvLine>) {
    let deployment = context.deployment();
    let Some(exchanges) = context.reader().ok().and_then(|reader| reader.exchanges().ok()) else { return };
    let Next::Undo(all) = exchanges.next(deployment.as_deref()) else { return };
    let Some(first) = all.first() else { return };
    let names: Vec<String> = all.iter().map(|one| one.plan.instance.to_string()).collect();
    let next = format!("operation {} ({}): {}", first.id, names.join(", "), first.arguments);
    let line = line.filter(|_| all.iter().any(|one| matches!(one.plan.method, Method::CreateEnv(_))));
    let told = format!("Left to undo, by `{}` again: {next}", create_env::with_line(&args.again(""), line));
    context.ui.say(&told);
}
