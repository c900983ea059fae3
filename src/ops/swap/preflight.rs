//! What is looked at before the first effect, for restores and undos alike.

use std::time::{Duration, Instant};

use super::plan::{Looking, Options, Via};
use super::{by_create_env, by_director};
use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::{Instance, InstanceName, ManagedBy};
use crate::domain::operation::{Claim, ClaimMode, Resource};
use crate::domain::swap::{Method, OldDisk, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::state::{LockState, Reader, StateError};

/// How often a wait looks again.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes a plan while no other operation is at the instance, as far as that can be waited for. Nothing fits
/// together while its disk is being exchanged: then that is what to tell, not what does not fit.
pub(super) fn when_it_is_still<T>(
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
            && matches!(reader.unclaimed(&exclusive), Err(StateError::Claimed { holder, .. }) if holder != LockState::Free)
        {
            std::thread::sleep(PAUSE);
        }
        let error = match plan() {
            // What waits for `recover` is told before anybody reads a plan that cannot be carried out.
            Ok(plan) => match reader.unclaimed(&exclusive) {
                Err(claimed @ StateError::Claimed { holder: LockState::Free | LockState::Unknown(_), .. }) => {
                    return Err(claimed.into());
                }
                _ => return Ok(plan),
            },
            Err(error) => error,
        };
        match reader.unclaimed(&claim(ClaimMode::Shared)) {
            Err(StateError::Claimed { holder, .. }) if holder != LockState::Free && Instant::now() < until => {
                last_chance = false;
            }
            Err(claimed) => return Err(claimed.into()),
            Ok(()) if last_chance => return Err(error),
            // The other one may have ended between the two looks.
            Ok(()) => last_chance = true,
        }
    }
}

/// Whether there is a method for whoever manages the instance. Detaching behind the back of a living Director or of
/// create-env leaves an instance that cannot boot.
pub(super) fn check_method(cpi: &dyn Cpi, instance: &Instance, wanted: Option<Via>) -> Result<()> {
    let only = Via::of(instance.managed_by);
    if let Some(wanted) = wanted.filter(|wanted| *wanted != only) {
        let by = match instance.managed_by {
            ManagedBy::Director => "by its Director",
            ManagedBy::CreateEnv => "by create-env",
            ManagedBy::Nobody => "by nobody",
        };
        let message = format!(
            "{} is managed {by}: it gets another disk via '{}' and not via '{}'",
            instance.name,
            only.name(),
            wanted.name()
        );
        return Err(Error::new(Kind::Unsupported, message).hint("leave --via away"));
    }
    match instance.managed_by {
        ManagedBy::Director | ManagedBy::CreateEnv => Ok(()),
        ManagedBy::Nobody if cpi.capabilities().attach => Ok(()),
        ManagedBy::Nobody => {
            Err(Error::new(Kind::Unsupported, format!("the CPI '{}' cannot attach and detach disks", cpi.name())))
        }
    }
}

pub(super) fn vm_of(instance: &Instance) -> Result<VmCid> {
    instance.vm.clone().ok_or_else(|| {
        Error::new(Kind::Refused, format!("{} has no VM to attach a disk to", instance.name))
            .try_command("snapback instances")
    })
}

/// Looks again, once the instance is claimed: another operation may have come between the plan and the claim.
pub(super) fn still_true(looking: Looking<'_>, plan: &SwapPlan) -> Result<()> {
    let Looking { reader, cpi, bosh, .. } = looking;
    let name = &plan.instance;
    let instances = reader.instances(Some(&name.deployment))?;
    let instance = instances.iter().find(|instance| instance.name == *name);
    let current = instance
        .and_then(|instance| instance.disks.iter().find(|disk| disk.slot == plan.only().slot))
        .map(|disk| &disk.cid);
    let as_planned = match (&plan.method, instance) {
        (_, Some(instance)) if plan.is_of_another_than(instance) => false,
        (Method::Bosh(by), Some(instance)) => {
            let options = Options {
                allow_torn: plan.allow_torn,
                safety_snapshot: plan.only().safety_snapshot,
                protect: by.protect,
                leave_resurrection: !by.pause_resurrection,
                wait: Duration::ZERO,
            };
            let looked = by_director::look(looking, instance, options, by_director::Glance::Again)?;
            looked.by == *by && looked.vm == plan.vm && Some(&looked.disk) == plan.old_disk()
        }
        (Method::CreateEnv(by), Some(instance)) => {
            let looked = by_create_env::look(bosh, cpi, instance)?;
            looked.by == *by && looked.vm == plan.vm && Some(&looked.old) == plan.only().old.as_ref()
        }
        (Method::Bosh(_) | Method::CreateEnv(_), None) => false,
        (Method::Cpi, instance) => {
            if let Some(instance) = instance {
                no_stranger(cpi, instance, current)?;
            }
            match &plan.only().old {
                Some(old) if old.exists => {
                    cpi.has_disk(&old.cid)? && cpi.get_disks(&plan.vm)?.contains(&old.cid) == old.attached
                }
                _ => true,
            }
        }
    };
    if current == plan.only().old.as_ref().map(|old| &old.cid) && as_planned {
        return Ok(());
    }
    Err(Error::new(Kind::Locked, format!("{name} has changed since the plan was made: nothing was done"))
        .hint("look at the new plan: run the same command again")
        .try_command("snapback operations"))
}

pub(super) fn look_at(cpi: &dyn Cpi, instance: &Instance, disk: &DiskCid) -> Result<OldDisk> {
    let vm = vm_of(instance)?;
    let attached = cpi.get_disks(&vm)?.contains(disk);
    let exists = attached || cpi.has_disk(disk)?;
    Ok(OldDisk { cid: disk.clone(), exists, attached })
}

/// A disk of the VM that the inventory doesn't know: whatever it is, it must not be pushed aside unseen.
pub(super) fn no_stranger(cpi: &dyn Cpi, instance: &Instance, old: Option<&DiskCid>) -> Result<()> {
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

/// Refuses a disk that another VM of the inventory has. A VM that cannot be asked has none: the attach itself would
/// tell.
///
/// # Errors
/// [`Kind::Refused`], or the state file's.
pub(super) fn not_on_another_vm(reader: &Reader, cpi: &dyn Cpi, instance: &Instance, disk: &DiskCid) -> Result<()> {
    let others =
        reader.instances(None)?.into_iter().filter(|other| other.cpi == instance.cpi && other.vm != instance.vm);
    let holder = others
        .filter_map(|other| Some((other.vm?, other.name)))
        .find(|(vm, _)| cpi.get_disks(vm).is_ok_and(|disks| disks.contains(disk)));
    match holder {
        None => Ok(()),
        Some((vm, holder)) => {
            Err(Error::new(Kind::Refused, format!("disk {disk} is attached to VM {vm} ({holder}) now"))
                .hint("detach it there first"))
        }
    }
}
