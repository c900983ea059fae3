//! The embedded default: raw disk images in a directory.
//!
//! A disk is `disks/CID/disk.img`, a snapshot `snapshots/CID/disk.img`, each with a `meta.json` beside it. A VM
//! is a directory `vms/CID`, and an attached disk a link in it, `DISK-CID -> ../../disks/DISK-CID/disk.img`.
//! Disks and snapshots are directories so that image and sidecar appear in one rename: what is half-made
//! stands under `tmp/`, named by the step that makes it, and never under a CID.

mod bytes;
mod call;
mod capture;
mod disks;
mod layout;
#[cfg(debug_assertions)]
pub mod outlive;
pub mod server;
mod sidecar;
mod snapshots;
mod staging;
mod vms;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::{Clock, Ids};
use crate::cpi::{
    Capabilities, CloudSnapshot, CpiResult, DiskMade, DiskRequest, Effects, Queries, SnapshotOptions, SnapshotStatus,
    SnapshotTaken,
};
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::Metadata;
use crate::fault::Faults;

use call::Call;
use layout::Area;

/// The manifest key of the directory.
pub const PATH_KEY: &str = "properties.local.path";

/// Raw disk images in a directory.
#[derive(Debug)]
pub struct LocalCpi {
    name: CpiName,
    root: PathBuf,
    clock: Clock,
    ids: Ids,
    faults: Faults,
}

impl LocalCpi {
    /// The cloud under `root`. Nothing is read or made yet; `create_disk` makes the directory.
    pub fn new(name: CpiName, root: PathBuf, clock: Clock, ids: Ids, faults: Faults) -> Self {
        LocalCpi { name, root, clock, ids, faults }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn call(&self, method: &'static str) -> Call<'_> {
        Call { cpi: self, method }
    }
}

impl Queries for LocalCpi {
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
        }
    }

    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        self.call("has_disk").has_disk(disk)
    }

    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        self.call("get_disks").get_disks(vm)
    }

    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        self.call("list_snapshots").list_snapshots(filter)
    }

    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        self.call("describe_snapshot").describe_snapshot(snapshot)
    }

    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        self.call("find_disk").find_disk(token)
    }

    fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        self.call("leftovers").leftovers()
    }

    fn disk_image(&self, disk: &DiskCid) -> Option<PathBuf> {
        self.call("disk_image").image(Area::Disks, disk.as_str())
    }

    fn snapshot_image(&self, snapshot: &SnapshotCid) -> Option<PathBuf> {
        self.call("snapshot_image").image(Area::Snapshots, snapshot.as_str())
    }
}

impl Effects for LocalCpi {
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        self.call("create_disk").create_disk(intent.token(), request)
    }

    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
        self.call("delete_disk").delete_disk(intent.token(), disk)
    }

    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        self.call("snapshot_disk").snapshot_disk(intent.token(), disk, metadata, options)
    }

    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()> {
        self.call("delete_snapshot").delete_snapshot(intent.token(), snapshot)
    }

    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        self.call("create_disk_from_snapshot").create_disk_from_snapshot(intent.token(), snapshot, request)
    }

    fn attach_disk(&self, _intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.call("attach_disk").attach_disk(vm, disk)
    }

    fn detach_disk(&self, _intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.call("detach_disk").detach_disk(vm, disk)
    }

    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.call("set_disk_metadata").set_disk_metadata(intent.token(), disk, metadata)
    }

    fn clear_leftovers(&self, _intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        self.call("clear_leftovers").clear_leftovers(operation)
    }
}
