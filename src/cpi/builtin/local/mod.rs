//! The embedded default: raw disk images in a directory.
//!
//! A disk is `disks/CID/disk.img`, a snapshot `snapshots/CID/disk.img`, each with a `meta.json` beside it. A VM is a
//! directory `vms/CID`, and an attached disk a link in it, `DISK-CID -> ../../disks/DISK-CID/disk.img`. Disks and
//! snapshots are directories so that image and sidecar appear in one rename. A half-made thing is under `tmp/`, named
//! by the step that makes it, and never under a CID.

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
use crate::cpi::registry::{Builtin, ByName, Settings};
use crate::cpi::{
    Answer, Capabilities, Copied, Costs, CpiError, CpiErrorKind, CpiResult, Effect, Effects, Made, Queries, Query,
};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid, Token};
use crate::domain::intent::Intent;
use crate::fault::Faults;

use call::Call;
use layout::Area;

/// The manifest key of the directory.
pub const PATH_KEY: &str = "properties.local.path";

/// The entry of the registry.
pub const BUILTIN: Builtin = Builtin {
    name: "local_cpi",
    by_name: ByName::Itself,
    section: "local",
    public: &[PATH],
    lacks: &["current_vm_id"],
    blocked_by_snapshots: None,
    open: |settings| {
        let root = root(settings).ok_or_else(|| {
            let message = format!("`{PATH_KEY}` is not the path of a directory");
            CpiError::new(&settings.name, "open", CpiErrorKind::InvalidRequest, message).hint("correct the manifest")
        })?;
        let Settings { name, clock, ids, faults, copied, .. } = settings.clone();
        let local = LocalCpi::new(name, root, clock, ids, faults).telling(copied);
        #[cfg(debug_assertions)]
        let local = outlive::Outliving::new(local);
        Ok(Box::new(local))
    },
    place: |settings| Some(("the local backend's directory", root(settings)?)),
};

/// The last part of [`PATH_KEY`].
const PATH: &str = "path";

fn root(settings: &Settings) -> Option<PathBuf> {
    let path = settings.properties.expose().get(PATH)?.as_str()?;
    Some(settings.home.join(path))
}

/// Raw disk images in a directory.
#[derive(Debug)]
pub struct LocalCpi {
    name: CpiName,
    root: PathBuf,
    clock: Clock,
    ids: Ids,
    faults: Faults,
    copied: Copied,
}

impl LocalCpi {
    /// The cloud under `root`. Nothing is read or made yet; `create_disk` makes the directory.
    pub fn new(name: CpiName, root: PathBuf, clock: Clock, ids: Ids, faults: Faults) -> Self {
        LocalCpi { name, root, clock, ids, faults, copied: Copied::default() }
    }

    /// The same cloud; it reports the progress of its copies.
    #[must_use]
    pub fn telling(mut self, copied: Copied) -> Self {
        self.copied = copied;
        self
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Does what the step of this token has to do.
    fn act_as(&self, token: &Token, effect: &Effect) -> CpiResult<Made> {
        let call = self.call(effect.method());
        match effect {
            Effect::CreateDisk(request) => call.create_disk(token, request).map(Made::Disk),
            Effect::DeleteDisk(disk) => call.delete_disk(token, disk).map(nothing),
            Effect::SnapshotDisk { disk, metadata, options } => {
                call.snapshot_disk(token, disk, metadata, *options).map(Made::Snapshot)
            }
            Effect::DeleteSnapshot(snapshot) => call.delete_snapshot(token, snapshot).map(nothing),
            Effect::CreateDiskFromSnapshot { snapshot, request } => {
                call.create_disk_from_snapshot(token, snapshot, request).map(Made::Disk)
            }
            Effect::AttachDisk { vm, disk } => call.attach_disk(vm, disk).map(nothing),
            Effect::DetachDisk { vm, disk } => call.detach_disk(vm, disk).map(nothing),
            Effect::SetDiskMetadata { disk, metadata } => call.set_disk_metadata(token, disk, metadata).map(nothing),
            Effect::ClearLeftovers(operation) => call.clear_leftovers(operation).map(Made::Cleared),
        }
    }

    fn call(&self, method: &'static str) -> Call<'_> {
        Call { cpi: self, method }
    }
}

fn nothing((): ()) -> Made {
    Made::Nothing
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
            costs: Costs::default(),
        }
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        let call = self.call(query.method());
        match query {
            Query::HasDisk(disk) => call.has_disk(disk).map(Answer::Truth),
            Query::GetDisks(vm) => call.get_disks(vm).map(Answer::Disks),
            Query::ListSnapshots(filter) => call.list_snapshots(filter).map(Answer::Snapshots),
            Query::DescribeSnapshot(snapshot) => call.describe_snapshot(snapshot).map(Answer::Status),
            Query::FindDisk(token) => call.find_disk(token).map(Answer::Disk),
            Query::Leftovers => call.leftovers().map(Answer::Operations),
            Query::CurrentVm => {
                Err(call.fail(CpiErrorKind::NotSupported, "snapback itself does not run on a VM of this cloud"))
            }
        }
    }

    fn disk_image(&self, disk: &DiskCid) -> Option<PathBuf> {
        self.call("disk_image").image(Area::Disks, disk.as_str())
    }

    fn snapshot_image(&self, snapshot: &SnapshotCid) -> Option<PathBuf> {
        self.call("snapshot_image").image(Area::Snapshots, snapshot.as_str())
    }
}

impl Effects for LocalCpi {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.act_as(intent.token(), effect)
    }
}
