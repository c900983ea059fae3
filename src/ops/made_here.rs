//! Disks that may be deleted: those that this very operation has made of a snapshot, and nothing else.

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

/// A disk that was unknown until a step of this operation made it, that is nobody's since, and that nothing else names.
/// Only [`made`] gives one, and [`MadeHere::delete`] uses it up.
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
    /// It is there, and may be deleted.
    There(MadeHere),
    /// It is there, and may not be deleted, for this reason.
    Foreign(DiskCid, String),
    /// It is deleted.
    Gone(DiskCid),
}

/// The disk that the operation has made of a snapshot, in this life or a former one.
///
/// # Errors
/// The state file's.
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
        // Two names may be of one cloud.
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

    /// Who has it all the same, by the cloud's word: it is asked of the VM of the instance that the disk was made for.
    ///
    /// # Errors
    /// The state file's. A cloud that cannot tell says that nobody has it.
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

    /// Deletes it, as a step of the operation.
    ///
    /// # Errors
    /// The CPI's, the journal's.
    pub(super) fn delete(self, run: Run<'_>) -> Result<(), StepError> {
        let cloud = run.session.cpis.cpi(&self.cpi)?;
        seen::delete_disk(run, cloud.as_ref(), &self.disk)
    }
}
