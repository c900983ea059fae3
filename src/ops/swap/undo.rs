//! The plan of an undo.

use std::time::Duration;

use super::look::look;
use super::looking::{Glance, Looking, Options};
use super::made::meant_by;
use super::preflight::{check_method, when_it_is_still};
use crate::cpi::{Cpi, SnapshotState};
use crate::domain::exchanges::Exchanges;
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::operation::{Operation, OperationState, StepRow, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Purpose;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::{DiskSwap, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::find::{known_instance, known_snapshot};
use crate::ops::vm_disks::not_on_another_vm;
use crate::state::Reader;

/// Plans the undo of a restore or of an undo, by the method that did it.
///
/// # Errors
/// It is not such an operation, or has not ended well; later ones have replaced its disks; its old disk and the safety
/// snapshot of that disk are gone.
pub fn plan_undo(
    looking: Looking<'_>,
    operation: &Operation,
    leave_resurrection: bool,
    wait: Duration,
) -> Result<SwapPlan> {
    let plan = undoable(operation)?;
    when_it_is_still(looking.reader, &plan.instance, wait, || undo(looking, operation, plan, leave_resurrection, wait))
}

fn undo(
    looking: Looking<'_>,
    operation: &Operation,
    plan: &SwapPlan,
    leave_resurrection: bool,
    wait: Duration,
) -> Result<SwapPlan> {
    let Looking { reader, cpi, hooks, .. } = looking;
    let id = &operation.id;
    let refuse = |why: String| Error::new(Kind::Refused, format!("operation {id} cannot be undone: {why}"));
    let steps = reader.steps(id)?;
    let instance = known_instance(reader, &plan.instance)?
        .ok_or_else(|| Error::new(Kind::NotFound, format!("{} is not in the inventory any more", plan.instance)))?;
    if plan.is_of_another_than(&instance) {
        return Err(refuse(format!("{} is another instance now, with another UUID", instance.name))
            .hint("to see what snapback knows about it:")
            .try_command(format!("snapback -d {} instances --details", quoted(&instance.name.deployment))));
    }
    check_method(cpi, &instance, None)?;
    let exchanges = reader.exchanges()?;
    let mut disks = Vec::new();
    for one in plan.disks() {
        let left = meant_by(&steps, one).ok_or_else(|| refuse("its journal has no attached disk".to_owned()))?;
        let Some(before) = one.old_disk() else {
            return Err(refuse(match &one.old {
                None => format!("{} had no disk before it", plan.instance),
                Some(gone) => format!("{} had no disk before it: disk {} was gone", plan.instance, gone.cid),
            }));
        };
        let current = instance.disks.iter().find(|disk| disk.slot == one.slot).map(|disk| &disk.cid);
        let current = match current {
            // A later restore and its undo may have left another disk in place of that one, if it was gone by then.
            Some(disk) if *disk == left || exchanges.are_alike(&plan.cpi, disk, &left) => disk.clone(),
            _ => return Err(has_moved_on(&exchanges, (id, plan), current, &left)),
        };
        let Some(back) = way_back(reader, cpi, &instance, (id, &steps), before)? else {
            let by = reader.disk_deleted_by(&plan.cpi, before)?;
            let why = by.map_or(String::new(), |by| format!("; disk {before} was deleted by operation {by}"));
            return Err(refuse(format!(
                "the cloud no longer has its old disk {before}, nor a usable safety snapshot of it{why}"
            ))
            .hint("what there is to restore from:")
            .try_command("snapback snapshots"));
        };
        // The recorded size may be missing or outdated; the snapshot's own is what a disk made from it needs.
        let size_mib = back.size_mib.or(one.size_mib);
        disks.push((current, DiskSwap { source: back.source, size_mib, safety_snapshot: false, ..one.clone() }));
    }
    // BOSH deletes an orphaned disk within days, and with it everything that was written since the restore. Elsewhere
    // both disks are kept, and the manager of the instance cannot delete them: the content of neither is at risk.
    let safety_snapshot = instance.managed_by == ManagedBy::Director && cpi.capabilities().snapshots;
    let options = Options { allow_torn: plan.allow_torn, safety_snapshot, protect: false, leave_resurrection, wait };
    let ours: Vec<DiskCid> = disks.iter().flat_map(|(_, one)| one.cids().cloned()).collect();
    let looked = look(looking, &instance, options, Glance::First, &ours.iter().collect::<Vec<_>>())?;
    for (current, one) in &mut disks {
        one.old = Some(looked.old_disk(cpi, current)?);
        one.safety_snapshot = safety_snapshot;
    }
    let mut disks = disks.into_iter().map(|(_, one)| one);
    let first = disks.next().ok_or_else(|| Error::new(Kind::Bug, "a plan without a disk"))?;
    Ok(SwapPlan {
        vm: looked.vm,
        first,
        others: disks.collect(),
        instance_uuid: instance.uuid.clone(),
        undo_of: Some(id.clone()),
        command: None,
        hooks,
        method: looked.method,
        ..plan.clone()
    })
}

/// The error if the instance is not on the disk that the operation left.
fn has_moved_on(
    exchanges: &Exchanges,
    (id, plan): (&OperationId, &SwapPlan),
    current: Option<&DiskCid>,
    left: &DiskCid,
) -> Error {
    if let Some(by) = exchanges.undone_by(id) {
        let message = format!("operation {id} is undone already, by operation {}", by.id);
        return Error::new(Kind::Refused, message)
            .hint("to do it once more:")
            .try_command(format!("snapback undo {}", by.id));
    }
    let now = current.map_or("no disk".to_owned(), |disk| format!("disk {disk}"));
    let message = format!("operation {id} cannot be undone: {} has {now} now, and it left disk {left}", plan.instance);
    let error = Error::new(Kind::Refused, message);
    match exchanges.replaced_by(id) {
        Some(newer) => error.hint("undo the newer one first:").try_command(format!("snapback undo {}", newer.id)),
        None => {
            error.hint("no restore and no undo has put it there; what was done:").try_command("snapback operations")
        }
    }
}

/// The disk or snapshot that an undo puts back.
struct WayBack {
    source: Source,
    /// The least size of the disk, in MiB, if the cloud or the state file tells one.
    size_mib: Option<u64>,
}

/// The old disk; if it is gone, the snapshot that was taken of it before it was orphaned.
fn way_back(
    reader: &Reader,
    cpi: &dyn Cpi,
    instance: &Instance,
    (undone, steps): (&OperationId, &[StepRow]),
    before: &DiskCid,
) -> Result<Option<WayBack>> {
    // A cloud may give the CID of a deleted disk to another one.
    if !reader.has_gone_since(undone, &instance.cpi, before)? && cpi.has_disk(before)? {
        not_on_another_vm(reader, cpi, instance, before)?;
        return Ok(Some(WayBack { source: Source::Disk { cid: before.clone(), of: None }, size_mib: None }));
    }
    let made = steps.iter().rev().find_map(|row| match (&row.step, row.state, &row.result) {
        (Step::SnapshotDisk { purpose: Purpose::Safety, disk, .. }, StepState::Done, Some(cid)) if disk == before => {
            Some(SnapshotCid::new(cid))
        }
        _ => None,
    });
    let capabilities = cpi.capabilities();
    let Some(cid) = made.filter(|_| capabilities.promote) else { return Ok(None) };
    let Some(snapshot) = known_snapshot(reader, &instance.cpi, &cid)? else { return Ok(None) };
    let mut size_mib = None;
    if capabilities.describe_snapshots {
        let status = cpi.describe_snapshot(&cid)?;
        if status.state != SnapshotState::Ready {
            return Ok(None);
        }
        size_mib = status.size_mib;
    }
    let source = Source::Snapshot { cid, created_at: snapshot.created_at, clean: snapshot.clean };
    Ok(Some(WayBack { source, size_mib: size_mib.max(snapshot.size_mib) }))
}

fn undoable(operation: &Operation) -> Result<&SwapPlan> {
    let id = &operation.id;
    let refuse = |why: &str| Error::new(Kind::Refused, format!("operation {id} cannot be undone: {why}"));
    match (operation.verb, operation.state, &operation.plan) {
        (Verb::Restore | Verb::Undo, OperationState::Done, Some(plan)) => Ok(plan),
        (Verb::Restore | Verb::Undo, OperationState::Pending, _) => {
            Err(Error::new(Kind::Locked, format!("operation {id} has not ended")).try_command("snapback recover"))
        }
        (Verb::Restore | Verb::Undo, ..) => Err(refuse("it left the instance on its old disk")),
        (Verb::Take, ..) => Err(refuse("it changed no instance; `snapback delete CID` removes a snapshot")),
        (Verb::Promote, ..) => Err(refuse("it changed no instance; the disk that it made is in `snapback disks`")),
        (Verb::Check, ..) => Err(refuse("it changed no instance")),
        (Verb::Drill, ..) => Err(refuse("it changed no instance, and its disk is deleted")),
        (Verb::Hold, ..) => Err(refuse("it changed no instance; `snapback release CID` lets the snapshot go")),
        (Verb::Release, ..) => Err(refuse("it changed no instance; `snapback hold CID` holds the snapshot again")),
        (Verb::Delete | Verb::DeleteAll | Verb::Prune, ..) => Err(refuse("a deleted snapshot is gone from the cloud")),
        (Verb::DeleteDisk, ..) => Err(refuse("a deleted disk is gone from the cloud")),
        (Verb::Demo, ..) => Err(refuse("it is the demonstration's own")),
    }
}
