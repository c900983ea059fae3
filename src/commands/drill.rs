//! `snapback drill`

use super::Outcome;
use crate::context::Context;
use crate::domain::ids::SnapshotCid;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::drill::{DrillPlan, Drilled, Programs, drill, plan};
use crate::ops::{CpiSource, HookRunner, find};
use crate::ui::{Cell, Column, Table, TableKind};

/// What `drill` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::exit_code::exit_codes())]
pub struct Args {
    /// The snapshot
    #[arg(value_name = "CID")]
    cid: SnapshotCid,
    /// Show the plan, and do nothing
    #[arg(long)]
    dry_run: bool,
}

const STEPS: &[Column] = &[Column::new("number", "#"), Column::new("step", "Step")];

const DRILLED: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("verified_at", "Verified At"),
    Column::new("by", "By"),
    Column::new("operation", "Operation"),
    Column::new("deployment", "Deployment"),
];

/// Tries a snapshot out on a scratch disk.
///
/// # Errors
/// An unknown snapshot, a CPI that cannot, nobody to look at the content, content that is not right, the state file's.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_change(&tools.manifest, args.dry_run)?;
    let snapshot = find::snapshot(opened.reader(), &args.cid)?;
    let cpi = tools.clouds.cpi(&snapshot.cpi)?;
    let path = context.environment.get("PATH").unwrap_or_default().to_owned();
    let programs = Programs { path, deadline: context.global.timeout.map(std::time::Duration::from_secs) };
    let plan = plan(cpi.as_ref(), tools.hooks.present(), &programs, snapshot)?;
    let Some(state) = opened.for_change() else {
        let steps = plan.steps();
        context.ui.table(&Table::new("steps", TableKind::Own, STEPS, None), |row| {
            for (at, step) in steps.into_iter().enumerate() {
                row(vec![Cell::Number(at as u64 + 1), Cell::Text(step)]);
            }
            Ok(())
        })?;
        context.ui.say("Nothing was done (--dry-run)");
        return Ok(Outcome::done());
    };
    let session = context.session(&tools, state);
    let drilled = drill(&session, &plan)?;
    show(context, &plan, &drilled)?;
    Ok(match drilled.kept {
        None => Outcome::done(),
        Some((disk, why)) => Outcome {
            status: ExitCode::PARTLY,
            failures: vec![
                Error::new(Kind::Cpi, format!("the scratch disk {disk} could not be deleted: {why}"))
                    .in_operation(&drilled.operation)
                    .hint("it is kept as an orphaned disk:")
                    .try_command("snapback disks --orphaned"),
            ],
        },
    })
}

fn show(context: &mut Context, plan: &DrillPlan, drilled: &Drilled) -> Result<()> {
    let snapshot = &plan.snapshot;
    let table = Table::new("drills", TableKind::Own, DRILLED, Some("cid")).showing_first(DRILLED.len() - 1);
    context.ui.table(&table, |row| {
        row(vec![
            Cell::text(&snapshot.instance),
            Cell::text(&snapshot.cid),
            Cell::Time(drilled.verified_at),
            Cell::Text(plan.look.describe()),
            Cell::text(&drilled.operation),
            Cell::text(&snapshot.instance.deployment),
        ]);
        Ok(())
    })
}
