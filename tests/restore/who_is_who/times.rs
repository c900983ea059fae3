//! A Director that takes an orphaned disk back dates the disk's snapshots anew.

use crate::support::Sandbox;
use crate::who_is_who::lists::{A, doubts, import_both, instance, snapshot};

const MONDAY: &str = "Mon Sep 21 18:02:10 UTC 2026";
const TUESDAY: &str = "Tue Sep 22 18:02:10 UTC 2026";
const FRIDAY: &str = "Fri Sep 25 09:00:00 UTC 2026";

fn db(disks: &[&str]) -> [serde_json::Value; 1] {
    [instance("db/0", A, "vm-1", disks)]
}

fn times(sandbox: &Sandbox) -> Vec<String> {
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    rows.iter().map(|row| format!("{} {}", row["cid"].as_str().unwrap(), row["created_at"].as_str().unwrap())).collect()
}

#[test]
fn a_known_time_never_changes() {
    let sandbox = Sandbox::with(&[]);
    import_both(&sandbox, &db(&["disk-1"]), &[snapshot("db/0", "snap-1", MONDAY), snapshot("db/0", "snap-2", TUESDAY)]);
    let before = times(&sandbox);
    import_both(&sandbox, &db(&["disk-1"]), &[snapshot("db/0", "snap-1", FRIDAY), snapshot("db/0", "snap-2", FRIDAY)]);
    assert_eq!(times(&sandbox), before);
    // Nor when it is gone for a while.
    import_both(&sandbox, &db(&["disk-1"]), &[]);
    assert_eq!(times(&sandbox), Vec::<String>::new());
    import_both(&sandbox, &db(&["disk-1"]), &[snapshot("db/0", "snap-1", FRIDAY), snapshot("db/0", "snap-2", FRIDAY)]);
    assert_eq!(times(&sandbox), before);
    assert_eq!(doubts(&sandbox, &[]), ["snap-1", "snap-2"]);
}

#[test]
fn snapshots_of_one_moment_are_not_believed() {
    let sandbox = Sandbox::with(&[]);
    let list: Vec<_> = ["snap-1", "snap-2", "snap-3"].iter().map(|cid| snapshot("db/0", cid, FRIDAY)).collect();
    let good = snapshot("db/0", "snap-0", MONDAY);
    import_both(&sandbox, &db(&["disk-1"]), &[&list[..], std::slice::from_ref(&good)].concat());
    assert_eq!(
        doubts(&sandbox, &[]),
        ["snap-0", "snap-1 untrusted_time", "snap-2 untrusted_time", "snap-3 untrusted_time"]
    );
    let choice = sandbox.run(&["-n", "restore", "--latest", "db/0", "--dry-run"]);
    assert!(choice.stderr.contains("snap-0"), "{choice:?}");
    assert!(choice.stderr.contains("3 of unknown time (its Director has forgotten when)"), "{choice:?}");
    // An instance with as many disks has as many snapshots of one moment.
    let sandbox = Sandbox::with(&[]);
    import_both(&sandbox, &db(&["disk-1", "disk-2", "disk-3"]), &list);
    assert_eq!(doubts(&sandbox, &[]), ["snap-1", "snap-2", "snap-3"]);
}

#[test]
fn one_of_the_moment_of_a_redated_one_is_not_believed() {
    let sandbox = Sandbox::with(&[]);
    import_both(&sandbox, &db(&["disk-1"]), &[snapshot("db/0", "snap-1", MONDAY)]);
    let two = db(&["disk-1", "disk-2"]);
    import_both(&sandbox, &two, &[snapshot("db/0", "snap-1", FRIDAY), snapshot("db/0", "snap-2", FRIDAY)]);
    assert_eq!(doubts(&sandbox, &[]), ["snap-1", "snap-2 untrusted_time"]);
}

#[test]
fn one_that_appears_when_the_disk_came_back_is_not_believed() {
    let sandbox = Sandbox::with(&[]);
    let at = |time: &str, instances: &[serde_json::Value], list: &[serde_json::Value]| {
        sandbox.write("instances.json", &crate::who_is_who::lists::table("instances", instances));
        sandbox.write("snapshots.json", &crate::who_is_who::lists::table("snapshots", list));
        let run = sandbox.prepare(&["import", "-d", "prod", "instances.json", "snapshots.json"]);
        run.env("SNAPBACK_TEST_NOW", time).go().quiet_success();
    };
    at("2026-09-20T00:00:00Z", &db(&["disk-1"]), &[]);
    at("2026-09-24T00:00:00Z", &db(&["disk-2"]), &[]);
    at(
        "2026-09-26T00:00:00Z",
        &db(&["disk-1"]),
        &[snapshot("db/0", "snap-1", FRIDAY), snapshot("db/0", "snap-0", MONDAY)],
    );
    assert_eq!(doubts(&sandbox, &[]), ["snap-0", "snap-1 untrusted_time"]);
}
