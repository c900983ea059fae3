//! `delete-disk`: disks that snapback has made or put away, and that nobody needs.

use super::find;
use super::perform::{conclude, counted, perform};
use super::recover::settle::{self, WhenInterrupted};
use super::seen;
use super::session::Session;
use super::vm_disks::{self, VmDisks};
use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::instance::{Disk, DiskState, InstanceName};
use crate::domain::operation::{Claim, ClaimMode, Operation, OperationState, Resource, Verb};
use crate::domain::shell::quoted;
use crate::domain::step::{Fact, Outcome, Step, StepState};
use crate::domain::swap::Method;
use crate::error::{Error, Kind, Result};
use crate::state::{OpenOperation, Reader};

/// A disk of which all was looked at that speaks against its deletion, and nothing was found. Only [`look`] gives one.
#[derive(Debug)]
pub struct Deletable {
    disk: Disk,
    gives_up: Option<OperationId>,
    unseen: Vec<InstanceName>,
}

impl Deletable {
    /// The disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The operation that cannot be undone without it, which the operator gives up.
    pub fn gives_up(&self) -> Option<&OperationId> {
        self.gives_up.as_ref()
    }

    /// The instances of which the cloud cannot tell whether their VMs have it.
    pub fn unseen(&self) -> &[InstanceName] {
        &self.unseen
    }
}

/// Looks whether a disk may be deleted. `give_up` is the operation whose undo the operator gives up.
///
/// # Errors
/// It is not known, or the cloud has it no more ([`Kind::NotFound`]); a pending operation needs it ([`Kind::Locked`]); an
/// instance or a possible undo needs it, a VM has it, or it is not snapback's ([`Kind::Refused`]); the CPI's, the state
/// file's.
pub fn look(
    reader: &Reader,
    cloud: &dyn Cpi,
    disk: Disk,
    give_up: Option<&OperationId>,
    own: Option<&OperationId>,
) -> Result<Deletable> {
    let cid = &disk.cid;
    let elsewhere = reader.disks_by_cid(cid)?.into_iter().find(|known| known.cpi != disk.cpi);
    if let Some(other) = elsewhere {
        // Two names may be of one cloud.
        return Err(refuse(cid, &format!("the CPIs '{}' and '{}' both have a disk of that CID", disk.cpi, other.cpi))
            .try_command("snapback disks"));
    }
    if disk.state == DiskState::Active {
        let of = disk.instance.as_ref().map_or("an instance".to_owned(), ToString::to_string);
        return Err(refuse(cid, &format!("it is the current disk of {of}")).try_command("snapback instances --details"));
    }
    if let Some(pending) = reader.pending_use_of_disk(&disk.cpi, cid, own)? {
        let message = format!("disk {cid} is not deleted: operation {pending} has not ended, and needs it");
        return Err(Error::new(Kind::Locked, message).try_command("snapback recover"));
    }
    let operations = reader.operations(None)?;
    is_ours(reader, &operations, &disk)?;
    let needed = operations.iter().filter(|operation| has_put_away(operation, &disk)).max_by_key(|one| one.started_at);
    if let Some(needed) = needed
        && give_up != Some(&needed.id)
    {
        let why = format!("operation {} ({}) cannot be undone without it", needed.id, needed.verb.name());
        return Err(refuse(cid, &why).hint("if that is to be given up for good:").try_command(format!(
            "snapback delete-disk {} --give-up-undo {}",
            quoted(cid.as_str()),
            needed.id
        )));
    }
    if !cloud.has_disk(cid)? {
        return Err(Error::new(Kind::NotFound, format!("the cloud no longer has disk {cid}"))
            .hint("to take it off the list:")
            .try_command(format!("snapback check --forget {}", quoted(cid.as_str()))));
    }
    let unseen = on_no_vm(reader, cloud, &disk)?;
    Ok(Deletable { gives_up: needed.map(|needed| needed.id.clone()), disk, unseen })
}

fn refuse(cid: &DiskCid, why: &str) -> Error {
    Error::new(Kind::Refused, format!("disk {cid} is not deleted: {why}"))
}

/// A restore or an undo that took the instance off this disk.
fn has_put_away(operation: &Operation, disk: &Disk) -> bool {
    let Some(plan) = &operation.plan else { return false };
    matches!(operation.verb, Verb::Restore | Verb::Undo)
        && operation.state == OperationState::Done
        && plan.cpi == disk.cpi
        && plan.disks().any(|one| one.old_disk() == Some(&disk.cid))
}

fn is_ours(reader: &Reader, operations: &[Operation], disk: &Disk) -> Result<()> {
    let cid = &disk.cid;
    let mut ours = false;
    let mut directors = false;
    for operation in operations {
        let steps = reader.steps(&operation.id)?;
        let made = steps.iter().any(|row| match &row.step {
            Step::CreateDisk { cpi, .. } | Step::CreateDiskFromSnapshot { cpi, .. } => {
                *cpi == disk.cpi && row.state == StepState::Done && row.result.as_deref() == Some(cid.as_str())
            }
            _ => false,
        });
        ours |= made || has_put_away(operation, disk);
        // What a Director was once told to attach is in its database, and among its orphans.
        let Some(plan) = operation.plan.as_ref().filter(|plan| matches!(plan.method, Method::Bosh(_))) else {
            continue;
        };
        let named = made || plan.disks().any(|one| one.cids().any(|named| named == cid));
        directors |= named && steps.iter().any(|row| row.step.kind() == "bosh_attach_disk");
    }
    if ours && !directors {
        return Ok(());
    }
    let why = if directors {
        "it is among the Director's orphaned disks"
    } else {
        "snapback has neither made it nor put it away"
    };
    Err(refuse(cid, why)
        .hint("where a Director has it among its orphaned disks:")
        .try_command(format!("bosh delete-disk {}", quoted(cid.as_str()))))
}

/// Refuses a disk that a VM has, by the cloud's word; gives the instances of which it cannot tell.
fn on_no_vm(reader: &Reader, cloud: &dyn Cpi, disk: &Disk) -> Result<Vec<InstanceName>> {
    let mut unseen = Vec::new();
    for instance in reader.instances(None)?.into_iter().filter(|instance| instance.cpi == disk.cpi) {
        let Some(vm) = &instance.vm else { continue };
        let told = vm_disks::look(cloud, vm)?;
        if told.has(&disk.cid) == Some(true) {
            let why = format!("the cloud says that VM {vm} of {} has it", instance.name);
            return Err(refuse(&disk.cid, &why).try_command("snapback check"));
        }
        if matches!(told, VmDisks::CannotTell(_)) {
            unseen.push(instance.name);
        }
    }
    Ok(unseen)
}

/// Deletes it, once it is claimed and was looked at anew.
///
/// # Errors
/// As [`look`]; somebody else's claim; the CPI's, the journal's.
pub fn delete(session: &Session<'_>, deletable: Deletable) -> Result<Disk> {
    let verb = Verb::DeleteDisk;
    let Deletable { disk, gives_up, .. } = deletable;
    let cloud = session.cpis.cpi(&disk.cpi)?;
    let mut claims =
        vec![Claim { resource: Resource::Disk(disk.cpi.clone(), disk.cid.clone()), mode: ClaimMode::Exclusive }];
    // No swap of the instance may begin meanwhile: an undo might want it.
    let of = disk.instance.iter().cloned();
    claims.extend(of.map(|name| Claim { resource: Resource::Instance(name), mode: ClaimMode::Shared }));
    let operation = session.begin(verb, claims, None)?;
    let reader = session.state.reader();
    let looked = find::disk(reader, &disk.cid)
        .and_then(|disk| look(reader, cloud.as_ref(), disk, gives_up.as_ref(), Some(operation.id())));
    let result = looked.and_then(|looked| one(session, &operation, cloud.as_ref(), &looked.disk));
    end(session, operation, result)?;
    Ok(disk)
}

fn one(session: &Session<'_>, operation: &OpenOperation, cloud: &dyn Cpi, disk: &Disk) -> Result<()> {
    session.interrupt.check()?;
    let Disk { cpi, cid, .. } = disk;
    let performed = perform(
        session,
        operation,
        Verb::DeleteDisk,
        &Step::DeleteDisk { cpi: cpi.clone(), disk: cid.clone() },
        |intent| seen::deleted(cloud, intent, cid),
        |(), _| Outcome::Done { result: None, facts: vec![Fact::DiskGone { cpi: cpi.clone(), disk: cid.clone() }] },
    );
    performed.map_err(Error::from)
}

/// Settles what is open, and ends the operation.
fn end(session: &Session<'_>, operation: OpenOperation, mut result: Result<()>) -> Result<()> {
    if result.is_err() {
        let settled = settle::open_steps(session, &operation, WhenInterrupted::Stop)?;
        if settled.iter().any(|one| matches!(one.step, Step::DeleteDisk { .. }) && one.done()) {
            result = Ok(());
        }
        if session.state.reader().steps(operation.id())?.iter().any(|row| row.step.kind() == "delete_disk") {
            settle::clear_leftovers(session, &operation, Verb::DeleteDisk)?;
        }
    }
    let unknown = settle::unknown_steps(session, operation.id())?;
    if unknown > 0 {
        return Err(settle::unsettled(operation.id(), unknown));
    }
    let (state, summary) = counted(usize::from(result.is_ok()), usize::from(result.is_err()), "deleted");
    conclude(session, operation, Verb::DeleteDisk.name(), state, Some(summary))?;
    result
}
