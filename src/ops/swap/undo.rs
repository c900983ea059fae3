//! The plan of an undo.

use std::time::Duration;

use super::preflight::{check_method, look_at, no_stranger, vm_of, when_it_is_still};
use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::operation::{Operation, OperationState, Verb};
use crate::domain::step::{Step, StepState};
use crate::domain::swap::{HooksPresent, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::state::Reader;

/// Plans the undoing of a restore or of an undo.
///
/// # Errors
/// It is no such operation, has not ended well, others came after it, or its old disk is gone.
pub fn plan_undo(
    reader: &Reader,
    cpi: &dyn Cpi,
    hooks: HooksPresent,
    operation: &Operation,
    wait: Duration,
) -> Result<SwapPlan> {
    let plan = undoable(operation)?;
    when_it_is_still(reader, &plan.instance, wait, || undo(reader, cpi, hooks, operation, plan))
}

fn undo(
    reader: &Reader,
    cpi: &dyn Cpi,
    hooks: HooksPresent,
    operation: &Operation,
    plan: &SwapPlan,
) -> Result<SwapPlan> {
    let id = &operation.id;
    let refuse = |why: String| Error::new(Kind::Refused, format!("operation {id} cannot be undone: {why}"));
    let attached = reader.steps(id)?.into_iter().rev().find_map(|row| match (row.step, row.state) {
        (Step::AttachDisk { disk, .. }, StepState::Done) => Some(disk),
        _ => None,
    });
    let attached = attached.ok_or_else(|| refuse("its journal has no attached disk".to_owned()))?;
    let Some(before) = plan.old_disk() else {
        return Err(refuse(format!("{} had no disk before it", plan.instance)));
    };
    let instance = reader
        .instances(Some(&plan.instance.deployment))?
        .into_iter()
        .find(|instance| instance.name == plan.instance)
        .ok_or_else(|| Error::new(Kind::NotFound, format!("{} is not in the inventory any more", plan.instance)))?;
    check_method(cpi, &instance)?;
    let current = instance.disks.iter().find(|disk| disk.slot == plan.slot);
    if current.map(|disk| &disk.cid) != Some(&attached) {
        let now = current.map_or("no disk".to_owned(), |disk| disk.cid.to_string());
        return Err(refuse(format!("{} has {now} now, and it left {attached}", plan.instance))
            .hint("undo the newer one first:")
            .try_command("snapback operations"));
    }
    if !cpi.has_disk(before)? {
        return Err(refuse(format!("the cloud no longer has its old disk {before}"))
            .hint("its safety snapshot is in the list; restore that:")
            .try_command("snapback snapshots"));
    }
    if let Some((vm, holder)) = on_another_vm(reader, cpi, &instance, before)? {
        return Err(refuse(format!("its old disk {before} is attached to VM {vm} ({holder}) now"))
            .hint("detach it there first"));
    }
    let old = look_at(cpi, &instance, &attached)?;
    no_stranger(cpi, &instance, Some(&old.cid))?;
    Ok(SwapPlan {
        source: Source::Disk { cid: before.clone() },
        vm: vm_of(&instance)?,
        old: Some(old),
        // Both disks are kept as they are: the content of neither is at risk.
        safety_snapshot: false,
        undo_of: Some(id.clone()),
        hooks,
        ..plan.clone()
    })
}

/// Which other VM of the inventory has the disk. A VM that cannot be asked has none: the attach itself would tell.
fn on_another_vm(
    reader: &Reader,
    cpi: &dyn Cpi,
    instance: &Instance,
    disk: &DiskCid,
) -> Result<Option<(VmCid, InstanceName)>> {
    let others =
        reader.instances(None)?.into_iter().filter(|other| other.cpi == instance.cpi && other.vm != instance.vm);
    Ok(others
        .filter_map(|other| Some((other.vm?, other.name)))
        .find(|(vm, _)| cpi.get_disks(vm).is_ok_and(|disks| disks.contains(disk))))
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
        (Verb::Delete | Verb::DeleteAll, ..) => Err(refuse("a deleted snapshot is gone from the cloud")),
        (Verb::Demo, ..) => Err(refuse("it is the demonstration's own")),
    }
}
