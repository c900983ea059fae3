//! A disk that an instance has on record, but its VM lacks: attached again through the CPI. If somebody manages the
//! instance, that is their job.

use super::advice::CREATE_ENV;
use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::ids::{DiskCid, OperationId, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, ManagedBy};
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::step::{Fact, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::ops::perform::{Run, conclude, perform};
use crate::ops::session::{CpiSource, Session};
use crate::ops::vm_disks::{VmDisks, not_on_another_vm, steady, until, vm_of};
use crate::state::Reader;

/// A disk to attach, and the VM to attach it to.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The instance.
    pub instance: Instance,
    /// Its VM.
    pub vm: VmCid,
    /// Its disk, according to the state file.
    pub disk: Disk,
}

impl Attachment {
    /// A description in the operator's words.
    pub fn describe(&self) -> String {
        format!("attach disk {} to VM {} of {}", self.disk.cid, self.vm, self.instance.name)
    }
}

/// Checks that the disk can be attached, and is not.
///
/// # Errors
/// [`Kind::Refused`] with the reason; [`Kind::Unsupported`] if the cloud cannot tell or attach; the errors of the CPI
/// and the state file.
pub fn plan(reader: &Reader, cpis: &dyn CpiSource, cid: &DiskCid) -> Result<Attachment> {
    let disk = find::disk(reader, cid)?;
    let name = disk.instance.as_ref().filter(|_| disk.state == DiskState::Active);
    let instance = match name {
        Some(name) => find::known_instance(reader, name)?,
        None => None,
    };
    let Some(instance) = instance else {
        return Err(refused(format!("disk {cid} is not the current disk of any instance"))
            .try_command("snapback instances --details"));
    };
    let vm = vm_of(&instance)?;
    let cpi = cpis.cpi(&disk.cpi)?;
    let attachment = Attachment { instance, vm, disk };
    attachable(reader, cpi.as_ref(), &attachment)?;
    Ok(attachment)
}

fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message).hint("nothing was changed")
}

fn attachable(reader: &Reader, cpi: &dyn Cpi, attachment: &Attachment) -> Result<()> {
    let Attachment { instance, vm, disk } = attachment;
    let (cid, name) = (&disk.cid, &instance.name);
    match instance.managed_by {
        ManagedBy::Nobody if cpi.capabilities().attach => {}
        ManagedBy::Nobody => {
            let message = format!("the CPI '{}' cannot attach disks", cpi.name());
            return Err(Error::new(Kind::Unsupported, message));
        }
        ManagedBy::Director => {
            let message = format!("{name} is managed by its Director, which attaches its disks");
            return Err(refused(message)
                .hint("to find out what the Director has on record, and how to attach it:")
                .try_command("snapback check --from-bosh"));
        }
        ManagedBy::CreateEnv => {
            let message = format!("{name} is managed by create-env, which attaches its disk to the VM that it makes");
            return Err(refused(message).hint(CREATE_ENV));
        }
    }
    match steady(cpi, vm, &[cid])? {
        VmDisks::CannotTell(why) => Err(Error::new(Kind::Unsupported, why).hint("nothing was changed")),
        VmDisks::NoVm => Err(refused(format!("the cloud has no VM {vm}")).try_command("snapback check")),
        told if told.has(cid) == Some(true) => Err(refused(format!("VM {vm} of {name} has disk {cid}"))),
        _ => match cpi.has_disk(cid) {
            Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(()),
            Err(error) => Err(error.into()),
            Ok(true) => not_on_another_vm(reader, cpi, instance, cid),
            Ok(false) => Err(refused(format!("the cloud no longer has disk {cid}"))
                .hint("a new one can be made from a snapshot:")
                .try_command(format!("snapback restore --latest {name}"))),
        },
    }
}

/// Attaches the disk, and checks that it is there.
///
/// # Errors
/// Another operation's claim; a change since the plan; the errors of the CPI and the state file.
pub fn attach(session: &Session<'_>, attachment: &Attachment) -> Result<OperationId> {
    let Attachment { instance, vm, disk } = attachment;
    let (cpi, cid, name) = (session.cpis.cpi(&disk.cpi)?, &disk.cid, &instance.name);
    let claims = [Resource::Instance(name.clone()), Resource::Disk(disk.cpi.clone(), cid.clone())];
    let operation = session.begin(Verb::Check, claims.map(Claim::exclusive).into(), None)?;
    let id = operation.id().clone();
    let end =
        |operation, state, summary: String| conclude(session, operation, Verb::Check.name(), state, Some(summary));
    if let Err(stale) = plan(session.state.reader(), session.cpis, cid) {
        let stale = stale.in_operation(&id);
        end(operation, OperationState::Failed, stale.in_one_line())?;
        return Err(stale);
    }
    let run = Run { session, operation: &operation, verb: Verb::Check };
    let (of, slot) = (disk.cpi.clone(), disk.slot);
    let step = Step::AttachDisk { cpi: of.clone(), instance: name.clone(), vm: vm.clone(), disk: cid.clone(), slot };
    if let Err(failed) = perform(run, &step, |intent| cpi.attach_disk(intent, vm, cid), |()| step.happened()) {
        if failed.unknown {
            return Err(failed.error.hint("to find out whether it is attached:").try_command("snapback recover"));
        }
        end(operation, OperationState::Failed, failed.error.in_one_line())?;
        return Err(failed.error);
    }
    let step = Step::Confirm { cpi: of, vm: vm.clone(), disk: cid.clone() };
    let confirm = |_: &_| {
        let told = until(cpi.as_ref(), vm, true, |told| told.has(cid) == Some(true))?;
        if told.has(cid) == Some(true) {
            return Ok(());
        }
        let message = format!("VM {vm} should have disk {cid}, but the cloud says that it has: {}", told.describe());
        Err(Error::new(Kind::Cpi, message))
    };
    match perform(run, &step, confirm, |()| step.happened().with(Fact::Confirmed(name.clone()))) {
        Ok(()) => end(operation, OperationState::Done, format!("{name} has disk {cid} attached"))?,
        Err(failed) => {
            end(operation, OperationState::Failed, failed.error.in_one_line())?;
            return Err(failed.error.try_command("snapback check"));
        }
    }
    Ok(id)
}
