//! What a restore or an undo would do, and whether it can: all looked at before the first effect.

use std::time::{Duration, Instant};

use crate::cpi::Cpi;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Disk, Instance, InstanceName, ManagedBy};
use crate::domain::operation::{Claim, ClaimMode, Operation, OperationState, Resource, Verb};
use crate::domain::snapshot::Snapshot;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::{HooksPresent, OldDisk, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::promote;
use crate::state::{Reader, StateError};

/// What the operator asked `restore` for.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The instance to put on it.
    pub instance: Instance,
    /// Accept a torn copy as the safety snapshot.
    pub allow_torn: bool,
    /// How long to wait for another operation at the instance.
    pub wait: Duration,
}

const PAUSE: Duration = Duration::from_millis(100);

/// Plans a restore, once no living operation is at the instance, as far as `request.wait` goes.
///
/// # Errors
/// Whatever makes it impossible, with the reason and the next step.
pub fn plan_restore(reader: &Reader, cpi: &dyn Cpi, hooks: HooksPresent, request: &RestoreRequest) -> Result<SwapPlan> {
    when_it_is_still(reader, &request.instance.name, request.wait, || restore(reader, cpi, hooks, request))
}

fn restore(reader: &Reader, cpi: &dyn Cpi, hooks: HooksPresent, request: &RestoreRequest) -> Result<SwapPlan> {
    let name = &request.instance.name;
    // As it is now: it may have changed while another operation was waited for.
    let known = reader.instances(Some(&name.deployment))?.into_iter().find(|instance| instance.name == *name);
    let instance = known.as_ref().unwrap_or(&request.instance);
    check_method(cpi, instance)?;
    if instance.cpi != request.snapshot.cpi {
        return Err(Error::new(
            Kind::Unsupported,
            format!(
                "snapshot {} was made by the CPI '{}', and {} is on '{}'",
                request.snapshot.cid, request.snapshot.cpi, instance.name, instance.cpi
            ),
        )
        .hint("a disk cannot go from one cloud to another"));
    }
    let least = promote::preflight(cpi, &request.snapshot.cid)?;
    let current = replaced_disk(reader, instance, &request.snapshot)?;
    let old = current.map(|disk| look_at(cpi, instance, disk)).transpose()?;
    let vm = vm_of(instance)?;
    no_stranger(cpi, instance, old.as_ref().map(|old| &old.cid))?;
    let size_mib = least.max(current.and_then(|disk| disk.size_mib)).or(request.snapshot.size_mib);
    Ok(SwapPlan {
        instance: instance.name.clone(),
        az: instance.az.clone(),
        cpi: instance.cpi.clone(),
        vm,
        slot: current.map_or(0, |disk| disk.slot),
        safety_snapshot: old.as_ref().is_some_and(|old| old.exists),
        old,
        size_mib,
        cloud_properties: current.and_then(|disk| disk.cloud_properties.clone()),
        source: Source::Snapshot {
            cid: request.snapshot.cid.clone(),
            created_at: request.snapshot.created_at,
            clean: request.snapshot.clean,
        },
        allow_torn: request.allow_torn,
        undo_of: None,
        hooks,
    })
}

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

/// Makes a plan while no other operation is at the instance, as far as that can be waited for. Nothing fits
/// together while its disk is being exchanged: then that is what to tell, not what does not fit.
fn when_it_is_still<T>(
    reader: &Reader,
    instance: &InstanceName,
    wait: Duration,
    plan: impl Fn() -> Result<T>,
) -> Result<T> {
    let until = Instant::now() + wait;
    let claim = |mode| [Claim { resource: Resource::Instance(instance.clone()), mode }];
    let exclusive = claim(ClaimMode::Exclusive);
    let mut last_chance = false;
    loop {
        while Instant::now() < until
            && matches!(reader.unclaimed(&exclusive), Err(StateError::Claimed { alive: true, .. }))
        {
            std::thread::sleep(PAUSE);
        }
        let error = match plan() {
            Ok(plan) => return Ok(plan),
            Err(error) => error,
        };
        match reader.unclaimed(&claim(ClaimMode::Shared)) {
            Err(StateError::Claimed { alive: true, .. }) if Instant::now() < until => last_chance = false,
            Err(claimed) => return Err(claimed.into()),
            Ok(()) if last_chance => return Err(error),
            // The other one may have ended between the two looks.
            Ok(()) => last_chance = true,
        }
    }
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
    let old = look_at(cpi, &instance, &Disk { cid: attached, ..placeholder(&instance, plan) })?;
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

fn placeholder(instance: &Instance, plan: &SwapPlan) -> Disk {
    Disk {
        cid: DiskCid::new(""),
        cpi: plan.cpi.clone(),
        instance: Some(instance.name.clone()),
        slot: plan.slot,
        state: crate::domain::instance::DiskState::Active,
        size_mib: None,
        az: None,
        cloud_properties: None,
        origin: None,
        orphaned_at: None,
    }
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
        (Verb::Delete | Verb::DeleteAll, ..) => Err(refuse("a deleted snapshot is gone from the cloud")),
        (Verb::Demo, ..) => Err(refuse("it is the demonstration's own")),
    }
}

/// Detaching behind the back of a living Director or of create-env leaves an instance that cannot boot.
fn check_method(cpi: &dyn Cpi, instance: &Instance) -> Result<()> {
    let by = match instance.managed_by {
        ManagedBy::Nobody => None,
        ManagedBy::Director => Some("a Director"),
        ManagedBy::CreateEnv => Some("create-env"),
    };
    if let Some(by) = by {
        return Err(Error::new(
            Kind::Unsupported,
            format!(
                "{} is managed by {by}: its disk cannot be changed through the CPI behind that one's back",
                instance.name
            ),
        )
        .hint("this version restores only instances that nobody manages (`managed_by: nobody` in the inventory)")
        .hint("make the disk with `snapback promote CID`, and attach it with `bosh attach-disk`"));
    }
    if !cpi.capabilities().attach {
        return Err(Error::new(Kind::Unsupported, format!("the CPI '{}' cannot attach and detach disks", cpi.name())));
    }
    Ok(())
}

fn vm_of(instance: &Instance) -> Result<crate::domain::ids::VmCid> {
    instance.vm.clone().ok_or_else(|| {
        Error::new(Kind::Refused, format!("{} has no VM to attach a disk to", instance.name))
            .try_command("snapback instances")
    })
}

/// Looks again, once the instance is claimed: another operation may have come between the plan and the claim.
pub(super) fn still_true(reader: &Reader, cpi: &dyn Cpi, plan: &SwapPlan) -> Result<()> {
    let name = &plan.instance;
    let instances = reader.instances(Some(&name.deployment))?;
    let current = instances
        .iter()
        .find(|instance| instance.name == *name)
        .and_then(|instance| instance.disks.iter().find(|disk| disk.slot == plan.slot))
        .map(|disk| &disk.cid);
    let as_planned = match &plan.old {
        Some(old) if old.exists => {
            cpi.has_disk(&old.cid)? && cpi.get_disks(&plan.vm)?.contains(&old.cid) == old.attached
        }
        _ => true,
    };
    if current == plan.old.as_ref().map(|old| &old.cid) && as_planned {
        return Ok(());
    }
    Err(Error::new(Kind::Locked, format!("{name} has changed since the plan was made: nothing was done"))
        .hint("look at the new plan: run the same command again")
        .try_command("snapback operations"))
}

/// The disk whose place the new one takes: the only one, or the one in the slot of the snapshot's disk.
fn replaced_disk<'a>(reader: &Reader, instance: &'a Instance, snapshot: &Snapshot) -> Result<Option<&'a Disk>> {
    let slot = match &snapshot.disk {
        None => None,
        Some(cid) => reader
            .disks_by_cid(cid)?
            .into_iter()
            .find(|disk| disk.cpi == snapshot.cpi && disk.instance.as_ref() == Some(&instance.name))
            .map(|disk| disk.slot),
    };
    let in_its_slot = slot.and_then(|slot| instance.disks.iter().find(|disk| disk.slot == slot));
    match (instance.disks.as_slice(), in_its_slot) {
        ([], _) => Ok(None),
        ([only], _) => Ok(Some(only)),
        (_, Some(disk)) => Ok(Some(disk)),
        (several, None) => {
            let cids: Vec<&str> = several.iter().map(|disk| disk.cid.as_str()).collect();
            Err(Error::new(
                Kind::Unsupported,
                format!(
                    "{} has {} disks ({}), and none of them is known to be the one that snapshot {} is of",
                    instance.name,
                    cids.len(),
                    cids.join(", "),
                    snapshot.cid
                ),
            )
            .hint("make the disk, and attach it by hand:")
            .try_command(format!("snapback promote {}", snapshot.cid)))
        }
    }
}

fn look_at(cpi: &dyn Cpi, instance: &Instance, disk: &Disk) -> Result<OldDisk> {
    let vm = vm_of(instance)?;
    let attached = cpi.get_disks(&vm)?.contains(&disk.cid);
    let exists = attached || cpi.has_disk(&disk.cid)?;
    Ok(OldDisk { cid: disk.cid.clone(), exists, attached })
}

/// A disk of the VM that the inventory doesn't know: whatever it is, it must not be pushed aside unseen.
fn no_stranger(cpi: &dyn Cpi, instance: &Instance, old: Option<&DiskCid>) -> Result<()> {
    let vm = vm_of(instance)?;
    let attached = cpi.get_disks(&vm)?;
    let known = |cid: &DiskCid| Some(cid) == old || instance.disks.iter().any(|disk| disk.cid == *cid);
    match attached.iter().find(|cid| !known(cid)) {
        None => Ok(()),
        Some(stranger) => Err(Error::new(
            Kind::Refused,
            format!("{}: VM {vm} has disk {stranger}, which the inventory does not know", instance.name),
        )
        .hint("the inventory is out of date: correct it, and import it again:")
        .try_command("snapback import inventory.yml")),
    }
}
