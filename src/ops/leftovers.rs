//! Removes the half-made and half-deleted things that steps left in a cloud.

use super::perform::{Run, StepError, perform};
use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::ids::{CpiName, OperationId};
use crate::domain::step::Step;
use crate::error::Result;

/// Removes the things that steps of the operation itself left. Returns the number of things removed.
///
/// # Errors
/// Those of the CPI and the state file.
pub fn clear(run: Run<'_>) -> Result<usize> {
    let makes_or_deletes = |step: &Step| {
        matches!(
            step,
            Step::CreateDisk { .. }
                | Step::SnapshotDisk { .. }
                | Step::DeleteSnapshot { .. }
                | Step::DeleteDisk { .. }
                | Step::CreateDiskFromSnapshot { .. }
        )
    };
    let steps = run.session.state.reader().steps(run.operation.id())?;
    let names = steps.iter().filter(|row| makes_or_deletes(&row.step)).filter_map(|row| row.step.cpi().cloned());
    let mut names: Vec<CpiName> = names.collect();
    names.sort();
    names.dedup();
    let mut all = 0;
    for name in names {
        all += clear_of(run, run.session.cpis.cpi(&name)?.as_ref(), run.operation.id())?;
    }
    Ok(all)
}

/// The same for any operation, on one cloud.
///
/// # Errors
/// Those of the CPI and the journal.
pub fn clear_of(run: Run<'_>, cpi: &dyn Cpi, of: &OperationId) -> Result<usize, StepError> {
    let step = Step::ClearLeftovers { cpi: cpi.name().clone(), operation: of.clone() };
    perform(
        run,
        &step,
        |intent| match cpi.clear_leftovers(intent, of) {
            Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(0),
            cleared => cleared,
        },
        |cleared| step.happened().telling(Some(format!("{cleared} removed"))),
    )
}
