//! Asks a cloud whether it has a snapshot.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::again::ask_again;
use crate::cpi::{Cpi, SnapshotState};
use crate::domain::ids::SnapshotCid;
use crate::domain::snapshot::{Metadata, Snapshot};
use crate::error::Result;

/// Whether the cloud has the snapshot; `None` if its CPI has no method that can tell.
///
/// # Errors
/// Those of the CPI: it can tell, and did not.
pub fn has_snapshot(cpi: &dyn Cpi, cid: &SnapshotCid) -> Result<Option<bool>> {
    let can = cpi.capabilities();
    if can.describe_snapshots {
        return Ok(Some(cpi.describe_snapshot(cid)?.state != SnapshotState::Missing));
    }
    if can.list_snapshots {
        return Ok(Some(cpi.list_snapshots(&Metadata::new())?.iter().any(|listed| listed.cid == *cid)));
    }
    Ok(None)
}

/// For how long after its taking a cloud may not show a snapshot yet. A list that lags does so by minutes.
const YOUNG: TimeDelta = TimeDelta::hours(1);
/// The pauses between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// Whether another answer of a cloud shows a snapshot that, by its word of a moment ago, does not exist: the list may
/// have a snapshot that the description does not know. Both may be late with a young one, so they are asked for as long
/// as the lag of the CPI.
///
/// # Errors
/// Those of the CPI: it can list, and did not.
pub(super) fn shows_after_all(cpi: &dyn Cpi, snapshot: &Snapshot, now: DateTime<Utc>) -> Result<bool> {
    let can = cpi.capabilities();
    if can.lag.is_zero() {
        return Ok(false);
    }
    let look = || -> Result<bool> {
        let described = can.describe_snapshots && has_snapshot(cpi, &snapshot.cid)? == Some(true);
        Ok(described
            || can.list_snapshots && cpi.list_snapshots(&Metadata::new())?.iter().any(|one| one.cid == snapshot.cid))
    };
    let lag = if now - snapshot.created_at < YOUNG { can.lag } else { Duration::ZERO };
    let ask = || {
        let looked = look();
        (!matches!(looked, Ok(false)), looked)
    };
    ask_again(lag, PAUSES, ask, || None)
}

/// Whether a cloud still lists a snapshot that it no longer describes, once its lag is over: a deleted snapshot may be
/// listed for a while. A list that fails proves nothing against the description.
pub(super) fn stays_listed(cpi: &dyn Cpi, cid: &SnapshotCid) -> bool {
    let can = cpi.capabilities();
    if can.lag.is_zero() || !can.list_snapshots {
        return false;
    }
    let ask = || {
        let listed = cpi.list_snapshots(&Metadata::new());
        let stays = listed.is_ok_and(|listed| listed.iter().any(|one| one.cid == *cid));
        (!stays, stays)
    };
    ask_again(can.lag, PAUSES, ask, || None)
}
