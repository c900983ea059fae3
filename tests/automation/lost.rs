//! A snapshot that the cloud has lost, or that is damaged there: a drill notes it, and nothing counts on it any more.

use std::fs;

use serde_json::Value;

use crate::schedule::{at, jobs};
use crate::support::Sandbox;

const HOOK: &str = "verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']";

fn scene(instances: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.furnish(instances, HOOK);
    sandbox
}

fn lose(sandbox: &Sandbox, cid: &str) {
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(cid)).unwrap();
}

/// Whether a drill has found it right, and whether one has found it wrong.
fn found(sandbox: &Sandbox, cid: &str) -> (bool, bool) {
    let row = sandbox.rows(&["snapshots"], "snapshots").into_iter().find(|row| row["cid"] == cid).unwrap();
    (row["verified_at"].is_string(), row["unsound_at"].is_string())
}

fn kinds(sandbox: &Sandbox) -> Vec<String> {
    let findings = sandbox.rows(&["check"], "findings");
    findings.iter().map(|row| row["finding"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_scheduled_drill_notes_that_the_newest_is_lost_and_the_next_one_tries_the_one_before_alone() {
    let sandbox = scene(&["db/0"]);
    let (older, newest) = (sandbox.take("db/0"), sandbox.take("db/0"));
    jobs(&sandbox, &["{name: weekly, cron: '0 4 * * *', do: drill}"]);
    lose(&sandbox, &newest);
    let refused = sandbox.run(&["-n", "restore", "--latest", "db/0"]);
    refused.refused(5, &["no longer has snapshot", &format!("snapback -d prod restore {older}")]);
    assert!(refused.stderr.contains("snapback -d prod drill --latest db/0"), "{refused:?}");
    let ran = at(&sandbox, "2027-03-01T04:00:00Z", &["schedule", "run", "--once"]);
    ran.refused_after_rows(1, &format!("no disk can be made from snapshot {newest} of db/0: the cloud has lost it"));
    assert!(ran.stdout.contains(&format!("snapback -d prod restore {older} --dry-run")), "{ran:?}");
    assert_eq!((found(&sandbox, &older), found(&sandbox, &newest)), ((true, false), (false, true)));
    // The week after, nobody stumbles over it.
    let ran = at(&sandbox, "2027-03-02T04:00:00Z", &["schedule", "run", "--once"]);
    assert!(ran.status == 0 && !ran.stdout.contains(&newest), "{ran:?}");
    let status = sandbox.run(&["status", "--verified"]);
    assert!(status.status == 0 && status.stdout.contains(&older), "{status:?}");
    assert!(status.stdout.contains(&format!("a drill found a newer one wrong: {newest}")), "{status:?}");
    assert_eq!(kinds(&sandbox), ["snapshot_gone"]);
    let ran = sandbox.run(&["-n", "restore", "--latest", "db/0"]);
    assert!(ran.status == 0 && ran.stderr.contains("1 with content that a drill found wrong"), "{ran:?}");
}

#[test]
fn a_named_one_that_is_lost_or_damaged_is_found_wrong_and_stays_so_until_a_drill_finds_it_right() {
    let sandbox = scene(&["db/0"]);
    let (lost, damaged, good) = (sandbox.take("db/0"), sandbox.take("db/0"), sandbox.take("db/0"));
    let image = sandbox.path("cloud/snapshots").join(&damaged).join("disk.img");
    let whole = fs::read(&image).unwrap();
    fs::remove_file(&image).unwrap();
    fs::write(&image, &whole[..whole.len() / 2]).unwrap();
    lose(&sandbox, &lost);
    sandbox.run(&["drill", &lost, "--dry-run"]).refused(11, &["the cloud has lost it"]);
    assert_eq!(found(&sandbox, &lost), (false, false), "a dry run notes nothing");
    sandbox.run(&["drill", &lost]).refused(11, &["the cloud has lost it", &format!("snapback delete {lost}")]);
    sandbox.run(&["drill", &damaged]).refused(11, &["it is damaged in the cloud"]);
    sandbox.run(&["drill", &good]).quiet_success();
    let all = [&lost, &damaged, &good].map(|cid| found(&sandbox, cid));
    assert_eq!(all, [(false, true), (false, true), (true, false)]);
    let operations = sandbox.rows(&["operations"], "operations");
    let told = |row: &Value| (row["verb"].clone(), row["state"].clone());
    assert_eq!(told(&operations[1]), ("drill".into(), "failed".into()), "{operations:?}");
    let steps = sandbox.rows(&["operations", operations[1]["operation"].as_str().unwrap()], "steps");
    assert_eq!(steps.iter().map(|step| &step["kind"]).collect::<Vec<_>>(), ["note_lost"]);
    // It was put back from somewhere.
    fs::remove_file(&image).unwrap();
    fs::write(&image, &whole).unwrap();
    assert!(kinds(&sandbox).contains(&"snapshot_unsound".to_owned()), "{:?}", kinds(&sandbox));
    sandbox.run(&["drill", &damaged]).quiet_success();
    assert_eq!((found(&sandbox, &damaged), kinds(&sandbox)), ((true, false), vec!["snapshot_gone".to_owned()]));
}

#[test]
fn a_cloud_that_has_nothing_of_what_is_known_has_lost_nothing() {
    let sandbox = scene(&["db/0"]);
    let all = [sandbox.take("db/0"), sandbox.take("db/0"), sandbox.take("db/0")];
    for cid in &all {
        fs::rename(sandbox.path("cloud/snapshots").join(cid), sandbox.path(cid)).unwrap();
    }
    let ran = sandbox.run(&["drill", "--latest"]);
    assert!(ran.status != 0 && ran.stderr.contains("snapback does not believe that it is gone"), "{ran:?}");
    assert_eq!(all.each_ref().map(|cid| found(&sandbox, cid)), [(false, false); 3]);
    for cid in &all {
        fs::rename(sandbox.path(cid), sandbox.path("cloud/snapshots").join(cid)).unwrap();
    }
    sandbox.run(&["drill", "--latest"]).quiet_success();
}

#[test]
fn a_drill_that_is_killed_while_it_notes_a_loss_leaves_nothing_pending_for_good() {
    for point in ["drill.note_lost.intended", "drill.note_lost.settled"] {
        let sandbox = scene(&["db/0"]);
        let (older, newest) = (sandbox.take("db/0"), sandbox.take("db/0"));
        lose(&sandbox, &newest);
        let killed = sandbox.prepare(&["drill", "--latest"]).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{killed:?}");
        sandbox.run(&["recover"]).quiet_success();
        assert_eq!(
            sandbox.run(&["drill", "--latest"]).status,
            if point.ends_with("settled") { 0 } else { 11 },
            "{point}"
        );
        assert_eq!((found(&sandbox, &older), found(&sandbox, &newest)), ((true, false), (false, true)), "{point}");
    }
}

#[test]
fn the_older_one_that_is_named_is_before_the_time_that_was_asked_for_and_of_a_group_each_has_its_own() {
    let sandbox = scene(&["db/0", "db/1"]);
    let take = |now: &str, instance: &str| {
        let ran = at(&sandbox, now, &["take", instance, "--output", "cid"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout.trim().to_owned()
    };
    let (oldest, other) = (take("2027-01-01T00:00:00Z", "db/0"), take("2027-01-01T00:00:00Z", "db/1"));
    let (lost, newest) = (take("2027-01-02T00:00:00Z", "db/0"), take("2027-01-03T00:00:00Z", "db/0"));
    lose(&sandbox, &lost);
    let before = ["restore", "--latest", "db/0", "--before", "2027-01-02 12:00", "--dry-run"];
    let ran = at(&sandbox, "2027-01-04T00:00:00Z", &before);
    ran.refused(5, &[&format!("snapback -d prod restore {oldest}\n")]);
    assert!(!ran.stderr.contains(&newest), "{ran:?}");
    lose(&sandbox, &newest);
    let ran = at(&sandbox, "2027-01-04T00:00:00Z", &["restore", "--latest", "db", "--dry-run"]);
    ran.refused(5, &[&format!("snapback -d prod restore {oldest}\n")]);
    assert!(!ran.stderr.contains(&format!("restore {other}")), "{ran:?}");
    // One drill notes both, and the group can be put back.
    assert_eq!(at(&sandbox, "2027-01-04T00:00:00Z", &["drill", "--latest", "db"]).status, 11);
    assert_eq!(at(&sandbox, "2027-01-04T00:00:00Z", &["restore", "--latest", "db", "--dry-run"]).status, 0);
}
