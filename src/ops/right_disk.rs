//! Whether a disk is its instance's. BOSH gives an instance another disk when it is resized, and keeps the former one
//! for days: a snapshot of that one would succeed and be worthless.

use std::collections::BTreeSet;

use super::session::CpiSource;
use super::vm_disks::{VmDisks, look, no_vm, steady_unless};
use crate::cpi::Cpi;
use crate::domain::freshness::Freshness;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Instance, ManagedBy};
use crate::error::{Error, Kind, Result};

/// Refuses a disk that the VM does not have. If the CPI cannot tell, or fails to, the inventory is believed while it is
/// fresh: BOSH takes snapshots without asking for the disks of a VM. Returns the line that reports a failed CPI.
///
/// # Errors
/// [`Kind::Refused`], or the errors of the CPI.
pub(super) fn right_disk(
    cpi: &dyn Cpi,
    instance: &Instance,
    disk: &DiskCid,
    freshness: Freshness,
) -> Result<Option<String>> {
    let Some(vm) = &instance.vm else { return Ok(None) };
    match steady_unless(cpi, vm, &[disk], |told| told.has(disk) != Some(false)) {
        Err(error) => failed_or_fresh(cpi, instance, freshness, error).map(Some),
        Ok(VmDisks::CannotTell(_)) => fresh(cpi, instance, freshness).map(|()| None),
        Ok(VmDisks::NoVm) if freshness.any_age() => Ok(None),
        Ok(VmDisks::NoVm) => Err(import_again(no_vm(cpi, vm), instance, "the inventory is out of date")
            .hint("`--max-inventory-age off` takes the disk that the inventory names all the same")),
        Ok(told) if told.has(disk) == Some(true) => Ok(None),
        Ok(told) => {
            let list = told.describe();
            let message = format!("{}: VM {vm} does not have disk {disk}; it has: {list}", instance.name);
            Err(import_again(Error::new(Kind::Refused, message), instance, "the inventory is out of date"))
        }
    }
}

/// Refuses instances whose inventory is too old, if their CPI cannot tell which disks a VM has. It is asked once, and
/// only if an inventory is that old.
///
/// # Errors
/// [`Kind::Refused`], or the errors of the CPI.
pub fn fresh_enough<'a>(
    cpis: &dyn CpiSource,
    instances: impl Iterator<Item = &'a Instance>,
    freshness: Freshness,
) -> Result<()> {
    let mut telling = BTreeSet::new();
    for instance in instances.filter(|instance| freshness.too_old(instance).is_some()) {
        let Some(vm) = instance.vm.as_ref().filter(|_| !telling.contains(&instance.cpi)) else { continue };
        let cpi = cpis.cpi(&instance.cpi)?;
        match look(cpi.as_ref(), vm) {
            Ok(VmDisks::CannotTell(_)) => fresh(cpi.as_ref(), instance, freshness)?,
            // An error of this one is reported when its turn comes.
            Ok(VmDisks::Listed(_) | VmDisks::NoVm) | Err(_) => drop(telling.insert(&instance.cpi)),
        }
    }
    Ok(())
}

/// Refuses an instance whose inventory is too old, if the CPI cannot tell which disks its VM has.
///
/// # Errors
/// [`Kind::Refused`], or the errors of the CPI.
pub(super) fn told_or_fresh(cpi: &dyn Cpi, instance: &Instance, freshness: Freshness) -> Result<()> {
    match &instance.vm {
        Some(vm) if matches!(look(cpi, vm)?, VmDisks::CannotTell(_)) => fresh(cpi, instance, freshness),
        _ => Ok(()),
    }
}

/// As [`told_or_fresh`], for a CPI that failed to tell: the inventory is as good as for a CPI that never can.
fn failed_or_fresh(cpi: &dyn Cpi, instance: &Instance, freshness: Freshness, error: Error) -> Result<String> {
    let line = error.in_one_line();
    match fresh(cpi, instance, freshness) {
        Ok(()) => Ok(format!("{}: snapback believes the inventory about its disks: {line}", instance.name)),
        Err(old) => Err(error
            .hint(old.in_one_line())
            .hint("`--max-inventory-age 7d` allows an older inventory, and `off` for any")),
    }
}

fn fresh(cpi: &dyn Cpi, instance: &Instance, freshness: Freshness) -> Result<()> {
    let Some(age) = freshness.too_old(instance) else { return Ok(()) };
    let message = format!(
        "{} was last confirmed {age} ago, longer than {}, and the CPI '{}' cannot tell which disks its VM has",
        instance.name,
        freshness.most,
        cpi.name()
    );
    let error = import_again(Error::new(Kind::Refused, message), instance, "it may have another disk by now");
    Err(error.hint("`--max-inventory-age 7d` allows an older one, and `off` for any"))
}

fn import_again(error: Error, instance: &Instance, why: &str) -> Error {
    match instance.managed_by {
        ManagedBy::Director => {
            error.hint(format!("{why}: import what the Director says now:")).try_command("snapback import --from-bosh")
        }
        ManagedBy::CreateEnv => error
            .hint(format!("{why}: import create-env's own state file (the one of its --state):"))
            .try_command("snapback import bosh-state.json"),
        ManagedBy::Nobody => error
            .hint(format!("{why}: correct the inventory, and import it again:"))
            .try_command("snapback import inventory.yml"),
    }
}
