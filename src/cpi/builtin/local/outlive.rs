//! A call that outlives its snapback and then succeeds, as a CPI executable does whose parent was killed:
//! only for the tests that prove what happens then.
//!
//! Where `outlive.METHOD=outlive:MS` is due, a child of a group of its own is started, which inherits the
//! operation's lock, waits, and does the one thing; and this process kills itself.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::LocalCpi;
use crate::clock::{Clock, Ids};
use crate::cpi::{
    Capabilities, CloudSnapshot, CpiResult, DiskMade, DiskRequest, Effects, Queries, SnapshotOptions, SnapshotStatus,
    SnapshotTaken,
};
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::Metadata;
use crate::fault::Faults;
use crate::process;

/// The environment variable that makes snapback do one errand and nothing else.
pub const VARIABLE: &str = "SNAPBACK_TEST_EFFECT";

#[derive(Serialize, Deserialize)]
struct Errand {
    cpi: CpiName,
    root: PathBuf,
    token: Token,
    wait_ms: u64,
    effect: Effect,
}

#[derive(Serialize, Deserialize)]
enum Effect {
    SnapshotDisk { disk: DiskCid, metadata: Metadata, allow_torn: bool },
    DeleteSnapshot { snapshot: SnapshotCid },
    CreateDiskFromSnapshot { snapshot: SnapshotCid, size_mib: Option<u64> },
    AttachDisk { vm: VmCid, disk: DiskCid },
    DetachDisk { vm: VmCid, disk: DiskCid },
}

impl Effect {
    fn method(&self) -> &'static str {
        match self {
            Effect::SnapshotDisk { .. } => "snapshot_disk",
            Effect::DeleteSnapshot { .. } => "delete_snapshot",
            Effect::CreateDiskFromSnapshot { .. } => "create_disk_from_snapshot",
            Effect::AttachDisk { .. } => "attach_disk",
            Effect::DetachDisk { .. } => "detach_disk",
        }
    }
}

/// Does the errand; true where it succeeded.
pub fn run(errand: &str) -> bool {
    let Ok(Errand { cpi, root, token, wait_ms, effect }) = serde_json::from_str(errand) else { return false };
    std::thread::sleep(Duration::from_millis(wait_ms));
    let local = LocalCpi::new(cpi, root, Clock::System, Ids::Random, Faults::none());
    let call = local.call(effect.method());
    match effect {
        Effect::SnapshotDisk { disk, metadata, allow_torn } => {
            call.snapshot_disk(&token, &disk, &metadata, SnapshotOptions { allow_torn }).is_ok()
        }
        Effect::DeleteSnapshot { snapshot } => call.delete_snapshot(&token, &snapshot).is_ok(),
        Effect::CreateDiskFromSnapshot { snapshot, size_mib } => {
            let request = DiskRequest { size_mib, ..DiskRequest::default() };
            call.create_disk_from_snapshot(&token, &snapshot, &request).is_ok()
        }
        Effect::AttachDisk { vm, disk } => call.attach_disk(&vm, &disk).is_ok(),
        Effect::DetachDisk { vm, disk } => call.detach_disk(&vm, &disk).is_ok(),
    }
}

/// The local backend, whose effects may be done by a child that outlives this process.
#[derive(Debug)]
pub struct Outliving(LocalCpi);

impl Outliving {
    /// Around this one.
    pub fn new(local: LocalCpi) -> Self {
        Outliving(local)
    }

    /// Does not return where the fault is due and the child has started.
    fn leave_to_a_child(&self, intent: &Intent, effect: Effect) {
        let Some(wait_ms) = self.0.faults.outlive(&["outlive", effect.method()]) else { return };
        let errand = Errand {
            cpi: self.0.name.clone(),
            root: self.0.root.clone(),
            token: intent.token().clone(),
            wait_ms,
            effect,
        };
        let (Ok(errand), Ok(program)) = (serde_json::to_string(&errand), std::env::current_exe()) else { return };
        if process::spawn_detached(&program, &[], &[(VARIABLE.to_owned(), errand)], b"").is_ok() {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

impl Queries for Outliving {
    fn name(&self) -> &CpiName {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        self.0.has_disk(disk)
    }

    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        self.0.get_disks(vm)
    }

    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        self.0.list_snapshots(filter)
    }

    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        self.0.describe_snapshot(snapshot)
    }

    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        self.0.find_disk(token)
    }

    fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        self.0.leftovers()
    }

    fn disk_image(&self, disk: &DiskCid) -> Option<PathBuf> {
        self.0.disk_image(disk)
    }

    fn snapshot_image(&self, snapshot: &SnapshotCid) -> Option<PathBuf> {
        self.0.snapshot_image(snapshot)
    }
}

impl Effects for Outliving {
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        self.0.create_disk(intent, request)
    }

    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
        self.0.delete_disk(intent, disk)
    }

    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        let allow_torn = options.allow_torn;
        let effect = Effect::SnapshotDisk { disk: disk.clone(), metadata: metadata.clone(), allow_torn };
        self.leave_to_a_child(intent, effect);
        self.0.snapshot_disk(intent, disk, metadata, options)
    }

    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()> {
        self.leave_to_a_child(intent, Effect::DeleteSnapshot { snapshot: snapshot.clone() });
        self.0.delete_snapshot(intent, snapshot)
    }

    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        let effect = Effect::CreateDiskFromSnapshot { snapshot: snapshot.clone(), size_mib: request.size_mib };
        self.leave_to_a_child(intent, effect);
        self.0.create_disk_from_snapshot(intent, snapshot, request)
    }

    fn attach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.leave_to_a_child(intent, Effect::AttachDisk { vm: vm.clone(), disk: disk.clone() });
        self.0.attach_disk(intent, vm, disk)
    }

    fn detach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.leave_to_a_child(intent, Effect::DetachDisk { vm: vm.clone(), disk: disk.clone() });
        self.0.detach_disk(intent, vm, disk)
    }

    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.0.set_disk_metadata(intent, disk, metadata)
    }

    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        self.0.clear_leftovers(intent, operation)
    }
}
