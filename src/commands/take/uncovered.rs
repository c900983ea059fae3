//! Disks and deployments that have no snapshot at all: the take of a schedule reports them.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::domain::instance::InstanceName;
use crate::error::{Error, Result};
use crate::ops::schedule::{UNCOVERED, Uncovered, bare, uncovered};
use crate::ops::take::Taken;
use crate::state::Reader;
use crate::ui::{Cell, Column, Format, Table, TableKind};

const COLUMNS: &[Column] = &[Column::new("deployment", "Deployment"), Column::new("disks", "Disks")];

/// Names the disks that are left without any snapshot: to people, and to programs in a list of its own. Returns the
/// errors of the run; a deployment without any persistent disk is not one.
///
/// # Errors
/// Those of the state file.
pub(super) fn tell(
    context: &mut Context,
    reader: &Reader,
    all: bool,
    instances: &[InstanceName],
    rows: &[Taken],
) -> Result<Vec<Error>> {
    let deployments: BTreeSet<String> = match all {
        true => reader.deployments()?.into_iter().collect(),
        false => instances.iter().map(|name| name.deployment.clone()).collect(),
    };
    let left = uncovered(reader, deployments)?;
    for one in left.iter().filter(|one| one.disks == 0) {
        let name = &one.deployment;
        context.ui.warn(&format!("deployment {name} has no persistent disk: there is no snapshot of it at all"));
    }
    if !left.is_empty() && matches!(context.ui.style().format, Format::Json | Format::Jsonl) {
        context.ui.table(&Table::new(UNCOVERED, TableKind::Own, COLUMNS, None), |emit| {
            for one in &left {
                emit(vec![Cell::text(&one.deployment), Cell::Number(u64::try_from(one.disks).unwrap_or(u64::MAX))]);
            }
            Ok(())
        })?;
    }
    let whole = left.iter().filter_map(Uncovered::error);
    Ok(bare(reader, instances, rows)?.into_iter().chain(whole).collect())
}
