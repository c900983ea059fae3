//! A Director in a sandbox: the double of `bosh` (`tests/fake_bosh`), on the local cloud.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Ran, Run, Sandbox, disk_of, vm_of};

/// The deployment of [`Director::with`].
pub const DEPLOYMENT: &str = "prod";
/// The password of the Director's client, which tests can look for.
pub const SECRET: &str = "canary-of-the-director";
const LONGEST: Duration = Duration::from_secs(60);

/// The double's binary. `cargo test` builds it with the examples; `cargo test --test NAME` does not.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--example", "fake-bosh"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(built.success());
        let deps = std::env::current_exe().unwrap();
        let binary = deps.parent().unwrap().parent().unwrap().join("examples/fake-bosh");
        assert!(binary.is_file(), "{}", binary.display());
        binary
    })
}

/// A fault of the double: at a point, for a command (or for all), once unless told otherwise.
pub fn fault(command: &str, point: &str, action: &str) -> Value {
    json!({"command": command, "point": point, "action": action, "times": 1})
}

/// The same, each time it gets there.
pub fn always(command: &str, point: &str, action: &str) -> Value {
    json!({"command": command, "point": point, "action": action})
}

/// The UUID of the instance with this number among those of [`Director::with`].
pub fn uuid(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A Director, its cloud, and an operator's directory.
pub struct Director {
    pub sandbox: Sandbox,
    /// The instances (`db/0`), in the order of their UUIDs.
    pub instances: Vec<String>,
}

impl Director {
    /// A Director with these instances (`db/0`) of the deployment `prod`, each with a VM `vm-db-0` and a disk
    /// `disk-db-0` of 1 MiB whose file system has a file of its own. They are started; `bosh` is in the `PATH` of
    /// [`Director::prepare`], and there is a manifest of snapback's for the same cloud. Nothing is imported.
    pub fn with(instances: &[&str]) -> Self {
        let sandbox = Sandbox::empty();
        sandbox.manifest(true, "");
        let cloud = sandbox.path("cloud");
        let mut rows = Vec::new();
        for (number, name) in instances.iter().enumerate() {
            let (vm, disk) = (vm_of(name), disk_of(name));
            sandbox.make_disk(&disk, 1 << 20, &file_system(&[("data", name)]));
            sandbox.make_vm(&vm, &[&disk]);
            let (group, index) = name.split_once('/').unwrap();
            let device = cloud.join("vms").join(&vm).join(&disk);
            rows.push(json!({
                "group": group, "index": index.parse::<u64>().unwrap(), "uuid": uuid(number), "az": "z1", "vm_cid": vm,
                "agent_id": format!("agent-{number}"), "state": "started", "bootstrap": index == "0",
                "ips": [format!("10.0.0.{}", number + 1)], "process_state": "running", "processes": [group],
                "disks": [{"cid": disk, "active": true, "size": 1, "cloud_properties": {"type": "fast"}}],
                "agent": {"hints": {&disk: device}, "mounted": disk, "last_mounted": disk},
            }));
        }
        let world = json!({
            "name": "test", "uuid": "11111111-2222-4333-8444-555555555555", "cloud": cloud,
            // Minutes in a real Director.
            "lock_life_ms": 600, "lock_listed_ms": 400,
            "cpi": [env!("CARGO_BIN_EXE_snapback"), "cpi", "local", "--path", cloud],
            "deployments": [{"name": DEPLOYMENT, "manifest": manifest(instances), "instances": rows}],
            "configs": [{"kind": "cloud", "name": "default", "content": cloud_config(1), "created_at": super::NOW}],
        });
        fs::create_dir(sandbox.path("bin")).unwrap();
        symlink(binary(), sandbox.path("bin/bosh")).unwrap();
        let director = Director { sandbox, instances: instances.iter().map(|name| (*name).to_owned()).collect() };
        director.become_world(&world);
        director
    }

    /// The same, with a cloud that answers as this script says (`tests/fake_bosh/wrapper.rs`), to the Director and to
    /// snapback alike.
    pub fn with_cpi(instances: &[&str], script: &Value) -> Self {
        let director = Director::with(instances);
        let cpi = director.sandbox.path("director/cpi");
        symlink(binary(), &cpi).unwrap();
        director.cpi(script);
        director.change(|world| world["cpi"] = json!([cpi]));
        let lag = script["seconds"].as_u64().unwrap_or(0);
        director.sandbox.write(
            "director.yml",
            &format!(
                "cloud_provider:\n  template:\n    name: wrapped_cpi\nproperties:\n  director:\n    name: test\n    \
                 enable_snapshots: true\n  snapback:\n    cpi:\n      path: director/cpi\n      lag: {lag}\n"
            ),
        );
        director
    }

    /// Sets the script for the cloud of [`Director::with_cpi`] from now on.
    pub fn cpi(&self, script: &Value) {
        let mut script = script.clone();
        script["command"] =
            json!([env!("CARGO_BIN_EXE_snapback"), "cpi", "local", "--path", self.sandbox.path("cloud")]);
        self.sandbox.write("director/cpi.json", &script.to_string());
    }

    /// `GROUP/UUID` of the first instance.
    pub fn slug(&self) -> String {
        self.slug_of(&self.instances[0])
    }

    /// `GROUP/UUID` of an instance (`db/0`).
    pub fn slug_of(&self, instance: &str) -> String {
        let number = self.instances.iter().position(|name| name == instance).unwrap();
        format!("{}/{}", instance.split_once('/').unwrap().0, uuid(number))
    }

    fn equip(&self, run: Run) -> Run {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.sandbox.path("bin").display());
        let home = self.sandbox.path("director");
        run.env("PATH", &path)
            .env("FAKE_BOSH_HOME", home.to_str().unwrap())
            .env("BOSH_ENVIRONMENT", "https://127.0.0.1:25555")
            .env("BOSH_CLIENT", "admin")
            .env("BOSH_CLIENT_SECRET", SECRET)
    }

    /// A run of snapback in the operator's environment, which can be changed before it starts.
    pub fn prepare(&self, arguments: &[&str]) -> Run {
        self.equip(self.sandbox.prepare(arguments))
    }

    /// Runs snapback to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    /// A run of another program in the operator's environment, which can be changed before it starts.
    pub fn prepare_of(&self, program: &Path, arguments: &[&str]) -> Run {
        self.equip(self.sandbox.prepare_of(program, arguments))
    }

    /// A run of `bosh` in the operator's environment, which can be changed before it starts.
    pub fn prepare_bosh(&self, arguments: &[&str]) -> Run {
        self.equip(self.sandbox.prepare_of(binary(), arguments))
    }

    /// Runs `bosh -n -d prod ...` to its end.
    pub fn bosh(&self, arguments: &[&str]) -> Ran {
        self.prepare_bosh(&[&["-n", "-d", DEPLOYMENT], arguments].concat()).go()
    }

    /// The rows that `bosh ... --json` lists.
    pub fn list(&self, arguments: &[&str]) -> Vec<Value> {
        self.list_of(DEPLOYMENT, arguments)
    }

    /// The same for another deployment.
    pub fn list_of(&self, deployment: &str, arguments: &[&str]) -> Vec<Value> {
        let ran = self.prepare_bosh(&[&["-n", "-d", deployment], arguments, &["--json"]].concat()).go();
        let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        document["Tables"][0]["Rows"].as_array().unwrap_or_else(|| panic!("{ran:?}")).clone()
    }

    /// The Director's state (`tests/fake_bosh/world.rs`).
    pub fn world(&self) -> Value {
        let ran = self.prepare_bosh(&["__world"]).go();
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
    }

    /// Replaces the Director's state; no task may be running.
    pub fn become_world(&self, world: &Value) {
        self.sandbox.write("world.json", &world.to_string());
        self.prepare_bosh(&["__init", "world.json"]).go().quiet_success();
    }

    /// Changes the Director's state; no task may be running.
    pub fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut world = self.world();
        change(&mut world);
        self.become_world(&world);
    }

    /// The Director's record of the instance with this number.
    pub fn instance(&self, number: usize) -> Value {
        self.world()["deployments"][0]["instances"][number].clone()
    }

    /// Changes one instance; no task may be running.
    pub fn change_instance(&self, number: usize, change: impl FnOnce(&mut Value)) {
        self.change(|world| change(&mut world["deployments"][0]["instances"][number]));
    }

    /// Sets the faults from now on.
    pub fn faults(&self, faults: &[Value]) {
        self.sandbox.write("director/faults.json", &json!(faults).to_string());
    }

    /// Makes the file that a `pause_until:NAME` waits for; every `hang` waits for `release`.
    pub fn release(&self, name: &str) {
        self.sandbox.write(&format!("director/{name}"), "");
    }

    /// The events so far, oldest first.
    pub fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.sandbox.path("director/events.jsonl")).unwrap_or_default();
        // The last one may still be being written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The events of this kind so far.
    pub fn events_of(&self, what: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["what"] == what).collect()
    }

    /// The starts of processes, each with the disk that was mounted then (or null) and its files.
    pub fn starts(&self) -> Vec<Value> {
        self.events_of("start")
    }

    /// Waits until such an event has happened.
    #[track_caller]
    pub fn wait_for(&self, what: &str, like: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            if let Some(event) = self.events_of(what).into_iter().find(&like) {
                return event;
            }
            assert!(begun.elapsed() < LONGEST, "no such '{what}' came: {:#?}", self.events());
            sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a condition holds.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < LONGEST, "{what} did not come");
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits until no task runs.
    #[track_caller]
    pub fn wait_for_tasks(&self) {
        let begun = Instant::now();
        let runs = |task: &Value| ["queued", "processing", "cancelling"].contains(&task["state"].as_str().unwrap());
        while self.world()["tasks"].as_array().unwrap().iter().any(runs) {
            assert!(begun.elapsed() < LONGEST, "{:#?}", self.world()["tasks"]);
            sleep(Duration::from_millis(10));
        }
    }

    /// The checksum of a whole disk.
    pub fn content(&self, disk: &str) -> String {
        let bytes = fs::read(self.sandbox.path("cloud/disks").join(disk).join("disk.img")).unwrap();
        format!("{:x}", Sha256::digest(bytes))
    }

    /// The name and the text of each file on a disk; `None` if no agent would find a file system.
    pub fn files(&self, disk: &str) -> Option<Vec<(String, String)>> {
        let text = self.sandbox.disk_content(disk);
        let list: Vec<Value> = serde_json::from_str(text.strip_prefix("SNAPFS1\n")?.lines().next()?).ok()?;
        let of = |file: &Value, key: &str| file[key].as_str().unwrap().to_owned();
        Some(list.iter().map(|file| (of(file, "name"), of(file, "data"))).collect())
    }

    /// Whether a disk has an empty file system, as an agent leaves it after formatting.
    pub fn is_empty_fs(&self, disk: &str) -> bool {
        self.files(disk).is_some_and(|files| files.is_empty())
    }

    /// Writes other files to a disk, as an instance's processes do.
    pub fn write_files(&self, disk: &str, files: &[(&str, &str)]) {
        self.sandbox.damage(disk, &file_system(files));
    }
}

/// A file system that the double's agents can read.
pub fn file_system(files: &[(&str, &str)]) -> String {
    let files: Vec<Value> = files.iter().map(|(name, data)| json!({"name": name, "data": data})).collect();
    format!("SNAPFS1\n{}\n", json!(files))
}

/// The manifest of `prod`: each group with its number of instances, on disks of the type `fast`.
pub fn manifest(instances: &[&str]) -> String {
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for group in instances.iter().map(|name| name.split_once('/').unwrap().0) {
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, count)) => *count += 1,
            None => groups.push((group, 1)),
        }
    }
    let group = |(name, count): &(&str, usize)| {
        format!("- name: {name}\n  instances: {count}\n  azs: [z1]\n  persistent_disk_type: fast\n")
    };
    format!("name: {DEPLOYMENT}\ninstance_groups:\n{}", groups.iter().map(group).collect::<String>())
}

/// A cloud-config whose disk type `fast` has so many MiB.
pub fn cloud_config(size: u64) -> String {
    format!("azs:\n- name: z1\ndisk_types:\n- name: fast\n  disk_size: {size}\n  cloud_properties: {{type: fast}}\n")
}
