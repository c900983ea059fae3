//! The stage of `demo`: a directory, two instances with real disks, and snapback run as an operator runs it.

mod broken;
mod content;
mod place;
mod shell;

pub use content::{Content, DISK_MIB, Tools, damage, fingerprint};
pub use place::Place;
pub use shell::Shell;

use super::perform::{Run, StepError, perform, settle_and_conclude};
use super::seen;
use super::session::Session;
use crate::cpi::{Cpi, DiskRequest};
use crate::domain::facts::Made;
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::Instance;
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::step::{DiskDraft, Step};
use crate::error::Result;

/// Makes an empty disk for each of these instances of the state file, and attaches it to this VM.
///
/// # Errors
/// Those of the CPI and the state file.
pub fn make_disks(session: &Session<'_>, vms: &[(Instance, VmCid)]) -> Result<Vec<DiskCid>> {
    let claims = vms.iter().map(|(instance, _)| Claim::exclusive(Resource::Instance(instance.name.clone())));
    let operation = session.begin(Verb::Demo, claims.collect(), None)?;
    let run = Run { session, operation: &operation, verb: Verb::Demo };
    let made: Result<Vec<DiskCid>> = vms
        .iter()
        .map(|(instance, vm)| {
            let cpi = session.cpis.cpi(&instance.cpi)?;
            Ok(make_disk(run, cpi.as_ref(), instance, vm)?)
        })
        .collect();
    let (state, summary) = match &made {
        Ok(disks) => (OperationState::Done, format!("{} disks", disks.len())),
        Err(error) => (OperationState::Failed, error.in_one_line()),
    };
    settle_and_conclude(session, operation, Verb::Demo.name(), state, Some(summary))?;
    made
}

fn make_disk(run: Run<'_>, cpi: &dyn Cpi, instance: &Instance, vm: &VmCid) -> Result<DiskCid, StepError> {
    let draft = DiskDraft {
        instance: Some(instance.name.clone()),
        slot: 0,
        size_mib: Some(DISK_MIB),
        az: None,
        cloud_properties: None,
    };
    let name = cpi.name();
    let request = DiskRequest { size_mib: draft.size_mib, vm: Some(vm.clone()), ..DiskRequest::default() };
    let slot = draft.slot;
    let create = Step::CreateDisk { cpi: name.clone(), disk: draft };
    let now = run.session.clock.now();
    let made = perform(
        run,
        &create,
        |intent| seen::disk(cpi, "create_disk", cpi.create_disk(intent, &request)?),
        |made| create.made(&Made::Disk(made.clone(), now)),
    )?;
    let (disk, instance) = (made.cid, instance.name.clone());
    let attach = Step::AttachDisk { cpi: name.clone(), instance, vm: vm.clone(), disk: disk.clone(), slot };
    perform(run, &attach, |intent| cpi.attach_disk(intent, vm, &disk), |()| attach.happened())?;
    Ok(disk)
}
