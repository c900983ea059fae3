//! Plans of restores and undos, and their results, as an operator sees them.

use crate::commands::views;
use crate::context::Context;
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::swap::{Method, SwapPlan};
use crate::error::Result;
use crate::ops::costs::Cost;
use crate::ops::swap::Swapped;
use crate::ui::{Cell, Column, Table, TableKind, takes_away};

const RESTORED: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("old_disk_cid", "Old Disk CID"),
    Column::new("safety_snapshot_cid", "Safety Snapshot CID"),
    Column::new("operation", "Operation"),
    Column::new("deployment", "Deployment"),
    Column::prose("remark", "Remark"),
];
/// How many of the columns people see.
const SHOWN: usize = RESTORED.len() - 2;

/// Prints the steps of plans as the answer of a dry run, with the cost of each plan.
///
/// # Errors
/// The output cannot be written.
pub(super) fn steps(context: &mut Context, plans: &[(&SwapPlan, Vec<Cost>)]) -> Result<()> {
    let shown = if plans.len() > 1 { views::PLANNED_OF_SEVERAL } else { views::PLANNED };
    context.ui.table(&views::planned().showing_first(shown), |row| {
        for (plan, costs) in plans {
            for (at, step) in plan.steps().into_iter().enumerate() {
                // The costs of the whole plan are shown at its first step.
                let costs = costs.iter().filter(|_| at == 0).map(Cost::in_words).collect();
                row(vec![
                    Cell::Number(at as u64 + 1),
                    Cell::Text(step),
                    Cell::text(&plan.instance),
                    Cell::Lines(costs),
                ]);
            }
        }
        Ok(())
    })
}

/// Prints the steps of a plan, before the question.
pub(super) fn say_steps(context: &mut Context, plan: &SwapPlan) {
    for (at, step) in plan.steps().iter().enumerate() {
        let line = format!("  {}. {step}", at + 1);
        match takes_away(step) {
            true => context.ui.say_doomed(&line),
            false => context.ui.say(&line),
        }
    }
}

/// Prints the exchanged disks as the answer, and how to go back.
///
/// # Errors
/// The output cannot be written.
pub(super) fn report(context: &mut Context, line: Option<&CreateEnvLine>, all: &[(&SwapPlan, Swapped)]) -> Result<()> {
    let table = Table::new("instances", TableKind::Own, RESTORED, Some("disk_cid"));
    // An instance may have several disks, each in a row of its own.
    let table = if all.iter().any(|(_, done)| !done.others.is_empty()) { table.counting("disks") } else { table };
    context.ui.table(&table.showing_first(SHOWN), |row| {
        for (plan, done) in all {
            let mut add = |disk: &DiskCid, old: Option<&DiskCid>, safety: Option<&SnapshotCid>| {
                row(vec![
                    Cell::text(&plan.instance),
                    Cell::text(disk),
                    Cell::maybe(old, Cell::text),
                    Cell::maybe(safety, Cell::text),
                    Cell::text(&done.operation),
                    Cell::text(&plan.instance.deployment),
                    Cell::maybe(done.remark.as_ref(), Cell::text),
                ]);
            };
            add(&done.disk, done.old_disk.as_ref(), done.safety.as_ref());
            for other in &done.others {
                add(&other.disk, other.old_disk.as_ref(), other.safety.as_ref());
            }
        }
        Ok(())
    })?;
    for (plan, done) in all {
        let old: Vec<&str> = done.old_disks().into_iter().map(DiskCid::as_str).collect();
        if !old.is_empty() {
            let line = match (&plan.method, line) {
                (Method::CreateEnv(_), Some(line)) => format!(" -- {}", line.shown()),
                (Method::CreateEnv(_) | Method::Bosh(_) | Method::Cpi, _) => String::new(),
            };
            let undo = context.called.command(&format!("snapback undo {}{line}", done.operation));
            let kept = match old.as_slice() {
                [old] => format!("The old disk {old} is kept"),
                several => format!("The old disks {} are kept", several.join(", ")),
            };
            context.ui.say(&format!("{kept}. To go back: {undo}"));
        }
    }
    Ok(())
}
