//! `create-env` (bosh-cli `cmd/deployment_preparer.go`, `deployment/`).

use serde_json::json;

use super::*;
use crate::support::fake_env::{Environment, RECORD, manifest};

fn promoted_of(environment: &Environment) {
    environment.director.sandbox.make_disk("new", 1 << 20, &file_system(&[("database", "of yesterday")]));
}

#[test]
fn what_has_not_changed_is_skipped_whatever_disk_it_records() {
    let environment = Environment::deployed();
    promoted_of(&environment);
    environment.change_state(|state| state["disks"][0]["cid"] = json!("new"));
    let ran = environment.create_env(&[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let said = "No deployment, stemcell or release changes. Skipping deploy.\n";
    let ran = environment.director.prepare_bosh(&["--tty", "create-env", "bosh.yml"]).go();
    assert!(ran.stdout.contains(said) && ran.stdout.ends_with("Succeeded\n"), "{ran:?}");
    assert_eq!((environment.vm().as_str(), environment.attached()), ("vm-bosh-0", vec!["disk-bosh-0".to_owned()]));
}

#[test]
fn recreate_takes_the_recorded_disk_in_place() {
    let environment = Environment::deployed();
    promoted_of(&environment);
    environment.change_state(|state| {
        state["disks"][0]["cid"] = json!("new");
        state["note"] = json!("of the operator");
    });
    environment.create_env(&["--recreate"]).quiet_success();
    assert_ne!(environment.vm(), "vm-bosh-0");
    assert_eq!(environment.attached(), ["new"]);
    let start = &environment.director.starts()[0];
    assert_eq!(start["files"], json!([{"name": "database", "data": "of yesterday"}]));
    let state = environment.state();
    assert_eq!((&state["current_disk_id"], &state["note"]), (&json!(RECORD), &json!(null)));
    // The old disk is no record of its own, so nobody deletes it.
    assert!(environment.director.sandbox.path("cloud/disks/disk-bosh-0").exists());
    environment.create_env(&[]).quiet_success();
    assert_eq!(environment.director.starts().len(), 1, "deployed, and not changed");
}

#[test]
fn a_second_record_is_a_deleted_disk() {
    let environment = Environment::deployed();
    promoted_of(&environment);
    environment.change_state(|state| {
        let mut second = state["disks"][0].clone();
        (second["id"], second["cid"]) = (json!("another"), json!("new"));
        state["disks"].as_array_mut().unwrap().push(second);
        state["current_disk_id"] = json!("another");
    });
    environment.create_env(&["--recreate"]).quiet_success();
    assert_eq!(environment.attached(), ["new"]);
    assert!(!environment.director.sandbox.path("cloud/disks/disk-bosh-0").exists());
    assert_eq!(environment.state()["disks"].as_array().unwrap().len(), 1);
}

#[test]
fn without_a_current_record_there_is_a_new_disk_and_all_others_go() {
    let environment = Environment::deployed();
    environment.change_state(|state| state["current_disk_id"] = json!("none"));
    environment.create_env(&["--recreate"]).quiet_success();
    assert!(!environment.director.sandbox.path("cloud/disks/disk-bosh-0").exists());
    let disk = environment.attached()[0].clone();
    assert!(environment.director.is_empty_fs(&disk));
    assert_eq!(environment.director.starts()[0]["formatted"], true);
}

#[test]
fn other_values_in_the_record_migrate_and_delete_the_promoted_disk() {
    for what in ["size", "properties", "no size", "pool", "option"] {
        let environment = Environment::deployed();
        promoted_of(&environment);
        environment.change_state(|state| {
            let record = &mut state["disks"][0];
            record["cid"] = json!("new");
            match what {
                "size" => record["size"] = json!(2),
                "properties" => record["cloud_properties"] = json!({}),
                "no size" => drop(record.as_object_mut().unwrap().remove("size")),
                _ => {}
            }
        });
        if what == "pool" {
            environment.director.sandbox.write("bosh.yml", &manifest(2));
        }
        let more: &[&str] = if what == "option" { &["--recreate-persistent-disks"] } else { &["--recreate"] };
        environment.create_env(more).quiet_success();
        assert!(!environment.director.sandbox.path("cloud/disks/new").exists(), "{what}");
        let disk = environment.attached()[0].clone();
        assert_eq!(environment.director.files(&disk), Some(vec![("database".to_owned(), "of yesterday".to_owned())]));
        assert_eq!(environment.state()["disks"][0]["cid"], disk.as_str());
    }
}

/// A client that dies is the end of it; the next one goes on from what the state file says, `--recreate` or not.
#[test]
fn it_can_be_cut_off_anywhere_and_run_again() {
    for point in
        ["before_delete_vm", "after_delete_vm", "create_vm", "after_create_vm", "after_attach", "mount", "start"]
    {
        let environment = Environment::deployed();
        promoted_of(&environment);
        environment.change_state(|state| state["disks"][0]["cid"] = json!("new"));
        environment.director.faults(&[fault("create-env", &format!("env:{point}"), "die")]);
        assert_eq!(environment.create_env(&["--recreate"]).status, 128 + 9, "{point}");
        assert_eq!(environment.state()["current_manifest_sha"], "", "{point}");
        environment.create_env(&[]).quiet_success();
        assert_eq!(environment.attached(), ["new"], "{point}");
    }
}

#[test]
fn a_silent_director_is_given_up_and_a_missing_vm_is_skipped() {
    let environment = Environment::deployed();
    environment.director.change(|world| world["environment"]["instances"][0]["agent"]["unresponsive"] = json!(true));
    let ran = environment.director.prepare_bosh(&["--tty", "create-env", "bosh.yml", "--recreate"]).go();
    assert!(ran.stdout.contains("Waiting for the agent on VM 'vm-bosh-0'... Failed (00:00:0"), "{ran:?}");
    assert_eq!((ran.status, environment.attached()), (0, vec!["disk-bosh-0".to_owned()]));
    let vm = environment.vm();
    std::fs::remove_dir_all(environment.director.sandbox.path("cloud/vms").join(&vm)).unwrap();
    let ran = environment.director.prepare_bosh(&["--tty", "create-env", "bosh.yml", "--recreate"]).go();
    assert!(ran.stdout.contains(&format!("Deleting VM '{vm}'... Skipped [VM not found] (00:00:0")), "{ran:?}");
}

/// Its CPI calls are in groups of their own: they outlive it.
#[test]
fn a_call_of_its_cpi_outlives_it() {
    let environment = Environment::deployed();
    environment.director.faults(&[fault("cpi", "cpi:attach_disk:before", "pause_until:go")]);
    let arguments = ["--tty", "create-env", "bosh.yml", "--state", "bosh-state.json", "--recreate"];
    let mut client = environment.director.prepare_bosh(&arguments).start();
    environment.director.wait_for("fault", |event| event["command"] == "cpi");
    client.kill().unwrap();
    client.wait().unwrap();
    let vm = environment.vm();
    assert!(environment.rendered_cpi().exists(), "nobody has cleaned up");
    assert_eq!((environment.attached().len(), environment.state()["current_manifest_sha"].clone()), (0, json!("")));
    environment.director.release("go");
    environment.director.wait_for("cpi", |event| event["method"] == "attach_disk");
    assert_eq!((environment.vm(), environment.attached()), (vm, vec!["disk-bosh-0".to_owned()]));
}

#[test]
fn it_dies_at_the_first_line_that_nobody_reads() {
    let environment = Environment::deployed();
    environment.director.faults(&[fault("create-env", "env:before_delete_vm", "pause_until:go")]);
    let arguments = ["--tty", "create-env", "bosh.yml", "--state", "bosh-state.json", "--recreate"];
    let mut client = environment.director.prepare_bosh(&arguments).start();
    environment.director.wait_for("fault", |event| event["command"] == "create-env");
    drop(client.stdout.take());
    environment.director.release("go");
    let status = client.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(13), "{status:?}");
    assert_eq!(environment.state()["current_manifest_sha"], "");
    assert!(environment.rendered_cpi().exists());
}

/// After "deployed", and with exit status 1.
#[test]
fn what_fails_late_and_what_fails_early() {
    let environment = Environment::deployed();
    environment.change_state(|state| {
        let old = json!({"id": "old", "name": "ubuntu-jammy", "version": "1.1", "api_version": 3, "cid": "sc-old"});
        state["stemcells"].as_array_mut().unwrap().push(old);
    });
    environment.director.faults(&[fault("cpi", "cpi:delete_stemcell:before", "fail:in use")]);
    let ran = environment.create_env(&["--tty", "--recreate"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("CPI 'delete_stemcell' method responded with error"), "{ran:?}");
    assert_ne!(environment.state()["current_manifest_sha"], "");
    // This one comes after the attach.
    environment.director.faults(&[fault("cpi", "cpi:set_disk_metadata:before", "fail:no tags")]);
    let ran = environment.create_env(&["--recreate"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("Setting disk metadata for disk-bosh-0:"), "{ran:?}");
    assert_eq!(environment.attached(), ["disk-bosh-0"]);
    assert_eq!(environment.state()["current_manifest_sha"], "");
}

/// The scripts of the jobs, in their order around stop and start.
#[test]
fn the_scripts_run_in_their_order() {
    let environment = Environment::deployed();
    environment.create_env(&["--recreate"]).quiet_success();
    let ran = environment.director.events_of("agent");
    let word = |event: &serde_json::Value| event["script"].as_str().or(event["method"].as_str()).unwrap().to_owned();
    let all: Vec<String> = ran.iter().map(word).filter(|word| !word.contains('_')).collect();
    assert_eq!(all, ["pre-stop", "drain", "stop", "post-stop", "pre-start", "start", "post-start"]);
}
