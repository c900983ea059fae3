//! One snapshot: its call, its row in the journal, and its record.

use super::perform::{Run, StepError, perform};
use super::seen;
use crate::cpi::{Cpi, SnapshotOptions};
use crate::domain::facts::Made;
use crate::domain::ids::DiskCid;
use crate::domain::instance::Instance;
use crate::domain::snapshot::{Purpose, Snapshot, snapshot_metadata};
use crate::domain::step::{SnapshotDraft, Step};
use crate::error::Error;

/// Takes one snapshot, with its row in the journal and its record in the state file. `answered` is called when the call
/// is over, before the outcome is written.
pub(super) fn snapshot_disk(
    run: Run<'_>,
    cpi: &dyn Cpi,
    instance: &Instance,
    disk: &DiskCid,
    purpose: Purpose,
    draft: SnapshotDraft,
    answered: impl FnOnce(),
) -> Result<Snapshot, StepError> {
    let director = run.session.state.director().map_err(Error::from)?;
    let options = SnapshotOptions { allow_torn: draft.allow_torn };
    let step = step(cpi, disk, purpose, &draft);
    let operation = run.operation.id();
    let taken = perform(
        run,
        &step,
        |intent| {
            let metadata = snapshot_metadata(&director, instance, intent.token());
            let taken = cpi.snapshot_disk(intent, disk, &metadata, options);
            answered();
            seen::snapshot(cpi, taken?)
        },
        |taken| step.made(&Made::Snapshot(taken.clone(), operation.clone())),
    )?;
    Ok(draft.taken(cpi.name(), disk, purpose, &taken, operation))
}

/// The step that takes a snapshot of a disk.
pub(super) fn step(cpi: &dyn Cpi, disk: &DiskCid, purpose: Purpose, draft: &SnapshotDraft) -> Step {
    Step::SnapshotDisk { cpi: cpi.name().clone(), disk: disk.clone(), purpose, draft: draft.clone() }
}
