//! Orphans, and who deletes them.

use serde_json::json;

use super::*;

/// A Director whose old disk is an orphan with a snapshot of the Director's, which a stop took.
fn exchanged() -> (Director, String) {
    let director = one();
    director.change(|world| world["snapshots_enabled"] = json!(true));
    promoted(&director, "new");
    stop(&director);
    let snapshot = director.list(&["snapshots"])[0]["cid"].as_str().unwrap().to_owned();
    attach(&director, "new").quiet_success();
    (director, snapshot)
}

fn days_later(director: &Director, days: i64) {
    let now = chrono::Utc::now() + chrono::Duration::days(days);
    director.change(|world| world["now"] = json!(now.to_rfc3339()));
    director.prepare_bosh(&["__tick_orphan_cleanup"]).go().quiet_success();
    director.wait_for_tasks();
}

#[test]
fn after_five_days_the_old_disk_goes_with_its_snapshots() {
    let (director, snapshot) = exchanged();
    days_later(&director, 4);
    assert_eq!(director.sandbox.names("cloud/disks"), ["disk-db-0", "new"]);
    days_later(&director, 6);
    assert_eq!(director.sandbox.names("cloud/disks"), ["new"]);
    assert!(!director.sandbox.path("cloud/snapshots").join(snapshot).exists());
    assert!(director.list(&["disks", "--orphaned"]).is_empty());
}

#[test]
fn clean_up_all_waits_for_no_age() {
    let (director, _) = exchanged();
    director.bosh(&["clean-up"]).quiet_success();
    assert_eq!(director.sandbox.names("cloud/disks"), ["disk-db-0", "new"]);
    director.bosh(&["clean-up", "--all"]).quiet_success();
    assert_eq!(director.sandbox.names("cloud/disks"), ["new"]);
    // It is of no deployment: whoever looks at one's tasks does not see it.
    assert!(director.list(&["tasks", "--recent"]).iter().all(|task| task["description"] != "clean up all"));
}

#[test]
fn a_snapshot_deleted_behind_its_back_keeps_the_disk_for_ever() {
    let (director, snapshot) = exchanged();
    std::fs::remove_dir_all(director.sandbox.path("cloud/snapshots").join(&snapshot)).unwrap();
    days_later(&director, 6);
    assert_eq!(director.list(&["disks", "--orphaned"]).len(), 1);
    let tasks = director.world()["tasks"].as_array().unwrap().clone();
    assert_eq!(tasks.last().unwrap()["state"], "error");
    // The ordinary way forgives nothing either.
    stop(&director);
    director.bosh(&["attach-disk", &director.slug(), "disk-db-0"]).quiet_success();
    assert_eq!(director.bosh(&["delete-snapshot", &snapshot]).status, 1);
    assert_eq!(director.list(&["snapshots"])[0]["cid"], snapshot.as_str());
}
