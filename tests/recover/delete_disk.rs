//! `delete-disk` deletes what snapback has made or put away, and nothing that anybody needs.
#![cfg(debug_assertions)]

use crate::support;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::fake_cpi::Scene;
use support::{Sandbox, disk_of, fake_cpi, vm_of};

fn there(sandbox: &Sandbox, disk: &str) -> bool {
    sandbox.path("cloud/disks").join(disk).exists()
}

fn orphaned(sandbox: &Sandbox) -> String {
    let rows = sandbox.rows(&["disks", "--orphaned"], "disks");
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0]["disk_cid"].as_str().unwrap().to_owned()
}

fn newest(sandbox: &Sandbox) -> Value {
    sandbox.rows(&["operations"], "operations").remove(0)
}

fn id(operation: &Value) -> String {
    operation["operation"].as_str().unwrap().to_owned()
}

/// A restore of db/0, undone: the disk that it made is put away.
fn undone() -> (Sandbox, String, String) {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.run(&["-n", "undo"]).quiet_success();
    let (spare, undo) = (orphaned(&sandbox), id(&newest(&sandbox)));
    (sandbox, spare, undo)
}

/// A disk that promote has made.
fn promoted() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["promote", &cid]).quiet_success();
    let disk = orphaned(&sandbox);
    (sandbox, disk)
}

#[test]
fn the_spare_disk_of_an_undone_restore_goes_once_its_undo_is_given_up_and_the_undo_says_why() {
    let (sandbox, spare, undo) = undone();
    sandbox.run(&["-n", "delete-disk", &spare]).refused(4, &[&spare, &undo, "--give-up-undo"]);
    assert!(there(&sandbox, &spare));
    let restore = id(&sandbox.rows(&["operations"], "operations")[1]);
    sandbox.run(&["-n", "delete-disk", &spare, "--give-up-undo", &restore]).refused(4, &[&undo]);
    sandbox.run(&["delete-disk", &spare, "--give-up-undo", &undo, "--dry-run"]).quiet_success();
    assert!(there(&sandbox, &spare));
    let ran = sandbox.run(&["-n", "delete-disk", &spare, "--give-up-undo", &undo]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!there(&sandbox, &spare) && there(&sandbox, &disk_of("db/0")));
    assert!(sandbox.rows(&["disks", "--orphaned"], "disks").is_empty());
    let by = id(&newest(&sandbox));
    let said = format!("disk {spare} was deleted by operation {by} (delete-disk)");
    sandbox.run(&["-n", "undo", &undo]).refused(4, &[&said]);
    sandbox.run(&["-n", "delete-disk", &spare]).refused(5, &[&spare]);
}

#[test]
fn the_disk_of_an_instance_is_never_deleted_nor_one_that_nobody_knows() {
    let sandbox = Sandbox::with(&["db/0"]);
    let disk = disk_of("db/0");
    sandbox.run(&["-n", "delete-disk", &disk]).refused(4, &[&disk, "the current disk of db/0"]);
    assert!(there(&sandbox, &disk));
    sandbox.run(&["-n", "delete-disk", "nope"]).refused(5, &["nope"]);
}

#[test]
fn a_pending_operation_keeps_its_disks() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.detach_disk.before=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    let pending = id(&newest(&sandbox));
    let made = orphaned(&sandbox);
    sandbox.run(&["-n", "delete-disk", &made]).refused(6, &[&pending]);
    assert!(there(&sandbox, &made));
    sandbox.run(&["-n", "recover", "--rollback"]);
    // Nothing can be undone that was rolled back: its spare disk goes without more ado.
    assert_eq!(sandbox.run(&["-n", "delete-disk", &made]).status, 0);
    assert!(!there(&sandbox, &made));
}

#[test]
fn a_disk_that_the_cloud_has_lost_is_to_be_forgotten() {
    let (sandbox, disk) = promoted();
    std::fs::remove_dir_all(sandbox.path("cloud/disks").join(&disk)).unwrap();
    sandbox.run(&["-n", "delete-disk", &disk]).refused(5, &["the cloud no longer has", "check --forget"]);
}

#[test]
fn killed_anywhere_it_is_finished_or_nothing_has_happened() {
    for point in ["begin.after", "delete_disk.before", "delete_disk.intended", "delete_disk.effected", "finish.before"]
    {
        let (sandbox, disk) = promoted();
        let fault = format!("delete-disk.{point}=kill");
        let killed = sandbox.prepare(&["-n", "delete-disk", &disk]).fault(&fault).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        sandbox.run(&["-n", "recover"]);
        assert_ne!(newest(&sandbox)["state"], "pending", "{point}");
        let listed = sandbox.rows(&["disks", "--orphaned"], "disks");
        assert_eq!(listed.len(), usize::from(there(&sandbox, &disk)), "{point}: {listed:?}");
        if there(&sandbox, &disk) {
            assert_eq!(sandbox.run(&["-n", "delete-disk", &disk]).status, 0, "{point}");
        }
        assert!(!there(&sandbox, &disk) && there(&sandbox, &disk_of("db/0")), "{point}");
    }
}

/// A cloud that answers a deletion with "ok", does nothing, and shows how it is.
const OK_AND_NOTHING: &str = "answer:{\"result\":null,\"error\":null,\"log\":\"\"}";

/// The scripted CPI, with a disk that promote has made.
fn scripted() -> (fake_cpi::Scene, String) {
    let scene = fake_cpi::Scene::with(&["db/0"], &script(&json!({})));
    let cid = scene.sandbox.take("db/0");
    scene.run(&["promote", &cid]).quiet_success();
    let disk = orphaned(&scene.sandbox);
    (scene, disk)
}

fn script(does: &Value) -> Value {
    let methods = ["create_disk_from_snapshot", "list_snapshots", "describe_snapshot", "find_disk", "clear_leftovers"];
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": true}});
    json!({"info": info, "vms": {"vm-0": ["disk-0"]}, "does": does})
}

#[test]
fn a_disk_that_is_there_after_the_cpi_called_it_deleted_stays_on_the_list_and_that_is_told() {
    let (scene, disk) = scripted();
    scene.script(&script(&json!({"delete_disk": OK_AND_NOTHING})));
    let ran = scene.run(&["-n", "delete-disk", &disk]);
    assert_eq!(ran.status, 7, "{ran:?}");
    for text in [&disk, "the cloud still has it", "stays on the list"] {
        assert!(ran.stderr.contains(text), "{ran:?}");
    }
    assert_eq!(newest(&scene.sandbox)["state"], "failed");
    assert_eq!(orphaned(&scene.sandbox), disk);
    // One that goes a moment later is gone.
    std::fs::remove_file(scene.sandbox.path("fake/calls.jsonl")).unwrap();
    let late = ["ok", "ok", "answer:{\"result\":true,\"error\":null,\"log\":\"\"}", "ok"];
    scene.script(&script(&json!({"has_disk": late})));
    scene.run(&["-n", "delete-disk", &disk]).quiet_success();
    assert!(scene.methods().iter().filter(|method| *method == "has_disk").count() >= 4, "{:?}", scene.methods());
    assert!(scene.sandbox.rows(&["disks", "--orphaned"], "disks").is_empty());
}

#[test]
fn the_disk_of_a_drill_that_is_not_deleted_stays_on_the_list_and_that_is_told() {
    let scene = fake_cpi::Scene::with(&["db/0"], &script(&json!({"delete_disk": OK_AND_NOTHING})));
    let manifest = std::fs::read_to_string(scene.sandbox.path("director.yml")).unwrap();
    scene.sandbox.write(
        "director.yml",
        &format!("{manifest}    hooks:\n      verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']\n"),
    );
    let cid = scene.sandbox.take("db/0");
    let ran = scene.run(&["drill", &cid]);
    let disk = orphaned(&scene.sandbox);
    assert!(ran.stderr.contains(&disk) && ran.stderr.contains("the cloud still has it"), "{ran:?}");
}

#[test]
fn what_an_import_has_orphaned_is_not_snapbacks_whatever_else_it_has_made() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    for name in ["db/0", "db/1"] {
        let cid = sandbox.take(name);
        sandbox.run(&["promote", &cid]).quiet_success();
    }
    let made = sandbox.rows(&["disks", "--orphaned"], "disks").remove(0)["disk_cid"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", text.split("      - name: db/1").next().unwrap());
    assert_eq!(sandbox.run(&["import", "inventory.yml"]).status, 0);
    std::fs::remove_dir_all(sandbox.path("cloud/vms").join(vm_of("db/1"))).unwrap();
    let lost = disk_of("db/1");
    sandbox.run(&["-n", "delete-disk", &lost]).refused(4, &[&lost, "snapback neither made it nor put it away"]);
    assert!(there(&sandbox, &lost));
    assert_eq!(sandbox.run(&["-n", "delete-disk", &made]).status, 0);
    assert!(!there(&sandbox, &made) && there(&sandbox, &lost));
}

#[test]
fn what_a_vm_has_by_the_clouds_word_is_not_deleted_whatever_the_state_says() {
    let (sandbox, disk) = promoted();
    let vm = sandbox.path("cloud/vms").join(vm_of("db/0")).join(&disk);
    std::os::unix::fs::symlink(format!("../../disks/{disk}/disk.img"), &vm).unwrap();
    sandbox.run(&["-n", "delete-disk", &disk]).refused(4, &[&disk, &vm_of("db/0"), "has it"]);
    assert!(there(&sandbox, &disk));
    std::fs::remove_file(vm).unwrap();
    assert_eq!(sandbox.run(&["-n", "delete-disk", &disk]).status, 0);
    assert!(!there(&sandbox, &disk));
}

#[test]
fn an_orphan_that_snapback_has_neither_made_nor_put_away_is_somebody_elses() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.make_disk("disk-theirs", 1 << 20, "theirs");
    let connection = Connection::open(sandbox.state()).unwrap();
    connection
        .execute(
            "INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state, orphaned_at)
             VALUES ('local_cpi', 'disk-theirs', 'prod', 'db', 0, 0, 'orphaned', 1795099800000)",
            [],
        )
        .unwrap();
    drop(connection);
    let ran = sandbox.run(&["-n", "delete-disk", "disk-theirs"]);
    ran.refused(4, &["snapback neither made it nor put it away", "bosh delete-disk disk-theirs"]);
    assert!(there(&sandbox, "disk-theirs"));
}

#[test]
fn a_disk_that_a_vm_has_of_which_nobody_knows_is_kept_by_the_cloud() {
    let (sandbox, disk) = promoted();
    sandbox.make_vm("vm-of-another-hand", &[&disk]);
    let ran = sandbox.run(&["-n", "delete-disk", &disk]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stderr.contains(&format!("disk {disk} is attached to VM vm-of-another-hand")), "{ran:?}");
    assert!(there(&sandbox, &disk));
    assert_eq!(orphaned(&sandbox), disk, "it stays on the list");
    assert_eq!(newest(&sandbox)["state"], "failed");
    std::fs::remove_file(sandbox.path("cloud/vms/vm-of-another-hand").join(&disk)).unwrap();
    sandbox.run(&["-n", "delete-disk", &disk]).quiet_success();
}

#[test]
fn of_two_at_once_one_deletes_and_the_other_is_told_who_is_at_it() {
    let (sandbox, disk) = promoted();
    let first =
        sandbox.prepare(&["-n", "delete-disk", &disk]).fault("delete-disk.delete_disk.intended=sleep:3000").start();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while newest(&sandbox)["verb"] != "delete-disk" {
        assert!(std::time::Instant::now() < until, "it has not begun");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let running = id(&newest(&sandbox));
    sandbox.run(&["-n", "delete-disk", &disk]).refused(6, &[&running]);
    // Nor does anything begin meanwhile that might want the disk.
    let cid = sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "restore", &cid]).refused(6, &[]);
    let first = first.wait_with_output().unwrap();
    assert!(first.status.success(), "{first:?}");
    assert!(!there(&sandbox, &disk));
}

#[test]
fn a_no_deletes_nothing() {
    let (sandbox, disk) = promoted();
    for answer in ["n\n", "no\n", "\n"] {
        let ran = sandbox.prepare(&["delete-disk", &disk]).stdin(answer).go();
        assert_eq!(ran.status, 10, "{answer:?}: {ran:?}");
        assert!(ran.stderr.contains(&format!("db/0  {disk}\nDeleting the disk above for good\n")), "{ran:?}");
        assert!(there(&sandbox, &disk));
    }
    let ran = sandbox.prepare(&["delete-disk", &disk]).stdin("y\n").go();
    assert_eq!((ran.status, there(&sandbox, &disk)), (0, false), "{ran:?}");
}

#[test]
fn several_are_deleted_at_once_or_none_of_them() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    let disks: Vec<String> = (0..3).map(|_| sandbox.line(&["promote", &cid, "--output", "cid"])).collect();
    let all = |more: &str| -> Vec<String> {
        let words = ["-n", "delete-disk"].into_iter().map(str::to_owned);
        words.chain(disks.clone()).chain((!more.is_empty()).then(|| more.to_owned())).collect()
    };
    let run = |words: Vec<String>| sandbox.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    run(all(&disk_of("db/1"))).refused(4, &["the current disk of db/1"]);
    run(all("nope")).refused(5, &["nope"]);
    assert!(disks.iter().all(|disk| there(&sandbox, disk)));
    // One that is named twice is deleted once.
    let ran = run(all(&disks[0]));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stdout.matches("deleted").count(), 3, "{ran:?}");
    assert!(disks.iter().all(|disk| !there(&sandbox, disk)));
    assert!(sandbox.rows(&["disks", "--orphaned"], "disks").is_empty());
    let steps = sandbox.rows(&["operations", &id(&newest(&sandbox))], "steps");
    assert_eq!(steps.len(), 3, "{steps:#?}");
}

#[test]
fn a_failure_of_one_keeps_no_other_and_an_outage_stops_the_run() {
    let methods = json!(["create_disk_from_snapshot", "find_disk", "describe_snapshot"]);
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": true}});
    let script = |does: Value| json!({"info": info, "vms": {"vm-0": ["disk-0"]}, "does": does});
    let scene = Scene::with(&["db/0"], &script(json!({})));
    scene.run(&["take"]).quiet_success();
    let cid = scene.known().remove(0);
    let disks: Vec<String> = (0..6).map(|_| scene.sandbox.line(&["promote", &cid, "--output", "cid"])).collect();
    let line: Vec<&str> =
        ["-n", "delete-disk", "--output", "json"].into_iter().chain(disks.iter().map(String::as_str)).collect();
    scene.script(&script(json!({"delete_disk": ["ok", "error:Bosh::Clouds::CloudError|no", "exit:1"]})));
    let ran = scene.run(&line);
    assert_eq!(ran.status, 3, "{ran:?}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let results: Vec<&Value> = document["disks"].as_array().unwrap().iter().map(|row| &row["result"]).collect();
    // The cloud can tell of a disk: those that were left without an answer are there.
    assert_eq!(json!(results), json!(["deleted", "failed", "failed", "failed", "failed", "not tried"]), "{ran:?}");
    assert!(ran.stdout.contains("stopped: the cloud left 3 calls in a row without an answer; 1 disk was not tried"));
    assert_eq!(scene.sandbox.rows(&["disks", "--orphaned"], "disks").len(), 5);
}

#[test]
fn an_undo_through_the_safety_snapshot_says_that_its_disk_was_deleted() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "newer");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let restore = id(&newest(&sandbox));
    let old = disk_of("db/0");
    sandbox.run(&["-n", "delete-disk", &old, "--give-up-undo", &restore]).quiet_success();
    let by = id(&newest(&sandbox));
    let ran = sandbox.run(&["-n", "undo", &restore]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let said =
        format!("Disk {old} was deleted by operation {by} (delete-disk): its safety snapshot is put back instead");
    assert!(ran.stderr.contains(&said), "{ran:?}");
    assert_eq!(sandbox.content("vm-db-0"), "newer");
}

#[test]
fn while_it_is_open_no_swap_of_the_instance_begins_that_might_want_the_disk() {
    let (sandbox, spare, undo) = undone();
    let arguments = ["-n", "delete-disk", &spare, "--give-up-undo", &undo];
    let killed = sandbox.prepare(&arguments).fault("delete-disk.delete_disk.intended=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    let (pending, before) = (id(&newest(&sandbox)), sandbox.names("cloud/disks"));
    let cid = sandbox.rows(&["snapshots"], "snapshots").remove(0)["cid"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "restore", &cid]).refused(6, &[&pending]);
    sandbox.run(&["-n", "undo", &undo]).refused(6, &[&pending]);
    assert_eq!(sandbox.names("cloud/disks"), before);
    assert_eq!(sandbox.run(&["-n", "recover"]).status, 0);
    assert_eq!(sandbox.run(&["-n", "restore", &cid]).status, 0);
}
