//! A cloud of records behind a CPI that lies where it is told to, in states to which it can be rewound.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::lies::Lie;
use crate::support::{Ran, Sandbox, fake_cpi};

/// `db/0` and `db/1` with a disk each, `db/2` with two of them; each has a snapshot of each disk.
pub struct Cloud {
    pub sandbox: Sandbox,
    pub known: Known,
}

/// What is known in it.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The instance that all is about, and its disks as they were imported.
    pub instance: &'static str,
    pub old: Vec<String>,
    /// Its snapshots.
    pub own: String,
    /// The disk of `db/1`, a snapshot of it, and one that is gone.
    pub others: String,
    pub other: String,
    pub gone: String,
    pub orphan: String,
}

/// A disk that somebody made by hand.
pub const BY_HAND: &str = "disk-by-hand";
/// What stands on a disk when it is snapshotted, and when it is restored.
pub const THEN: &str = "then";
pub const NOW: &str = "now";

/// Each file that can change, with its content; and a second name by which its inode stays.
pub struct Stage {
    files: BTreeMap<PathBuf, Vec<u8>>,
    keep: PathBuf,
}

impl Cloud {
    pub fn about(instance: &'static str) -> Self {
        let sandbox = Sandbox::empty();
        fake_cpi::install(&sandbox, &json!({}));
        for kind in ["disks", "snapshots"] {
            fs::create_dir(sandbox.path("fake").join(kind)).unwrap();
        }
        let mut inventory = "deployments:\n  - name: prod\n    instances:\n".to_owned();
        for name in ["db/0", "db/1", "db/2"] {
            inventory += &format!(
                "      - name: {name}\n        vm_cid: {}\n        managed_by: nobody\n        disks:\n",
                crate::support::vm_of(name)
            );
            for disk in disks_of(name) {
                inventory += &format!("          - cid: {disk}\n            size_mib: 2\n");
            }
        }
        sandbox.write("inventory.yml", &inventory);
        let mut cloud = Cloud { sandbox, known: Known { instance, old: disks_of(instance), ..Known::default() } };
        cloud.honest();
        cloud.write_disks(THEN);
        cloud.sandbox.run(&["import", "inventory.yml"]).quiet_success();
        let take = |name: &str| cloud.sandbox.line(&["take", name, "--output", "cid"]);
        let own = take(instance);
        let (other, gone) = (take("db/1"), take("db/1"));
        cloud.sandbox.run(&["-n", "delete", &gone]).quiet_success();
        let orphan = cloud.sandbox.line(&["promote", &other, "--output", "cid"]);
        cloud.known = Known { own, other, gone, orphan, others: disks_of("db/1").remove(0), ..cloud.known };
        cloud.write_disks(NOW);
        cloud.disk(BY_HAND, &format!("{} {THEN}", cloud.known.old[0]));
        cloud
    }

    fn write_disks(&self, when: &str) {
        for disk in ["db/0", "db/1", "db/2"].into_iter().flat_map(disks_of) {
            self.disk(&disk, &format!("{disk} {when}"));
        }
    }

    fn disk(&self, cid: &str, content: &str) {
        let row = json!({"disk_cid": cid, "content": content, "size_mib": 2, "created_at": "2026-01-01T00:00:00Z"});
        self.sandbox.write(&format!("fake/disks/{cid}"), &row.to_string());
    }

    /// A disk is gone from the cloud.
    pub fn lose(&self, disk: &str) {
        fs::remove_file(self.sandbox.path("fake/disks").join(disk)).unwrap();
    }

    /// The CPI answers so from now on.
    pub fn lies(&self, does: &Value, lag: u32) {
        let vms: BTreeMap<String, Vec<String>> =
            ["db/0", "db/1", "db/2"].map(|name| (crate::support::vm_of(name), disks_of(name))).into();
        let methods =
            ["create_disk_from_snapshot", "list_snapshots", "describe_snapshot", "find_disk", "clear_leftovers"];
        let script = json!({
            "whole": true,
            "attachments": true,
            "vms": vms,
            "info": {"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": true}},
            "does": does,
        });
        self.sandbox.write("fake/fake.json", &script.to_string());
        let counted = "cat fake/attachments.jsonl 2>/dev/null | wc -l >> started";
        self.sandbox.write(
            "director.yml",
            &format!(
                "cloud_provider:\n  template:\n    name: fake_cpi\n  properties:\n    fake:\n      password: canary\n\
                 properties:\n  director:\n    name: test\n    enable_snapshots: true\n  snapback:\n    cpi:\n      \
                 path: fake/cpi\n      lag: {lag}\n    hooks:\n      stop: [/bin/true]\n      \
                 start: [/bin/sh, -c, '{counted}']\n"
            ),
        );
    }

    pub fn lie(&self, method: &str, lie: &Lie) {
        self.lies(&json!({method: lie.does}), lie.lag);
    }

    pub fn honest(&self) {
        self.lies(&json!({}), 0);
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        let ran = self.sandbox.prepare(&[&["-n"], words].concat()).env("SNAPBACK_TEST_PAUSE_MS", "1").go();
        assert!(![2, 70].contains(&ran.status), "{words:?}: {ran:?}");
        ran
    }

    /// The methods that were called, each once.
    pub fn methods(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.sandbox.path("fake/calls.jsonl")).unwrap_or_default();
        let calls = calls.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut methods: Vec<String> = calls.map(|call| call["method"].as_str().unwrap().to_owned()).collect();
        methods.sort();
        methods.dedup();
        methods
    }

    /// What has been attached and detached, oldest first.
    pub fn changes(&self) -> Vec<Value> {
        let changes = fs::read_to_string(self.sandbox.path("fake/attachments.jsonl")).unwrap_or_default();
        changes.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Remembers how all is now; what was called until now is forgotten, and what was changed shows at once.
    pub fn stage(&self) -> Stage {
        let calls = self.sandbox.path("fake/calls.jsonl");
        let _ = fs::remove_file(calls);
        let shown: String = self
            .changes()
            .into_iter()
            .map(|mut change| {
                change.as_object_mut().unwrap().remove("asked");
                format!("{change}\n")
            })
            .collect();
        self.sandbox.write("fake/attachments.jsonl", &shown);
        let keep = self.sandbox.path("keep");
        fs::create_dir(&keep).unwrap();
        let mut files = BTreeMap::new();
        for path in self.files() {
            files.insert(path.clone(), fs::read(&path).unwrap());
            fs::hard_link(&path, keep.join(flat(&path))).unwrap();
        }
        Stage { files, keep }
    }

    /// Makes all as it was, the files' inodes too: a state file and a lock that are other files are not believed.
    pub fn rewind(&self, stage: &Stage) {
        for path in self.files() {
            if !stage.files.contains_key(&path) {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, bytes) in &stage.files {
            let _ = fs::remove_file(path);
            fs::hard_link(stage.keep.join(flat(path)), path).unwrap();
            if fs::read(path).unwrap() != *bytes {
                fs::write(path, bytes).unwrap();
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for directory in ["", "director-snapshots.db.locks", "fake", "fake/disks", "fake/snapshots"] {
            let entries = fs::read_dir(self.sandbox.path(directory)).unwrap();
            files.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| is_plain(path)));
        }
        files
    }
}

fn is_plain(path: &Path) -> bool {
    fs::symlink_metadata(path).unwrap().is_file()
}

fn flat(path: &Path) -> String {
    path.to_str().unwrap().replace('/', "+")
}

/// The disks of an instance, as they are imported.
pub fn disks_of(name: &str) -> Vec<String> {
    let first = crate::support::disk_of(name);
    if name == "db/2" { vec![format!("{first}-data"), format!("{first}-wal")] } else { vec![first] }
}
