//! Whether a snapshot that a cloud does not have may be in another place than the one that was searched.

use super::presence::{Presence, Thing};
use super::there::has_snapshot;
use crate::cpi::{Cpi, CpiError, CpiErrorKind};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::state::{Reader, SnapshotFilter, StateError};

/// How many other snapshots of the disk are asked for until one is found.
const MOST: usize = 20;

/// Refuses to take a snapshot for gone though the cloud says so, if its disk is on record and is not there either:
/// snapback may be looking into another region or project than the one that has both.
///
/// # Errors
/// A [`CpiErrorKind::Cloud`], which says what to check.
pub(super) fn refuse_if_elsewhere(
    presence: &Presence,
    reader: &Reader,
    cpi: &dyn Cpi,
    method: &'static str,
    snapshot: &SnapshotCid,
) -> Result<(), CpiError> {
    presence.refuse_if_absent(reader, cpi, method, Thing::Snapshot)?;
    let failed = |message: String| CpiError::new(cpi.name(), method, CpiErrorKind::Cloud, message);
    let known = Recorded::of(reader, cpi.name(), snapshot).map_err(|error| failed(error.to_string()))?;
    let Some(Recorded { disk, others }) = known.filter(|_| !presence.is_believed()) else { return Ok(()) };
    let is_gone = match cpi.has_disk(&disk) {
        Ok(has) => !has,
        Err(error) => matches!(error.kind, CpiErrorKind::DiskNotFound | CpiErrorKind::InvalidCid),
    };
    // Another snapshot of the disk also shows that this is the right place.
    let is_there = |other: &SnapshotCid| matches!(has_snapshot(cpi, other), Ok(Some(true)));
    if !is_gone || others.iter().take(MOST).any(is_there) {
        return Ok(());
    }
    Err(failed(format!(
        "snapback does not know whether snapshot {snapshot} is gone: the cloud has neither it nor its disk {disk}, \
         which is on record; both may be in another region or project, so the snapshot stays on the list"
    ))
    .hint("check the region, the project and the credentials of the manifest; `snapback check` shows what is missing")
    .hint("if it is true that both are gone, add --believe-empty"))
}

/// The records of the state file about a snapshot's disk.
struct Recorded {
    /// Its disk, which is not known to be gone.
    disk: DiskCid,
    /// The other snapshots of that disk.
    others: Vec<SnapshotCid>,
}

impl Recorded {
    fn of(reader: &Reader, cpi: &CpiName, snapshot: &SnapshotCid) -> Result<Option<Recorded>, StateError> {
        let own = reader.snapshots_by_cid(snapshot)?.into_iter().find(|one| one.cpi == *cpi);
        let Some(disk) = own.and_then(|own| own.disk) else { return Ok(None) };
        if !reader.disks_by_cid(&disk)?.iter().any(|known| known.cpi == *cpi) {
            return Ok(None);
        }
        let mut others = Vec::new();
        reader.each_snapshot(&SnapshotFilter::default(), |other| {
            if other.cpi == *cpi && other.cid != *snapshot && other.disk.as_ref() == Some(&disk) {
                others.push(other.cid);
            }
            Ok::<bool, StateError>(true)
        })?;
        Ok(Some(Recorded { disk, others }))
    }
}
