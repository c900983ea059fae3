//! A snapshot that was recorded as gone, and that its cloud shows again.

use super::cloud::Asking;
use super::finding::Finding;
use crate::cpi::{CloudSnapshot, SnapshotState};
use crate::domain::ids::{CpiName, DiskCid, OperationId};
use crate::domain::look_for::snapshot_deleted;
use crate::domain::shell::quoted;
use crate::domain::snapshot::{OPERATION_KEY, Owner, Snapshot};
use crate::error::Result;
use crate::ops::settle::SKEW;
use crate::state::Reader;

/// The snapshot of snapback's own that was recorded as gone, and that a cloud lists again: it has the same disk, the
/// same time, and the same operation if it names one.
///
/// # Errors
/// Those of the state file.
pub(super) fn is_back(reader: &Reader, cpi: &CpiName, listed: &CloudSnapshot) -> Result<Option<Snapshot>> {
    let by = listed.metadata.get(OPERATION_KEY).map(|id| OperationId::new(id.as_str()));
    Ok(reader.gone_snapshot(cpi, &listed.cid)?.filter(|gone| {
        gone.owner == Owner::Snapback
            && gone.disk.as_ref() == Some(&listed.disk)
            && (by.is_none() || gone.operation == by)
            && (listed.created_at - gone.created_at).abs() <= SKEW
    }))
}

impl Asking<'_> {
    /// The finding for a snapshot that was recorded as gone, and that the cloud lists: the record was wrong, or the
    /// cloud had the snapshot elsewhere for a while.
    pub(super) fn back(&mut self, snapshot: &Snapshot, state: SnapshotState) -> Result<()> {
        let (cid, name) = (&snapshot.cid, &snapshot.instance);
        let known = self.known;
        let is_asked =
            known.instances.len() == known.all_instances.len() || known.instances.iter().any(|one| one.name == *name);
        let disk = snapshot.disk.clone().unwrap_or_else(|| DiskCid::new(""));
        if !is_asked || self.is_being_made(cid, &disk, Some(name))? {
            return Ok(());
        }
        let message = format!("this snapshot of {name} was noted as gone, and the cloud has it");
        let finding = match state {
            SnapshotState::Pending => Finding::problem(
                "snapshot_back",
                cid,
                message + ": it is not ready, or on its way out",
                "snapback check",
            )
            .only_told(),
            SnapshotState::Failed => {
                let next = snapshot_deleted(self.name, cid).unwrap_or_else(|| "snapback check".to_owned());
                Finding::problem("snapshot_back", cid, message + ", but damaged: delete it in the cloud", next)
            }
            SnapshotState::Ready | SnapshotState::Missing => {
                let message = message + ". To keep it, put it back on the list; else delete it after that";
                Finding::problem(
                    "snapshot_back",
                    cid,
                    message,
                    format!("snapback check --adopt {}", quoted(cid.as_str())),
                )
            }
        };
        self.found.push(finding.of(&name.deployment));
        Ok(())
    }
}
