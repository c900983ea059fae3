//! `restore --dry-run --save` and `apply`: what was agreed upon is what is done, or nothing is.

use crate::support;

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::{Sandbox, disk_of, vm_of};

/// A plan of going back to a snapshot of `db/0`, whose disk is damaged since.
fn planned() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "damaged");
    let ran = sandbox.run(&["restore", &cid, "--dry-run", "--save", "plan.json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("Saved as plan.json. To carry it out: snapback apply plan.json"), "{ran:?}");
    (sandbox, cid)
}

#[track_caller]
fn is_refused(sandbox: &Sandbox, texts: &[&str]) {
    let before = sandbox.attached(&vm_of("db/0"));
    let operations = sandbox.rows(&["operations"], "operations").len();
    for arguments in [&["-n", "apply", "plan.json"][..], &["apply", "plan.json", "--dry-run"]] {
        let ran = sandbox.run(arguments);
        ran.refused(4, texts);
        sandbox.follow_hints(&ran);
    }
    assert_eq!(sandbox.attached(&vm_of("db/0")), before);
    assert_eq!(sandbox.rows(&["operations"], "operations").len(), operations, "nothing was begun");
}

#[test]
fn a_saved_plan_is_carried_out_once() {
    let (sandbox, _) = planned();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(sandbox.path("plan.json")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let dry = sandbox.run(&["apply", "plan.json", "--dry-run"]);
    assert!(dry.status == 0 && dry.stdout.contains("attach the new disk to VM vm-db-0"), "{dry:?}");
    let declined = sandbox.prepare(&["apply", "plan.json"]).stdin("no\n").go();
    assert_eq!(declined.status, 10, "{declined:?}");
    sandbox.run(&["-n", "apply", "plan.json"]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    let operation = &sandbox.rows(&["operations"], "operations")[0];
    assert_eq!((&operation["verb"], &operation["state"]), (&json!("restore"), &json!("done")));
    assert!(operation["arguments"].as_str().unwrap().contains("apply plan.json"));
    is_refused(&sandbox, &["changed since: the disk that the instance has", "--dry-run"]);
    sandbox.run(&["-n", "undo"]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "damaged");
    // All is as it was when the plan was made.
    sandbox.run(&["-n", "apply", "plan.json"]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
}

#[test]
fn what_was_chosen_by_a_time_is_saved_by_its_cid() {
    let (sandbox, cid) = planned();
    sandbox.run(&["restore", "--latest", "db/0", "--dry-run", "--save", "latest.json"]).quiet_success();
    let saved: Value = serde_json::from_str(&fs::read_to_string(sandbox.path("latest.json")).unwrap()).unwrap();
    assert_eq!((&saved["arguments"]["cid"], &saved["arguments"]["latest"]), (&json!(cid), &Value::Null));
    // A newer one does not change what was agreed upon.
    sandbox.take("db/0");
    sandbox.run(&["-n", "apply", "latest.json"]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
}

#[test]
fn another_operation_elsewhere_does_not_matter() {
    let (sandbox, _) = planned();
    sandbox.take("db/1");
    sandbox.run(&["-n", "restore", "--latest", "db/1"]).quiet_success();
    sandbox.run(&["-n", "apply", "plan.json"]).quiet_success();
}

#[test]
fn refused_where_the_disk_is_another_one() {
    let (sandbox, cid) = planned();
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    is_refused(&sandbox, &["the plan of 20", "is no longer what would be done", "the disk that the instance has"]);
}

#[test]
fn refused_where_the_disk_was_detached() {
    let (sandbox, _) = planned();
    fs::remove_file(sandbox.path("cloud/vms").join(vm_of("db/0")).join(disk_of("db/0"))).unwrap();
    is_refused(&sandbox, &["changed since: the disk that the instance has"]);
}

#[test]
fn refused_where_the_vm_is_another_one() {
    let (sandbox, _) = planned();
    fs::rename(sandbox.path("cloud/vms/vm-db-0"), sandbox.path("cloud/vms/vm-new")).unwrap();
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", &inventory.replace("vm-db-0", "vm-new"));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let ran = sandbox.run(&["-n", "apply", "plan.json"]);
    ran.refused(4, &["changed since: the VM of the instance"]);
}

#[test]
fn refused_where_a_hook_came_or_changed() {
    let (sandbox, _) = planned();
    sandbox.manifest(true, "stop: ['true']");
    is_refused(&sandbox, &["changed since: the manifest or an ops file, which hooks there are"]);
    fs::remove_file(sandbox.path("plan.json")).unwrap();
    let cid = sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
    sandbox.run(&["restore", &cid, "--dry-run", "--save", "plan.json"]).quiet_success();
    sandbox.manifest(true, "stop: ['false']");
    is_refused(&sandbox, &["changed since: the manifest or an ops file"]);
}

#[test]
fn refused_where_the_snapshot_is_gone_or_another_disk_is_there() {
    let (sandbox, cid) = planned();
    let orphan = sandbox.line(&["promote", &cid, "--output", "cid"]);
    sandbox.make_vm("vm-db-0", &[&orphan]);
    let has = format!("has disk {orphan}, which is known as orphaned");
    sandbox.run(&["-n", "apply", "plan.json"]).refused(4, &[&has]);
    fs::remove_file(sandbox.path("cloud/vms/vm-db-0").join(&orphan)).unwrap();
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(cid)).unwrap();
    sandbox.run(&["-n", "apply", "plan.json"]).refused(5, &["no longer has snapshot"]);
}

#[test]
fn refused_where_the_state_file_is_another_one() {
    let (sandbox, _) = planned();
    let connection = Connection::open(sandbox.state()).unwrap();
    connection.execute("UPDATE identity SET state_id = 'another'", []).unwrap();
    fs::remove_dir_all(sandbox.path("director-snapshots.db.locks")).unwrap();
    is_refused(&sandbox, &["the plan was made with another state file"]);
}

#[test]
fn refused_where_the_file_was_edited_or_is_none() {
    let (sandbox, cid) = planned();
    let other = sandbox.take("db/0");
    let text = fs::read_to_string(sandbox.path("plan.json")).unwrap();
    sandbox.write("plan.json", &text.replace(&cid, &other));
    is_refused(&sandbox, &["plan.json was edited since it was saved"]);
    for (content, says) in [
        ("", "is not a saved plan"),
        ("[]", "is not a saved plan"),
        ("{\"snapback_plan\": 2}", "is a plan of version 2, and this snapback reads 1"),
        ("{\"snapback_plan\": 1}", "is not a saved plan"),
        (&text.replacen('{', "{\"more\": 1,", 1), "is not a saved plan"),
    ] {
        sandbox.write("plan.json", content);
        sandbox.run(&["-n", "apply", "plan.json"]).refused(2, &[says, "--save FILE"]);
    }
    sandbox.run(&["-n", "apply", "nope.json"]).refused(2, &["nope.json cannot be read"]);
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let (sandbox, cid) = planned();
    let text = fs::read_to_string(sandbox.path("plan.json")).unwrap();
    let again = sandbox.run(&["restore", &cid, "--dry-run", "--save", "plan.json"]);
    again.refused(2, &["plan.json is there already: nothing was saved"]);
    assert_eq!(fs::read_to_string(sandbox.path("plan.json")).unwrap(), text);
    sandbox.run(&["restore", &cid, "--save", "other.json"]).refused(2, &["--dry-run"]);
    assert!(!sandbox.path("other.json").exists());
}
