//! Things that can be removed from the state file, since their cloud has lost them.

use super::finding::is_of_orphan;
use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::instance::{Disk, DiskState};
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::ops::session::CpiSource;
use crate::ops::there::has_snapshot;
use crate::state::Reader;

/// A thing that its cloud no longer has.
pub(super) enum Lost {
    Snapshot(Box<Snapshot>),
    Disk(Box<Disk>),
}

/// The refusal, before anything was changed.
pub(super) fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message).hint("nothing was changed")
}

/// A known snapshot or orphaned disk that its cloud does not have.
///
/// # Errors
/// [`Kind::NotFound`] if none is known by this CID; [`Kind::Refused`] if the cloud has it, or its Director lists it; the cloud or the
/// state file cannot be read.
pub(super) fn to_forget(reader: &Reader, cpis: &dyn CpiSource, cid: &str) -> Result<Lost> {
    let snapshot = SnapshotCid::new(cid);
    if !reader.snapshots_by_cid(&snapshot)?.is_empty() {
        let snapshot = find::snapshot(reader, &snapshot)?;
        if snapshot.owner == Owner::Director && !is_of_orphan(&reader.disks(None, None)?, &snapshot) {
            let deployment = &snapshot.instance.deployment;
            return Err(refused(format!("snapshot {cid} is the Director's: its list would bring it back"))
                .try_command(format!("bosh -d '{deployment}' delete-snapshot '{cid}'")));
        }
        let cpi = cpis.cpi(&snapshot.cpi)?;
        if is_there(cpi.as_ref(), &snapshot.cid)? {
            let refused = refused(format!("the cloud has snapshot {cid}"));
            if snapshot.owner == Owner::Director {
                return Err(refused
                    .hint("BOSH deletes it together with its disk:")
                    .try_command("snapback disks --orphaned"));
            }
            return Err(refused.hint("to delete it there:").try_command(format!("snapback delete {cid}")));
        }
        return Ok(Lost::Snapshot(Box::new(snapshot)));
    }
    let disk = find::disk(reader, &DiskCid::new(cid)).map_err(|_| {
        Error::new(Kind::NotFound, format!("no snapshot and no disk '{cid}' is known")).try_command("snapback check")
    })?;
    if disk.state == DiskState::Active {
        return Err(refused(format!("disk {cid} is an instance's current disk")).try_command("snapback instances"));
    }
    let there = match cpis.cpi(&disk.cpi)?.has_disk(&disk.cid) {
        Err(error) if error.kind == CpiErrorKind::DiskNotFound => false,
        other => other?,
    };
    if there {
        return Err(refused(format!("the cloud has disk {cid}")).try_command("snapback disks --orphaned"));
    }
    Ok(Lost::Disk(Box::new(disk)))
}

fn is_there(cpi: &dyn Cpi, cid: &SnapshotCid) -> Result<bool> {
    has_snapshot(cpi, cid)?.ok_or_else(|| {
        Error::new(Kind::Unsupported, format!("the CPI '{}' cannot tell whether it has snapshot {cid}", cpi.name()))
            .hint(
                "snapback can ask the cloud to delete it, and take it off the list even if that fails (it asks first):",
            )
            .try_command(format!("snapback delete --forget-failed {}", quoted(cid.as_str())))
    })
}
