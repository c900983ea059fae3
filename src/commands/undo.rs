//! `snapback undo`

use super::Outcome;
use super::restore::{carry_out, create_env};
use crate::context::Context;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::operation::{Operation, Verb};
use crate::domain::swap::{DiskSwap, Method, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::swap::{Looking, plan_undo};
use crate::ops::{CpiSource, HookRunner, find};

/// What `undo` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The restore or undo to reverse; the beginning of its id is enough [default: the newest]
    #[arg(value_name = "OPERATION")]
    operation: Option<OperationId>,
    /// Where a Director manages the instance: leave its resurrector as it is
    #[arg(long)]
    leave_resurrection: bool,
    /// Where create-env manages the instance: leave its Director as the command line has it
    #[arg(long)]
    without_disarming: bool,
    /// Show the plan, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where create-env manages the instance: the command line that looks after it, `bosh create-env ... --recreate`. It is not kept
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Brings the former disk of an instance back.
///
/// # Errors
/// Nothing to undo, or it cannot be undone, with the reason; else as `restore`.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let line = create_env::line(&args.command, args.without_disarming)?;
    let mut tools = context.tools()?;
    tools.bosh = tools.bosh.with_create_env(line)?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let reader = opened.reader();
    let operation = match &args.operation {
        Some(id) => find::operation(reader, id)?,
        None => reader.newest_swap(context.deployment().as_deref())?.ok_or_else(|| {
            Error::new(Kind::NotFound, "there is no restore to undo").try_command("snapback operations")
        })?,
    };
    let Some(cpi) = operation.plan.as_ref().map(|plan| plan.cpi.clone()) else {
        return Err(Error::new(
            Kind::Refused,
            format!("operation {} cannot be undone: a {} changes no instance", operation.id, operation.verb.name()),
        )
        .try_command("snapback operations"));
    };
    let cpi = tools.clouds.cpi(&cpi)?;
    if let Some(plan) = &operation.plan {
        create_env::before_undo(context, &tools, plan, args.dry_run)?;
        if let Method::Bosh(_) = &plan.method {
            super::restore::director::before(context, &tools, &plan.instance);
        }
    }
    let looking = Looking { reader, cpi: cpi.as_ref(), bosh: &tools.bosh, hooks: tools.hooks.present() };
    let plan = plan_undo(looking, &operation, args.leave_resurrection, context.wait())?;
    context.ui.say(&format!("Undoing operation {}: {}", operation.id, operation.arguments));
    for disk in put_back_by_snapshot(&operation, &plan) {
        if let Some(by) = reader.disk_deleted_by(&plan.cpi, disk)? {
            context
                .ui
                .say(&format!("Disk {disk} was deleted by operation {by}: its safety snapshot is put back instead"));
        }
    }
    carry_out(context, &tools, opened, Verb::Undo, &plan)
}

/// The disks that the operation has put away, and that an undo brings back by their snapshots alone.
fn put_back_by_snapshot<'a>(undone: &'a Operation, undo: &'a SwapPlan) -> impl Iterator<Item = &'a DiskCid> {
    let by_snapshot =
        |slot: u32| undo.disks().any(|one| one.slot == slot && matches!(one.source, Source::Snapshot { .. }));
    let disks = undone.plan.iter().flat_map(SwapPlan::disks).filter(move |one| by_snapshot(one.slot));
    disks.filter_map(DiskSwap::old_disk)
}
