//! `restore --latest`: which snapshot it is, and why, told before anything is done.

use crate::support;

use std::fs;

use serde_json::{Value, json};
use support::{Ran, Sandbox, fake_cpi};

const HOOK: &str = r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#;

/// Runs snapback at a time of that night, with a name for what it makes.
fn at(sandbox: &Sandbox, time: &str, ids: &str, arguments: &[&str]) -> String {
    let run = sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", &format!("2026-11-22T{time}Z"));
    let ran = run.env("SNAPBACK_TEST_IDS", ids).env("TZ", "UTC0").go();
    assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
    if arguments.contains(&"--output") { ran.stdout } else { ran.stderr }
}

fn night() -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], HOOK);
    let cid = at(&sandbox, "02:00:00", "100", &["take", "--output", "cid"]).trim().to_owned();
    at(&sandbox, "02:05:00", "200", &["drill", &cid]);
    at(&sandbox, "02:10:00", "300", &["-n", "restore", &cid]);
    at(&sandbox, "02:45:00", "400", &["take", "--output", "cid"]);
    (sandbox, cid)
}

#[test]
fn people_read_which_one_it_is_and_why() {
    let (sandbox, cid) = night();
    let told = at(&sandbox, "02:50:00", "500", &["restore", "--latest", "db/0", "--before", "02:40", "--dry-run"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines[..6],
        [
            "--before 02:40: 2026-11-22 02:40:00 UTC (the same in local time)",
            &format!(
                "Newest snapshot of db/0 before 2026-11-22 02:40:00 UTC: {cid}, 50m old; passed over: 1 not before \
                 that time, 1 safety"
            ),
            "  Taken      2026-11-22 02:00:00 UTC (the same in local time); the processes were running; verified 45m ago",
            &format!(
                "  Since then the disk was exchanged: it was disk-db-0, and is {}",
                sandbox.attached("vm-db-0")[0]
            ),
            "  Since then restore 000000000300, done, at 2026-11-22 02:10:00 UTC (the same in local time)",
            "  Since then 1 drill",
        ],
        "{told}"
    );
}

#[test]
fn programs_read_the_same() {
    let (sandbox, cid) = night();
    let arguments = ["restore", "--latest", "db/0", "--before", "02:40", "--dry-run", "--output", "json"];
    let document: Value = serde_json::from_str(&at(&sandbox, "02:50:00", "500", &arguments)).unwrap();
    let choice = &document["choice"][0];
    assert_eq!((&choice["cid"], &choice["before"]), (&json!(cid), &json!("2026-11-22T02:40:00.000Z")));
    assert_eq!(
        (&choice["newer_not_before"], &choice["newer_torn"], &choice["newer_safety"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!(choice["operations_since"], json!(["000000000200", "000000000300"]));
    assert_eq!(choice["verified_at"], "2026-11-22T02:05:00.000Z");
    assert!(!document["steps"].as_array().unwrap().is_empty());
}

#[test]
fn a_snapshot_that_nobody_verified_says_how() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let told = sandbox.run(&["restore", "--latest", "db/0", "--dry-run"]).stderr;
    assert!(told.contains(&format!("never verified: snapback drill {cid}")), "{told}");
    let none = sandbox.run(&["restore", "--latest", "db/0", "--before", "yesterday", "--dry-run"]);
    none.refused(
        5,
        &["snapback knows no snapshot of db/0 that could be restored; passed over: 1 not before that \
    time"],
    );
    assert_eq!(sandbox.follow_hints(&none), 1);
}

/// `db/0` with two disks, behind a scripted CPI, and a good take of both.
struct Pair {
    sandbox: Sandbox,
}

impl Pair {
    fn new() -> Self {
        let pair = Pair { sandbox: Sandbox::empty() };
        fake_cpi::install(&pair.sandbox, &json!({}));
        pair.sandbox.write(
            "director.yml",
            "cloud_provider:\n  template:\n    name: fake_cpi\nproperties:\n  director:\n    name: test\n    \
             enable_snapshots: true\n  snapback:\n    cpi:\n      path: fake/cpi\n      lag: 0\n",
        );
        for disk in ["disk-data", "disk-wal"] {
            pair.sandbox.make_disk(disk, 1 << 20, "old");
        }
        pair.sandbox.make_vm("vm-two", &["disk-data", "disk-wal"]);
        pair.sandbox.write(
            "two.yml",
            "deployments: [{name: prod, instances: [{name: db/0, vm_cid: vm-two, managed_by: nobody, \
             disks: [{cid: disk-data, size_mib: 1}, {cid: disk-wal, size_mib: 1}]}]}]",
        );
        pair.cpi(true, &json!({}));
        pair.sandbox.run(&["import", "two.yml"]).quiet_success();
        pair.take(0, &[]);
        for disk in ["disk-data", "disk-wal"] {
            let mut bytes = vec![0; 1 << 20];
            bytes[..3].copy_from_slice(b"new");
            fs::write(pair.sandbox.path("cloud/disks").join(disk).join("disk.img"), bytes).unwrap();
        }
        pair
    }

    /// Says what the CPI does, and whether its cloud can be asked for lost snapshots.
    fn cpi(&self, tells: bool, does: &Value) {
        let mut methods = vec!["create_disk_from_snapshot", "describe_snapshot"];
        methods.extend(tells.then_some("list_snapshots"));
        self.sandbox.write(
            "fake/fake.json",
            &json!({
                "behind": [env!("CARGO_BIN_EXE_snapback"), "cpi", "local", "--path", self.sandbox.path("cloud")],
                "info": {"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": tells}},
                "does": does,
            })
            .to_string(),
        );
        let _ = fs::remove_file(self.sandbox.path("fake/calls.jsonl"));
    }

    /// Takes both disks, one after the other.
    #[track_caller]
    fn take(&self, status: i32, more: &[&str]) -> Ran {
        let ran = self.sandbox.run(&[&["-n", "take", "db/0", "--parallel", "1"], more].concat());
        assert_eq!(ran.status, status, "{ran:?}");
        ran
    }

    fn latest(&self) -> Ran {
        self.sandbox.run(&["-n", "restore", "--latest", "db/0"])
    }

    /// What the VM's disks hold.
    fn contents(&self) -> Vec<String> {
        let read = |disk: String| {
            let bytes = fs::read(self.sandbox.path("cloud/disks").join(disk).join("disk.img")).unwrap();
            String::from_utf8_lossy(&bytes[..3]).into_owned()
        };
        self.sandbox.attached("vm-two").into_iter().map(read).collect()
    }

    /// The newest take is passed over for this reason, and both disks go back to the one before.
    #[track_caller]
    fn goes_back_to_the_whole_one(&self, why: &str) {
        assert_eq!(self.contents(), ["new", "new"]);
        self.cpi(true, &json!({}));
        let ran = self.latest();
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stderr.contains(&format!("; passed over: {why}")), "{ran:?}");
        assert_eq!(self.contents(), ["old", "old"], "{ran:?}");
    }
}

#[test]
fn a_snapshot_whose_sibling_failed_is_passed_over() {
    for failed in [0, 1] {
        let pair = Pair::new();
        let mut does = ["ok", "ok"];
        does[failed] = "error:Aws::EC2::Errors::SnapshotLimitExceeded|Maximum exceeded";
        pair.cpi(true, &json!({"snapshot_disk": does}));
        pair.take(3, &[]);
        pair.goes_back_to_the_whole_one("1 not of all its disks");
    }
}

#[test]
fn a_snapshot_whose_sibling_was_deleted_is_passed_over() {
    let pair = Pair::new();
    let first = pair.sandbox.line(&["take", "db/0", "--output", "cid"]);
    pair.sandbox.run(&["-n", "delete", &first]).quiet_success();
    pair.goes_back_to_the_whole_one("1 not of all its disks");
}

#[test]
fn a_snapshot_whose_sibling_is_torn_is_passed_over_with_it() {
    let torn =
        r#"answer:{"result": {"state": "ready", "size_mib": 1, "consistency": "torn"}, "error": null, "log": ""}"#;
    for both in [false, true] {
        let pair = Pair::new();
        // Each snapshot is described twice.
        pair.cpi(true, &json!({"describe_snapshot": [if both { torn } else { "ok" }, "ok", torn, "ok"]}));
        pair.take(0, &["--allow-torn"]);
        pair.goes_back_to_the_whole_one(if both { "2 torn" } else { "1 torn, 1 not of all its disks" });
    }
}

#[test]
fn a_snapshot_whose_sibling_is_unknown_is_not_taken_for_whole() {
    for (lost, happened) in [(0, true), (1, false)] {
        let pair = Pair::new();
        let mut does = ["ok", "ok"];
        does[lost] = if happened { "act + exit:1" } else { "exit:1" };
        pair.cpi(false, &json!({"snapshot_disk": does}));
        let ran = pair.take(3, &[]);
        // Until it is known, nothing is chosen.
        let refused = pair.latest();
        refused.refused(6, &["snapback recover"]);
        let dry = pair.sandbox.run(&["restore", "--latest", "db/0", "--dry-run"]);
        dry.refused(6, &["snapback recover"]);
        assert_eq!(pair.contents(), ["new", "new"], "{ran:?}");
        if happened {
            // Found by the step's name, it is half of a whole.
            pair.cpi(true, &json!({}));
            let recovered = pair.sandbox.run(&["-n", "recover"]);
            assert!(recovered.stdout.contains("2 done, 0 not done"), "{recovered:?}");
            let ran = pair.latest();
            assert_eq!((ran.status, pair.contents()), (0, vec!["new".to_owned(); 2]), "{ran:?}");
            assert!(!ran.stderr.contains("passed over"), "{ran:?}");
        } else {
            let operation = &pair.sandbox.rows(&["operations"], "operations")[0]["operation"];
            let step = (lost + 1).to_string();
            let words = ["-n", "recover", operation.as_str().unwrap(), "--abandon", &step];
            let recovered = pair.sandbox.run(&words);
            assert_eq!(recovered.status, 0, "{recovered:?}");
            pair.goes_back_to_the_whole_one("1 not of all its disks");
        }
    }
}
