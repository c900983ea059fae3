//! What is looked at before the first effect, for restores and undos alike.

use std::time::{Duration, Instant};

use super::plan::{Looking, Options};
use super::via::Via;
use super::{by_create_env, by_director};
use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::ids::{CpiName, DiskCid, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy};
use crate::domain::operation::{Claim, ClaimMode, Resource};
use crate::domain::swap::{DiskSwap, Method, OldDisk, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::vm_disks::{self, VmDisks};
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

pub(in crate::ops) fn vm_of(instance: &Instance) -> Result<VmCid> {
    instance.vm.clone().ok_or_else(|| {
        Error::new(Kind::Refused, format!("{} has no VM to attach a disk to", instance.name))
            .try_command("snapback instances")
    })
}

/// Looks again, once the instance is claimed: another operation may have come between the plan and the claim.
pub(super) fn still_true(looking: Looking<'_>, plan: &SwapPlan) -> Result<()> {
    let Looking { reader, cpi, .. } = looking;
    let name = &plan.instance;
    let instances = reader.instances(Some(&name.deployment))?;
    let instance = instances.iter().find(|instance| instance.name == *name);
    let current = |slot| instance.and_then(|instance| instance.disks.iter().find(|disk| disk.slot == slot));
    let same_disks =
        plan.disks().all(|one| current(one.slot).map(|disk| &disk.cid) == one.old.as_ref().map(|old| &old.cid));
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
            let looked = by_create_env::look(looking, instance)?;
            looked.by == *by && looked.vm == plan.vm && Some(&looked.old) == plan.only().old.as_ref()
        }
        (Method::Bosh(_) | Method::CreateEnv(_), None) => false,
        (Method::Cpi, None) => false,
        (Method::Cpi, Some(instance)) => {
            let cids: Vec<&DiskCid> = plan.disks().flat_map(DiskSwap::cids).collect();
            let told = disks_of(reader, cpi, instance, &cids)?;
            let mut as_planned = true;
            for old in plan.disks().filter_map(|one| one.old.as_ref()) {
                as_planned &= *old == look_at(cpi, &told, &old.cid)?;
            }
            as_planned
        }
    };
    if same_disks && as_planned {
        return Ok(());
    }
    Err(Error::new(Kind::Locked, format!("{name} has changed since the plan was made: nothing was done"))
        .hint("look at the new plan: run the same command again")
        .try_command("snapback operations"))
}

/// A current disk, as the cloud has it: it may be gone while its VM still lists it.
pub(super) fn look_at(cpi: &dyn Cpi, told: &VmDisks, disk: &DiskCid) -> Result<OldDisk> {
    let attached = told.has(disk) == Some(true);
    let exists = match cpi.has_disk(disk) {
        Err(error) if attached && error.kind == CpiErrorKind::NotSupported => true,
        Ok(false) if attached => {
            // What is lost by a wrong answer is the safety snapshot, and the way back.
            vm_disks::wait_until_steady(cpi);
            cpi.has_disk(disk)?
        }
        has => has?,
    };
    Ok(OldDisk { cid: disk.clone(), exists, attached })
}

/// The disks of the VM, once the answer is steady. Root disks and the like are nobody's business; a disk that the state
/// knows to be another's must not be pushed aside unseen. `ours` are those of the plan.
///
/// # Errors
/// [`Kind::Refused`] for such a disk; [`Kind::Unsupported`] where the CPI cannot tell; the CPI's.
pub(super) fn disks_of(reader: &Reader, cpi: &dyn Cpi, instance: &Instance, ours: &[&DiskCid]) -> Result<VmDisks> {
    let vm = vm_of(instance)?;
    let known = reader.disks(None, None)?;
    let stranger = |told: &VmDisks| elsewhere(&known, &instance.cpi, &instance.name, told, ours).cloned();
    let as_known = |told: &VmDisks| {
        instance.disks.iter().all(|disk| told.has(&disk.cid) == Some(true)) && stranger(told).is_none()
    };
    let mut told = vm_disks::look(cpi, &vm)?;
    if matches!(told, VmDisks::Listed(_)) && !as_known(&told) {
        // What was changed a moment ago may not be shown yet.
        let of_the_state = known.iter().filter(|disk| disk.cpi == instance.cpi).map(|disk| &disk.cid);
        let matter: Vec<&DiskCid> = of_the_state.collect();
        told = vm_disks::steady(cpi, &vm, &matter)?;
    }
    match (&told, stranger(&told)) {
        (VmDisks::NoVm, _) => Err(vm_disks::no_vm(cpi, &vm)),
        (VmDisks::CannotTell(why), _) => Err(Error::new(Kind::Unsupported, why.clone())
            .hint("a disk is exchanged only where the cloud says which disks the VM has; nothing was done")
            .hint("make the disk, and attach it by hand: `snapback promote CID`")),
        (VmDisks::Listed(_), None) => Ok(told),
        (VmDisks::Listed(_), Some(stranger)) => {
            let of = stranger.instance.as_ref().filter(|of| **of != instance.name);
            let of = of.map_or_else(String::new, |of| format!(" of {of}"));
            let (name, cid, state) = (&instance.name, &stranger.cid, stranger.state.name());
            let message = format!("{name}: VM {vm} has disk {cid}, which is known as {state}{of}");
            Err(Error::new(Kind::Refused, message)
                .hint("detach it, if it is not meant to be there; or correct the inventory, and import it again:")
                .try_command("snapback import inventory.yml"))
        }
    }
}

/// A disk of the VM that the state knows to be another's: of another instance, or put away.
pub(super) fn elsewhere<'a>(
    known: &'a [Disk],
    cpi: &CpiName,
    instance: &InstanceName,
    told: &VmDisks,
    ours: &[&DiskCid],
) -> Option<&'a Disk> {
    let is_own = |disk: &Disk| disk.state == DiskState::Active && disk.instance.as_ref() == Some(instance);
    let mut others = known.iter().filter(|disk| disk.cpi == *cpi && !is_own(disk) && !ours.contains(&&disk.cid));
    others.find(|disk| told.has(&disk.cid) == Some(true))
}

/// Refuses a disk that another VM of the inventory has. A VM that cannot be asked has none: the attach itself would
/// tell.
///
/// # Errors
/// [`Kind::Refused`], or the state file's.
pub(in crate::ops) fn not_on_another_vm(
    reader: &Reader,
    cpi: &dyn Cpi,
    instance: &Instance,
    disk: &DiskCid,
) -> Result<()> {
    let others =
        reader.instances(None)?.into_iter().filter(|other| other.cpi == instance.cpi && other.vm != instance.vm);
    let holder = others
        .filter_map(|other| Some((other.vm?, other.name)))
        .find(|(vm, _)| vm_disks::look(cpi, vm).is_ok_and(|told| told.has(disk) == Some(true)));
    match holder {
        None => Ok(()),
        Some((vm, holder)) => {
            Err(Error::new(Kind::Refused, format!("disk {disk} is attached to VM {vm} ({holder}) now"))
                .hint("detach it there first"))
        }
    }
}
