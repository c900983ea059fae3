//! Checks before the first effect for everything that would make the Director refuse in the middle, or succeed with the
//! wrong thing.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::inside::{self, LOOK};
use crate::cpi::Cpi;
use crate::director::{Bosh, InstanceSeen};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::{Disk, Instance, InstanceName};
use crate::domain::operation::{Claim, Resource};
use crate::domain::swap::{ByDirector, Method, OldDisk};
use crate::error::{Error, Kind, Result};
use crate::manifest::{ManifestError, WantedDisk, wanted_disk};
use crate::ops::settle::by_director::{hint_of, hint_of_lock, seen, working};
use crate::ops::swap::looking::{Glance, Looked, Looking, Old, Options};
use crate::ops::vm_disks::{self, VmDisks};
use crate::state::{Reader, StateError};

/// Checks, and refuses a plan that cannot be carried out.
///
/// # Errors
/// The reason, with what to do about it.
pub(in crate::ops::swap) fn look(
    looking: Looking<'_>,
    instance: &Instance,
    options: Options,
    glance: Glance,
) -> Result<Looked> {
    let Looking { reader, cpi, bosh, hooks } = looking;
    let name = &instance.name;
    let uuid = instance.uuid.clone().ok_or_else(|| {
        let message = format!("the inventory has no UUID of {name}, and `bosh attach-disk` takes nothing else");
        import_again(Error::new(Kind::Refused, message))
    })?;
    let mut by = ByDirector { uuid, start: true, pause_resurrection: false, protect: options.protect, tells: false };
    let slug = by.slug(name);
    nothing_at_work(bosh, instance, options.wait)?;
    let seen = seen(bosh, name, &slug)?;
    if seen.ignored {
        let message = format!("the Director ignores {slug}, and attaches no disk to it");
        return Err(
            Error::new(Kind::Refused, message).try_command(format!("bosh -d {} unignore {slug}", name.deployment))
        );
    }
    if seen.vm.is_some() && !seen.answers() {
        let disk = instance.disks.first().map_or("that it has", |disk| disk.cid.as_str());
        return Err(dead_agent(name, &slug, disk));
    }
    let must_look = glance == Glance::First && seen.vm.is_some();
    if must_look && !hooks.verify {
        can_look_inside(bosh, name, &slug, "the content of the new disk could not be checked")?;
    }
    let wanted = wanted(bosh, name)?;
    let disk = the_disk(instance, &seen, &wanted)?;
    let vm = the_vm(instance, &seen)?;
    by.tells = by_the_cloud(reader, cpi, instance, &vm, &disk)?;
    if must_look && hooks.verify && !by.tells {
        let why = format!("the CPI '{}' cannot tell which disks a VM has, and no hook can, either", cpi.name());
        can_look_inside(bosh, name, &slug, &why)?;
    }
    by.start = seen.state == "started";
    by.pause_resurrection = resurrection(bosh, reader, options)?;
    if !options.safety_snapshot && seen.process_state != "running" {
        return Err(Error::new(
            Kind::Refused,
            format!("the processes of {slug} are {}: its disk may be damaged", seen.process_state),
        )
        .hint(
            "the agent makes a new file system where it finds none, so that an undo could wipe it: leave out \
             --no-safety-snapshot",
        ));
    }
    let old = Old::Only(OldDisk { cid: disk, exists: true, attached: true });
    Ok(Looked { method: Method::Bosh(by), vm, wanted, old })
}

fn import_again(error: Error) -> Error {
    error.hint("import what the Director says now:").try_command("snapback import --from-bosh")
}

pub(super) fn wanted(bosh: &Bosh, name: &InstanceName) -> Result<WantedDisk> {
    wanted_by(bosh, name, &bosh.cloud_configs()?)
}

/// The wanted disk by these cloud-configs.
pub(super) fn wanted_by(bosh: &Bosh, name: &InstanceName, configs: &[String]) -> Result<WantedDisk> {
    let manifest = bosh.manifest(&name.deployment)?;
    let source = format!("`bosh -d {} manifest` with its cloud-configs", name.deployment);
    wanted_disk(&manifest, configs, &name.group).map_err(|complaint| {
        Error::because(Kind::Cpi, "bosh's answer is not understood", ManifestError::of(source, complaint))
    })
}

/// The one disk to exchange. Several disks have names, and attach-disk would add one to them (cloudfoundry/bosh
/// `jobs/attach_disk.rb`, `managed_persistent_disk`).
fn the_disk(instance: &Instance, seen: &InstanceSeen, wanted: &WantedDisk) -> Result<DiskCid> {
    let name = &instance.name;
    if *wanted == WantedDisk::Named {
        let message =
            format!("the disks of {name} have names (persistent_disks): `bosh attach-disk` would add one to them");
        return Err(by_hand(message));
    }
    let disk = match seen.disks.as_slice() {
        [disk] => disk,
        disks => {
            let message = format!(
                "the Director has {} disks of {name}, and `bosh attach-disk` exchanges the only one",
                disks.len()
            );
            return Err(by_hand(message));
        }
    };
    match instance.disks.as_slice() {
        [known] if known.cid == *disk => Ok(disk.clone()),
        known => {
            let known = known.iter().map(|known| known.cid.as_str()).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "no disk" } else { &known };
            let message = format!("the Director has disk {disk} of {name}, and the inventory has {known}");
            Err(import_again(Error::new(Kind::Refused, message)))
        }
    }
}

/// The error for an instance without a disk that can be exchanged as a whole, with the ways to do it by hand.
fn by_hand(message: String) -> Error {
    Error::new(Kind::Unsupported, message).hint(
        "make a disk of the snapshot with `snapback promote CID`, attach it to a VM of yours, and copy what is needed; or \
         restore onto another instance, with --to",
    )
}

fn the_vm(instance: &Instance, seen: &InstanceSeen) -> Result<VmCid> {
    let name = &instance.name;
    match (&seen.vm, &instance.vm) {
        (Some(vm), Some(known)) if vm == known => Ok(vm.clone()),
        (Some(vm), _) => {
            let message = format!("{name} is on VM {vm} now, and the inventory has another");
            Err(import_again(Error::new(Kind::Refused, message)))
        }
        (None, _) => Err(Error::new(
            Kind::Unsupported,
            format!("{name} is {} and has no VM: what is attached to it cannot be confirmed", seen.state),
        )
        .hint("have BOSH make its VM first (`bosh start`), then run this again")),
    }
}

/// The error for a silent agent. The Director asks the agent before it does anything to its instance, even before a
/// hard stop; only `recreate --fix` works without an answer (cloudfoundry/bosh
/// `deployment_plan/instance_plan_from_db.rb`, `agent_state_migrator.rb`).
fn dead_agent(name: &InstanceName, slug: &str, disk: &str) -> Error {
    let message =
        format!("the agent of {slug} does not answer: it can neither stop its processes nor give up disk {disk}");
    Error::new(Kind::Unsupported, message)
        .hint("bring its VM back first, on the disk that it has; then run this again:")
        .try_command(format!("bosh -d {} recreate {slug} --no-converge --fix", name.deployment))
}

/// Whether the CPI can tell. Of the VM's other disks, only those matter that the state file knows as another
/// instance's: root, ephemeral and boot disks are ignored.
fn by_the_cloud(reader: &Reader, cpi: &dyn Cpi, instance: &Instance, vm: &VmCid, disk: &DiskCid) -> Result<bool> {
    let told = vm_disks::steady(cpi, vm, &[disk])?;
    if matches!(told, VmDisks::CannotTell(_)) {
        return Ok(false);
    }
    let refused = |message: String| {
        Err(Error::new(Kind::Refused, message)
            .hint("the Director must be at one with the cloud first:")
            .try_command(format!("bosh -d {} cck --report", instance.name.deployment)))
    };
    if told.has(disk) != Some(true) {
        let list = told.describe();
        let name = &instance.name;
        return refused(format!(
            "{name}: according to the Director, VM {vm} has disk {disk}, but the cloud says that it has: {list}"
        ));
    }
    let known = told.known(reader, &instance.cpi)?;
    match told.strangers(&known, instance, &[disk]).first() {
        None => Ok(true),
        Some(Disk { cid, instance: of, .. }) => {
            let owner = of.as_ref().map_or("nobody's: it was put away".to_owned(), |of| format!("of {of}"));
            refused(format!("{}: VM {vm} has disk {cid} as well, which is {owner}", instance.name))
        }
    }
}

/// Waits for the Director's present work, as it waits for other operations.
fn nothing_at_work(bosh: &Bosh, instance: &Instance, wait: Duration) -> Result<()> {
    let until = Instant::now() + wait;
    loop {
        match idle(bosh, instance) {
            Err(error) if error.kind() == Kind::Locked && Instant::now() < until => sleep(bosh.pause()),
            result => return result,
        }
    }
}

fn idle(bosh: &Bosh, instance: &Instance) -> Result<()> {
    let deployment = &instance.name.deployment;
    let busy = |what: String| {
        Error::new(Kind::Locked, format!("the Director is at work on deployment '{deployment}': {what}"))
            .hint("wait for it (--wait-lock SECONDS does), and run this again")
    };
    if let Some(task) = working(bosh, deployment)? {
        let what = format!("task {} ({}) is {}", task.id, task.description, task.state);
        return Err(hint_of(busy(what), &task));
    }
    match bosh.locks_on(deployment, instance.vm.as_ref(), chrono::Utc::now())?.first() {
        None => Ok(()),
        Some(lock) => Err(hint_of_lock(busy(format!("{} is held", lock.describe())), lock)),
    }
}

/// Whether the resurrector has to be switched off, and on again. It is one switch for all instances of the Director: if
/// another operation has switched it off, it counts as switched on.
fn resurrection(bosh: &Bosh, reader: &Reader, options: Options) -> Result<bool> {
    if options.leave_resurrection {
        return Ok(false);
    }
    let why = match bosh.resurrection() {
        Ok(Some(true)) => return Ok(true),
        Ok(Some(false)) => return is_claimed(reader),
        Ok(None) => Error::new(Kind::Refused, "the Director does not tell whether its resurrector is on"),
        Err(error) => {
            Error::because(Kind::Refused, "snapback cannot find out whether the resurrector is on", Error::from(error))
        }
    };
    Err(why
        .hint("it could recreate a VM in the middle of the restore. Switch it off, and add --leave-resurrection:")
        .try_command("bosh update-resurrection off"))
}

fn is_claimed(reader: &Reader) -> Result<bool> {
    match reader.unclaimed(&[Claim::exclusive(Resource::Resurrector)]) {
        Ok(()) => Ok(false),
        Err(StateError::Claimed { .. }) => Ok(true),
        Err(other) => Err(other.into()),
    }
}

fn can_look_inside(bosh: &Bosh, name: &InstanceName, slug: &str, what: &str) -> Result<()> {
    match inside::look(bosh, &name.deployment, slug) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!("{what}: snapback cannot look inside {slug}: {}", error.in_one_line());
            let seconds = bosh.ssh_deadline().as_secs();
            Err(Error::new(Kind::Refused, message)
                .hint(format!(
                    "make this work, within {seconds} s (`--timeout SECONDS` allows more time); it needs a way from \
                     here to the VM, or BOSH_ALL_PROXY:"
                ))
                .try_command(format!("bosh -d {} ssh {slug} -c '{LOOK}'", name.deployment))
                .hint(
                    "or set a verify hook in the manifest, which judges the content in another way: \
                     `properties.snapback.hooks.verify: [/PATH/TO/verify]`",
                ))
        }
    }
}
