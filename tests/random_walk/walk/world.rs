//! A cloud and a state file, and what can be done with them in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use snapback::clock::{Clock, Ids};
use snapback::cpi::Cpi;
use snapback::cpi::builtin::local::LocalCpi;
use snapback::director::Bosh;
use snapback::domain::ids::{CpiName, DiskCid, SnapshotCid, VmCid};
use snapback::domain::instance::{Disk, DiskState, InstanceName};
use snapback::domain::operation::Author;
use snapback::domain::snapshot::Snapshot;
use snapback::domain::step::Hook;
use snapback::domain::swap::HooksPresent;
use snapback::error::{Error, Kind, Result};
use snapback::fault::Faults;
use snapback::ops::progress::Silent;
use snapback::ops::recover::Way;
use snapback::ops::{CpiSource, HookRunner, Interrupt, Session};
use snapback::state::{Access, OpenRequest, Reader, SnapshotFilter, State};
use tempfile::TempDir;

use super::late::{Lag, Late};
use super::perform::perform;

pub const INSTANCES: usize = 3;
pub const CPI: &str = "local_cpi";

/// Panics that were asked for are not worth a backtrace each.
pub fn hush_injected_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let payload = panic.payload();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
            let asked = ["fault injected", "this process is dead", "a scoped thread panicked"];
            if !asked.iter().any(|asked| text.starts_with(asked)) {
                before(panic);
            }
        }));
    });
}

/// Something to do.
#[derive(Debug, Clone)]
pub enum Act {
    Take {
        instances: Vec<usize>,
        parallel: usize,
    },
    Delete {
        snapshots: Vec<SnapshotCid>,
    },
    DeleteAll,
    Promote {
        snapshot: SnapshotCid,
    },
    /// One of each disk that is put back.
    Restore {
        snapshots: Vec<SnapshotCid>,
    },
    /// What `undo` takes back, or the newest restore or undo by its name.
    Undo {
        by_name: bool,
    },
    /// The disks of each instance, by their slots.
    Import {
        disks: Vec<Vec<String>>,
    },
    Recover {
        way: Way,
    },
    /// Keeps the newest so many takes of each instance.
    Prune {
        last: u32,
    },
    Hold {
        snapshot: SnapshotCid,
    },
    Release {
        snapshot: SnapshotCid,
    },
}

pub struct World {
    directory: TempDir,
    ids: Ids,
    pub hooks: Hooks,
    pub lag: Arc<Lag>,
}

/// Hooks that do nothing, or fail.
#[derive(Default)]
pub struct Hooks(AtomicUsize);

impl Hooks {
    /// From now on the n-th hook fails; none for 0.
    pub fn fail(&self, nth: usize) {
        self.0.store(nth, Ordering::SeqCst);
    }
}

impl HookRunner for Hooks {
    fn present(&self) -> HooksPresent {
        HooksPresent { stop: true, start: true, verify: true }
    }

    fn run(&self, hook: Hook, _instance: &InstanceName) -> Result<()> {
        let number = 1 + [Hook::Stop, Hook::Start, Hook::Verify].iter().position(|known| *known == hook).unwrap();
        match self.0.load(Ordering::SeqCst) == number {
            true => Err(Error::new(Kind::Failed, "the hook failed")),
            false => Ok(()),
        }
    }
}

struct Clouds(Arc<dyn Cpi>);

impl CpiSource for Clouds {
    fn cpi(&self, _name: &CpiName) -> Result<Arc<dyn Cpi>> {
        Ok(Arc::clone(&self.0))
    }
}

pub fn name(instance: usize) -> InstanceName {
    InstanceName { deployment: "prod".into(), group: "db".into(), index: u32::try_from(instance).unwrap() }
}

pub fn vm(instance: usize) -> String {
    format!("vm-{instance}")
}

/// The disks of each instance on the first day: of one of them, two.
pub fn first_disks() -> Vec<Vec<String>> {
    let all: [&[&str]; INSTANCES] = [&["disk-0", "wal-0"], &["disk-1"], &["disk-2"]];
    all.iter().map(|disks| disks.iter().map(|disk| (*disk).to_owned()).collect()).collect()
}

/// What is written says of which instance it is, and for which of its disks: `0.1 ...`.
pub fn mark(content: &str) -> Option<(usize, usize)> {
    let (instance, slot) = content.split_once(' ')?.0.split_once('.')?;
    Some((instance.parse().ok()?, slot.parse().ok()?))
}

/// The disks of an instance among those that are known, by their slots.
pub fn active(known: &[Disk], instance: usize) -> Vec<String> {
    let name = name(instance);
    let is_it = |disk: &&Disk| disk.instance.as_ref() == Some(&name) && disk.state == DiskState::Active;
    let mut disks: Vec<&Disk> = known.iter().filter(is_it).collect();
    disks.sort_by_key(|disk| disk.slot);
    disks.into_iter().map(|disk| disk.cid.to_string()).collect()
}

impl World {
    /// Three instances with disks of 4 KiB each, where syncing costs nothing if the machine has such a place.
    pub fn new() -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let world = World { directory, ids: Ids::counted(1), hooks: Hooks::default(), lag: Arc::default() };
        for (instance, disks) in first_disks().iter().enumerate() {
            fs::create_dir_all(world.path("vms").join(vm(instance))).unwrap();
            for (slot, disk) in disks.iter().enumerate() {
                world.make_disk(disk, &format!("{instance}.{slot} first"));
                world.attach_by_hand(instance, disk);
            }
        }
        world.act(&Act::Import { disks: first_disks() }, &Faults::none()).unwrap();
        world
    }

    pub fn make_disk(&self, cid: &str, content: &str) {
        fs::create_dir_all(self.path("disks").join(cid)).unwrap();
        fs::File::create(self.image("disks", cid)).unwrap().set_len(4096).unwrap();
        self.write(cid, content);
    }

    pub fn remove_disk(&self, cid: &str) {
        fs::remove_dir_all(self.path("disks").join(cid)).unwrap();
    }

    fn link(&self, instance: usize, disk: &str) -> PathBuf {
        let cids = self.attached(instance).into_iter().map(DiskCid::new).collect();
        self.lag.changes(&VmCid::new(vm(instance)), cids);
        self.path("vms").join(vm(instance)).join(disk)
    }

    pub fn attach_by_hand(&self, instance: usize, disk: &str) {
        std::os::unix::fs::symlink(format!("../../disks/{disk}/disk.img"), self.link(instance, disk)).unwrap();
    }

    /// One that is off already stays so.
    pub fn detach_by_hand(&self, instance: usize, disk: &str) {
        if self.attached(instance).iter().any(|has| has == disk) {
            fs::remove_file(self.link(instance, disk)).unwrap();
        }
    }

    fn path(&self, area: &str) -> PathBuf {
        self.directory.path().join("cloud").join(area)
    }

    fn image(&self, area: &str, cid: &str) -> PathBuf {
        self.path(area).join(cid).join("disk.img")
    }

    fn state_path(&self) -> PathBuf {
        self.directory.path().join("state.db")
    }

    /// The names in an area of the cloud.
    pub fn names(&self, area: &str) -> BTreeSet<String> {
        let Ok(entries) = fs::read_dir(self.path(area)) else { return BTreeSet::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    pub fn attached(&self, instance: usize) -> Vec<String> {
        self.names(&format!("vms/{}", vm(instance))).into_iter().collect()
    }

    /// What stands at the beginning of an image.
    pub fn content(&self, area: &str, cid: &str) -> String {
        use std::io::Read;
        let mut bytes = Vec::new();
        fs::File::open(self.image(area, cid)).unwrap().take(64).read_to_end(&mut bytes).unwrap();
        let end = bytes.iter().position(|byte| *byte == 0).unwrap();
        String::from_utf8(bytes[..end].to_vec()).unwrap()
    }

    pub fn write(&self, disk: &str, text: &str) {
        use std::os::unix::fs::FileExt;
        let image = fs::OpenOptions::new().write(true).open(self.image("disks", disk)).unwrap();
        image.write_all_at(format!("{text}\0").as_bytes(), 0).unwrap();
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.state_path()).unwrap()
    }

    /// The disks that the state knows.
    pub fn disks(&self) -> Vec<Disk> {
        self.reader().disks(None, None).unwrap()
    }

    /// The disks that the state has for an instance, by their slots.
    pub fn active(&self, instance: usize) -> Vec<String> {
        active(&self.disks(), instance)
    }

    /// What stands on these.
    pub fn contents(&self, instance: usize) -> Vec<String> {
        self.active(instance).iter().map(|disk| self.content("disks", disk)).collect()
    }

    /// The names of locks that are left.
    pub fn locks(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.directory.path().join("state.db.locks")) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "generation").collect()
    }

    pub fn snapshots(&self) -> Vec<Snapshot> {
        let mut found = Vec::new();
        let each = |snapshot| {
            found.push(snapshot);
            Ok::<bool, Error>(true)
        };
        self.reader().each_snapshot(&SnapshotFilter::default(), each).unwrap();
        found
    }

    /// Does it, as a process of its own would.
    pub fn act(&self, act: &Act, faults: &Faults) -> Result<()> {
        let root = self.directory.path().join("cloud");
        let cloud = LocalCpi::new(CpiName::new(CPI), root, Clock::System, self.ids.clone(), faults.clone());
        let clouds = Clouds(Arc::new(Late { cloud, lag: Arc::clone(&self.lag) }));
        let (state, _) = State::open(&OpenRequest {
            path: &self.state_path(),
            access: Access::ChangeOrCreate,
            mode: 0o600,
            director_name: "walk",
            allow_network_fs: true,
            clock: Clock::System,
            ids: self.ids.clone(),
            faults: faults.clone(),
        })?;
        let bosh = Bosh::new("/nonexistent/bosh".into(), BTreeMap::new(), None);
        let session = Session {
            state,
            cpis: &clouds,
            hooks: &self.hooks,
            bosh: &bosh,
            progress: &Silent,
            clock: Clock::System,
            faults: faults.clone(),
            interrupt: Interrupt::default(),
            author: Author::default(),
            arguments: format!("{act:?}"),
            wait: Duration::ZERO,
            max_inventory_age: Default::default(),
            presence: Default::default(),
        };
        perform(&session, clouds.0.as_ref(), act)
    }
}
