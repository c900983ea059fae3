//! A cloud in memory: the backend, and its line of the registry. Each fifth call is turned away.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use snapback::clock::Clock;
use snapback::cpi::registry::{Builtin, ByName, Settings};
use snapback::cpi::{
    Answer, Capabilities, CloudSnapshot, Costs, CpiError, CpiErrorKind, CpiResult, DiskMade, DiskRequest, Effect,
    Effects, Made, Queries, Query, SnapshotState, SnapshotStatus, SnapshotTaken,
};
use snapback::domain::ids::{CpiName, DiskCid, SnapshotCid, Token, VmCid};
use snapback::domain::intent::Intent;
use snapback::domain::snapshot::{Consistency, Metadata};

/// The line of the registry.
pub const TOY: Builtin = Builtin {
    name: "toy_cpi",
    by_name: ByName::Beside { names_late: false },
    blocked_by_snapshots: None,
    section: "toy",
    public: &["vms"],
    lacks: &["current_vm_id"],
    open: |settings| Ok(Box::new(ToyCpi::new(settings))),
    place: |_| None,
};

/// The most MiB of a disk.
const MOST: u64 = 1 << 20;

struct Disk {
    size_mib: u64,
    token: Token,
    vm: Option<VmCid>,
    metadata: Metadata,
}

#[derive(Default)]
struct World {
    disks: BTreeMap<DiskCid, Disk>,
    /// In the order of their making.
    snapshots: Vec<(Token, CloudSnapshot)>,
}

struct ToyCpi {
    name: CpiName,
    clock: Clock,
    vms: Vec<VmCid>,
    world: Mutex<World>,
    calls: AtomicUsize,
}

/// A call under way.
struct Call<'a> {
    cpi: &'a ToyCpi,
    method: &'static str,
}

impl Call<'_> {
    fn fail<T>(&self, kind: CpiErrorKind, message: String) -> CpiResult<T> {
        Err(CpiError::new(&self.cpi.name, self.method, kind, message))
    }

    /// Hostile names are not looked up.
    fn plain(&self, cid: &str) -> CpiResult<()> {
        let is_plain = cid.starts_with(char::is_alphanumeric) && cid.len() < 100;
        match is_plain && cid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            true => Ok(()),
            false => self.fail(CpiErrorKind::InvalidCid, "no CID of this cloud".to_owned()),
        }
    }

    fn vm(&self, vm: &VmCid) -> CpiResult<()> {
        self.plain(vm.as_str())?;
        match self.cpi.vms.contains(vm) {
            true => Ok(()),
            false => self.fail(CpiErrorKind::VmNotFound, format!("there is no VM {vm}")),
        }
    }

    fn disk<'w>(&self, world: &'w mut World, disk: &DiskCid) -> CpiResult<&'w mut Disk> {
        self.plain(disk.as_str())?;
        match world.disks.get_mut(disk) {
            Some(found) => Ok(found),
            None => self.fail(CpiErrorKind::DiskNotFound, format!("there is no disk {disk}")),
        }
    }

    fn snapshot(&self, world: &World, snapshot: &SnapshotCid) -> CpiResult<usize> {
        self.plain(snapshot.as_str())?;
        match world.snapshots.iter().position(|(_, row)| row.cid == *snapshot) {
            Some(at) => Ok(at),
            None => self.fail(CpiErrorKind::SnapshotNotFound, format!("there is no snapshot {snapshot}")),
        }
    }

    fn make(&self, world: &mut World, token: &Token, request: &DiskRequest, least: u64) -> CpiResult<Made> {
        let size_mib = request.size_mib.unwrap_or(least);
        if size_mib < least.max(1) || size_mib > MOST {
            return self.fail(CpiErrorKind::InvalidRequest, format!("no disk can have {size_mib} MiB here"));
        }
        let (cid, metadata) = (DiskCid::new(format!("disk-{token}")), Metadata::new());
        world.disks.insert(cid.clone(), Disk { size_mib, token: token.clone(), vm: None, metadata });
        Ok(Made::Disk(DiskMade { cid, size_mib: Some(size_mib) }))
    }

    fn take(&self, world: &mut World, token: &Token, disk: &DiskCid, metadata: &Metadata) -> CpiResult<Made> {
        if let Some((_, row)) = world.snapshots.iter().find(|(of, _)| of == token) {
            return match row.disk == *disk {
                true => Ok(Made::Snapshot(taken(row))),
                false => self.fail(CpiErrorKind::InvalidRequest, format!("step {token} is of another disk")),
            };
        }
        let row = CloudSnapshot {
            cid: SnapshotCid::new(format!("snap-{token}")),
            disk: disk.clone(),
            created_at: self.cpi.clock.now(),
            size_mib: Some(self.disk(world, disk)?.size_mib),
            consistency: Consistency::Crash,
            state: SnapshotState::Ready,
            metadata: metadata.clone(),
        };
        let made = Made::Snapshot(taken(&row));
        world.snapshots.push((token.clone(), row));
        Ok(made)
    }
}

fn taken(row: &CloudSnapshot) -> SnapshotTaken {
    let CloudSnapshot { cid, created_at, consistency, size_mib, .. } = row.clone();
    SnapshotTaken { cid, created_at, consistency, size_mib }
}

fn found(world: &World, token: &Token) -> Option<DiskMade> {
    let mut disks = world.disks.iter().filter(|(_, disk)| disk.token == *token);
    disks.next().map(|(cid, disk)| DiskMade { cid: cid.clone(), size_mib: Some(disk.size_mib) })
}

impl ToyCpi {
    fn new(settings: &Settings) -> Self {
        let vms = settings.properties.expose()["vms"].as_array().unwrap().iter();
        let vms = vms.map(|vm| VmCid::new(vm.as_str().unwrap())).collect();
        let (name, clock) = (settings.name.clone(), settings.clock.clone());
        ToyCpi { name, clock, vms, world: Mutex::default(), calls: AtomicUsize::new(0) }
    }

    fn call(&self, method: &'static str) -> CpiResult<Call<'_>> {
        let call = Call { cpi: self, method };
        match self.calls.fetch_add(1, Ordering::SeqCst) % 5 {
            4 => call.fail(CpiErrorKind::Throttled, "too many requests".to_owned()),
            _ => Ok(call),
        }
    }
}

impl Queries for ToyCpi {
    fn name(&self) -> &CpiName {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            snapshots: true,
            promote: true,
            list_snapshots: true,
            find_snapshots: true,
            find_disks: true,
            describe_snapshots: true,
            attach: true,
            lag: Duration::ZERO,
            costs: Costs::default(),
        }
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        let call = self.call(query.method())?;
        let world = self.world.lock().unwrap();
        Ok(match query {
            Query::HasDisk(disk) => Answer::Truth(world.disks.contains_key(disk)),
            Query::GetDisks(vm) => {
                call.vm(vm)?;
                let disks = world.disks.iter().filter(|(_, disk)| disk.vm.as_ref() == Some(vm));
                Answer::Disks(disks.map(|(cid, _)| cid.clone()).collect())
            }
            Query::ListSnapshots(filter) => {
                let fits =
                    |row: &&CloudSnapshot| filter.iter().all(|(key, value)| row.metadata.get(key) == Some(value));
                Answer::Snapshots(world.snapshots.iter().map(|(_, row)| row).filter(fits).cloned().collect())
            }
            Query::DescribeSnapshot(snapshot) => {
                let row = world.snapshots.iter().map(|(_, row)| row).find(|row| row.cid == *snapshot);
                let state = row.map_or(SnapshotState::Missing, |row| row.state);
                let size_mib = row.and_then(|row| row.size_mib);
                Answer::Status(SnapshotStatus { state, progress: None, size_mib, consistency: None })
            }
            Query::FindDisk(token) => Answer::Disk(found(&world, token)),
            Query::Leftovers => Answer::Operations(Vec::new()),
            Query::CurrentVm => return call.fail(CpiErrorKind::NotSupported, "there is no VM".to_owned()),
        })
    }
}

impl Effects for ToyCpi {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        let (call, token) = (self.call(effect.method())?, intent.token());
        let world = &mut *self.world.lock().unwrap();
        match effect {
            Effect::CreateDisk(_) | Effect::CreateDiskFromSnapshot { .. } if found(world, token).is_some() => {
                return Ok(Made::Disk(found(world, token).unwrap()));
            }
            Effect::CreateDisk(request) => return call.make(world, token, request, 0),
            Effect::CreateDiskFromSnapshot { snapshot, request } => {
                let least = world.snapshots[call.snapshot(world, snapshot)?].1.size_mib.unwrap();
                return call.make(world, token, request, least);
            }
            Effect::SnapshotDisk { disk, metadata, .. } => return call.take(world, token, disk, metadata),
            Effect::DeleteSnapshot(snapshot) => drop(world.snapshots.remove(call.snapshot(world, snapshot)?)),
            Effect::DeleteDisk(disk) => {
                if let Some(vm) = &call.disk(world, disk)?.vm {
                    return call.fail(CpiErrorKind::InUse, format!("VM {vm} has disk {disk}"));
                }
                world.disks.remove(disk);
            }
            Effect::AttachDisk { vm, disk } => {
                call.vm(vm)?;
                let of = &mut call.disk(world, disk)?.vm;
                if let Some(other) = of.as_ref().filter(|of| *of != vm) {
                    return call.fail(CpiErrorKind::InUse, format!("VM {other} has disk {disk}"));
                }
                *of = Some(vm.clone());
            }
            Effect::DetachDisk { vm, disk } => {
                call.vm(vm)?;
                call.plain(disk.as_str())?;
                match world.disks.get_mut(disk) {
                    Some(found) if found.vm.as_ref() == Some(vm) => found.vm = None,
                    _ => return call.fail(CpiErrorKind::DiskNotAttached, format!("VM {vm} has no disk {disk}")),
                }
            }
            Effect::SetDiskMetadata { disk, metadata } => {
                call.disk(world, disk)?.metadata.extend(metadata.clone());
            }
            Effect::ClearLeftovers(_) => return Ok(Made::Cleared(0)),
        }
        Ok(Made::Nothing)
    }
}
