//! The directory that holds a Director: its state under a lock, and the log of what happened.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};

use crate::world::World;

#[derive(Clone)]
pub struct Home {
    pub path: PathBuf,
}

impl Home {
    /// The one that `FAKE_BOSH_HOME` names.
    pub fn of_environment() -> Self {
        let path = std::env::var_os("FAKE_BOSH_HOME").expect("FAKE_BOSH_HOME names the Director's directory");
        Home { path: PathBuf::from(path) }
    }

    /// Alone, until the file is closed.
    pub fn lock(&self) -> File {
        let file = OpenOptions::new().create(true).append(true).open(self.path.join("lock")).unwrap();
        flock(&file, FlockOperation::LockExclusive).unwrap();
        file
    }

    fn load(&self) -> World {
        let text = fs::read_to_string(self.path.join("director.json")).expect("a Director: begin with __init");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("director.json: {error}"))
    }

    fn store(&self, world: &World) {
        let new = self.path.join(format!("director.json.{}", std::process::id()));
        fs::write(&new, serde_json::to_string_pretty(world).unwrap()).unwrap();
        fs::rename(new, self.path.join("director.json")).unwrap();
    }

    /// Puts a whole new state in the place of the old.
    pub fn replace(&self, world: &World) {
        let _lock = self.lock();
        self.store(world);
    }

    /// The state, with tasks whose process is gone ended.
    pub fn read(&self) -> World {
        self.change(|world| world.clone())
    }

    /// Changes the state, alone.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let _lock = self.lock();
        let mut world = self.load();
        let before = serde_json::to_value(&world).unwrap();
        self.bury(&mut world);
        let answer = change(&mut world);
        if serde_json::to_value(&world).unwrap() != before {
            self.store(&world);
        }
        answer
    }

    /// A job's process that was killed: its task ends as an error, what its open transaction had changed is committed, and its
    /// locks stay until they expire (seen with the real one). The locks of those that live are renewed (D/lock.rb).
    fn bury(&self, world: &mut World) {
        let now = world.now();
        let mut dead = Vec::new();
        for task in &mut world.tasks {
            // One that is cancelled in the queue has no worker yet.
            let begun = task.started_at.is_some() && ["processing", "cancelling"].contains(&task.state.as_str());
            if begun && self.worker(task.id).is_some() {
                "error".clone_into(&mut task.state);
                task.result = format!("Task {} was terminated", task.id);
                task.timestamp = now;
                dead.push(task.id);
            }
        }
        for half in world.uncommitted.iter().filter(|half| dead.contains(&half.task)).cloned().collect::<Vec<_>>() {
            world.instance_mut(&half.uuid).disks = half.disks;
            world.orphan_disks = half.orphan_disks;
            world.snapshots = half.snapshots;
        }
        world.uncommitted.retain(|half| !dead.contains(&half.task));
        let life = world.lock_life();
        let running: Vec<u64> = world.tasks.iter().filter(|task| task.runs()).map(|task| task.id).collect();
        for lock in world.locks.iter_mut().filter(|lock| running.contains(&lock.task)) {
            if lock.expires_at < now + life / 2 {
                lock.expires_at = now + life;
            }
        }
        let listed = chrono::Duration::milliseconds(world.lock_listed_ms.unwrap_or(60_000));
        world.locks.retain(|lock| lock.expires_at + listed > now);
    }

    /// The lock of a task's worker, where nobody holds it.
    pub fn worker(&self, task: u64) -> Option<File> {
        fs::create_dir_all(self.path.join("tasks")).unwrap();
        let path = self.path.join(format!("tasks/{task}.lock"));
        let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        flock(&file, FlockOperation::NonBlockingLockExclusive).ok().map(|()| file)
    }

    /// Appends to `events.jsonl`.
    pub fn log(&self, what: &str, mut event: Value) {
        event["what"] = json!(what);
        event["at"] = json!(chrono::Utc::now().to_rfc3339());
        let mut file = OpenOptions::new().create(true).append(true).open(self.path.join("events.jsonl")).unwrap();
        file.write_all(format!("{event}\n").as_bytes()).unwrap();
    }

    /// Takes the next fault for this command at this point, if there is one.
    pub fn next_fault(&self, command: &str, point: &str) -> Option<String> {
        let _lock = self.lock();
        let path = self.path.join("faults.json");
        let mut faults: Vec<Value> = serde_json::from_slice(&fs::read(&path).ok()?).unwrap();
        let meant = |fault: &Value| {
            let command_fits = fault["command"].as_str().is_none_or(|wanted| wanted == command);
            let left = fault["times"].as_u64().is_none_or(|times| times > 0);
            command_fits && left && fault["point"] == point
        };
        let fault = faults.iter_mut().find(|fault| meant(fault))?;
        if let Some(times) = fault["times"].as_u64() {
            fault["times"] = json!(times - 1);
        }
        let action = fault["action"].as_str().unwrap().to_owned();
        fs::write(&path, serde_json::to_string(&faults).unwrap()).unwrap();
        Some(action)
    }
}
