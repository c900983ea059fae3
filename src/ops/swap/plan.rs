//! The plan of a restore: what it would do, and whether it can; everything is checked before the first effect.

use std::collections::BTreeSet;
use std::time::Duration;

use super::look::look;
use super::looking::{Glance, Looking, Options};
use super::preflight::{check_method, when_it_is_still};
use super::via::Via;
use crate::domain::freshness::Freshness;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Disk, Instance, ManagedBy};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::domain::swap::{DiskSwap, Method, OldDisk, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::manifest::WantedDisk;
use crate::ops::find::{known_instance, slot_of};
use crate::ops::promote;
use crate::ops::right_disk::told_or_fresh;
use crate::ops::vm_disks::not_on_another_vm;
use crate::state::Reader;

/// The operator's request to `restore`.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The snapshots of other disks of the instance, to restore in the same stop.
    pub others: Vec<Snapshot>,
    /// A disk that was made from it by hand.
    pub disk: Option<DiskCid>,
    /// The method that the operator wants; the manager of the instance decides whether it is possible.
    pub via: Option<Via>,
    /// The instance to put on it.
    pub instance: Instance,
    /// The options.
    pub options: Options,
    /// How long to wait for another operation on the instance.
    pub wait: Duration,
    /// How old an inventory may be to be believed, if the CPI cannot tell which disks the VM has.
    pub freshness: Freshness,
}

impl RestoreRequest {
    fn snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        std::iter::once(&self.snapshot).chain(&self.others)
    }
}

/// Plans a restore, once no living operation is at work on the instance; waits for that up to `request.wait`.
///
/// # Errors
/// Whatever makes it impossible, with the reason and the next step.
pub fn plan_restore(looking: Looking<'_>, request: &RestoreRequest) -> Result<SwapPlan> {
    when_it_is_still(looking.reader, &request.instance.name, request.wait, || restore(looking, request))
}

fn restore(looking: Looking<'_>, request: &RestoreRequest) -> Result<SwapPlan> {
    let Looking { reader, cpi, hooks, .. } = looking;
    let snapshot = &request.snapshot;
    let name = &request.instance.name;
    // The present record: it may have changed while snapback waited for another operation.
    let known = known_instance(reader, name)?;
    let instance = known.as_ref().unwrap_or(&request.instance);
    check_method(cpi, instance, request.via)?;
    for snapshot in request.snapshots() {
        same_cloud(instance, snapshot)?;
    }
    let least = match &request.disk {
        None => promote::preflight(reader, cpi, snapshot)?,
        Some(disk) => usable(looking, instance, disk).map(|()| None)?,
    };
    if instance.managed_by == ManagedBy::Nobody {
        told_or_fresh(cpi, instance, request.freshness)?;
    }
    let ours: Vec<&DiskCid> = request.disk.iter().collect();
    let looked = look(looking, instance, request.options, Glance::First, &ours)?;
    let current = match instance.managed_by {
        ManagedBy::Nobody => replaced_disk(reader, instance, snapshot)?,
        ManagedBy::Director | ManagedBy::CreateEnv => {
            one_only(instance, request)?;
            instance.disks.first()
        }
    };
    let old = |current: Option<&Disk>| current.map(|disk| looked.old_disk(cpi, &disk.cid)).transpose();
    let (wanted_size, wanted_properties) = match &looked.wanted {
        WantedDisk::One { size_mib, cloud_properties } => (Some(*size_mib), cloud_properties.clone()),
        WantedDisk::Named | WantedDisk::Untold => (None, None),
    };
    let source = match &request.disk {
        None => source_of(snapshot),
        Some(disk) => Source::Disk { cid: disk.clone(), of: Some(snapshot.cid.clone()) },
    };
    let mut first = disk_swap(request.options, snapshot, source, least, current, old(current)?);
    first.size_mib = first.size_mib.max(wanted_size);
    first.cloud_properties = first.cloud_properties.or(wanted_properties);
    if let (Method::CreateEnv(_), Some(size), Some(recorded)) = (&looked.method, first.size_mib, wanted_size)
        && size != recorded
    {
        let message = format!("the new disk would have {size} MiB, and create-env's record has {recorded}");
        return Err(Error::new(Kind::Unsupported, message)
            .hint("create-env takes a disk that is what its record and its manifest say"));
    }
    let mut disks = vec![first];
    let mut slots: BTreeSet<Option<u32>> = BTreeSet::from([current.map(|disk| disk.slot)]);
    for other in &request.others {
        let least = promote::preflight(reader, cpi, other)?;
        let current = replaced_disk(reader, instance, other)?;
        if !slots.insert(current.map(|disk| disk.slot)) {
            let message = format!("snapshots {} and {} are not of different disks of {name}", snapshot.cid, other.cid);
            return Err(Error::new(Kind::Usage, message).hint("name one snapshot of each disk; nothing was done"));
        }
        disks.push(disk_swap(request.options, other, source_of(other), least, current, old(current)?));
    }
    disks.sort_by_key(|one| one.slot);
    if disks.iter().any(|one| one.safety_snapshot) && !cpi.capabilities().snapshots {
        let message = format!("the CPI '{}' cannot take the safety snapshot of the old disk", cpi.name());
        return Err(Error::new(Kind::Unsupported, message).hint("--no-safety-snapshot does without it"));
    }
    let first = disks.remove(0);
    Ok(SwapPlan {
        instance: instance.name.clone(),
        instance_uuid: instance.uuid.clone(),
        az: instance.az.clone(),
        cpi: instance.cpi.clone(),
        vm: looked.vm,
        first,
        others: disks,
        allow_torn: request.options.allow_torn,
        undo_of: None,
        command: None,
        hooks,
        method: looked.method,
    })
}

fn same_cloud(instance: &Instance, snapshot: &Snapshot) -> Result<()> {
    if instance.cpi == snapshot.cpi {
        return Ok(());
    }
    let (cid, name) = (&snapshot.cid, &instance.name);
    let message = format!("snapshot {cid} was made by the CPI '{}', and {name} is on '{}'", snapshot.cpi, instance.cpi);
    Err(Error::new(Kind::Unsupported, message).hint("a disk cannot go from one cloud to another"))
}

fn source_of(snapshot: &Snapshot) -> Source {
    Source::Snapshot { cid: snapshot.cid.clone(), created_at: snapshot.created_at, clean: snapshot.clean }
}

/// `least` is the snapshot's size, by the cloud's word.
fn disk_swap(
    options: Options,
    snapshot: &Snapshot,
    source: Source,
    least: Option<u64>,
    current: Option<&Disk>,
    old: Option<OldDisk>,
) -> DiskSwap {
    DiskSwap {
        slot: current.map_or(0, |disk| disk.slot),
        safety_snapshot: options.safety_snapshot && old.as_ref().is_some_and(|old| old.exists),
        size_mib: least.max(current.and_then(|disk| disk.size_mib)).max(snapshot.size_mib),
        cloud_properties: current.and_then(|disk| disk.cloud_properties.clone()),
        old,
        source,
    }
}

/// Refuses several disks: a Director and create-env exchange only one disk of an instance.
fn one_only(instance: &Instance, request: &RestoreRequest) -> Result<()> {
    if request.others.is_empty() {
        return Ok(());
    }
    let via = Via::of(instance.managed_by).name();
    let message = format!("{} has several disks, and via '{via}' no more than one can be exchanged", instance.name);
    Err(Error::new(Kind::Unsupported, message).hint("nothing was done"))
}

/// Checks a disk that was made by hand: it must exist, and nobody may use it.
fn usable(looking: Looking<'_>, instance: &Instance, disk: &DiskCid) -> Result<()> {
    if instance.disks.iter().any(|current| current.cid == *disk) {
        let message = format!("{} has disk {disk} already", instance.name);
        return Err(Error::new(Kind::Refused, message).try_command("snapback instances --details"));
    }
    if !looking.cpi.has_disk(disk)? {
        let message = format!("the cloud of '{}' has no disk {disk}", looking.cpi.name());
        return Err(Error::new(Kind::NotFound, message)
            .hint("--disk takes the CID of a disk that you made of the snapshot in the cloud's console"));
    }
    not_on_another_vm(looking.reader, looking.cpi, instance, disk)
}

/// The disk that the new one replaces: the only one, or the one in the slot of the snapshot's disk.
fn replaced_disk<'a>(reader: &Reader, instance: &'a Instance, snapshot: &Snapshot) -> Result<Option<&'a Disk>> {
    let in_its_slot =
        slot_of(reader, instance, snapshot)?.and_then(|slot| instance.disks.iter().find(|disk| disk.slot == slot));
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
            .hint("make the disk and attach it by hand:")
            .try_command(format!("snapback promote {}", quoted(snapshot.cid.as_str()))))
        }
    }
}
