//! Whether a cloud has a snapshot, asked of the cloud.

use crate::cpi::{Cpi, SnapshotState};
use crate::domain::ids::SnapshotCid;
use crate::domain::snapshot::Metadata;
use crate::error::Result;

/// Whether the cloud has the snapshot; `None` if its CPI has no method that can tell.
///
/// # Errors
/// The CPI's: it can tell, and did not.
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
