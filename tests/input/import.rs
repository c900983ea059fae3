//! `import`: idempotent, forgets nothing, and is not believed against the cloud.

use crate::support;

use serde_json::{Value, json};
use support::fake_cpi::Scene;
use support::{Sandbox, disk_of, vm_of};

fn instance(name: &str, vm: &str, disks: &[&str]) -> String {
    let disks: String = disks.iter().map(|disk| format!("          - cid: {disk}\n")).collect();
    let disks = if disks.is_empty() { "        disks: []\n".to_owned() } else { format!("        disks:\n{disks}") };
    format!("      - name: {name}\n        vm_cid: {vm}\n        managed_by: nobody\n{disks}")
}

fn import(sandbox: &Sandbox, instances: &[String]) -> Vec<(String, String)> {
    sandbox.write("inventory.yml", &format!("deployments:\n  - name: prod\n    instances:\n{}", instances.concat()));
    let rows = sandbox.rows(&["import", "inventory.yml"], "changes");
    rows.iter().map(|row| (text(&row["what"]), text(&row["change"]))).collect()
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn disks(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let rows = sandbox.rows(&["disks"], "disks");
    rows.iter().map(|row| (text(&row["disk_cid"]), text(&row["instance"]), text(&row["state"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(what, change)| ((*what).to_owned(), (*change).to_owned())).collect()
}

fn triples(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn what_changes_is_told_and_what_vanishes_is_kept() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    let (zero, one) = (instance("db/0", "vm-0", &["disk-a"]), instance("db/1", "vm-1", &["disk-b", "disk-c"]));
    assert_eq!(import(&sandbox, &[zero.clone(), one.clone()]), pairs(&[("db/0", "added"), ("db/1", "added")]));
    assert_eq!(import(&sandbox, &[zero.clone(), one]), pairs(&[("db/0", "unchanged"), ("db/1", "unchanged")]));

    // db/0 gets another VM; db/1 is gone.
    let moved = instance("db/0", "vm-9", &["disk-a"]);
    let changes = import(&sandbox, std::slice::from_ref(&moved));
    assert_eq!(
        changes,
        pairs(&[("db/1", "vanished"), ("disk disk-b", "orphaned"), ("disk disk-c", "orphaned"), ("db/0", "changed")])
    );
    let expected =
        triples(&[("disk-a", "db/0", "active"), ("disk-b", "db/1", "orphaned"), ("disk-c", "db/1", "orphaned")]);
    assert_eq!(disks(&sandbox), expected);
    assert_eq!(sandbox.rows(&["instances"], "instances").len(), 1);

    // A disk goes from one instance to another in one import.
    let swapped = [instance("db/0", "vm-9", &["disk-b"]), instance("db/1", "vm-1", &["disk-a"])];
    import(&sandbox, &swapped);
    let expected =
        triples(&[("disk-b", "db/0", "active"), ("disk-a", "db/1", "active"), ("disk-c", "db/1", "orphaned")]);
    assert_eq!(disks(&sandbox), expected);
}

#[test]
fn an_inventory_that_is_older_than_a_restore_does_not_undo_it() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let now = sandbox.attached(&vm_of("db/0")).remove(0);
    let ran = sandbox.run(&["import", "inventory.yml"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("kept; correct the inventory"), "{ran:?}");
    assert!(ran.stdout.contains("unchanged"), "{ran:?}");
    assert_eq!(disks(&sandbox), triples(&[(&now, "db/0", "active"), (&disk_of("db/0"), "db/0", "orphaned")]),);
    sandbox.run(&["take"]).quiet_success();
    sandbox.run(&["-n", "undo"]).quiet_success();
}

#[test]
fn nothing_is_taken_in_where_one_file_is_wrong() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    sandbox.write("good.yml", "deployments:\n  - name: a\n    instances:\n      - name: db/0\n");
    sandbox.write("bad.yml", "deployments:\n  - name: b\n    instances:\n      - nam: db/0\n");
    sandbox.run(&["import", "good.yml", "bad.yml"]).refused(2, &["bad.yml", "nam"]);
    assert!(!sandbox.state().exists(), "a state file is made for something only");
    sandbox.run(&["import", "good.yml", "good.yml"]).refused(2, &["is in another file too"]);
    let ran = sandbox.prepare(&["import", "-"]).stdin("<html>").go();
    ran.refused(2, &["standard input", "HTML"]);
    let ran =
        sandbox.prepare(&["import", "-"]).stdin("deployments:\n  - name: a\n    instances:\n      - name: db/0\n").go();
    ran.quiet_success();
}

#[test]
fn an_instance_under_restore_is_left_alone() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "stop: [sleep, '1.5']");
    let cid = sandbox.take("db/0");
    let mut restore = sandbox.prepare(&["-n", "restore", &cid]).start();
    while sandbox.rows(&["operations"], "operations").len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let ran = sandbox.run(&["import", "inventory.yml"]);
    ran.refused(6, &["is claimed by operation", "is running"]);
    sandbox.run(&["import", "inventory.yml", "--dry-run"]).quiet_success();
    assert!(restore.wait().unwrap().success());
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
}

#[test]
fn what_an_import_does_not_tell_of_a_disk_stays_known() {
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["create_disk_from_snapshot"]}});
    let scene = Scene::with(&["db/0"], &json!({"info": info, "vms": {"vm-0": ["disk-0"]}}));
    let text = std::fs::read_to_string(scene.sandbox.path("inventory.yml")).unwrap();
    let told = text.replace("size_mib: 1", "size_mib: 5\n            cloud_properties: {type: gp3}");
    assert_ne!(told, text);
    for inventory in [told, text.replace("            size_mib: 1\n", "")] {
        scene.sandbox.write("inventory.yml", &inventory);
        assert_eq!(scene.run(&["import", "inventory.yml"]).status, 0);
    }
    let cid = scene.sandbox.line(&["take", "db/0", "--output", "cid"]);
    assert_eq!(scene.run(&["promote", &cid]).status, 0);
    let call = scene.calls().into_iter().find(|call| call["method"] == "create_disk_from_snapshot").unwrap();
    let request: Value = serde_json::from_str(call["text"].as_str().unwrap()).unwrap();
    let wanted = &request["arguments"][1];
    assert_eq!((&wanted["size_mib"], &wanted["cloud_properties"]), (&json!(5), &json!({"type": "gp3"})));
}
