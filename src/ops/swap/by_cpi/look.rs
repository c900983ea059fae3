//! Checks before the first effect: which disks the VM has, and whether the old ones exist.

use crate::cpi::{Cpi, CpiErrorKind};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::{Disk, Instance};
use crate::domain::swap::{Method, OldDisk};
use crate::error::{Error, Kind, Result};
use crate::manifest::WantedDisk;
use crate::ops::swap::looking::{Looked, Looking, Old};
use crate::ops::vm_disks::{self, VmDisks, vm_of};
use crate::state::Reader;

/// Checks, and refuses a plan that cannot be carried out.
///
/// # Errors
/// The reason, with what to do about it.
pub(in crate::ops::swap) fn look(looking: Looking<'_>, instance: &Instance, ours: &[&DiskCid]) -> Result<Looked> {
    let vm = vm_of(instance)?;
    let told = disks_of(looking.reader, looking.cpi, instance, &vm, ours)?;
    Ok(Looked { method: Method::Cpi, vm, wanted: WantedDisk::Untold, old: Old::Shown(told) })
}

/// A current disk in the cloud's view: it may be gone while its VM still lists it.
pub(in crate::ops::swap) fn look_at(cpi: &dyn Cpi, told: &VmDisks, disk: &DiskCid) -> Result<OldDisk> {
    let attached = told.has(disk) == Some(true);
    let exists = match cpi.has_disk(disk) {
        Err(error) if attached && error.kind == CpiErrorKind::NotSupported => true,
        Ok(false) if attached => {
            // A wrong answer would cost the safety snapshot, and the way back.
            vm_disks::wait_until_steady(cpi);
            cpi.has_disk(disk)?
        }
        has => has?,
    };
    Ok(OldDisk { cid: disk.clone(), exists, attached })
}

/// The disks of the VM, once the answer is steady. Root disks and the like are ignored; a disk that the state file
/// knows to be another instance's must not be removed unnoticed. `ours` are the disks of the plan.
///
/// # Errors
/// [`Kind::Refused`] for such a disk; [`Kind::Unsupported`] if the CPI cannot tell; the errors of the CPI.
fn disks_of(reader: &Reader, cpi: &dyn Cpi, instance: &Instance, vm: &VmCid, ours: &[&DiskCid]) -> Result<VmDisks> {
    let stranger = |told: &VmDisks| -> Result<Option<Disk>> {
        Ok(told.strangers(&told.known(reader, &instance.cpi)?, instance, ours).first().map(|disk| (*disk).clone()))
    };
    let first = vm_disks::look(cpi, vm)?;
    let has_own = instance.disks.iter().all(|disk| first.has(&disk.cid) == Some(true));
    let is_as_known = !matches!(first, VmDisks::Listed(_)) || has_own && stranger(&first)?.is_none();
    let told = match is_as_known {
        true => first,
        false => {
            let known = reader.disks(None, None)?;
            let of_the_state = known.iter().filter(|disk| disk.cpi == instance.cpi).map(|disk| &disk.cid);
            vm_disks::steady(cpi, vm, &of_the_state.collect::<Vec<_>>())?
        }
    };
    match (&told, stranger(&told)?) {
        (VmDisks::NoVm, _) => Err(vm_disks::no_vm(cpi, vm)),
        (VmDisks::CannotTell(why), _) => Err(Error::new(Kind::Unsupported, why.clone())
            .hint("a disk is exchanged only where the cloud says which disks the VM has; nothing was done")
            .hint("make the disk and attach it by hand: `snapback promote CID`")),
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
