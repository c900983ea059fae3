//! A restore of two disks on a cloud whose `get_disks` shows each change some calls late, killed at each point.

use std::fs;

use serde_json::{Value, json};

use super::matrix::{KILLED, Kills, point_of};
use crate::support::Sandbox;
use crate::support::at_once::counted;
use crate::support::fake_cpi::Scene;

const METHODS: [&str; 5] =
    ["list_snapshots", "describe_snapshot", "create_disk_from_snapshot", "find_disk", "clear_leftovers"];
/// Below the lag that the manifest of the scene allows, however slow the machine is.
const LATE_NO_LONGER_THAN_MS: u64 = 600;
const OLD: [&str; 2] = ["disk-data", "disk-wal"];

/// `db/0` with two disks, and one take of them; from now on each change shows so many calls late.
fn lagging(calls: usize, directory: &std::path::Path) -> Scene {
    let script = |calls: usize| {
        json!({
            "info": {"api_version": 2, "snapback": {"version": 1, "methods": METHODS, "stores_metadata": true}},
            "vms": {"vm-0": ["vol-root", "disk-data", "disk-wal"]},
            "attachments": true,
            "does": {"get_disks": format!("late:{calls}")},
            "late_no_longer_than_ms": LATE_NO_LONGER_THAN_MS,
        })
    };
    let scene = Scene::within(Sandbox::at(directory), &[], &script(0));
    scene.sandbox.write(
        "inventory.yml",
        "deployments: [{name: prod, instances: [{name: db/0, vm_cid: vm-0, managed_by: nobody, \
         disks: [{cid: disk-data, size_mib: 1}, {cid: disk-wal, size_mib: 1}]}]}]",
    );
    scene.run(&["import", "inventory.yml"]).quiet_success();
    scene.run(&["take", "db/0"]).quiet_success();
    scene.script(&script(calls));
    scene
}

fn recorded(scene: &Scene) -> Vec<String> {
    let rows = scene.sandbox.rows(&["instances", "--details"], "instances");
    rows[0]["disk_cids"].as_array().unwrap().iter().map(|cid| cid.as_str().unwrap().to_owned()).collect()
}

/// The disk that a disk of the cloud was made of, by way of its snapshot; itself, where it was there at first.
fn origin(scene: &Scene, disk: &str) -> String {
    let read = |kind: &str, cid: &str| -> Option<Value> {
        let text = fs::read_to_string(scene.sandbox.path("fake").join(kind).join(cid)).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    };
    let Some(made) = read("disks", disk) else { return disk.to_owned() };
    let snapshot = read("snapshots", made["snapshot"].as_str().unwrap()).unwrap();
    snapshot["disk_cid"].as_str().unwrap().to_owned()
}

/// Both disks are old or both are new, each in its place, and the VM has these; true where they are new.
fn check(scene: &Scene, what: &str) -> bool {
    let recorded = recorded(scene);
    let mut attached = scene.attached("vm-0");
    attached.retain(|disk| disk != "vol-root");
    let mut sorted = recorded.clone();
    sorted.sort();
    attached.sort();
    assert_eq!(attached, sorted, "{what}: the VM's, and the recorded ones");
    let origins: Vec<String> = recorded.iter().map(|disk| origin(scene, disk)).collect();
    assert_eq!(origins, OLD, "{what}: {recorded:?}");
    let new = recorded.iter().filter(|disk| !OLD.contains(&disk.as_str())).count();
    assert!(new == 0 || new == 2, "{what}: {recorded:?}");
    let made = scene.sandbox.names("fake/disks");
    assert!(made.len() <= 2, "{what}: {made:?}");
    let known: Vec<String> =
        scene.sandbox.rows(&["disks"], "disks").iter().map(|row| row["disk_cid"].to_string()).collect();
    assert!(made.iter().all(|disk| known.contains(&json!(disk).to_string())), "{what}: {made:?}, {known:?}");
    let operations = scene.sandbox.rows(&["operations"], "operations");
    assert!(operations.iter().all(|row| row["state"] != "pending"), "{what}: {operations:?}");
    new == 2
}

#[test]
fn answers_that_lag_around_a_kill_mix_no_disks() {
    let kills = Kills::none();
    counted(|nth| {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let scene = lagging(1 + nth % 3, directory.path());
        let ran = scene.prepare(&["-n", "restore", "--latest", "db/0"]).fault(&format!("*#{nth}=kill")).go();
        if ran.status == 0 {
            assert!(check(&scene, "without a fault"));
            return false;
        }
        assert_eq!(ran.status, KILLED, "{ran:?}");
        kills.add();
        let what = format!("killed at {}, {} calls late", point_of(&ran), 1 + nth % 3);
        let recovered = scene.run(&["recover"]);
        assert_eq!(recovered.status, 0, "{what}: {recovered:?}");
        let new = check(&scene, &format!("{what}: {recovered:?}"));
        assert!(!new || !ran.stderr.contains("fault: restore.create_disk"), "{what}: {recovered:?}");
        true
    });
    assert!(kills.tell("two disks, late answers") >= 30);
}
