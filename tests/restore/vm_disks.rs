//! Which disks a VM has, by clouds that name more than an instance's, show changes late, or cannot tell at all.

use crate::support;

use serde_json::{Value, json};
use support::fake_cpi::Scene;

/// The answers of CPIs that have no `get_disks`, or none that tells anything, each in its own way.
fn own_ways() -> Vec<Value> {
    [
        "error:NoMethodError|undefined method `get_disks' for #<Bosh::Clouds::Dummy:0x0000>",
        "error:Unknown|undefined method 'get_disks' for an instance of Bosh::Clouds::Dummy",
        "error:Bosh::Clouds::CloudError|Unknown method: get_disks",
        "error:Bosh::Clouds::CpiError|no such method 'get_disks'",
        "error:InvalidCall|Method is not known, got: 'get_disks'",
        "error:AttributeError|'Cloud' object has no attribute 'get_disks'",
        "error:Unimplemented|get_disks: not implemented yet",
        "answer:{\"result\":null,\"error\":null,\"log\":\"\"}",
        "answer:{\"result\":\"disk-0\",\"error\":null,\"log\":\"\"}",
        "answer:{\"result\":{\"disks\":[]},\"error\":null,\"log\":\"\"}",
        "answer:{\"result\":[[\"disk-0\"]],\"error\":null,\"log\":\"\"}",
        "answer:{\"result\":[],\"error\":null,\"log\":\"\"}",
    ]
    .iter()
    .map(|word| json!({"vms": {"vm-0": ["disk-0"]}, "does": {"get_disks": word}}))
    .collect()
}

fn failed(ran: &support::Ran, status: i32, texts: &[&str]) {
    assert_eq!(ran.status, status, "{ran:?}");
    for text in texts {
        assert!(ran.stderr.contains(text), "no '{text}' in {ran:?}");
    }
}

/// A later run of the binary.
fn after(scene: &Scene, hours: u32, arguments: &[&str]) -> support::Ran {
    let time = format!("2026-11-{:02}T{:02}:50:00Z", 22 + (2 + hours) / 24, (2 + hours) % 24);
    scene.prepare(arguments).env("SNAPBACK_TEST_NOW", &time).go()
}

#[test]
fn a_cpi_that_cannot_tell_in_its_own_way_leaves_it_to_the_age_of_the_inventory() {
    for script in own_ways() {
        let scene = Scene::with(&["db/0"], &script);
        after(&scene, 0, &["import", "inventory.yml"]).quiet_success();
        after(&scene, 1, &["take"]).quiet_success();
        let old = after(&scene, 48, &["take"]);
        assert_eq!(old.status, 4, "{script}: {old:?}");
        assert!(old.stderr.contains("cannot tell which disks its VM has"), "{script}: {old:?}");
        after(&scene, 48, &["take", "--max-inventory-age", "off"]).quiet_success();
        assert_eq!(scene.snapshots().len(), 2, "{script}");
        let check = scene.run(&["check", "--output", "json"]);
        assert!(check.stdout.contains("cannot_tell") && !check.stdout.contains("cpi_failed"), "{script}: {check:?}");
    }
}

#[test]
fn a_disk_that_is_listed_in_other_letters_or_with_white_space_is_the_same_disk() {
    for listed in ["DISK-0", "Disk-0", " disk-0 "] {
        let scene = Scene::with(&["db/0"], &json!({"vms": {"vm-0": ["root-1", listed]}}));
        scene.run(&["import", "inventory.yml"]).quiet_success();
        scene.run(&["take"]).quiet_success();
        let check = scene.run(&["check"]);
        assert!(!check.stdout.contains("disk_not_attached"), "{listed}: {check:?}");
    }
}

#[test]
fn a_get_disks_that_fails_leaves_it_to_the_age_of_the_inventory_and_is_told() {
    let fails = json!({"vms": {"vm-0": ["disk-0"]}, "does": {"get_disks": "error:Bosh::Clouds::CloudError|connection refused"}});
    let scene = Scene::with(&["db/0"], &fails);
    after(&scene, 0, &["import", "inventory.yml"]).quiet_success();
    let taken = after(&scene, 1, &["take"]);
    assert_eq!(taken.status, 0, "{taken:?}");
    assert!(
        taken.stderr.contains("believes the inventory") && taken.stderr.contains("connection refused"),
        "{taken:?}"
    );
    let old = after(&scene, 48, &["take"]);
    assert_eq!(old.status, 7, "{old:?}");
    assert!(old.stderr.contains("connection refused") && old.stderr.contains("--max-inventory-age"), "{old:?}");
    assert_eq!(after(&scene, 48, &["take", "--max-inventory-age", "off"]).status, 0);
    assert_eq!(scene.snapshots().len(), 2);
}

#[test]
fn a_vm_that_is_gone_is_refused_unless_the_operator_says_otherwise() {
    let scene = Scene::with(&["db/0"], &json!({"vms": {}}));
    failed(&scene.run(&["take"]), 5, &["the cloud has no VM vm-0", "--max-inventory-age off", "snapback import"]);
    scene.run(&["take", "--max-inventory-age", "off"]).quiet_success();
    assert_eq!(scene.snapshots().len(), 1);
}

#[test]
fn disks_that_nobody_knows_are_nobodys_business() {
    let vms = json!({"vms": {"vm-0": ["vol-root", "", "disk-0", null, " ", 4711, "vol-ephemeral"]}});
    let scene = Scene::with(&["db/0"], &vms);
    scene.run(&["take"]).quiet_success();
    let check = scene.run(&["check", "--output", "json"]);
    assert!(!check.stdout.contains("stranger") && !check.stdout.contains("get_disks"), "{check:?}");
    // A CID may be a number.
    scene.script(&json!({"vms": {"vm-0": [4711]}}));
    failed(&scene.run(&["take"]), 4, &["VM vm-0 does not have disk disk-0; it has: 4711"]);
}

#[test]
fn a_cloud_that_numbers_its_snapshots_does_so_in_its_lists() {
    let row = json!({"cid": 4711, "disk_cid": "disk-0", "created_at": "2026-11-22T02:50:00Z", "state": "ready"});
    let script = json!({
        "info": {"api_version": 2, "snapback": {"version": 1, "methods": ["list_snapshots"], "stores_metadata": true}},
        "vms": {"vm-0": ["disk-0"]},
        "does": {
            "snapshot_disk": "answer:{\"result\":4711,\"error\":null,\"log\":\"\"}",
            "list_snapshots": format!("list:{row}"),
        },
    });
    let scene = Scene::with(&["db/0"], &script);
    scene.run(&["import", "inventory.yml"]).quiet_success();
    scene.run(&["take"]).quiet_success();
    assert_eq!(scene.known(), ["4711"]);
    scene.run(&["check"]).quiet_success();
}
