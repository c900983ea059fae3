//! `delete-disk`: disks that snapback made or orphaned, and that nobody needs.

use super::delete::How;
use super::find;
use super::leftovers;
use super::perform::{Run, StepError, conclude, counted};
use super::presence::{Presence, Thing};
use super::seen;
use super::session::Session;
use super::settle::{self, WhenInterrupted};
use super::unanswered::{self, Unanswered};
use super::vm_disks::{self, VmDisks};
use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::instance::{Disk, DiskState, InstanceName};
use crate::domain::operation::{Claim, Operation, OperationState, Resource, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Metadata;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::Method;
use crate::error::{Error, Kind, Result};
use crate::state::{OpenOperation, Reader};

/// The most snapshots that a message names.
const NAMED: usize = 5;

/// A disk that may be deleted: snapback looked for every reason against it, and found none. Only [`look`] returns one.
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

    /// The instances whose VMs may have it, since the cloud cannot tell.
    pub fn unseen(&self) -> &[InstanceName] {
        &self.unseen
    }
}

/// Checks whether a disk may be deleted. `give_up` are the operations whose undo the operator gives up.
///
/// # Errors
/// It is not known, or the cloud no longer has it ([`Kind::NotFound`]); a pending operation needs it
/// ([`Kind::Locked`]); an instance or a possible undo needs it, a VM has it, or it is not snapback's
/// ([`Kind::Refused`]); the errors of the CPI and the state file.
pub fn look(
    reader: &Reader,
    cloud: &dyn Cpi,
    presence: &Presence,
    disk: Disk,
    give_up: &[OperationId],
    own: Option<&OperationId>,
) -> Result<Deletable> {
    let cid = &disk.cid;
    let elsewhere = reader.disks_by_cid(cid)?.into_iter().find(|known| known.cpi != disk.cpi);
    if let Some(other) = elsewhere {
        // Two names may mean one cloud.
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
        && !give_up.contains(&needed.id)
    {
        let why = format!("operation {} ({}) cannot be undone without it", needed.id, needed.verb.name());
        return Err(refuse(cid, &why).hint("to give that up for good:").try_command(format!(
            "snapback delete-disk {} --give-up-undo {}",
            quoted(cid.as_str()),
            needed.id
        )));
    }
    if !cloud.has_disk(cid)? {
        presence.refuse_if_absent(reader, cloud, "has_disk", Thing::AnyDisk)?;
        return Err(Error::new(Kind::NotFound, format!("the cloud no longer has disk {cid}"))
            .hint("to take it off the list:")
            .try_command(format!("snapback check --forget {}", quoted(cid.as_str()))));
    }
    let unseen = on_no_vm(reader, cloud, &disk)?;
    without_snapshots(cloud, cid)?;
    Ok(Deletable { gives_up: needed.map(|needed| needed.id.clone()), disk, unseen })
}

fn refuse(cid: &DiskCid, why: &str) -> Error {
    Error::new(Kind::Refused, format!("disk {cid} is not deleted: {why}"))
}

/// Whether a restore or an undo took the instance off this disk.
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
        // A disk that a Director was once told to attach is in its database, and among its orphans.
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
        "snapback neither made it nor put it away"
    };
    Err(refuse(cid, why)
        .hint("if a Director has it among its orphaned disks:")
        .try_command(format!("bosh delete-disk {}", quoted(cid.as_str()))))
}

/// Refuses a disk that, by the cloud's word, a VM has. Returns the instances for which the cloud cannot tell.
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

/// Refuses a disk that its cloud keeps as long as it has snapshots.
fn without_snapshots(cloud: &dyn Cpi, cid: &DiskCid) -> Result<()> {
    let can = cloud.capabilities();
    if !can.costs.snapshots_hold_disks || !can.list_snapshots {
        return Ok(());
    }
    let mut own = cloud.list_snapshots(&Metadata::new())?;
    own.retain(|one| one.disk == *cid);
    let Some(first) = own.first() else { return Ok(()) };
    let named: Vec<&str> = own.iter().take(NAMED).map(|one| one.cid.as_str()).collect();
    let more = match own.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let why = format!("the cloud keeps it as long as there are snapshots of it: {}{more}", named.join(", "));
    Err(refuse(cid, &why)
        .hint(
            "until then, BOSH's own clean-up of orphaned disks fails, too; delete them by rules (`snapback prune`), or \
             one by one:",
        )
        .try_command(format!("snapback delete {}", quoted(first.cid.as_str()))))
}

/// The outcome for one disk.
#[derive(Debug)]
pub struct DeletedDisk {
    /// The disk.
    pub disk: Disk,
    /// The result.
    pub result: Result<How>,
}

/// Deletes each, once it is claimed and was checked again. If one fails, the others are still deleted, unless the cloud
/// does not answer several times in a row. Returns the rows in the order given, and the errors at the end. `settled` is
/// told each row as soon as the result is known.
///
/// # Errors
/// Before the first effect: an unknown CPI, another operation's claim, the state file.
pub fn delete(
    session: &Session<'_>,
    disks: Vec<Deletable>,
    settled: &mut dyn FnMut(&DeletedDisk),
) -> Result<(Vec<DeletedDisk>, Vec<Error>)> {
    let mut work = Vec::with_capacity(disks.len());
    for deletable in disks {
        work.push((session.cpis.cpi(&deletable.disk.cpi)?, deletable));
    }
    let mut claims: Vec<Claim> = Vec::new();
    for (_, Deletable { disk, .. }) in &work {
        claims.push(Claim::exclusive(Resource::Disk(disk.cpi.clone(), disk.cid.clone())));
        // No swap of the instance may begin meanwhile: an undo might want the disk.
        let of = disk.instance.iter().map(|name| Resource::Instance(name.clone()));
        let of: Vec<Resource> = of.filter(|of| claims.iter().all(|claim| claim.resource != *of)).collect();
        claims.extend(of.into_iter().map(Claim::shared));
    }
    let operation = session.begin(Verb::DeleteDisk, claims, None)?;
    session.progress.begin(work.len());
    let (mut rows, mut open, mut unanswered) = (Vec::with_capacity(work.len()), Vec::new(), Unanswered::default());
    for (cloud, deletable) in work {
        let result = match unanswered.is_enough() {
            true => Ok(How::NotTried),
            false => one(session, &operation, cloud.as_ref(), &deletable, &mut unanswered),
        };
        session.progress.step(&match &result {
            Ok(How::NotTried) => format!("{}: not tried", deletable.disk.cid),
            Ok(_) => format!("{}: deleted", deletable.disk.cid),
            Err(_) => format!("{}: failed", deletable.disk.cid),
        });
        let unknown = result.as_ref().is_err_and(|failed| failed.unknown);
        let row = DeletedDisk { disk: deletable.disk, result: result.map_err(Error::from) };
        match unknown {
            true => open.push(rows.len()),
            false => settled(&row),
        }
        rows.push(row);
    }
    session.progress.end();
    let not_tried = rows.iter().filter(|row| matches!(row.result, Ok(How::NotTried))).count();
    let stopped = (not_tried > 0).then(|| unanswered::stopped(not_tried, "disk"));
    let late = end(session, operation, &mut rows).err();
    open.into_iter().for_each(|at| settled(&rows[at]));
    Ok((rows, stopped.into_iter().chain(late).collect()))
}

fn one(
    session: &Session<'_>,
    operation: &OpenOperation,
    cloud: &dyn Cpi,
    deletable: &Deletable,
    unanswered: &mut Unanswered,
) -> Result<How, StepError> {
    session.interrupt.check()?;
    let reader = session.state.reader();
    let cid = &deletable.disk.cid;
    let give_up = deletable.gives_up.as_slice();
    find::disk(reader, cid)
        .and_then(|disk| look(reader, cloud, &session.presence, disk, give_up, Some(operation.id())))?;
    let performed = seen::delete_disk(Run { session, operation, verb: Verb::DeleteDisk }, cloud, cid);
    unanswered.note(!performed.as_ref().is_err_and(StepError::is_unanswered));
    performed.map(|()| How::Deleted)
}

/// Settles open steps, and ends the operation. An error here must not hide the rows.
fn end(session: &Session<'_>, operation: OpenOperation, rows: &mut [DeletedDisk]) -> Result<()> {
    if rows.iter().any(|row| row.result.is_err()) {
        for settled in settle::open_steps(session, &operation, WhenInterrupted::Stop)? {
            let Step::DeleteDisk { disk, .. } = &settled.step else { continue };
            if let Some(row) = rows.iter_mut().find(|row| row.disk.cid == *disk && settled.done()) {
                row.result = Ok(How::Deleted);
            }
        }
        if session.state.reader().steps(operation.id())?.iter().any(|row| row.step.kind() == "delete_disk") {
            leftovers::clear(Run { session, operation: &operation, verb: Verb::DeleteDisk })?;
        }
    }
    settle::all(session, &operation)?;
    let done = rows.iter().filter(|row| matches!(row.result, Ok(how) if how.is_done())).count();
    let (state, summary) = counted(done, rows.len() - done, "deleted");
    conclude(session, operation, Verb::DeleteDisk.name(), state, Some(summary))
}
