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
use snapback::domain::findings::Findings;
use snapback::domain::ids::{CpiName, DiskCid, SnapshotCid, VmCid};
use snapback::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy};
use snapback::domain::operation::{Author, Verb};
use snapback::domain::snapshot::Snapshot;
use snapback::domain::step::Hook;
use snapback::domain::swap::HooksPresent;
use snapback::domain::zones::Zones;
use snapback::error::{Error, Kind, Result};
use snapback::fault::Faults;
use snapback::ops::progress::Silent;
use snapback::ops::recover::{Orders, Way, recover};
use snapback::ops::swap::{Looking, Options, RestoreRequest, plan_restore, plan_undo, swap};
use snapback::ops::{CpiSource, HookRunner, Interrupt, Session, delete, find, import, promote, take};
use snapback::state::{Access, OpenRequest, Reader, SnapshotFilter, State};
use tempfile::TempDir;

pub const INSTANCES: usize = 3;
const CPI: &str = "local_cpi";

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
    Take { instances: Vec<usize>, parallel: usize },
    Delete { snapshots: Vec<SnapshotCid> },
    DeleteAll,
    Promote { snapshot: SnapshotCid },
    Restore { snapshot: SnapshotCid },
    Undo,
    Import,
    Recover { way: Way },
}

pub struct World {
    directory: TempDir,
    ids: Ids,
    pub hooks: Hooks,
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

fn vm(instance: usize) -> String {
    format!("vm-{instance}")
}

fn first_disk(instance: usize) -> String {
    format!("disk-{instance}")
}

impl World {
    /// Three instances with a disk of 4 KiB each, where syncing costs nothing if the machine has such a place.
    pub fn new() -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let world = World { directory, ids: Ids::counted(1), hooks: Hooks::default() };
        for instance in 0..INSTANCES {
            fs::create_dir_all(world.path("disks").join(first_disk(instance))).unwrap();
            fs::create_dir_all(world.path("vms").join(vm(instance))).unwrap();
            let image = fs::File::create(world.image("disks", &first_disk(instance))).unwrap();
            image.set_len(4096).unwrap();
            world.write(&first_disk(instance), &format!("first of {instance}"));
            let target = format!("../../disks/{}/disk.img", first_disk(instance));
            std::os::unix::fs::symlink(target, world.path("vms").join(vm(instance)).join(first_disk(instance)))
                .unwrap();
        }
        world.act(&Act::Import, &Faults::none()).unwrap();
        world
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
        let local = LocalCpi::new(CpiName::new(CPI), root, Clock::System, self.ids.clone(), faults.clone());
        let clouds = Clouds(Arc::new(local));
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

fn perform(session: &Session<'_>, cpi: &dyn Cpi, act: &Act) -> Result<()> {
    let reader = session.state.reader();
    let looking = Looking { reader, cpi, bosh: session.bosh, hooks: session.hooks.present() };
    match act {
        Act::Take { instances, parallel } => {
            let all = reader.instances(None)?;
            let instances = all.into_iter().filter(|one| instances.iter().any(|wanted| name(*wanted) == one.name));
            let request =
                take::TakeRequest { instances: instances.collect(), parallel: *parallel, ..Default::default() };
            let (rows, late) = take::take(session, &request, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::Delete { snapshots } => {
            let found = snapshots.iter().map(|cid| find::snapshot(reader, cid)).collect::<Result<Vec<_>>>()?;
            let (rows, late) = delete::delete(session, Verb::Delete, found, delete::OnFailure::Keep, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::DeleteAll => {
            let mut found = Vec::new();
            reader.each_snapshot(&SnapshotFilter::default(), |snapshot| {
                found.push(snapshot);
                Ok::<bool, Error>(true)
            })?;
            let (rows, late) = delete::delete(session, Verb::DeleteAll, found, delete::OnFailure::Keep, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::Promote { snapshot } => {
            let snapshot = find::snapshot(reader, snapshot)?;
            promote::promote(session, &snapshot, &promote::PromoteRequest::default()).map(drop)
        }
        Act::Restore { snapshot } => {
            let snapshot = find::snapshot(reader, snapshot)?;
            let instances = reader.instances(None)?;
            let instance = instances.into_iter().find(|one| one.name == snapshot.instance).unwrap();
            let request = RestoreRequest {
                snapshot,
                instance,
                disk: None,
                others: Vec::new(),
                via: None,
                options: Options::default(),
                wait: Duration::ZERO,
                freshness: session.freshness(),
            };
            let plan = plan_restore(looking, &request)?;
            swap(session, Verb::Restore, &plan).map(drop)
        }
        Act::Undo => {
            let operation = reader.newest_swap(None)?.ok_or_else(|| Error::new(Kind::NotFound, "nothing to undo"))?;
            let plan = plan_undo(looking, &operation, false, Duration::ZERO)?;
            swap(session, Verb::Undo, &plan).map(drop)
        }
        Act::Import => {
            let findings = Findings { instances: inventory(), ..Findings::default() };
            import::import(&session.state, session.cpis, &session.presence, Zones::NONE, findings).map(drop)
        }
        Act::Recover { way } => first_failure(
            recover(session, &Orders { way: *way, ..Orders::default() })?.into_iter().map(|row| row.result.map(drop)),
        ),
    }
}

fn first_failure(results: impl Iterator<Item = Result<()>>) -> Result<()> {
    results.into_iter().collect()
}

/// As it was on the first day, however long ago that is.
fn inventory() -> Vec<Instance> {
    let instance = |number: usize| Instance {
        name: name(number),
        uuid: None,
        az: None,
        cpi: CpiName::new(CPI),
        vm: Some(VmCid::new(vm(number))),
        agent_id: None,
        reported: snapback::domain::instance::Reported::default(),
        state_file: snapback::domain::instance::StateFileIds::default(),
        managed_by: ManagedBy::Nobody,
        confirmed_at: Clock::System.now(),
        disks: vec![Disk {
            cid: DiskCid::new(first_disk(number)),
            cpi: CpiName::new(CPI),
            instance: Some(name(number)),
            slot: 0,
            state: DiskState::Active,
            size_mib: None,
            az: None,
            cloud_properties: None,
            origin: None,
            orphaned_at: None,
        }],
    };
    (0..INSTANCES).map(instance).collect()
}
