//! An instance of a Director's, whose content is rubbish, with a good snapshot of it; and what must hold whatever happens.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::fake_bosh::Director;
use crate::support::{Ran, Run};

pub const OLD: &str = "disk-db-0";
pub const VM: &str = "vm-db-0";
pub const RUBBISH: &str = "rubbish";
const GOOD: &str = "db/0";

pub struct Scene {
    pub director: Director,
    /// The good snapshot.
    pub cid: String,
}

impl Scene {
    pub fn damaged() -> Self {
        Scene::of(Director::with(&["db/0"]))
    }

    /// The same on a cloud that answers as this script says (`tests/fake_bosh/wrapper.rs`).
    pub fn with_cpi(script: &Value) -> Self {
        Scene::of(Director::with_cpi(&["db/0"], script))
    }

    /// Adds a hook to the manifest.
    pub fn set_hook(&self, name: &str, program: &str) {
        let manifest = std::fs::read_to_string(self.director.sandbox.path("director.yml")).unwrap();
        let hooks = format!("  snapback:\n    hooks:\n      {name}: [{program}]\n");
        self.director.sandbox.write("director.yml", &manifest.replace("  snapback:\n", &hooks));
    }

    fn of(director: Director) -> Self {
        let run = |arguments: &[&str]| director.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "20").go();
        run(&["import", "--from-bosh"]).quiet_success();
        let cid = run(&["take", "db/0", "--output", "cid"]).stdout.trim().to_owned();
        director.write_files(OLD, &[("data", RUBBISH)]);
        Scene { director, cid }
    }

    pub fn prepare(&self, arguments: &[&str]) -> Run {
        self.director.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "20")
    }

    pub fn snapback(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    pub fn restore(&self) -> Ran {
        self.snapback(&["-n", "restore", &self.cid])
    }

    /// The only disk of the VM.
    #[track_caller]
    pub fn disk(&self) -> String {
        let attached = self.director.sandbox.attached(VM);
        assert_eq!(attached.len(), 1, "{attached:?}");
        attached[0].clone()
    }

    /// What the instance's processes keep on a disk.
    #[track_caller]
    pub fn data(&self, disk: &str) -> String {
        let files = self.director.files(disk).unwrap_or_default();
        files.into_iter().find(|(name, _)| name == "data").map(|(_, data)| data).unwrap_or_default()
    }

    /// The changing commands that bosh was called with, without the global options.
    pub fn acts(&self) -> Vec<String> {
        let words = |event: &Value| -> Vec<String> {
            event["arguments"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let calls = self.director.events_of("command").into_iter().map(|event| words(&event));
        calls
            .filter(|words| words.iter().any(|word| word == "--tty"))
            .map(|words| {
                let words = words.iter().filter(|word| !["-n", "--tty", "-d", "prod"].contains(&word.as_str()));
                words.cloned().collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    pub fn newest_operation(&self) -> String {
        self.director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
    }

    pub fn open_operations(&self) -> usize {
        let rows = self.director.sandbox.rows(&["operations"], "operations");
        rows.iter().filter(|row| row["state"] == "pending").count()
    }

    /// What holds at the end of everything: one disk, by the Director and the cloud; its content the old one or the
    /// snapshot's, whole; nothing unrecorded; nothing started on anything else; the resurrector as it was.
    #[track_caller]
    pub fn check(&self, what: &str) {
        self.director.wait_for_tasks();
        assert_eq!(self.open_operations(), 0, "{what}: an operation is open");
        let disk = self.disk();
        let world = self.director.world();
        let instance = &world["deployments"][0]["instances"][0];
        let recorded: Vec<&str> = instance["disks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|disk| disk["active"] == true)
            .map(|disk| disk["cid"].as_str().unwrap())
            .collect();
        assert_eq!(recorded, [disk.as_str()], "{what}: the Director and the cloud are at odds");
        assert_eq!(instance["agent"]["mounted"], disk.as_str(), "{what}: it is not mounted");
        let data = self.data(&disk);
        let expected = if disk == OLD { RUBBISH } else { GOOD };
        assert!(data == expected || data == RUBBISH && disk != OLD, "{what}: {disk} has '{data}'");
        for start in self.director.starts() {
            let on = start["files"][0]["data"].as_str().unwrap_or_default();
            assert!([GOOD, RUBBISH].contains(&on) && start["formatted"] == false, "{what}: started on {start}");
        }
        assert!(world["resurrection_paused"] != true, "{what}: the resurrector is off");
        self.all_is_recorded(what);
    }

    #[track_caller]
    fn all_is_recorded(&self, what: &str) {
        let sandbox = &self.director.sandbox;
        let known = |verb: &[&str], content: &str, key: &str| -> BTreeSet<String> {
            sandbox.rows(verb, content).iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
        };
        let disks = known(&["disks"], "disks", "disk_cid");
        for disk in sandbox.names("cloud/disks") {
            assert!(disks.contains(&disk), "{what}: disk {disk} is not recorded");
        }
        let snapshots = known(&["snapshots"], "snapshots", "cid");
        // Those that the Director took itself go with the disk that it orphans, and are in no list meanwhile.
        let directors = self.director.world().to_string();
        for snapshot in sandbox.names("cloud/snapshots") {
            let told = snapshots.contains(&snapshot) || directors.contains(snapshot.as_str());
            assert!(told, "{what}: snapshot {snapshot} is not recorded");
        }
    }
}
