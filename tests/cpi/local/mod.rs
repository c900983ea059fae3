//! What is special about the local backend.

mod faults;
mod files;
mod full;
mod load;
mod sidecars;
mod writers;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use snapback::clock::{Clock, Ids};
use snapback::cpi::Cpi;
use snapback::cpi::builtin::local::LocalCpi;
use snapback::domain::ids::{CpiName, DiskCid, VmCid};
use snapback::fault::Faults;
use tempfile::TempDir;

use crate::conformance::{Content, Subject};

/// A cloud in a directory that is removed with it.
pub struct Local {
    pub cpi: LocalCpi,
    pub root: PathBuf,
    dir: Option<TempDir>,
}

impl Local {
    /// With two VMs.
    pub fn under(base: &Path) -> Self {
        Self::with(base, "")
    }

    /// With two VMs, and faults.
    pub fn with(base: &Path, faults: &str) -> Self {
        let local = Self::bare(base, faults);
        for vm in [local.vm(), local.other_vm()] {
            fs::create_dir_all(local.root.join("vms").join(vm.as_str())).unwrap();
        }
        for part in ["disks", "snapshots"] {
            fs::DirBuilder::new().mode(0o700).create(local.root.join(part)).unwrap();
        }
        local
    }

    /// Without so much as a directory.
    pub fn bare(base: &Path, faults: &str) -> Self {
        let dir = tempfile::tempdir_in(base).unwrap();
        let root = dir.path().join("cloud");
        let cpi = new_cpi(&root, faults);
        Local { cpi, root, dir: Some(dir) }
    }

    /// The cloud that somebody else has made, and will remove.
    pub fn of(root: &Path) -> Self {
        Local { cpi: new_cpi(root, ""), root: root.to_owned(), dir: None }
    }

    pub fn disk_image(&self, disk: &DiskCid) -> PathBuf {
        self.root.join("disks").join(disk.as_str()).join("disk.img")
    }

    /// The names in a directory under the root; none where there is no such directory.
    pub fn names(&self, area: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.root.join(area)) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A directory beside the root.
    pub fn outside(&self) -> &Path {
        self.dir.as_ref().unwrap().path()
    }
}

pub fn new_cpi(root: &Path, faults: &str) -> LocalCpi {
    let faults = if faults.is_empty() { Faults::none() } else { Faults::parse(faults) };
    LocalCpi::new(CpiName::new("local_cpi"), root.to_owned(), Clock::System, Ids::Random, faults)
}

impl Subject for Local {
    fn cpi(&self) -> &dyn Cpi {
        &self.cpi
    }

    fn vm(&self) -> VmCid {
        VmCid::new("vm-1")
    }

    fn other_vm(&self) -> VmCid {
        VmCid::new("vm-2")
    }

    fn content(&self) -> Option<&dyn Content> {
        Some(self)
    }
}

impl Content for Local {
    fn write(&self, disk: &DiskCid, offset: u64, bytes: &[u8]) {
        let file = OpenOptions::new().write(true).open(self.disk_image(disk)).unwrap();
        file.write_all_at(bytes, offset).unwrap();
    }

    fn read(&self, disk: &DiskCid, offset: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        fs::File::open(self.disk_image(disk)).unwrap().read_exact_at(&mut bytes, offset).unwrap();
        bytes
    }

    fn allocated(&self, disk: &DiskCid) -> u64 {
        let file = fs::File::open(self.disk_image(disk)).unwrap();
        // Btrfs and XFS allocate when they write back.
        file.sync_all().unwrap();
        file.metadata().unwrap().blocks() * 512
    }
}
