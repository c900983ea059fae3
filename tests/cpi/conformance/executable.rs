//! CPI executables of this repository, called as the Director calls one.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};
use snapback::clock::{Clock, Ids};
use snapback::cpi::Cpi;
use snapback::cpi::executable::{ExecutableCpi, Manner, Setting};
use snapback::domain::ids::{CpiName, DiskCid, VmCid};
use snapback::secret::{Redactor, Secret};
use tempfile::TempDir;

use super::{Content, Subject};

/// An executable with a directory of its own, in which it has its disks.
pub struct Executable {
    cpi: ExecutableCpi,
    directory: TempDir,
    /// The name of a disk's image in its directory.
    image: &'static str,
}

impl Executable {
    /// `snapback cpi local`, by the wrapper of `fixtures/cpi/local`.
    pub fn local() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("cpi");
        // Links, since a script that a test has just written may be busy when another thread forks.
        symlink(fixture("local/cpi"), &program).unwrap();
        symlink(env!("CARGO_BIN_EXE_snapback"), directory.path().join("snapback")).unwrap();
        Executable::with(directory, program, "disk.img", json!({}))
    }

    /// The example of the recovery extension. Its directory stands where the Director puts a cpi-config's properties.
    pub fn example() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let properties = json!({"example": {"path": directory.path().join("cloud")}});
        Executable::with(directory, fixture("example/cpi"), "image", properties)
    }

    fn with(directory: TempDir, program: PathBuf, image: &'static str, properties: Value) -> Self {
        for vm in ["vm-1", "vm-2"] {
            fs::create_dir_all(directory.path().join("cloud/vms").join(vm)).unwrap();
        }
        for part in ["cloud/disks", "cloud/snapshots"] {
            fs::create_dir(directory.path().join(part)).unwrap();
        }
        let properties: Map<String, Value> = serde_json::from_value(properties).unwrap();
        let setting = Setting {
            name: CpiName::new("executable_cpi"),
            program,
            manner: Manner::Director,
            through: None,
            environment: vec![("PATH".to_owned(), "/usr/sbin:/usr/bin:/sbin:/bin".to_owned())],
            properties: Secret::new(properties),
            redactor: Redactor::of(&Value::Null),
            director_uuid: "director".to_owned(),
            stemcell_api_version: None,
            lag: std::time::Duration::from_secs(1),
            deadline: Duration::from_secs(60),
            trace: std::sync::Arc::new(()),
            stop: std::sync::Arc::new(|| false),
        };
        let cpi = ExecutableCpi::open(setting, Clock::System, Ids::Random).unwrap();
        assert_eq!((cpi.api_version(), cpi.extension()), (Some(2), Some(1)));
        Executable { cpi, directory, image }
    }

    fn image_of(&self, disk: &DiskCid) -> PathBuf {
        self.directory.path().join("cloud/disks").join(disk.as_str()).join(self.image)
    }
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cpi").join(path)
}

impl Subject for Executable {
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

impl Content for Executable {
    fn write(&self, disk: &DiskCid, offset: u64, bytes: &[u8]) {
        OpenOptions::new().write(true).open(self.image_of(disk)).unwrap().write_all_at(bytes, offset).unwrap();
    }

    fn read(&self, disk: &DiskCid, offset: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        fs::File::open(self.image_of(disk)).unwrap().read_exact_at(&mut bytes, offset).unwrap();
        bytes
    }

    fn allocated(&self, disk: &DiskCid) -> u64 {
        let file = fs::File::open(self.image_of(disk)).unwrap();
        file.sync_all().unwrap();
        file.metadata().unwrap().blocks() * 512
    }
}
