//! A Director of create-env's, whose database is rubbish, with a good snapshot of it; and what must hold whatever happens.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::fake_bosh::file_system;
use crate::support::fake_env::{Environment, RECORD};
use crate::support::{Ran, Run};

pub const OLD: &str = "disk-bosh-0";
pub const VM: &str = "vm-bosh-0";
pub const RUBBISH: &str = "of today";
pub const GOOD: &str = "of yesterday";
/// The value of a variable on create-env's command line.
pub const HUSH: &str = "hush-hush-4711";
pub const DISARMED: &str = "bosh-disarmed.yml";

pub struct Scene {
    pub environment: Environment,
    /// The good snapshot.
    pub cid: String,
    /// Whether snapback's CPI is the executable of [`Scene::on_a_cloud`].
    by_executable: bool,
}

/// Each way in which a cloud tells of a VM's disks (`tests/fake_bosh/cpi.rs`).
pub const CLOUDS: [&str; 8] = ["true", "root", "none", "empty", "failing", "unknown", "null", "lagging:300"];

impl Scene {
    pub fn damaged() -> Self {
        let environment = Environment::deployed();
        let run = |arguments: &[&str]| environment.director.prepare(arguments).go();
        let director = &environment.director;
        director.sandbox.make_disk(OLD, 1 << 20, &file_system(&[("database", GOOD)]));
        run(&["import", "bosh-state.json"]).quiet_success();
        let cid = run(&["take", "director/0", "--output", "cid"]).stdout.trim().to_owned();
        director.write_files(OLD, &[("database", RUBBISH)]);
        Scene { environment, cid, by_executable: false }
    }

    /// The same on a cloud that tells of a VM's disks in this way; snapback asks it through an executable.
    pub fn on_a_cloud(get_disks: &str) -> Self {
        let scene = Scene { by_executable: true, ..Scene::damaged() };
        let sandbox = &scene.environment.director.sandbox;
        let home = sandbox.path("director");
        let cpi = sandbox.path("cloud_cpi");
        let double = crate::support::fake_bosh::binary();
        let script =
            format!("#!/bin/sh\nexport FAKE_BOSH_HOME='{}'\nexec '{}' __cpi\n", home.display(), double.display());
        sandbox.write("cloud_cpi", &script);
        std::fs::set_permissions(&cpi, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
        sandbox.write("director.yml", &format!("{manifest}  snapback:\n    cpi:\n      lag: 1\n"));
        sandbox.write("director/get_disks", get_disks);
        scene
    }

    /// The command line that looks after it, with these words more.
    pub fn line<'a>(more: &[&'a str]) -> Vec<&'a str> {
        let line =
            ["--", "bosh", "create-env", "bosh.yml", "--state", "bosh-state.json", "-v", "password=hush-hush-4711"];
        [&line, more].concat()
    }

    pub fn whole_line() -> Vec<&'static str> {
        Scene::line(&["--recreate", "-o", DISARMED])
    }

    pub fn restore_line(&self) -> Vec<&str> {
        [&["-n", "restore", self.cid.as_str()], Scene::whole_line().as_slice()].concat()
    }

    pub fn prepare(&self, arguments: &[&str]) -> Run {
        let first: &[&str] = if self.by_executable { &["--cpi-path", "./cloud_cpi"] } else { &[] };
        self.environment.director.prepare(&[first, arguments].concat()).env("BOSH_ENVIRONMENT", "")
    }

    pub fn snapback(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    pub fn restore(&self) -> Ran {
        self.snapback(&self.restore_line())
    }

    pub fn undo(&self) -> Ran {
        self.snapback(&[&["-n", "undo"], Scene::whole_line().as_slice()].concat())
    }

    /// Undoes the newest operation, which is an undo.
    pub fn redo(&self) -> Ran {
        let newest = self.environment.director.sandbox.rows(&["operations"], "operations").remove(0);
        let id = newest["operation"].as_str().unwrap();
        self.snapback(&[&["-n", "undo", id], Scene::whole_line().as_slice()].concat())
    }

    pub fn recover(&self) -> Ran {
        self.snapback(&[&["recover"], Scene::whole_line().as_slice()].concat())
    }

    /// How often create-env has begun.
    pub fn runs(&self) -> usize {
        let is_one = |event: &&Value| event["arguments"].as_array().unwrap().iter().any(|word| word == "create-env");
        self.environment.director.events_of("command").iter().filter(is_one).count()
    }

    /// The only disk of the VM.
    #[track_caller]
    pub fn disk(&self) -> String {
        let attached = self.environment.attached();
        assert_eq!(attached.len(), 1, "{attached:?}");
        attached[0].clone()
    }

    #[track_caller]
    pub fn data(&self, disk: &str) -> String {
        let files = self.environment.director.files(disk).unwrap_or_default();
        files.into_iter().find(|(name, _)| name == "database").map(|(_, data)| data).unwrap_or_default()
    }

    pub fn open_operations(&self) -> usize {
        let rows = self.environment.director.sandbox.rows(&["operations"], "operations");
        rows.iter().filter(|row| row["state"] == "pending" || row["state"] == "running").count()
    }

    /// What holds at the end of everything: one disk, by create-env, the cloud and the inventory; its content the old one
    /// or the snapshot's, whole; nothing unrecorded, nothing deleted, and the Director running.
    #[track_caller]
    pub fn check(&self, what: &str) {
        assert_eq!(self.open_operations(), 0, "{what}: an operation is open");
        let sandbox = &self.environment.director.sandbox;
        let (disk, state) = (self.disk(), self.environment.state());
        assert_eq!(state["disks"].as_array().unwrap().len(), 1, "{what}: {state}");
        let record = &state["disks"][0];
        assert_eq!(
            (&record["cid"], &record["id"], &state["current_disk_id"]),
            (&disk.as_str().into(), &RECORD.into(), &RECORD.into())
        );
        assert_ne!(state["current_manifest_sha"], "", "{what}: it is not deployed to its end");
        let instance = sandbox.rows(&["instances", "--details"], "instances")[0].clone();
        assert_eq!(instance["vm_cid"], self.environment.vm().as_str(), "{what}: {instance}");
        let disks = sandbox.rows(&["disks"], "disks");
        let active: Vec<&Value> = disks.iter().filter(|row| row["state"] == "active").collect();
        assert_eq!(active.len(), 1, "{what}: {disks:#?}");
        assert_eq!(active[0]["disk_cid"], disk.as_str(), "{what}");
        assert_eq!(self.data(OLD), RUBBISH, "{what}: the old disk");
        if disk != OLD {
            assert_eq!(self.data(&disk), GOOD, "{what}");
        }
        let known: BTreeSet<&str> = disks.iter().map(|row| row["disk_cid"].as_str().unwrap()).collect();
        for disk in sandbox.names("cloud/disks") {
            assert!(known.contains(disk.as_str()), "{what}: disk {disk} is not recorded");
        }
        let snapshots = sandbox.rows(&["snapshots"], "snapshots");
        for cid in sandbox.names("cloud/snapshots") {
            assert!(snapshots.iter().any(|row| row["cid"] == cid.as_str()), "{what}: snapshot {cid} is not recorded");
        }
        let agent = &self.environment.director.world()["environment"]["instances"][0];
        assert_eq!(agent["agent"]["mounted"], disk.as_str(), "{what}: {agent}");
        assert_eq!(agent["process_state"], "running", "{what}: {agent}");
        for start in self.environment.director.starts() {
            assert_eq!(start["formatted"], false, "{what}: started on {start}");
        }
    }
}
