//! What `demo` works on: a directory, two instances with real disks, and snapback run as an operator runs it.

mod content;
mod place;
mod shell;

pub use content::{Content, Tools, damage, fingerprint};
pub use place::Place;
pub use shell::Shell;

use super::perform::{StepError, perform};
use super::promote;
use super::seen;
use super::session::Session;
use super::swap;
use crate::cpi::{Cpi, DiskRequest};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::Instance;
use crate::domain::operation::{Claim, ClaimMode, OperationState, Resource, Verb};
use crate::domain::step::{DiskDraft, Fact, Outcome, Step};
use crate::error::{Error, Result};
use crate::state::OpenOperation;

/// The size of each disk.
pub const DISK_MIB: u64 = 64;

/// Makes an empty disk for each of these instances of the state file, and attaches it to this VM.
///
/// # Errors
/// The CPI's or the state file's.
pub fn make_disks(session: &Session<'_>, vms: &[(Instance, VmCid)]) -> Result<Vec<DiskCid>> {
    let claims = vms
        .iter()
        .map(|(instance, _)| Claim { resource: Resource::Instance(instance.name.clone()), mode: ClaimMode::Exclusive })
        .collect();
    let operation = session.begin(Verb::Demo, claims, None)?;
    let made: Result<Vec<DiskCid>> = vms
        .iter()
        .map(|(instance, vm)| {
            let cpi = session.cpis.cpi(&instance.cpi)?;
            Ok(make_disk(session, &operation, cpi.as_ref(), instance, vm)?)
        })
        .collect();
    let (state, summary) = match &made {
        Ok(disks) => (OperationState::Done, format!("{} disks", disks.len())),
        Err(error) => (OperationState::Failed, error.in_one_line()),
    };
    swap::finish(session, Verb::Demo, operation, state, Some(summary))?;
    made
}

fn make_disk(
    session: &Session<'_>,
    operation: &OpenOperation,
    cpi: &dyn Cpi,
    instance: &Instance,
    vm: &VmCid,
) -> Result<DiskCid, StepError> {
    let draft = DiskDraft {
        instance: Some(instance.name.clone()),
        slot: 0,
        size_mib: Some(DISK_MIB),
        az: None,
        cloud_properties: None,
    };
    let name = cpi.name();
    let request = DiskRequest { size_mib: draft.size_mib, vm: Some(vm.clone()), ..DiskRequest::default() };
    let create = Step::CreateDisk { cpi: name.clone(), disk: draft.clone() };
    let now = session.clock.now();
    let made = perform(
        session,
        operation,
        Verb::Demo,
        &create,
        |intent| seen::disk(cpi, "create_disk", cpi.create_disk(intent, &request)?),
        |made, _| Outcome::made(made.cid.clone(), Fact::DiskExists(promote::record(name, &draft, made, None, now))),
    )?;
    let (disk, slot) = (made.cid, draft.slot);
    let attach = Step::AttachDisk {
        cpi: name.clone(),
        instance: instance.name.clone(),
        vm: vm.clone(),
        disk: disk.clone(),
        slot,
    };
    perform(
        session,
        operation,
        Verb::Demo,
        &attach,
        |intent| cpi.attach_disk(intent, vm, &disk),
        |(), _| Outcome::Done {
            result: None,
            facts: vec![Fact::DiskAttached {
                cpi: name.clone(),
                instance: instance.name.clone(),
                disk: disk.clone(),
                slot,
            }],
        },
    )?;
    Ok(disk)
}

/// A failure of the demonstration's own surroundings: its directory, a tool, a disk's file.
fn broken(what: impl Into<String>, cause: impl std::fmt::Display) -> Error {
    Error::new(crate::error::Kind::Failed, format!("{}: {cause}", what.into()))
}
