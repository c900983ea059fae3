//! Looks in the cloud for the things that a CPI claims to have made or deleted, before that is recorded, if the cloud
//! can be asked.

use std::time::Duration;

use super::again::ask_again;
use super::perform::{Run, StepError, perform};
use super::session::Session;
use super::there::{has_snapshot, shows_after_all};
use crate::cpi::{Cpi, CpiError, CpiErrorKind, CpiResult, DiskMade, SnapshotState, SnapshotTaken};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::intent::Intent;
use crate::domain::step::{Outcome, Step};

/// The pause between two looks: a cloud may be late to show what it has made.
const PAUSE: Duration = Duration::from_millis(200);

/// The snapshot, once the cloud does not say that there is none.
///
/// # Errors
/// [`CpiErrorKind::OutcomeUnknown`] if it says so.
pub(super) fn snapshot(cpi: &dyn Cpi, taken: SnapshotTaken) -> CpiResult<SnapshotTaken> {
    let there = || match cpi.describe_snapshot(&taken.cid) {
        Ok(status) => status.state != SnapshotState::Missing,
        // The cloud cannot tell.
        Err(_) => true,
    };
    if !cpi.capabilities().describe_snapshots || in_time(cpi, there) {
        return Ok(taken);
    }
    Err(none(cpi, "snapshot_disk", &format!("snapshot {}", taken.cid)))
}

/// The disk, once the cloud does not say that there is none.
///
/// # Errors
/// [`CpiErrorKind::OutcomeUnknown`] if it says so.
pub(super) fn disk(cpi: &dyn Cpi, method: &'static str, made: DiskMade) -> CpiResult<DiskMade> {
    if in_time(cpi, || cpi.has_disk(&made.cid).unwrap_or(true)) {
        return Ok(made);
    }
    Err(none(cpi, method, &format!("disk {}", made.cid)))
}

/// Deletes a disk as a step, and looks until the cloud does not show it any more. One that the cloud does not have is gone
/// already.
///
/// # Errors
/// Those of the CPI and the journal; a [`CpiErrorKind::Cloud`] if the cloud still has it: then it is not deleted,
/// whatever was answered.
pub(super) fn delete_disk(run: Run<'_>, cpi: &dyn Cpi, disk: &DiskCid) -> Result<(), StepError> {
    let step = Step::DeleteDisk { cpi: cpi.name().clone(), disk: disk.clone() };
    let delete = |intent: &Intent| {
        match cpi.delete_disk(intent, disk) {
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => {}
            other => other?,
        }
        // A cloud that cannot tell is believed.
        gone(cpi, "delete_disk", &format!("disk {disk}"), || !cpi.has_disk(disk).unwrap_or(false))
    };
    perform(run, &step, delete, |()| step.happened())
}

/// Deletes a snapshot, and looks until the cloud does not show it any more. True if the cloud did not have it.
///
/// # Errors
/// Those of the CPI; a [`CpiErrorKind::Cloud`] if the cloud still has it, or has none of the things that are known to
/// be there.
pub(super) fn delete_snapshot(
    session: &Session<'_>,
    intent: &Intent,
    cpi: &dyn Cpi,
    cid: &SnapshotCid,
) -> CpiResult<bool> {
    let was_gone = match cpi.delete_snapshot(intent, cid) {
        Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => {
            session.refuse_if_elsewhere(cpi, "delete_snapshot", cid)?;
            refuse_if_shown(session, cpi, cid)?;
            true
        }
        other => other.map(|()| false)?,
    };
    // A cloud that cannot tell is believed.
    gone(cpi, "delete_snapshot", &format!("snapshot {cid}"), || !matches!(has_snapshot(cpi, cid), Ok(Some(true))))?;
    Ok(was_gone)
}

/// Refuses to take a snapshot for gone if the cloud says that it does not have it, but another answer shows it.
fn refuse_if_shown(session: &Session<'_>, cpi: &dyn Cpi, cid: &SnapshotCid) -> CpiResult<()> {
    let failed = |why: String| CpiError::new(cpi.name(), "delete_snapshot", CpiErrorKind::Cloud, why);
    let known = session.state.reader().snapshots_by_cid(cid).map_err(|error| failed(error.to_string()))?;
    let Some(known) = known.into_iter().find(|known| known.cpi == *cpi.name()) else { return Ok(()) };
    let why = match shows_after_all(cpi, &known, session.clock.now()) {
        Ok(false) => return Ok(()),
        Ok(true) => format!("it answers that there is no snapshot {cid}, and shows it"),
        Err(error) => {
            format!("it answers that there is no snapshot {cid}, and nobody else tells: {}", error.in_one_line())
        }
    };
    Err(failed(why).hint("it stays on the list; try again when all of the cloud answers"))
}

/// The outcome of such a step.
pub(super) fn deleted(step: &Step, was_gone: bool) -> Outcome {
    step.happened().telling(was_gone.then(|| "it was gone already".to_owned()))
}

fn gone(cpi: &dyn Cpi, method: &'static str, what: &str, is_gone: impl Fn() -> bool) -> CpiResult<()> {
    if in_time(cpi, is_gone) {
        return Ok(());
    }
    let message = format!("it answers that {what} is deleted, and the cloud still has it");
    Err(CpiError::new(cpi.name(), method, CpiErrorKind::Cloud, message)
        .hint("it stays on the list; look at it in the cloud, and try again"))
}

fn in_time(cpi: &dyn Cpi, reached: impl Fn() -> bool) -> bool {
    let ask = || {
        let is_reached = reached();
        (is_reached, is_reached)
    };
    ask_again(cpi.capabilities().lag, (PAUSE, PAUSE), ask, || None)
}

fn none(cpi: &dyn Cpi, method: &'static str, what: &str) -> CpiError {
    let message = format!("it answers with {what}, and then says that there is none");
    CpiError::new(cpi.name(), method, CpiErrorKind::OutcomeUnknown, message)
}
