//! An instance with two disks: what one take snapshotted is one restore, in one stop, all or nothing, and one undo.

use crate::support;

use std::io::Write;

use std::fs;

use serde_json::{Value, json};
use support::{Ran, Sandbox};

/// `db/0` with the disks `data` and `wal`, which hold the generation of their database.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["db/1"]);
    for disk in ["disk-data", "disk-wal"] {
        sandbox.make_disk(disk, 1 << 20, &format!("{disk} one"));
    }
    sandbox.make_vm("vm-two", &["disk-data", "disk-wal"]);
    sandbox.write(
        "two.yml",
        "deployments: [{name: twin, instances: [{name: db/0, vm_cid: vm-two, managed_by: nobody, \
         disks: [{cid: disk-data, size_mib: 1}, {cid: disk-wal, size_mib: 1}]}]}]",
    );
    sandbox.run(&["import", "two.yml"]).quiet_success();
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let mut all = vec!["-n", "-d", "twin"];
    all.extend(arguments);
    sandbox.run(&all)
}

fn write(sandbox: &Sandbox, disk: &str, text: &str) {
    let path = sandbox.path("cloud/disks").join(disk).join("disk.img");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..64].fill(0);
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    fs::write(path, bytes).unwrap();
}

/// What the disks of the VM hold, by the state's slots; and that the VM has these and no other.
fn contents(sandbox: &Sandbox) -> Vec<String> {
    let rows = sandbox.rows(&["-d", "twin", "instances", "--details"], "instances");
    let recorded: Vec<String> =
        rows[0]["disk_cids"].as_array().unwrap().iter().map(|cid| cid.as_str().unwrap().to_owned()).collect();
    let mut attached = sandbox.names("cloud/vms/vm-two");
    let mut sorted = recorded.clone();
    attached.sort();
    sorted.sort();
    assert_eq!(attached, sorted, "the VM's, and the recorded ones");
    let read = |disk: &String| {
        let bytes = fs::read(sandbox.path("cloud/disks").join(disk).join("disk.img")).unwrap();
        String::from_utf8_lossy(&bytes[..64]).trim_end_matches('\0').to_owned()
    };
    recorded.iter().map(read).collect()
}

fn age(sandbox: &Sandbox, generation: &str) {
    let rows = sandbox.rows(&["-d", "twin", "instances", "--details"], "instances");
    for (disk, name) in rows[0]["disk_cids"].as_array().unwrap().iter().zip(["disk-data", "disk-wal"]) {
        write(sandbox, disk.as_str().unwrap(), &format!("{name} {generation}"));
    }
}

#[test]
fn latest_puts_all_disks_of_one_take_back_and_one_undo_reverses_it() {
    let sandbox = sandbox();
    let (old, new) = (["disk-data one", "disk-wal one"], ["disk-data two", "disk-wal two"]);
    age(&sandbox, "one");
    run(&sandbox, &["take", "db/0"]).quiet_success();
    age(&sandbox, "two");
    let plan = run(&sandbox, &["restore", "--latest", "db/0", "--dry-run"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    let steps = plan.stdout.lines().count();
    assert_eq!(plan.stdout.matches("make a new disk").count(), 2, "{plan:?}");
    assert!(steps >= 9 && plan.stderr.contains("of the same take"), "{plan:?}");
    assert_eq!(contents(&sandbox), new);
    let ran = run(&sandbox, &["restore", "--latest", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 2, "a row a disk: {ran:?}");
    assert_eq!(contents(&sandbox), old);
    let ran = run(&sandbox, &["undo"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(contents(&sandbox), new);
    let undo = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    assert_eq!(run(&sandbox, &["undo", &undo]).status, 0);
    assert_eq!(contents(&sandbox), old);
}

#[test]
fn a_set_that_is_not_whole_is_passed_over() {
    let sandbox = sandbox();
    age(&sandbox, "one");
    run(&sandbox, &["take", "db/0"]).quiet_success();
    age(&sandbox, "two");
    run(&sandbox, &["take", "db/0"]).quiet_success();
    let newest = sandbox.rows(&["-d", "twin", "snapshots"], "snapshots");
    let of = |row: &Value| row["cid"].as_str().unwrap().to_owned();
    let last = newest.iter().max_by_key(|row| row["created_at"].as_str().unwrap().to_owned()).unwrap();
    run(&sandbox, &["delete", &of(last)]).quiet_success();
    let ran = run(&sandbox, &["restore", "--latest", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("passed over: 1 not of all its disks"), "{ran:?}");
    assert_eq!(contents(&sandbox), ["disk-data one", "disk-wal one"]);
    // With no whole set there is nothing to choose.
    for row in sandbox.rows(&["-d", "twin", "snapshots"], "snapshots") {
        if row["disk_cid"] == "disk-wal" {
            run(&sandbox, &["delete", &of(&row)]).quiet_success();
        }
    }
    let ran = run(&sandbox, &["restore", "--latest", "db/0"]);
    assert_eq!(ran.status, 5, "{ran:?}");
    assert!(ran.stderr.contains("not of all its disks"), "{ran:?}");
}

#[test]
fn one_disk_alone_is_warned_of_and_two_may_be_named() {
    let sandbox = sandbox();
    age(&sandbox, "one");
    run(&sandbox, &["take", "db/0"]).quiet_success();
    age(&sandbox, "two");
    let rows = sandbox.rows(&["-d", "twin", "snapshots"], "snapshots");
    let of = |disk: &str| rows.iter().find(|row| row["disk_cid"] == disk).unwrap()["cid"].as_str().unwrap().to_owned();
    let (data, wal) = (of("disk-data"), of("disk-wal"));
    let ran = run(&sandbox, &["restore", &wal]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("1 more of the disks of"), "{ran:?}");
    assert_eq!(contents(&sandbox), ["disk-data two", "disk-wal one"]);
    assert_eq!(run(&sandbox, &["undo"]).status, 0);
    let twice = run(&sandbox, &["restore", &wal, &wal]);
    assert_eq!(twice.status, 2, "{twice:?}");
    assert_eq!(contents(&sandbox), ["disk-data two", "disk-wal two"]);
    assert_eq!(run(&sandbox, &["restore", &wal, &data]).status, 0);
    assert_eq!(contents(&sandbox), ["disk-data one", "disk-wal one"]);
    // A plan that was saved has them both.
    let saved = run(&sandbox, &["restore", "--latest", "db/0", "--dry-run", "--save", "plan.json"]);
    assert_eq!(saved.status, 0, "{saved:?}");
    age(&sandbox, "three");
    let applied = run(&sandbox, &["apply", "plan.json"]);
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(contents(&sandbox), ["disk-data one", "disk-wal one"]);
}

/// The points of a restore of two disks, by the faults that it passes.
const POINTS: [&str; 10] = [
    "restore.begin.after",
    "restore.create_disk_from_snapshot.effected",
    "restore.create_disk_from_snapshot.settled",
    "restore.snapshot_disk.effected",
    "restore.detach_disk.intended",
    "restore.detach_disk.effected",
    "restore.attach_disk.intended",
    "restore.attach_disk.effected",
    "restore.confirm.effected",
    "restore.finish.before",
];

#[test]
fn killed_or_failed_at_any_disk_both_are_old_or_both_are_new() {
    let mut counted = 0;
    for point in POINTS {
        for occurrence in [1, 2] {
            for action in ["kill", "error"] {
                let sandbox = sandbox();
                age(&sandbox, "one");
                run(&sandbox, &["take", "db/0"]).quiet_success();
                age(&sandbox, "two");
                let fault = match occurrence {
                    1 => format!("{point}={action}"),
                    n => format!("{point}#{n}={action}"),
                };
                let prepared = sandbox.prepare(&["-n", "-d", "twin", "restore", "--latest", "db/0"]);
                let ran = prepared.fault(&fault).go();
                let met = ran.status != 0;
                assert!(
                    met || (occurrence == 2 && ["restore.begin.after", "restore.finish.before"].contains(&point)),
                    "{fault}"
                );
                let recovered = sandbox.run(&["recover"]);
                assert_eq!(recovered.status, 0, "{fault}: {ran:?} {recovered:?}");
                let now = contents(&sandbox);
                let (old, new) = (["disk-data one", "disk-wal one"], ["disk-data two", "disk-wal two"]);
                assert!(now == old || now == new, "{fault}: {now:?} {ran:?} {recovered:?}");
                assert!(met || now == old, "{fault}: {ran:?}");
                counted += 1;
            }
        }
    }
    assert_eq!(counted, 40);
    writeln!(std::io::stderr(), "{counted} ends of a restore of two disks").unwrap();
}

#[test]
fn json_names_each_disk() {
    let sandbox = sandbox();
    run(&sandbox, &["take", "db/0"]).quiet_success();
    let ran = run(&sandbox, &["restore", "--latest", "db/0", "--output", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let all: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(all["instances"].as_array().unwrap().len(), 2, "{all}");
    assert_eq!(all["choice"][0]["other_cids"].as_array().unwrap().len(), 1, "{all}");
    assert_eq!(all["choice"][0]["newer_incomplete"], json!(0));
}
