//! What became of a step: create-env's state file tells, and the cloud. Whoever recovers holds the operation's lock, which
//! each client inherits: none is at work any more.

use std::path::Path;

use super::state_file::StateFile;
use crate::cpi::CpiErrorKind;
use crate::domain::create_env::EnvAct;
use crate::domain::ids::{CpiName, DiskCid, VmCid};
use crate::domain::instance::InstanceName;
use crate::domain::operation::StepRow;
use crate::domain::step::{Fact, Outcome, Step};
use crate::error::{Error, Result};
use crate::ops::right_disk::attached;
use crate::ops::session::Session;

/// Finds out what became of a step of create-env's.
///
/// # Errors
/// The state file cannot be read, or the cloud does not answer.
pub(in crate::ops) fn settle(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let failed = |reason: String| Ok(Outcome::Failed { reason });
    match &row.step {
        Step::CreateEnv { does: EnvAct::ReplaceCid { file, new, .. }, .. } => {
            let read = StateFile::read(file)?;
            if read.disk() == new {
                return Ok(Outcome::done());
            }
            failed(format!("{} has disk {}", file.display(), read.disk()))
        }
        Step::CreateEnv { instance, does: EnvAct::Run { file, cpi, vm, disk, slot } } => {
            match ended_well(session, file, cpi, vm, disk)? {
                Ok(now) => Ok(Outcome::Done { result: None, facts: facts(instance, cpi, &now, disk, *slot) }),
                Err(reason) => failed(reason),
            }
        }
        _ => failed("no such step".to_owned()),
    }
}

/// What is true once create-env has come to its end.
pub(super) fn facts(instance: &InstanceName, cpi: &CpiName, vm: &VmCid, disk: &DiskCid, slot: u32) -> Vec<Fact> {
    let (instance, cpi, disk) = (instance.clone(), cpi.clone(), disk.clone());
    vec![
        Fact::VmReplaced { instance: instance.clone(), vm: vm.clone() },
        Fact::DiskAttached { cpi, instance, disk, slot },
    ]
}

/// The VM that create-env has made in the place of `before`, with this disk and no other; or why it has not.
pub(super) fn ended_well(
    session: &Session<'_>,
    file: &Path,
    cpi: &CpiName,
    before: &VmCid,
    disk: &DiskCid,
) -> Result<std::result::Result<VmCid, String>> {
    let read = StateFile::read(file)?;
    let path = file.display();
    if read.disk() != disk {
        return Ok(Err(format!("{path} has disk {} now: create-env has replaced {disk}", read.disk())));
    }
    let vm = match read.vm {
        None => return Ok(Err(format!("{path} has no VM now"))),
        Some(vm) if vm == *before => return Ok(Err(format!("{path} still has VM {vm}: create-env made none"))),
        Some(vm) => vm,
    };
    if !read.deployed {
        return Ok(Err(format!("{path} has the new VM {vm}, on which create-env did not come to its end")));
    }
    Ok(match disks_of(session, cpi, &vm)? {
        Some(disks) if disks.as_slice() != std::slice::from_ref(disk) => {
            let list = disks.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", ");
            let list = if list.is_empty() { "none" } else { &list };
            Err(format!("the new VM {vm} should have disk {disk}, and by the cloud it has: {list}"))
        }
        _ => Ok(vm),
    })
}

/// The disks of a VM; none where the CPI cannot tell.
pub(super) fn disks_of(session: &Session<'_>, cpi: &CpiName, vm: &VmCid) -> Result<Option<Vec<DiskCid>>> {
    let cloud = session.cpis.cpi(cpi)?;
    match cloud.get_disks(vm) {
        Err(error) if error.kind == CpiErrorKind::VmNotFound => Ok(Some(Vec::new())),
        Err(error) if error.kind != CpiErrorKind::NotSupported => Err(Error::from(error)),
        _ => attached(cloud.as_ref(), vm),
    }
}
