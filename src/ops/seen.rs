//! What a CPI says it has made is looked for in its cloud before it is recorded, where the cloud can be asked.

use std::time::{Duration, Instant};

use crate::cpi::{Cpi, CpiError, CpiErrorKind, CpiResult, DiskMade, SnapshotState, SnapshotTaken};

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

fn in_time(cpi: &dyn Cpi, there: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if there() {
            return true;
        }
        let left = cpi.capabilities().lag.saturating_sub(begun.elapsed());
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
