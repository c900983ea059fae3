//! The scripted CPI in a sandbox.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Ran, Run, Sandbox};

/// The scripted CPI's binary. `cargo test` builds it with the examples; `cargo test --test NAME` does not.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--example", "fake-cpi"])
            // For a bench.
            .args(if cfg!(debug_assertions) { None } else { Some("--release") })
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(built.success());
        let deps = std::env::current_exe().unwrap();
        let binary = deps.parent().unwrap().parent().unwrap().join("examples/fake-cpi");
        assert!(binary.is_file(), "{}", binary.display());
        binary
    })
}

/// Puts the scripted CPI into a sandbox, as `fake/cpi`.
pub fn install(sandbox: &Sandbox, script: &Value) {
    fs::create_dir(sandbox.path("fake")).unwrap();
    symlink(binary(), sandbox.path("fake/cpi")).unwrap();
    sandbox.write("fake/fake.json", &script.to_string());
}

/// A sandbox whose CPI is the scripted one.
pub struct Scene {
    pub sandbox: Sandbox,
}

impl Scene {
    /// A scene with these instances (`db/0`) of the deployment `prod`, each with a VM and a disk.
    pub fn with(instances: &[&str], script: &Value) -> Self {
        Scene::within(Sandbox::empty(), instances, script)
    }

    /// The same in the test's own sandbox.
    pub fn within(sandbox: Sandbox, instances: &[&str], script: &Value) -> Self {
        let scene = Scene { sandbox };
        install(&scene.sandbox, script);
        scene.sandbox.write(
            "director.yml",
            "cloud_provider:\n  template:\n    name: fake_cpi\n  properties:\n    fake:\n      password: canary-of-the-manifest\n\
             properties:\n  director:\n    name: test\n    enable_snapshots: true\n  snapback:\n    cpi:\n      path: fake/cpi\n      lag: 1\n",
        );
        let mut inventory = "deployments:\n  - name: prod\n    instances:\n".to_owned();
        for (name, number) in instances.iter().zip(0..) {
            inventory += &format!(
                "      - name: {name}\n        uuid: 00000000-0000-4000-8000-{number:012}\n        agent_id: agent-{number}\n        \
                 vm_cid: vm-{number}\n        managed_by: director\n        disks:\n          - cid: disk-{number}\n            size_mib: 1\n"
            );
        }
        scene.sandbox.write("inventory.yml", &inventory);
        scene.run(&["import", "inventory.yml"]).quiet_success();
        scene
    }

    /// One instance, `db/0`, whose VM has its disk.
    pub fn of_one(does: &Value) -> Self {
        Scene::with(&["db/0"], &json!({"vms": {"vm-0": ["disk-0"]}, "does": does}))
    }

    /// Sets what the CPI does from now on.
    pub fn script(&self, script: &Value) {
        self.sandbox.write("fake/fake.json", &script.to_string());
    }

    /// Sets what it does for one instance, whose VM has its disk; `info` is its own.
    pub fn does(&self, info: &Value, does: &Value) {
        self.script(&json!({"info": info, "vms": {"vm-0": ["disk-0"]}, "does": does}));
    }

    /// A run that is quick to try again.
    pub fn prepare(&self, arguments: &[&str]) -> Run {
        self.sandbox.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "1")
    }

    /// Runs snapback to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    /// The calls of the CPI, oldest first.
    pub fn calls(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.sandbox.path("fake/calls.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The methods of the CPI's calls.
    pub fn methods(&self) -> Vec<String> {
        self.calls().iter().map(|call| call["method"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the CPI is in the middle of its `count`-th call of a method; returns that child's process id.
    pub fn wait_for_call(&self, method: &str, count: usize) -> u64 {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            // The line may still be half-written.
            let text = fs::read_to_string(self.sandbox.path("fake/calls.jsonl")).unwrap_or_default();
            let calls: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            if let Some(call) = calls.iter().filter(|call| call["method"] == method).nth(count - 1) {
                return call["pid"].as_u64().unwrap();
            }
            assert!(Instant::now() < until, "no call of {method}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The disks that a VM really has, if the CPI keeps attachments: by `vms` of the script and the changes since.
    pub fn attached(&self, vm: &str) -> Vec<String> {
        let script: Value =
            serde_json::from_str(&fs::read_to_string(self.sandbox.path("fake/fake.json")).unwrap()).unwrap();
        let mut disks: Vec<String> =
            script["vms"][vm].as_array().unwrap().iter().map(|disk| disk.as_str().unwrap().to_owned()).collect();
        let changes = fs::read_to_string(self.sandbox.path("fake/attachments.jsonl")).unwrap_or_default();
        for change in changes.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            if change["vm"] == vm {
                disks.retain(|disk| change["disk"] != json!(disk));
                if change["on"] == json!(true) {
                    disks.push(change["disk"].as_str().unwrap().to_owned());
                }
            }
        }
        disks
    }

    /// Attaches or detaches a disk without snapback.
    pub fn by_hand(&self, vm: &str, disk: &str, on: bool) {
        let row = json!({"vm": vm, "disk": disk, "on": on, "at": 0});
        let path = self.sandbox.path("fake/attachments.jsonl");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}{row}\n")).unwrap();
    }

    /// The snapshots that the cloud has.
    pub fn snapshots(&self) -> Vec<String> {
        self.sandbox.names("fake/snapshots")
    }

    /// The CIDs that snapback knows.
    pub fn known(&self) -> Vec<String> {
        let rows = self.sandbox.rows(&["snapshots"], "snapshots");
        rows.iter().map(|row| row["cid"].as_str().unwrap().to_owned()).collect()
    }
}
