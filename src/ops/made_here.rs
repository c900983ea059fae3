//! Disks that may be deleted: only those that this very operation made from a snapshot.

use super::find::{known_disk, known_instance};
use super::seen;
use super::session::Session;
use super::vm_disks;
use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::DiskState;
use crate::domain::step::{Step, StepState};
use crate::error::Result;
use crate::ops::perform::{Run, StepError};
use crate::state::OpenOperation;

/// A disk that was unknown until a step of this operation made it, that nobody has used since, and that nothing else
/// names. Only [`made`] returns one, and [`MadeHere::delete`] uses it up.
#[derive(Debug)]
pub(super) struct MadeHere {
    cpi: CpiName,
    disk: DiskCid,
}

/// The fate of the disk that an operation makes.
#[derive(Debug)]
pub(super) enum Made {
    /// It has made none.
    Nothing,
    /// It exists, and may be deleted.
    There(MadeHere),
    /// It exists, and may not be deleted, for this reason.
    Foreign(DiskCid, String),
    /// It is deleted.
    Gone(DiskCid),
}

/// The disk that the operation made from a snapshot, in this life or a former one.
///
/// # Errors
/// Those of the state file.
pub(super) fn made(session: &Session<'_>, operation: &OpenOperation) -> Result<Made> {
    let steps = session.state.reader().steps(operation.id())?;
    let mut made = None;
    for row in steps.into_iter().filter(|row| row.state == StepState::Done) {
        match (row.step, row.result) {
            (Step::CreateDiskFromSnapshot { cpi, snapshot, .. }, Some(cid)) => {
                made = Some((MadeHere { cpi, disk: DiskCid::new(cid) }, snapshot));
            }
            (Step::DeleteDisk { disk, .. }, _) => return Ok(Made::Gone(disk)),
            _ => {}
        }
    }
    let Some((made, origin)) = made else { return Ok(Made::Nothing) };
    let reader = session.state.reader();
    let all = reader.disks_by_cid(&made.disk)?;
    let (here, elsewhere): (Vec<_>, Vec<_>) = all.into_iter().partition(|known| known.cpi == made.cpi);
    let why = if let Some(other) = elsewhere.first() {
        // Two names may mean one cloud.
        Some(format!("the CPI '{}' has a disk of that CID, too", other.cpi))
    } else {
        match here.first() {
            None => Some("the state file does not list it".to_owned()),
            Some(known) if known.state == DiskState::Active => Some("an instance has it now".to_owned()),
            Some(known) if known.origin.as_ref() != Some(&origin) => {
                Some(format!("the state file does not have it as made from snapshot {origin}"))
            }
            Some(_) => reader.other_use_of_disk(operation.id(), &made.cpi, &made.disk)?,
        }
    };
    Ok(match why {
        Some(why) => Made::Foreign(made.disk, why),
        None => Made::There(made),
    })
}

impl MadeHere {
    /// The disk.
    pub(super) fn cid(&self) -> &DiskCid {
        &self.disk
    }

    /// The VM that uses it all the same, by the cloud's word. It asks about the VM of the instance that the disk was
    /// made for.
    ///
    /// # Errors
    /// Those of the state file. If the cloud cannot tell, nobody uses it.
    pub(super) fn user(&self, session: &Session<'_>) -> Result<Option<String>> {
        let reader = session.state.reader();
        let Some(name) = known_disk(reader, &self.cpi, &self.disk)?.and_then(|disk| disk.instance) else {
            return Ok(None);
        };
        let cloud = session.cpis.cpi(&self.cpi)?;
        let vm = known_instance(reader, &name)?.filter(|instance| instance.cpi == self.cpi).and_then(|one| one.vm);
        Ok(vm
            .filter(|vm| vm_disks::is_shown(cloud.as_ref(), vm, &self.disk))
            .map(|vm| format!("VM {vm} of {name} has it")))
    }

    /// Deletes the disk, as a step of the operation.
    ///
    /// # Errors
    /// Those of the CPI and the journal.
    pub(super) fn delete(self, run: Run<'_>) -> Result<(), StepError> {
        let cloud = run.session.cpis.cpi(&self.cpi)?;
        seen::delete_disk(run, cloud.as_ref(), &self.disk)
    }
}
