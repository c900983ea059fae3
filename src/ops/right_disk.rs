//! Whether a disk is its instance's. BOSH gives an instance another disk when it is resized, and keeps the former one
//! for days: a snapshot of that one would succeed and be worthless.

use std::collections::BTreeSet;

use super::session::CpiSource;
use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::freshness::Freshness;
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::{Instance, ManagedBy};
use crate::error::{Error, Kind, Result};

/// Refuses a disk that the VM does not have. Where the CPI cannot tell, the inventory is believed while it is fresh.
///
/// # Errors
/// [`Kind::Refused`], or the CPI's.
pub(super) fn right_disk(cpi: &dyn Cpi, instance: &Instance, disk: &DiskCid, freshness: Freshness) -> Result<()> {
    let Some(vm) = &instance.vm else { return Ok(()) };
    let Some(attached) = attached(cpi, vm)? else { return fresh(cpi, instance, freshness) };
    if attached.contains(disk) {
        return Ok(());
    }
    let list = attached.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", ");
    let list = if list.is_empty() { "none" } else { &list };
    let message = format!("{}: VM {vm} does not have disk {disk}; it has: {list}", instance.name);
    Err(import_again(Error::new(Kind::Refused, message), instance, "the inventory is out of date"))
}

/// Refuses instances whose inventory is too old, where their CPI cannot tell which disks a VM has. It is asked once, and
/// only where something is that old.
///
/// # Errors
/// [`Kind::Refused`], or the CPI's.
pub fn fresh_enough<'a>(
    cpis: &dyn CpiSource,
    instances: impl Iterator<Item = &'a Instance>,
    freshness: Freshness,
) -> Result<()> {
    let mut telling = BTreeSet::new();
    for instance in instances.filter(|instance| freshness.too_old(instance).is_some()) {
        let Some(vm) = instance.vm.as_ref().filter(|_| !telling.contains(&instance.cpi)) else { continue };
        let cpi = cpis.cpi(&instance.cpi)?;
        match attached(cpi.as_ref(), vm) {
            Ok(None) => fresh(cpi.as_ref(), instance, freshness)?,
            // What is wrong with this one is told when its turn comes.
            Ok(Some(_)) | Err(_) => drop(telling.insert(&instance.cpi)),
        }
    }
    Ok(())
}

/// Refuses an instance whose inventory is too old, where the CPI cannot tell which disks its VM has.
///
/// # Errors
/// [`Kind::Refused`], or the CPI's.
pub(super) fn told_or_fresh(cpi: &dyn Cpi, instance: &Instance, freshness: Freshness) -> Result<()> {
    match &instance.vm {
        Some(vm) if attached(cpi, vm)?.is_none() => fresh(cpi, instance, freshness),
        _ => Ok(()),
    }
}

/// The disks of a VM; none where the CPI cannot tell.
pub(super) fn attached(cpi: &dyn Cpi, vm: &VmCid) -> Result<Option<Vec<DiskCid>>> {
    if !cpi.capabilities().attach {
        return Ok(None);
    }
    match cpi.get_disks(vm) {
        Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(None),
        Ok(disks) if disks.is_empty() && answers_none_for_any(cpi) => Ok(None),
        disks => Ok(Some(disks?)),
    }
}

/// Whether the CPI has no disks to tell of for a VM that nobody has, either: Warden's and Docker's answer so for each VM,
/// since they do not know (`get_disks.go`: "todo implement").
fn answers_none_for_any(cpi: &dyn Cpi) -> bool {
    cpi.get_disks(&VmCid::new("vm-that-nobody-has")).is_ok_and(|disks| disks.is_empty())
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
    Err(error.hint("`--max-inventory-age 7d` allows for an older one, and `off` for any"))
}

fn import_again(error: Error, instance: &Instance, why: &str) -> Error {
    match instance.managed_by {
        ManagedBy::Director => {
            error.hint(format!("{why}: import what the Director says now:")).try_command("snapback import --from-bosh")
        }
        ManagedBy::CreateEnv | ManagedBy::Nobody => error
            .hint(format!("{why}: correct the inventory, and import it again:"))
            .try_command("snapback import inventory.yml"),
    }
}
