//! `prune`, `hold` and `release`: what goes, what stays, and why.

use std::fs;

use serde_json::Value;

use crate::support::{Ran, Sandbox, disk_of};

/// Midnight of a day of November 2026, and so many hours later.
pub fn at(day: u32, hour: u32) -> String {
    format!("2026-11-{day:02}T{hour:02}:00:00Z")
}

/// Runs a command at a time.
pub fn run_at(sandbox: &Sandbox, time: &str, arguments: &[&str]) -> Ran {
    sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", time).go()
}

#[track_caller]
pub fn take_at(sandbox: &Sandbox, time: &str, instance: &str) -> String {
    let ran = run_at(sandbox, time, &["take", instance, "--output", "cid"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.stdout.trim().to_owned()
}

/// Has the manifest say this below `snapback:`.
pub fn say(sandbox: &Sandbox, lines: &str) {
    sandbox.manifest(true, "start: ['true']");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", &manifest.replace("  snapback:\n", &format!("  snapback:\n    {lines}\n")));
}

/// What a document of a run has in this list.
#[track_caller]
fn rows(ran: &Ran, list: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    document[list].as_array().unwrap_or_else(|| panic!("{ran:?}")).clone()
}

/// What is to become of each, by CID, with the reasons.
#[track_caller]
fn planned(sandbox: &Sandbox, time: &str) -> Vec<(String, String, String)> {
    let ran = run_at(sandbox, time, &["prune", "--dry-run", "--output", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let reasons = |row: &Value| {
        let names = row["reasons"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        names.collect::<Vec<_>>().join(" ")
    };
    rows(&ran, "snapshots").iter().map(|row| (text(row, "cid"), text(row, "result"), reasons(row))).collect()
}

#[track_caller]
pub fn prune_at(sandbox: &Sandbox, time: &str) -> Ran {
    let ran = run_at(sandbox, time, &["-n", "prune"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran
}

pub fn left(sandbox: &Sandbox) -> Vec<String> {
    sandbox.names("cloud/snapshots")
}

pub fn sorted(cids: &[&String]) -> Vec<String> {
    let mut cids: Vec<String> = cids.iter().map(|cid| (*cid).clone()).collect();
    cids.sort();
    cids
}

#[test]
fn what_no_rule_keeps_goes_and_each_is_told_with_its_reason() {
    let sandbox = Sandbox::with(&["db/0"]);
    let taken: Vec<String> =
        [(20, 1), (20, 13), (21, 1), (21, 13)].map(|(day, hour)| take_at(&sandbox, &at(day, hour), "db/0")).into();
    say(&sandbox, "retention: {keep_daily: 2}");
    let now = at(21, 14);
    let told = planned(&sandbox, &now);
    let told: Vec<(&str, &str)> = told.iter().map(|(_, result, reasons)| (result.as_str(), reasons.as_str())).collect();
    assert_eq!(
        told,
        [("to delete", "not_kept"), ("kept", "keep_daily"), ("to delete", "not_kept"), ("kept", "newest keep_daily")]
    );
    assert_eq!(left(&sandbox).len(), 4, "a dry run deletes nothing");
    let cids = run_at(&sandbox, &now, &["prune", "--dry-run", "--output", "cid"]);
    assert_eq!(cids.stdout.lines().collect::<Vec<_>>(), [&taken[0], &taken[2]], "only what would be deleted: {cids:?}");

    let declined = sandbox.prepare(&["prune"]).env("SNAPBACK_TEST_NOW", &now).stdin("no\n").go();
    assert_eq!(declined.status, 10, "{declined:?}");
    assert!(
        declined.stderr.contains("no rule keeps it")
            && declined.stderr.contains("Deleting 2 of 4 snapshots for good, of prod; the other 2 are kept"),
        "{declined:?}"
    );
    assert_eq!(left(&sandbox).len(), 4);

    let ran = run_at(&sandbox, &now, &["-n", "prune", "--output", "json"]);
    let rows = rows(&ran, "snapshots");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(rows.iter().all(|row| row["result"] == "deleted" && row["reasons"][0] == "not_kept"), "{rows:?}");
    assert_eq!(left(&sandbox), sorted(&[&taken[1], &taken[3]]));
    let again = prune_at(&sandbox, &now);
    assert!(again.stdout.is_empty() && again.stderr.contains("Nothing to delete"), "{again:?}");
}

#[test]
fn without_retention_nothing_goes() {
    let sandbox = Sandbox::with(&["db/0"]);
    take_at(&sandbox, "2016-01-01T00:00:00Z", "db/0");
    take_at(&sandbox, "2016-01-02T00:00:00Z", "db/0");
    for lines in ["retention: {}", "retention: {keep_last: 1, groups: {db: {}}}", "warn_age: 1d"] {
        say(&sandbox, lines);
        prune_at(&sandbox, &at(21, 0));
        assert_eq!(left(&sandbox).len(), 2, "{lines}");
    }
}

#[test]
fn the_newest_good_one_stays_and_the_newest_verified_one() {
    let sandbox = Sandbox::with(&["db/0"]);
    let verified = take_at(&sandbox, &at(20, 1), "db/0");
    sandbox.manifest(true, "verify: [/bin/sh, -c, 'echo $SNAPBACK_HOOK_DISK']");
    sandbox.run(&["drill", &verified]).quiet_success();
    let between = take_at(&sandbox, &at(20, 2), "db/0");
    let newest = take_at(&sandbox, &at(20, 3), "db/0");
    say(&sandbox, "retention: {keep_last: 1}");
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox), sorted(&[&verified, &newest]), "{between} is neither");
}

/// The state file says that the newest one is there, and the cloud has lost it.
#[test]
fn a_newest_one_that_the_cloud_has_lost_is_no_floor() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [old, middle, lost] = [1, 2, 3].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&lost)).unwrap();
    say(&sandbox, "retention: {keep_last: 1}");
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox), [middle], "{old} goes");
}

#[test]
fn one_from_tomorrow_pushes_none_out() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [old, new] = [1, 2].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    let tomorrow = take_at(&sandbox, &at(25, 0), "db/0");
    say(&sandbox, "retention: {keep_last: 1}");
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox), sorted(&[&new, &tomorrow]), "{old} goes");
}

#[test]
fn a_take_of_two_disks_counts_once_and_stays_whole() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-db-0", "wal"])], "");
    for hour in [1, 2, 3] {
        assert_eq!(run_at(&sandbox, &at(20, hour), &["take"]).status, 0);
    }
    say(&sandbox, "retention: {keep_last: 2}");
    let told = planned(&sandbox, &at(21, 0));
    assert_eq!(told.iter().filter(|(_, result, _)| result == "kept").count(), 4, "{told:?}");
    // One of the oldest take is held: the other one of it stays as well.
    let (first, ..) = told.iter().find(|(_, result, _)| result == "to delete").unwrap();
    sandbox.run(&["hold", first, "--reason", "audit"]).quiet_success();
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox).len(), 6);
    sandbox.run(&["release", first]).quiet_success();
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox).len(), 4);
}

#[test]
fn a_failure_does_not_keep_the_others_and_what_is_gone_is_gone_once() {
    let sandbox = Sandbox::with(&["db/0"]);
    let taken = [1, 2, 3, 4].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&taken[1])).unwrap();
    let faulty = sandbox.prepare(&["-n", "prune", "--output", "json"]).env("SNAPBACK_TEST_NOW", &at(21, 0));
    let ran = faulty.fault("prune.delete_snapshot.before#1=error").go();
    let results: Vec<Value> = rows(&ran, "snapshots").iter().map(|row| row["result"].clone()).collect();
    assert_eq!((ran.status, results), (3, vec!["failed".into(), "gone".into(), "deleted".into()]), "{ran:?}");
    assert_eq!(left(&sandbox), sorted(&[&taken[0], &taken[3]]));
    let ran = run_at(&sandbox, &at(21, 0), &["-n", "prune", "--output", "json"]);
    assert_eq!((ran.status, rows(&ran, "snapshots").len()), (0, 1), "{ran:?}");
}

/// A directory that is not mounted looks like a cloud that has lost everything.
#[test]
fn a_cloud_that_is_not_there_loses_nothing() {
    let sandbox = Sandbox::with(&["db/0"]);
    (1..4).for_each(|hour| drop(take_at(&sandbox, &at(20, hour), "db/0")));
    say(&sandbox, "retention: {keep_last: 1}");
    fs::rename(sandbox.path("cloud"), sandbox.path("elsewhere")).unwrap();
    fs::create_dir(sandbox.path("cloud")).unwrap();
    for line in [&["-n", "prune"][..], &["prune", "--dry-run"], &["prune"]] {
        let ran = run_at(&sandbox, &at(21, 0), line);
        assert!(ran.status == 7 && !ran.stderr.contains("Deleting"), "nothing is asked: {ran:?}");
    }
    fs::remove_dir(sandbox.path("cloud")).unwrap();
    fs::rename(sandbox.path("elsewhere"), sandbox.path("cloud")).unwrap();
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 3);
}

#[test]
fn instances_and_deployments_that_are_gone_are_pruned_too() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let of = |instance: &str| [1, 2, 3].map(|hour| take_at(&sandbox, &at(1, hour), instance));
    let (db, web) = (of("db/0"), of("web/0"));
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let web_begins = inventory.find("      - name: web/0").unwrap();
    sandbox.write("inventory.yml", &inventory[..web_begins]);
    run_at(&sandbox, &at(15, 0), &["import", "inventory.yml"]).quiet_success();
    say(&sandbox, "retention: {keep_last: 2}");
    prune_at(&sandbox, &at(20, 0));
    assert_eq!(left(&sandbox), sorted(&[&db[1], &db[2], &web[1], &web[2]]));
    // The last one of an instance that is gone goes only where the operator has said when, and counts from when it went.
    say(&sandbox, "retention: {keep_last: 2, gone_after: 10d}");
    prune_at(&sandbox, &at(20, 0));
    assert_eq!(left(&sandbox), sorted(&[&db[1], &db[2], &web[1], &web[2]]));
    prune_at(&sandbox, &at(26, 0));
    assert_eq!(left(&sandbox), sorted(&[&db[1], &db[2]]));
}

#[test]
fn a_restore_can_be_undone_after_a_prune_while_it_is_young() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = take_at(&sandbox, &at(1, 1), "db/0");
    sandbox.damage(&disk_of("db/0"), "damaged");
    assert_eq!(run_at(&sandbox, &at(1, 2), &["-n", "restore", &cid]).status, 0);
    for hour in [3, 4, 5] {
        take_at(&sandbox, &at(1, hour), "db/0");
    }
    say(&sandbox, "retention: {keep_last: 1}");
    let told = planned(&sandbox, &at(5, 0));
    let undo = told.iter().filter(|(_, _, reasons)| reasons.contains("undo")).count();
    assert_eq!(undo, 2, "its snapshot and the safety snapshot: {told:?}");
    prune_at(&sandbox, &at(5, 0));
    // The old disk is lost: what undoes it is the safety snapshot.
    fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of("db/0"))).unwrap();
    assert_eq!(run_at(&sandbox, &at(5, 1), &["-n", "undo"]).status, 0);
    assert_eq!(sandbox.content("vm-db-0"), "damaged");
}

/// Each old disk is lost, so an undo makes it anew of its safety snapshot; further back, that disk stands for the lost one.
#[test]
fn undo_goes_further_back_after_a_prune_also_where_the_disks_are_lost() {
    let sandbox = Sandbox::with(&["db/0"]);
    let lose = |disk: &str| fs::remove_dir_all(sandbox.path("cloud/disks").join(disk)).unwrap();
    let cid = take_at(&sandbox, &at(1, 1), "db/0");
    let mut disks = vec![disk_of("db/0")];
    for (hour, text) in [(2, "first"), (3, "second")] {
        sandbox.damage(&disks[disks.len() - 1], text);
        assert_eq!(run_at(&sandbox, &at(1, hour), &["-n", "restore", &cid]).status, 0);
        disks.push(sandbox.attached("vm-db-0").remove(0));
    }
    (4..7).for_each(|hour| drop(take_at(&sandbox, &at(1, hour), "db/0")));
    say(&sandbox, "retention: {keep_last: 1}");
    prune_at(&sandbox, &at(5, 0));
    assert_eq!(left(&sandbox).len(), 4, "the newest, two safety snapshots, and what both restores were made of");
    disks[..2].iter().for_each(|disk| lose(disk));
    let undone = run_at(&sandbox, &at(5, 1), &["-n", "undo"]);
    assert_eq!((undone.status, sandbox.content("vm-db-0").as_str()), (0, "second"), "{undone:?}");
    let stands_for = sandbox.attached("vm-db-0").remove(0);
    assert!(!disks.contains(&stands_for));
    prune_at(&sandbox, &at(5, 2));
    let further = run_at(&sandbox, &at(5, 3), &["-n", "undo"]);
    assert_eq!((further.status, sandbox.content("vm-db-0").as_str()), (0, "first"), "{further:?}");
    // Both again, each by its undo: the disks that these have put away are there.
    prune_at(&sandbox, &at(6, 0));
    for (ran, disk) in [(further, &stands_for), (undone, &disks[2])] {
        let undo = ran.stdout.split('\t').nth(4).unwrap().trim().to_owned();
        assert_eq!(run_at(&sandbox, &at(6, 1), &["-n", "undo", &undo]).status, 0);
        assert_eq!(sandbox.attached("vm-db-0"), [disk.as_str()]);
    }
}

#[test]
fn what_a_pending_operation_needs_stays() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [needed, old, new] = [1, 2, 3].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    let killed = sandbox.prepare(&["promote", &needed]).fault("promote.create_disk_from_snapshot.intended=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    let told = planned(&sandbox, &at(21, 0));
    let of = |cid: &str| told.iter().find(|row| row.0 == cid).map(|row| (row.1.as_str(), row.2.as_str()));
    assert_eq!((of(&needed), of(&old)), (Some(("kept", "pending")), Some(("to delete", "not_kept"))));
    // It stays, and keeps its snapshot, for ever: that is told each time.
    for _ in 0..2 {
        let ran = run_at(&sandbox, &at(21, 0), &["-n", "prune"]);
        assert_eq!(left(&sandbox), sorted(&[&needed, &new]));
        let told = "was killed, and keeps 1 snapshot from being deleted";
        assert!(ran.status == 6 && ran.stderr.contains(told) && ran.stderr.contains("snapback recover"), "{ran:?}");
    }
}

/// What a killed `delete` was about may be gone: it is no floor, and keeps nothing else from being pruned.
#[test]
fn what_another_operation_is_deleting_is_no_floor() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [old, middle, new] = [1, 2, 3].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    let killed = sandbox.prepare(&["-n", "delete", &new]).fault("delete.delete_snapshot.intended=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox), sorted(&[&middle, &new]), "{old} goes");
    sandbox.run(&["recover"]).quiet_success();
    sandbox.run(&["-n", "delete", &new]).quiet_success();
    assert_eq!(left(&sandbox), [middle]);
}

#[test]
fn a_selector_prunes_what_it_means() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let of = |instance: &str| [1, 2].map(|hour| take_at(&sandbox, &at(20, hour), instance));
    let (db, web) = (of("db/0"), of("web/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    let ran = run_at(&sandbox, &at(21, 0), &["-n", "prune", "db"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(left(&sandbox), sorted(&[&db[1], &web[0], &web[1]]));
    assert_eq!(sandbox.run(&["-n", "prune", "nope"]).status, 5);
    assert_eq!(sandbox.run(&["-n", "-d", "nope", "prune"]).status, 5);
}

#[test]
fn a_group_that_is_written_wrong_is_warned_of() {
    let sandbox = Sandbox::with(&["db/0"]);
    take_at(&sandbox, &at(20, 1), "db/0");
    say(&sandbox, "retention: {keep_last: 1, groups: {bd: {keep_last: 5}, db: {}}}");
    let ran = prune_at(&sandbox, &at(21, 0));
    assert!(ran.stderr.contains("retention.groups.bd: no instance") && !ran.stderr.contains("groups.db"), "{ran:?}");
}
