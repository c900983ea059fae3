//! The local cloud, whose `get_disks` may show a change one question late: as EC2's does, seconds late.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use snapback::cpi::builtin::local::LocalCpi;
use snapback::cpi::{
    Capabilities, CloudSnapshot, CpiResult, DiskMade, DiskRequest, Effects, Queries, SnapshotOptions, SnapshotStatus,
    SnapshotTaken,
};
use snapback::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use snapback::domain::intent::Intent;
use snapback::domain::snapshot::Metadata;

/// What the cloud says its lag is, and keeps.
const LAG: Duration = Duration::from_millis(10);

/// What is shown late. It outlives who dies in the midst of a change.
#[derive(Default)]
pub struct Lag {
    on: AtomicBool,
    /// How it was before the last change, and when that began.
    before: Mutex<BTreeMap<VmCid, (Instant, Vec<DiskCid>)>>,
    told: AtomicU64,
}

impl Lag {
    pub fn set(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::SeqCst)
    }

    /// The disks of a VM are about to change.
    pub fn changes(&self, vm: &VmCid, before: Vec<DiskCid>) {
        self.before.lock().unwrap().insert(vm.clone(), (Instant::now(), before));
    }

    /// How many answers were late, and untrue by that.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    fn shown(&self, vm: &VmCid, true_ones: Vec<DiskCid>) -> Vec<DiskCid> {
        match self.before.lock().unwrap().remove(vm) {
            Some((at, before)) if self.is_on() && at.elapsed() < LAG && before != true_ones => {
                self.told.fetch_add(1, Ordering::SeqCst);
                before
            }
            _ => true_ones,
        }
    }
}

pub struct Late {
    pub cloud: LocalCpi,
    pub lag: Arc<Lag>,
}

impl Late {
    fn changes(&self, vm: &VmCid) {
        if let Ok(before) = self.cloud.get_disks(vm) {
            self.lag.changes(vm, before);
        }
    }
}

impl Queries for Late {
    fn name(&self) -> &CpiName {
        self.cloud.name()
    }

    fn capabilities(&self) -> Capabilities {
        let lag = if self.lag.is_on() { LAG } else { Duration::ZERO };
        Capabilities { lag, ..self.cloud.capabilities() }
    }

    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        self.cloud.has_disk(disk)
    }

    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        Ok(self.lag.shown(vm, self.cloud.get_disks(vm)?))
    }

    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        self.cloud.list_snapshots(filter)
    }

    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        self.cloud.describe_snapshot(snapshot)
    }

    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        self.cloud.find_disk(token)
    }

    fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        self.cloud.leftovers()
    }

    fn disk_image(&self, disk: &DiskCid) -> Option<PathBuf> {
        self.cloud.disk_image(disk)
    }

    fn snapshot_image(&self, snapshot: &SnapshotCid) -> Option<PathBuf> {
        self.cloud.snapshot_image(snapshot)
    }
}

impl Effects for Late {
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        self.cloud.create_disk(intent, request)
    }

    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
        self.cloud.delete_disk(intent, disk)
    }

    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        self.cloud.snapshot_disk(intent, disk, metadata, options)
    }

    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()> {
        self.cloud.delete_snapshot(intent, snapshot)
    }

    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        self.cloud.create_disk_from_snapshot(intent, snapshot, request)
    }

    fn attach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.changes(vm);
        self.cloud.attach_disk(intent, vm, disk)
    }

    fn detach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.changes(vm);
        self.cloud.detach_disk(intent, vm, disk)
    }

    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.cloud.set_disk_metadata(intent, disk, metadata)
    }

    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        self.cloud.clear_leftovers(intent, operation)
    }
}
