//! Checks before the first effect, for restores and undos alike.

use std::time::{Duration, Instant};

use super::look::look;
use super::looking::{Glance, Looking, Options};
use super::via::Via;
use crate::cpi::Cpi;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Instance, InstanceName, ManagedBy};
use crate::domain::operation::{Claim, Resource};
use crate::domain::swap::{DiskSwap, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::find::known_instance;
use crate::state::{LockState, Reader, StateError};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes a plan while no other operation is at work on the instance, and waits for that as long as it may. While its
/// disk is being exchanged nothing fits together: then the error names the exchange, and not the misfit.
pub(super) fn when_it_is_still<T>(
    reader: &Reader,
    instance: &InstanceName,
    wait: Duration,
    plan: impl Fn() -> Result<T>,
) -> Result<T> {
    let until = Instant::now() + wait;
    let exclusive = [Claim::exclusive(Resource::Instance(instance.clone()))];
    let shared = [Claim::shared(Resource::Instance(instance.clone()))];
    let mut last_chance = false;
    loop {
        while Instant::now() < until
            && matches!(reader.unclaimed(&exclusive), Err(StateError::Claimed { holder, .. }) if holder != LockState::Free)
        {
            std::thread::sleep(PAUSE);
        }
        let error = match plan() {
            // An operation that waits for `recover` is reported before anybody reads a plan that cannot be carried out.
            Ok(plan) => match reader.unclaimed(&exclusive) {
                Err(claimed @ StateError::Claimed { holder: LockState::Free | LockState::Unknown(_), .. }) => {
                    return Err(claimed.into());
                }
                _ => return Ok(plan),
            },
            Err(error) => error,
        };
        match reader.unclaimed(&shared) {
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

/// Checks that there is a method for the manager of the instance. Detaching without the knowledge of a living Director
/// or of create-env leaves an instance that cannot boot.
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
        return Err(Error::new(Kind::Unsupported, message).hint("leave out --via"));
    }
    match instance.managed_by {
        ManagedBy::Director | ManagedBy::CreateEnv => Ok(()),
        ManagedBy::Nobody if cpi.capabilities().attach => Ok(()),
        ManagedBy::Nobody => {
            let name = cpi.name();
            let message =
                format!("the CPI '{name}' cannot attach and detach disks without its executable: nothing was done");
            Err(Error::new(Kind::Unsupported, message)
                .hint(format!("name its executable with --cpi-path {name}=PATH; docs/cpis.md says how to get one"))
                .try_command("snapback cpis"))
        }
    }
}

/// Checks again, once the instance is claimed: another operation may have come between the plan and the claim.
pub(super) fn still_true(looking: Looking<'_>, plan: &SwapPlan) -> Result<()> {
    let name = &plan.instance;
    let instance = known_instance(looking.reader, name)?.filter(|instance| !plan.is_of_another_than(instance));
    if instance.map_or(Ok(false), |instance| is_as_planned(looking, plan, &instance))? {
        return Ok(());
    }
    Err(Error::new(Kind::Locked, format!("{name} has changed since the plan was made: nothing was done"))
        .hint("look at the new plan: run the same command again")
        .try_command("snapback operations"))
}

fn is_as_planned(looking: Looking<'_>, plan: &SwapPlan, instance: &Instance) -> Result<bool> {
    let cids: Vec<&DiskCid> = plan.disks().flat_map(DiskSwap::cids).collect();
    let looked = look(looking, instance, Options::of(plan), Glance::Again, &cids)?;
    let mut as_planned = looked.method == plan.method && looked.vm == plan.vm;
    for one in plan.disks() {
        let current = instance.disks.iter().find(|disk| disk.slot == one.slot);
        as_planned &= current.map(|disk| &disk.cid) == one.old.as_ref().map(|old| &old.cid);
        if let Some(old) = &one.old {
            as_planned &= *old == looked.old_disk(looking.cpi, &old.cid)?;
        }
    }
    Ok(as_planned)
}
