//! The spelling of the first BOSH CLI: `take snapshot [JOB] [INDEX]`, `delete snapshot CID`, `delete snapshots`.

use crate::support;

use support::Sandbox;

fn taken(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let rows = sandbox.rows(arguments, "snapshots");
    rows.iter().map(|row| row["instance"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn take_snapshot_is_take() {
    let sandbox = Sandbox::with(&["db/0", "db/1", "web/0"]);
    assert_eq!(taken(&sandbox, &["take", "snapshot"]), ["db/0", "db/1", "web/0"]);
    assert_eq!(taken(&sandbox, &["take", "snapshot", "db"]), ["db/0", "db/1"]);
    assert_eq!(taken(&sandbox, &["take", "snapshot", "db", "1"]), ["db/1"]);
    assert_eq!(taken(&sandbox, &["take", "snapshot", "db/1"]), ["db/1"]);
    sandbox.run(&["take", "snapshot", "nope"]).refused(5, &["has no instance 'nope'"]);
    sandbox.run(&["take", "snapshots"]).refused(5, &["has no instance 'snapshots'"]);
}

#[test]
fn a_group_that_is_called_snapshot_wins_and_that_is_said() {
    let sandbox = Sandbox::with(&["db/0", "snapshot/0", "snapshot/1"]);
    let ran = sandbox.run(&["take", "snapshot", "--dry-run"]);
    assert!(ran.stderr.contains("'snapshot' is an instance group here"), "{ran:?}");
    assert_eq!(taken(&sandbox, &["take", "snapshot"]), ["snapshot/0", "snapshot/1"]);
    assert_eq!(taken(&sandbox, &["take", "snapshot", "1"]), ["snapshot/1"]);
    // These words can mean nothing else.
    assert_eq!(taken(&sandbox, &["take", "snapshot", "db", "0"]), ["db/0"]);
    assert_eq!(taken(&sandbox, &["take", "snapshot", "snapshot", "0"]), ["snapshot/0"]);
}

#[test]
fn a_group_that_is_called_snapshots_is_what_delete_snapshots_means_and_that_is_said() {
    let sandbox = Sandbox::with(&["db/0", "snapshots/0"]);
    let other = sandbox.take("db/0");
    sandbox.take("snapshots/0");
    let plan = sandbox.run(&["delete", "snapshots", "--dry-run"]);
    assert!(plan.stderr.contains("'snapshots' is an instance group here"), "{plan:?}");
    let ran = sandbox.run(&["-n", "-d", "prod", "delete", "snapshots"]);
    assert!(ran.status == 0 && ran.stderr.contains("'snapshots' is an instance group here"), "{ran:?}");
    assert_eq!(sandbox.names("cloud/snapshots"), [other]);
}

#[test]
fn delete_snapshot_is_delete_and_delete_snapshots_is_delete_all() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (one, two) = (sandbox.take("db/0"), sandbox.take("db/1"));
    sandbox.run(&["-n", "delete", "snapshot"]).refused(2, &["which snapshot?"]);
    sandbox.run(&["-n", "delete", "snapshot", "nope"]).refused(5, &["no snapshot 'nope' is known"]);
    sandbox.run(&["-n", "delete", "snapshot", &one]).quiet_success();
    assert_eq!(sandbox.names("cloud/snapshots"), [two]);
    // As `delete-all`: without a question, the deployment has to be named.
    sandbox.run(&["-n", "delete", "snapshots"]).refused(2, &["you must name the deployment"]);
    sandbox.run(&["-n", "-d", "prod", "delete", "snapshots", "--forget-failed"]).refused(2, &["name by their CIDs"]);
    sandbox.run(&["delete", "snapshots", "--dry-run"]).quiet_success();
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
    sandbox.run(&["-n", "-d", "prod", "delete", "snapshots"]).quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
    sandbox.run(&["-n", "delete", "snapshots", "snap-1"]).refused(5, &["snapshots"]);
}
