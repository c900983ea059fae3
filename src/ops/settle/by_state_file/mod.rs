//! Settles a step by create-env's state file and by the cloud. No descendant of a create-env client may still be at
//! work: each holds the operation's lock, and the leash of the run that started it.

mod shown;
mod state_file;

use std::path::Path;

use crate::domain::create_env::EnvAct;
use crate::domain::facts::Made;
use crate::domain::ids::{CpiName, DiskCid, OperationId, VmCid};
use crate::domain::operation::StepRow;
use crate::domain::step::{Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;

pub(in crate::ops) use shown::{Shown, shows};
pub(in crate::ops) use state_file::{Record, Recorded, StateFile};

/// Finds out whether a step of create-env's has happened.
///
/// # Errors
/// The state file cannot be read, the cloud does not answer, or a process of the run is still at work.
pub(in crate::ops) fn settle(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let failed = |reason: String| Ok(Outcome::failed(reason));
    match &row.step {
        Step::CreateEnv { does: EnvAct::ReplaceCid { file, new, .. }, .. } => {
            let read = StateFile::read(file)?;
            if read.disk() == new {
                return Ok(row.step.happened());
            }
            failed(format!("{} has disk {}", file.display(), read.disk()))
        }
        Step::CreateEnv { does: EnvAct::Run { file, cpi, vm, disk, .. }, .. } => {
            if is_at_work(session, &row.token.operation) {
                return Err(Error::new(Kind::Locked, "what create-env has started is still at work"));
            }
            match ended_well(session, file, cpi, vm, disk)? {
                Ok(now) => Ok(row.step.made(&Made::Vm(now))),
                Err(reason) => failed(reason),
            }
        }
        _ => Ok(Outcome::failed("no such step")),
    }
}

/// Whether anything that create-env started is still at work. Some programs close the leash that they inherit (`sudo`
/// does), and are found by their session.
pub(in crate::ops) fn is_at_work(session: &Session<'_>, operation: &OperationId) -> bool {
    session.bosh.is_at_work() || session.state.has_calls_at_work(operation)
}

/// The VM that create-env made in place of `before`, with this disk; or why it did not. If the CPI cannot tell, the
/// state file does: create-env writes "deployed" into it after the agent has mounted the disk.
pub(in crate::ops) fn ended_well(
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
    let vm = match &read.vm {
        None => return Ok(Err(format!("{path} has no VM now"))),
        Some(vm) if vm == before => return Ok(Err(format!("{path} still has VM {vm}: create-env made none"))),
        Some(vm) => vm.clone(),
    };
    if !read.is_deployed() {
        return Ok(Err(format!("{path} has the new VM {vm}, on which create-env did not come to its end")));
    }
    Ok(match shows(session, cpi, &vm, disk, None)? {
        Shown::No(list) => Err(format!("the new VM {vm} should have disk {disk}, and by the cloud it has: {list}")),
        Shown::Yes | Shown::CannotTell(_) => Ok(vm),
    })
}
