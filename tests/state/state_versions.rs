//! State files of older schema versions: listed as they are, and brought up at the first change.

use crate::support;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::Connection;
use support::Sandbox;

/// The disk that the file knows db/0 of the deployment `prod` to have.
const DISK: &str = "disk-00000000-0000-4000-8000-000000000902";

/// The version that this snapback writes.
const PRESENT: i64 = 7;

/// A sandbox with a state file of version 1, made here, and the cloud that it knows.
fn sandbox() -> Sandbox {
    sandbox_of(1)
}

fn sandbox_of(version: i64) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    sandbox.make_disk(DISK, 1 << 20, "db/0");
    sandbox.make_vm("vm-db-0", &[DISK]);
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/state/version-{version}.sql"));
    let dump = fs::read_to_string(dump).unwrap();
    let connection = Connection::open(sandbox.state()).unwrap();
    connection.execute_batch(&dump).unwrap();
    let inode = i64::try_from(fs::metadata(sandbox.state()).unwrap().ino()).unwrap();
    let path = sandbox.state().to_string_lossy().into_owned();
    connection.execute("UPDATE identity SET path = ?1, inode = ?2", (path, inode)).unwrap();
    sandbox
}

fn version(sandbox: &Sandbox) -> i64 {
    let connection = Connection::open(sandbox.state()).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// What the file lists.
fn lists(sandbox: &Sandbox) -> Vec<String> {
    let mut lists = Vec::new();
    for arguments in [
        &["instances", "--wide"][..],
        &["disks"],
        &["disks", "--orphaned"],
        &["snapshots", "--column=cid", "--column=disk_cid"],
        &["operations"],
        &["schedule", "show"],
        &["schedule", "list", "--all"],
        &["snapshots", "--wide"],
        &["operations", "000000000900"],
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.status, 0, "{ran:?}");
        lists.push(ran.stdout);
    }
    lists
}

#[test]
fn a_file_of_version_1_is_listed_and_stays_as_it_is() {
    let sandbox = sandbox();
    let bytes = fs::read(sandbox.state()).unwrap();
    let lists = lists(&sandbox);
    assert_eq!(lists[0].lines().count(), 5, "db/0 of prod, and three with one that has two disks: {lists:?}");
    assert!(lists[0].contains("db/11111111-1111-4111-8111-111111111111 \t-\tz1\t-\t"), "{lists:?}");
    assert!(lists[2].contains("disk-db-0 \t1.0 MiB\tprod\tdb/0"), "{lists:?}");
    assert_eq!(lists[3].lines().count(), 6);
    sandbox.run(&["take", "-d", "prod", "--dry-run"]).quiet_success();
    assert!(fs::read(sandbox.state()).unwrap() == bytes, "a reader writes nothing");
}

#[test]
fn the_first_change_brings_it_up() {
    let sandbox = sandbox();
    let before = lists(&sandbox);
    let cid = sandbox.line(&["-d", "prod", "take", "--output", "cid"]);
    assert_eq!(version(&sandbox), PRESENT);
    assert_eq!(lists(&sandbox)[..3], before[..3]);
    sandbox.run(&["-n", "-d", "prod", "restore", &cid]).quiet_success();
    sandbox.run(&["-n", "-d", "prod", "undo"]).quiet_success();
    assert_eq!(sandbox.attached("vm-db-0"), [DISK]);
    let told = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/instances_details.json");
    sandbox.run(&["import", told.to_str().unwrap()]).quiet_success();
    assert!(sandbox.run(&["-d", "dep", "instances"]).stdout.contains("\trunning\tz1\t10.0.0.1\t"));
}

#[test]
fn a_restore_of_an_older_snapback_is_undone_and_done_again() {
    for version in [1, 3, 4, 5, 6] {
        let sandbox = sandbox_of(version);
        sandbox.make_disk("disk-db-0", 1 << 20, "before");
        let dry = sandbox.run(&["-d", "prod", "undo", "000000000900", "--dry-run"]);
        assert!(dry.status == 0 && dry.stdout.contains("attach disk disk-db-0"), "{version}: {dry:?}");
        let undone = sandbox.run(&["-n", "-d", "prod", "undo"]);
        assert_eq!(undone.status, 0, "{version}: {undone:?}");
        assert_eq!(sandbox.attached("vm-db-0"), ["disk-db-0"], "{version}");
        let undo = undone.stdout.split('\t').nth(4).unwrap().trim().to_owned();
        sandbox.run(&["-n", "-d", "prod", "undo"]).refused(5, &["there is no restore to undo"]);
        sandbox.run(&["-n", "undo", &undo]).quiet_success();
        assert_eq!(sandbox.attached("vm-db-0"), [DISK], "{version}");
        sandbox.run(&["-n", "-d", "prod", "undo"]).quiet_success();
        assert_eq!(sandbox.attached("vm-db-0"), ["disk-db-0"], "{version}");
    }
}

#[test]
fn several_at_once_bring_it_up_once() {
    let sandbox = sandbox();
    let children: Vec<_> =
        (0..6).map(|_| sandbox.prepare(&["-d", "prod", "--wait-lock", "60", "take"]).start()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!((version(&sandbox), sandbox.names("cloud/snapshots").len()), (PRESENT, 6));
}

#[test]
fn a_copy_is_brought_up_when_it_goes_on() {
    let sandbox = sandbox();
    fs::rename(sandbox.state(), sandbox.path("home.db")).unwrap();
    fs::copy(sandbox.path("home.db"), sandbox.state()).unwrap();
    sandbox.run(&["take", "-d", "prod"]).refused(9, &["it was copied back to its place", "recover --resume"]);
    sandbox.run(&["recover"]);
    assert_eq!(version(&sandbox), 1);
    lists(&sandbox);
    sandbox.run(&["-n", "recover", "--resume"]).quiet_success();
    assert_eq!(version(&sandbox), PRESENT);
    sandbox.run(&["take", "-d", "prod"]).quiet_success();
}

#[test]
fn a_file_of_version_3_has_no_verified_snapshot_until_one_is_drilled() {
    let sandbox = sandbox_of(3);
    sandbox.manifest(true, "verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']");
    let bytes = fs::read(sandbox.state()).unwrap();
    let before = lists(&sandbox);
    assert_eq!(before[3].lines().count(), 7, "{before:?}");
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    assert!(rows.iter().all(|row| row["verified_at"].is_null()), "{rows:?}");
    let notes = sandbox.run(&["operations", "000000003000"]);
    assert!(notes.stdout.contains("attempt 1 failed: busy"), "{notes:?}");
    assert!(fs::read(sandbox.state()).unwrap() == bytes, "a reader writes nothing");
    let cid = sandbox.line(&["-d", "prod", "take", "--output", "cid"]);
    assert_eq!(version(&sandbox), PRESENT);
    sandbox.run(&["drill", &cid]).quiet_success();
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let verified: Vec<&serde_json::Value> = rows.iter().filter(|row| !row["verified_at"].is_null()).collect();
    assert!(matches!(verified.as_slice(), [row] if row["cid"] == cid.as_str()), "{verified:?}");
    assert_eq!(lists(&sandbox)[..3], before[..3]);
}

#[test]
fn a_file_of_version_4_learns_whose_snapshots_are_whose_where_that_is_certain() {
    let sandbox = sandbox_of(4);
    let bytes = fs::read(sandbox.state()).unwrap();
    let before = lists(&sandbox);
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    assert!(rows.iter().all(|row| row["instance_uuid"].is_null() && row["doubts"].as_array().unwrap().is_empty()));
    assert!(fs::read(sandbox.state()).unwrap() == bytes, "a reader writes nothing");
    sandbox.run(&["-d", "prod", "take"]).quiet_success();
    assert_eq!(version(&sandbox), PRESENT);
    assert_eq!(lists(&sandbox)[..3], before[..3]);
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let of = |cid: &str| {
        let row = rows.iter().find(|row| row["cid"] == cid).unwrap();
        (row["instance_uuid"].as_str().unwrap_or_default().to_owned(), row["doubts"].clone())
    };
    let own = "11111111-1111-4111-8111-111111111111".to_owned();
    // By the disk that the instance has; by what a disk was put away as; and of no disk nothing is certain.
    assert_eq!(of("snap-7b1f0b00"), (own.clone(), serde_json::json!([])));
    assert_eq!(of("snap-of-former").0, "99999999-9999-4999-8999-999999999999");
    assert_eq!(of("snap-of-former").1, serde_json::json!(["other_instance"]));
    assert_eq!(of("snap-ffee0011").0, "");
    // What was dated by an undo is not believed.
    assert_eq!(of("snap-redated"), (own, serde_json::json!(["untrusted_time"])));
    // What a summary told of is a checklist.
    sandbox.run(&["operations", "000000004100", "--done"]).quiet_success();
    sandbox.run(&["operations", "000000004100", "--done"]).refused(4, &["has no open checklist"]);
    sandbox.run(&["operations", "000000004000", "--done"]).refused(4, &["has no open checklist"]);
}

#[test]
fn a_file_of_version_5_keeps_its_snapshots_none_of_which_expires() {
    let sandbox = sandbox_of(5);
    let bytes = fs::read(sandbox.state()).unwrap();
    let before = lists(&sandbox);
    let unset = |row: &serde_json::Value| {
        ["expires", "held", "schedule", "change", "stood_still_ms", "unsound_at"]
            .iter()
            .all(|column| row[column].is_null())
    };
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    assert!(rows.len() > 4 && rows.iter().all(unset), "{rows:?}");
    assert!(fs::read(sandbox.state()).unwrap() == bytes, "a reader writes nothing");
    sandbox.run(&["-d", "prod", "take"]).quiet_success();
    assert_eq!(version(&sandbox), PRESENT);
    assert_eq!(lists(&sandbox)[..3], before[..3]);
    assert!(sandbox.rows(&["snapshots"], "snapshots").iter().all(unset));
}

#[test]
fn a_file_of_version_6_has_its_newest_snapshot_by_the_journal_before_and_after() {
    let sandbox = sandbox_of(6);
    let newest = || {
        let rows = sandbox.rows(&["-d", "prod", "status", "--offline", "db/0"], "instances");
        rows[0]["cid"].as_str().unwrap().to_owned()
    };
    let bytes = fs::read(sandbox.state()).unwrap();
    // The clock was set back before it was taken.
    let last = "snap-00000000-0000-4000-8000-000000006002";
    assert_eq!(newest(), last);
    assert!(fs::read(sandbox.state()).unwrap() == bytes, "a reader writes nothing");
    sandbox.run(&["hold", last, "--reason", "the newest"]).quiet_success();
    assert_eq!((version(&sandbox), newest().as_str()), (PRESENT, last));
}
