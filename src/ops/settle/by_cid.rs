//! Asks a cloud whether it has the thing that a step was about.

use super::by_token::{Patience, cannot_tell};
use crate::cpi::SnapshotState;
use crate::domain::detach::NOT_SEEN;
use crate::domain::operation::StepRow;
use crate::domain::step::{Outcome, Step};
use crate::error::Result;
use crate::ops::presence::Thing;
use crate::ops::session::Session;
use crate::ops::there::stays_listed;
use crate::ops::vm_disks::{self, VmDisks};

pub(super) fn snapshot(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let Step::DeleteSnapshot { cpi, snapshot } = &row.step else { return Ok(Outcome::failed("no such step")) };
    let cloud = session.cpis.cpi(cpi)?;
    if !cloud.capabilities().describe_snapshots {
        return Ok(cannot_tell(cloud.as_ref(), "describe_snapshot"));
    }
    if cloud.describe_snapshot(snapshot)?.state != SnapshotState::Missing {
        return Ok(Outcome::failed("it had not happened: the snapshot is there"));
    }
    session.refuse_if_elsewhere(cloud.as_ref(), "describe_snapshot", snapshot)?;
    if stays_listed(cloud.as_ref(), snapshot) {
        return Ok(Outcome::failed("it had not happened: the cloud lists the snapshot"));
    }
    Ok(row.step.happened())
}

pub(super) fn disk(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    let Step::DeleteDisk { cpi, disk } = &row.step else { return Ok(Outcome::failed("no such step")) };
    let cloud = session.cpis.cpi(cpi)?;
    // A cloud may show it for a while after it is gone.
    let looked = patience.ask(session, cloud.as_ref(), || {
        let there = cloud.has_disk(disk)?;
        Ok(if there { Outcome::failed("it had not happened: the disk is there") } else { row.step.happened() })
    })?;
    if matches!(looked, Outcome::Done { .. }) {
        session.refuse_if_absent(cloud.as_ref(), "has_disk", Thing::AnyDisk)?;
    }
    Ok(looked)
}

/// Settles an attach or a detach by the cloud's list of the VM's disks. If the list shows the effect, it is believed at
/// once; if it shows no change, it is believed only once the cloud's lag is over.
pub(super) fn disks_of_vm(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let (cpi, vm, disk, wanted) = match &row.step {
        Step::AttachDisk { cpi, vm, disk, .. } => (cpi, vm, disk, true),
        Step::DetachDisk { cpi, vm, disk, .. } => (cpi, vm, disk, false),
        _ => return Ok(Outcome::failed("no such step")),
    };
    let cloud = session.cpis.cpi(cpi)?;
    let told = vm_disks::until(cloud.as_ref(), vm, true, |told| told.has(disk) == Some(wanted))?;
    if let VmDisks::CannotTell(reason) = told {
        return Ok(Outcome::Unknown { reason });
    }
    if told == VmDisks::NoVm {
        session.refuse_if_absent(cloud.as_ref(), "get_disks", Thing::Disk)?;
    }
    Ok(if told.has(disk) == Some(wanted) { row.step.happened() } else { Outcome::failed(NOT_SEEN) })
}
