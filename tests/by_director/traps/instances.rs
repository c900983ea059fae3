//! Stop, start, agents that are silent, and the resurrector.

use serde_json::json;

use super::*;

#[test]
fn a_stop_whose_snapshot_fails_leaves_its_processes_stopped() {
    let director = one();
    director.change(|world| world["snapshots_enabled"] = json!(true));
    director.faults(&[fault("stop", "task:after_stop", "fail")]);
    assert_eq!(director.bosh(&["stop", &director.slug(), "--no-converge"]).status, 1);
    let row = &director.list(&["instances", "--details"])[0];
    assert_eq!((&row["process_state"], &row["state"]), (&json!("stopped"), &json!("started")));
    stop(&director);
    let snapshots = director.list(&["snapshots"]);
    assert_eq!((snapshots.len(), &snapshots[0]["clean"]), (1, &json!("true")));
    // What is stopped is not stopped again, and no snapshot is taken.
    stop(&director);
    assert_eq!(director.list(&["snapshots"]).len(), 1);
    // An exchange takes it out of the list, with the disk.
    promoted(&director, "new");
    attach(&director, "new").quiet_success();
    assert!(director.list(&["snapshots"]).is_empty());
    assert_eq!(director.world()["orphan_disks"][0]["snapshots"][0]["cid"], snapshots[0]["cid"]);
    // With the disk it comes back, as of now.
    let later = chrono::Utc::now() + chrono::Duration::hours(1);
    director.change(|world| world["now"] = json!(later.to_rfc3339()));
    attach(&director, "disk-db-0").quiet_success();
    let again = director.list(&["snapshots"]);
    assert_eq!((&again[0]["cid"], again.len()), (&snapshots[0]["cid"], 1));
    assert_ne!(again[0]["created_at"], snapshots[0]["created_at"]);
}

#[test]
fn a_silent_agent_lets_no_stop_through() {
    let director = one();
    director.change_instance(0, |instance| instance["agent"]["unresponsive"] = json!(true));
    for more in [[].as_slice(), &["--hard"]] {
        let ran = director.bosh(&[&["--tty", "stop", &director.slug(), "--no-converge"], more].concat());
        assert!(ran.stdout.contains("Timed out sending 'get_state' to instance"), "{ran:?}");
        assert!(ran.stderr.starts_with("Non-converging action failed:\n  Expected task '"), "{ran:?}");
    }
    assert_eq!(director.list(&["instances"])[0]["process_state"], "unresponsive agent");
}

#[test]
fn the_resurrector_makes_a_vm_with_the_databases_disk() {
    let director = one();
    director.change_instance(0, |instance| instance["agent"]["unresponsive"] = json!(true));
    director.bosh(&["update-resurrection", "off"]).quiet_success();
    assert_eq!(director.prepare_bosh(&["__resurrect", &uuid(0)]).go().status, 1);
    assert_eq!(director.bosh(&["curl", "/resurrection"]).stdout, "{\"resurrection\":false}");
    director.bosh(&["update-resurrection", "on"]).quiet_success();
    director.prepare_bosh(&["__resurrect", &uuid(0)]).go().quiet_success();
    director.wait_for_tasks();
    let vm = director.instance(0)["vm_cid"].as_str().unwrap().to_owned();
    assert_ne!(vm, "vm-db-0");
    assert_eq!(director.sandbox.attached(&vm), ["disk-db-0"]);
    assert_eq!(director.starts()[0]["disk"], "disk-db-0");
}

/// The Director's own way to a detached instance is closed while its agent is silent, and stays so without its VM.
#[test]
fn a_deleted_vm_leaves_no_way_to_attach_a_disk() {
    let director = one();
    promoted(&director, "new");
    director.change_instance(0, |instance| instance["agent"]["unresponsive"] = json!(true));
    director.bosh(&["delete-vm", "vm-db-0"]).quiet_success();
    let ran = director.bosh(&["--tty", "stop", &director.slug(), "--no-converge", "--hard"]);
    // Its disk is to be unmounted by an agent that is gone.
    assert!(ran.stdout.contains("Timed out sending 'list_disk' to instance"), "{ran:?}");
    assert_eq!(director.instance(0)["state"], "stopped");
    let ran = attach(&director, "new");
    assert!(ran.stdout.contains("Timed out sending 'list_disk' to instance"), "{ran:?}");
    // A start makes a VM, with the disk of the database.
    start(&director);
    assert_eq!(director.starts()[0]["disk"], "disk-db-0");
}

#[test]
fn recreate_with_fix_brings_a_silent_instance_back() {
    let director = one();
    director.change_instance(0, |instance| instance["agent"]["unresponsive"] = json!(true));
    assert_eq!(director.bosh(&["recreate", &director.slug(), "--no-converge"]).status, 1);
    director.bosh(&["recreate", &director.slug(), "--no-converge", "--fix"]).quiet_success();
    let start = &director.starts()[0];
    assert_eq!((&start["disk"], &start["attached"]), (&json!("disk-db-0"), &json!(["disk-db-0"])));
}

/// Both ask for the deployment's lock; `attach-disk` does not.
#[test]
fn a_stop_waits_for_the_lock_and_attach_disk_does_not() {
    let director = Director::with(&["db/0", "db/1"]);
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("stop", "task:after_stop", "pause_until:go")]);
    let other = director.slug_of("db/1");
    let first = director.prepare_bosh(&["-n", "-d", "prod", "stop", &other, "--no-converge"]).start();
    director.wait_for("fault", |_| true);
    let ran = director.bosh(&["--tty", "start", &director.slug(), "--no-converge"]);
    assert!(ran.stdout.contains("Failed to acquire lock for lock:deployment:prod"), "{ran:?}");
    attach(&director, "new").quiet_success();
    director.prepare_bosh(&["__resurrect", &uuid(1)]).go().quiet_success();
    director.wait_for("ended", |event| event["result"].as_str().unwrap().starts_with("Unable to get deployment lock"));
    director.release("go");
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(0));
}

/// In mid-exchange it makes a VM with the disk that the database has: the old one.
#[test]
fn the_resurrector_comes_in_the_middle_of_an_exchange() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "task:before_commit", "pause_until:go")]);
    let client = director.prepare_bosh(&["-n", "-d", "prod", "attach-disk", &director.slug(), "new"]).start();
    director.wait_for("fault", |_| true);
    director.change_instance(0, |instance| instance["agent"]["unresponsive"] = json!(true));
    director.prepare_bosh(&["__resurrect", &uuid(0)]).go().quiet_success();
    director.wait_for("ended", |event| event["result"] == "scan and fix complete");
    let vm = director.instance(0)["vm_cid"].as_str().unwrap().to_owned();
    assert_eq!(director.sandbox.attached(&vm), ["disk-db-0"]);
    director.release("go");
    client.wait_with_output().unwrap();
    assert_eq!(director.list(&["instances", "--details"])[0]["disk_cids"], "new", "and the database has the other");
    assert_eq!(director.sandbox.attached(&vm), ["disk-db-0"]);
}
