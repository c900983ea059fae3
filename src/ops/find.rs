//! From the operator's words to the records of the state file.

mod selected;

pub use selected::{deployment, instance, instances, known_of_snapshots, of_all};

use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Disk, Instance, InstanceName};
use crate::domain::operation::{Operation, Verb};
use crate::domain::snapshot::{Purpose, Snapshot};
use crate::domain::step::Step;
use crate::error::{Error, Kind, Result};
use crate::state::{Reader, SnapshotFilter};

/// The snapshot of this CID.
///
/// # Errors
/// [`Kind::NotFound`]; [`Kind::Usage`] if several CPIs have one with this CID.
pub fn snapshot(reader: &Reader, cid: &SnapshotCid) -> Result<Snapshot> {
    let mut found = reader.snapshots_by_cid(cid)?;
    match found.len() {
        0 => Err(Error::new(Kind::NotFound, format!("no snapshot '{cid}' is known"))
            .hint("to see the known ones:")
            .try_command("snapback snapshots")),
        1 => Ok(found.remove(0)),
        _ => {
            let cpis: Vec<String> = found.iter().map(|snapshot| snapshot.cpi.to_string()).collect();
            Err(Error::new(Kind::Unsupported, format!("several CPIs have a snapshot '{cid}': {}", cpis.join(", ")))
                .hint("this version has no option to say which one you mean; nothing was done"))
        }
    }
}

/// The snapshots of a set, that is of one `take`, by the id of that operation or its beginning; never empty. A
/// restore's own snapshots are not a set.
///
/// # Errors
/// As [`operation`]; [`Kind::NotFound`] if it took none, or none is left.
pub fn set(reader: &Reader, id: &OperationId) -> Result<Vec<Snapshot>> {
    let operation = operation(reader, id)?;
    let filter = SnapshotFilter { operation: Some(operation.id.clone()), ..SnapshotFilter::default() };
    let mut found = Vec::new();
    reader.each_snapshot(&filter, |snapshot| {
        if snapshot.purpose == Purpose::Take && operation.verb == Verb::Take {
            found.push(snapshot);
        }
        Ok::<bool, Error>(true)
    })?;
    if found.is_empty() {
        let message = match operation.verb {
            Verb::Take => format!("no snapshot of the set {} is left", operation.id),
            verb => {
                format!("{} is not a set: it is a {}, and a set is what one `take` took", operation.id, verb.name())
            }
        };
        return Err(Error::new(Kind::NotFound, message)
            .hint("to see which snapshots are of which operation:")
            .try_command("snapback snapshots --wide"));
    }
    Ok(found)
}

/// The disks whose snapshot a set has lost, or never had, each with its instance.
///
/// # Errors
/// Those of the state file.
pub fn missing_of_set(reader: &Reader, set: &[Snapshot]) -> Result<Vec<(InstanceName, DiskCid)>> {
    let Some(operation) = set.iter().find_map(|snapshot| snapshot.operation.as_ref()) else { return Ok(Vec::new()) };
    let mut missing = Vec::new();
    for row in reader.steps(operation)? {
        let Step::SnapshotDisk { cpi, disk, draft, .. } = row.step else { continue };
        if !set.iter().any(|snapshot| snapshot.cpi == cpi && snapshot.disk.as_ref() == Some(&disk)) {
            missing.push((draft.instance, disk));
        }
    }
    Ok(missing)
}

/// The disks of a set's instances of which its take did not even try to take a snapshot: they were not in their place,
/// or did not exist yet. A disk that has replaced one of the set does not count.
///
/// # Errors
/// Those of the state file.
pub fn not_tried_of_set(reader: &Reader, set: &[Snapshot]) -> Result<Vec<(InstanceName, DiskCid)>> {
    let mut left = Vec::new();
    let names: Vec<&InstanceName> = set.iter().map(|snapshot| &snapshot.instance).collect();
    for instance in reader.instances_named(&names)? {
        let own: Vec<&Snapshot> = set.iter().filter(|snapshot| snapshot.instance == instance.name).collect();
        let slots = own.iter().map(|snapshot| slot_of(reader, &instance, snapshot)).collect::<Result<Vec<_>>>()?;
        if own.is_empty() || own.iter().any(|snapshot| snapshot.of_another) || slots.contains(&None) {
            continue;
        }
        let others = instance.disks.iter().filter(|disk| !slots.contains(&Some(disk.slot)));
        left.extend(others.map(|disk| (instance.name.clone(), disk.cid.clone())));
    }
    Ok(left)
}

/// The disk of this CID.
///
/// # Errors
/// [`Kind::NotFound`]
pub fn disk(reader: &Reader, cid: &DiskCid) -> Result<Disk> {
    reader
        .disks_by_cid(cid)?
        .into_iter()
        .next()
        .ok_or_else(|| Error::new(Kind::NotFound, format!("no disk '{cid}' is known")).try_command("snapback disks"))
}

/// The instance of this name, if one is known.
///
/// # Errors
/// Those of the state file.
pub(super) fn known_instance(reader: &Reader, name: &InstanceName) -> Result<Option<Instance>> {
    Ok(reader.instances_named(&[name])?.pop())
}

/// The disk of a CPI with this CID, if one is known.
///
/// # Errors
/// Those of the state file.
pub(super) fn known_disk(reader: &Reader, cpi: &CpiName, cid: &DiskCid) -> Result<Option<Disk>> {
    Ok(reader.disks_by_cid(cid)?.into_iter().find(|disk| disk.cpi == *cpi))
}

/// The snapshot of a CPI with this CID, if one is known.
///
/// # Errors
/// Those of the state file.
pub(super) fn known_snapshot(reader: &Reader, cpi: &CpiName, cid: &SnapshotCid) -> Result<Option<Snapshot>> {
    Ok(reader.snapshots_by_cid(cid)?.into_iter().find(|snapshot| snapshot.cpi == *cpi))
}

/// The slot of the snapshot's disk, if the disk is known to be the instance's, now or earlier; also if it is gone by
/// now.
///
/// # Errors
/// Those of the state file.
pub(super) fn slot_of(reader: &Reader, instance: &Instance, snapshot: &Snapshot) -> Result<Option<u32>> {
    let Some(cid) = &snapshot.disk else { return Ok(None) };
    let disk = reader.ever_had_disk(&snapshot.cpi, cid)?.filter(|disk| disk.instance.as_ref() == Some(&instance.name));
    Ok(disk.map(|disk| disk.slot))
}

/// The operation with this beginning of an id.
///
/// # Errors
/// [`Kind::NotFound`]; [`Kind::Usage`] if several begin so.
pub fn operation(reader: &Reader, id: &OperationId) -> Result<Operation> {
    let mut found = reader.operations_by_prefix(id.as_str())?;
    match found.len() {
        0 => Err(Error::new(Kind::NotFound, format!("no operation '{id}' is known"))
            .hint("to see the known ones:")
            .try_command("snapback operations")),
        1 => Ok(found.remove(0)),
        many => Err(Error::new(Kind::Usage, format!("{many} operations begin with '{id}': give more of the id"))),
    }
}
