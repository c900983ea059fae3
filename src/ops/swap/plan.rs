//! The plan of a restore: what it would do, and whether it can, all looked at before the first effect.

use std::time::Duration;

use super::preflight::{check_method, look_at, no_stranger, vm_of, when_it_is_still};
use crate::cpi::Cpi;
use crate::domain::freshness::Freshness;
use crate::domain::instance::{Disk, Instance};
use crate::domain::snapshot::Snapshot;
use crate::domain::swap::{HooksPresent, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::promote;
use crate::ops::right_disk::told_or_fresh;
use crate::state::Reader;

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
    /// What is fresh enough to be believed, where the CPI cannot tell which disks the VM has.
    pub freshness: Freshness,
}

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
    told_or_fresh(cpi, instance, request.freshness)?;
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
    let old = current.map(|disk| look_at(cpi, instance, &disk.cid)).transpose()?;
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
