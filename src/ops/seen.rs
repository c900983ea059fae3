//! What a CPI says it has made or deleted is looked for in its cloud before it is recorded, where the cloud can be asked.

use std::time::{Duration, Instant};

use super::there::has_snapshot;
use crate::cpi::{Cpi, CpiError, CpiErrorKind, CpiResult, DiskMade, SnapshotState, SnapshotTaken};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::intent::Intent;

/// The pause between two looks: a cloud may show late what it has made.
const PAUSE: Duration = Duration::from_millis(200);

/// The snapshot, once the cloud does not say that there is none.
///
/// # Errors
/// [`CpiErrorKind::OutcomeUnknown`] where it says so.
pub(super) fn snapshot(cpi: &dyn Cpi, taken: SnapshotTaken) -> CpiResult<SnapshotTaken> {
    let there = || match cpi.describe_snapshot(&taken.cid) {
        Ok(status) => status.state != SnapshotState::Missing,
        // It cannot tell.
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
/// [`CpiErrorKind::OutcomeUnknown`] where it says so.
pub(super) fn disk(cpi: &dyn Cpi, method: &'static str, made: DiskMade) -> CpiResult<DiskMade> {
    if in_time(cpi, || cpi.has_disk(&made.cid).unwrap_or(true)) {
        return Ok(made);
    }
    Err(none(cpi, method, &format!("disk {}", made.cid)))
}

/// Deletes a disk, and looks until the cloud does not show it any more. One that the cloud does not have is gone already.
///
/// # Errors
/// The CPI's; a [`CpiErrorKind::Cloud`] where the cloud still has it: then it is not deleted, whatever was answered.
pub(super) fn deleted(cpi: &dyn Cpi, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
    match cpi.delete_disk(intent, disk) {
        Err(error) if error.kind == CpiErrorKind::DiskNotFound => {}
        other => other?,
    }
    // One that cannot tell is believed.
    if in_time(cpi, || !cpi.has_disk(disk).unwrap_or(false)) {
        return Ok(());
    }
    let message = format!("it answers that disk {disk} is deleted, and the cloud still has it");
    Err(CpiError::new(cpi.name(), "delete_disk", CpiErrorKind::Cloud, message)
        .hint("it stays on the list; look at it in the cloud, and try again"))
}

/// The end of a snapshot's deletion, which the CPI has said to have happened: looks until the cloud does not show it any
/// more.
///
/// # Errors
/// A [`CpiErrorKind::Cloud`] where the cloud still has it.
pub(super) fn snapshot_deleted(cpi: &dyn Cpi, cid: &SnapshotCid) -> CpiResult<()> {
    // One that cannot tell is believed.
    if in_time(cpi, || !matches!(has_snapshot(cpi, cid), Ok(Some(true)))) {
        return Ok(());
    }
    let message = format!("it answers that snapshot {cid} is deleted, and the cloud still has it");
    Err(CpiError::new(cpi.name(), "delete_snapshot", CpiErrorKind::Cloud, message)
        .hint("it stays on the list; look at it in the cloud, and try again"))
}

fn in_time(cpi: &dyn Cpi, reached: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        // What is asked now is answered later: an answer is as old as its question.
        let asked = begun.elapsed();
        if reached() {
            return true;
        }
        let left = cpi.capabilities().lag.saturating_sub(asked);
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(PAUSE.min(left));
    }
}

fn none(cpi: &dyn Cpi, method: &'static str, what: &str) -> CpiError {
    let message = format!("it answers with {what}, and then says that there is none");
    CpiError::new(cpi.name(), method, CpiErrorKind::OutcomeUnknown, message)
}
