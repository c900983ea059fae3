//! `take --clean` while the state file's file system fills up: the instance goes on, and what is known is said.
#![cfg(debug_assertions)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::clean::{HOOKS, executable, scene, soon};
use crate::support::loop_mount::{Fs, LoopMount};
use crate::support::{Ran, Run, Sandbox};

const QUIESCE: &str = "#!/bin/sh\necho quiesce >> log\ntouch still\n";
const RESUME: &str = "#!/bin/sh\necho resume >> log\nrm -f still\n";

/// A state file on a small file system of its own.
struct Small {
    sandbox: Sandbox,
    mount: LoopMount,
}

impl Small {
    fn new(quiesce: &str, resume: &str) -> Option<Small> {
        let mount = LoopMount::new(Fs::Ext4, 16)?;
        let sandbox = scene(&["db/0"], HOOKS);
        executable(&sandbox, "quiesce", quiesce);
        executable(&sandbox, "resume", resume);
        let small = Small { sandbox, mount };
        small.run(&["import", "inventory.yml"]).quiet_success();
        Some(small)
    }

    fn state(&self) -> PathBuf {
        self.mount.path().join("s.db")
    }

    fn filler(&self) -> PathBuf {
        self.mount.path().join("filler")
    }

    fn prepare(&self, arguments: &[&str]) -> Run {
        let run = self.sandbox.prepare(arguments).env("SNAPBACK_STATE", self.state().to_str().unwrap());
        run.env("SNAPBACK_TEST_PAUSE_MS", "20")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    fn rows(&self, command: &str) -> Vec<Value> {
        let ran = self.run(&[command, "--output", "json"]);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()[command].as_array().unwrap().clone()
    }

    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.sandbox.path("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn still(&self) -> bool {
        self.sandbox.path("still").exists()
    }

    /// There is room again: what is open is settled, nothing is lost, and the next take is clean.
    #[track_caller]
    fn recovers(&self) {
        fs::remove_file(self.filler()).unwrap();
        self.run(&["recover"]).quiet_success();
        assert!(!self.still());
        assert_ne!(self.rows("operations")[0]["state"], "pending");
        let listed = self.run(&["snapshots", "--output", "cid"]);
        let mut listed: Vec<&str> = listed.stdout.lines().collect();
        listed.sort_unstable();
        assert_eq!(self.sandbox.names("cloud/snapshots"), listed, "no snapshot is lost, none is invented");
        assert!(self.rows("snapshots").iter().all(|snapshot| snapshot["clean"] == false));
        executable(&self.sandbox, "quiesce", QUIESCE);
        self.run(&["take", "--clean"]).quiet_success();
    }
}

fn fill(filler: &Path) {
    let mut file = fs::File::create(filler).unwrap();
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
    let _ = file.sync_all();
}

/// A quiesce hook that fills it up itself, once it has stopped the instance.
fn filling(mount: &Path) -> String {
    let filler = mount.join("filler").display().to_string();
    format!(
        "{QUIESCE}for size in 1M 4k 1; do dd if=/dev/zero bs=$size oflag=append conv=notrunc of={filler} 2>/dev/null; done\nsync {filler}\n"
    )
}

#[test]
fn full_once_it_stands_still_it_goes_on_and_that_is_said() {
    let Some(small) = Small::new(QUIESCE, RESUME) else { return };
    executable(&small.sandbox, "quiesce", &filling(&small.mount.path()));
    let ran = small.run(&["take", "--clean"]);
    assert_eq!(ran.status, 9, "{ran:?}");
    assert_eq!((small.log(), small.still()), (vec!["quiesce".to_owned(), "resume".to_owned()], false), "{ran:?}");
    let says = ["no snapshot was taken of db/0", "db/0 was let go on", "could not be recorded", "snapback recover"];
    assert!(says.iter().all(|text| ran.stderr.contains(text)), "{ran:?}");
    assert!(!ran.stderr.contains("may stand still") && !ran.stderr.contains("goes on trying"), "{ran:?}");
    assert!(small.sandbox.names("cloud/snapshots").is_empty());
    small.recovers();
}

#[test]
fn full_while_it_is_taken_it_goes_on_and_recover_knows_the_snapshot() {
    let Some(small) = Small::new(QUIESCE, RESUME) else { return };
    let child = small.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:3000").start();
    soon("it stands still", || small.still());
    soon("it is taken", || !small.sandbox.names("cloud/tmp").is_empty());
    fill(&small.filler());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 9, "{ran:?}");
    assert!(!small.still() && ran.stderr.contains("db/0 was let go on"), "{ran:?}");
    assert!(!ran.stderr.contains("may stand still"), "{ran:?}");
    assert_eq!(small.sandbox.names("cloud/snapshots").len(), 1);
    small.recovers();
}

#[test]
fn full_and_its_resume_hook_broken_it_is_said_to_stand_still() {
    let Some(small) = Small::new(QUIESCE, "#!/bin/sh\necho 'it is broken' >&2\nexit 1\n") else { return };
    executable(&small.sandbox, "quiesce", &filling(&small.mount.path()));
    let ran = small.run(&["take", "--clean"]);
    assert_eq!(ran.status, 9, "{ran:?}");
    for says in ["db/0 may stand still", "it is broken", "could not be recorded", "snapback recover"] {
        assert!(ran.stderr.contains(says), "no '{says}' in {ran:?}");
    }
    assert!(!ran.stderr.contains("was let go on"), "{ran:?}");
    assert!(small.still());
    executable(&small.sandbox, "resume", RESUME);
    small.recovers();
}
