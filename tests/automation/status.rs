//! `status`: what it calls restorable can be restored, and what it does not is told with the reason.

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use support::fake_cpi::Scene;
use support::{Ran, Sandbox, vm_of};

/// The time of [`Sandbox::run`]s that take something.
const TAKEN: &str = "2026-11-22T02:50:00Z";

fn at(sandbox: &Sandbox, now: &str, arguments: &[&str]) -> Ran {
    sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", now).go()
}

/// The CID of the snapshot that is taken of an instance then.
fn taken(sandbox: &Sandbox, now: &str, instance: &str) -> String {
    let ran = at(sandbox, now, &["take", instance, "--output", "cid"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.stdout.trim().to_owned()
}

fn rows(sandbox: &Sandbox, now: &str, arguments: &[&str]) -> (i32, Vec<Value>) {
    let ran = at(sandbox, now, &[&["status"], arguments, &["--output", "json"]].concat());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    (ran.status, document["instances"].as_array().unwrap_or_else(|| panic!("{ran:?}")).clone())
}

/// Instance, state and CID of each.
fn told(sandbox: &Sandbox, now: &str, arguments: &[&str]) -> (i32, Vec<(String, String, Option<String>)>) {
    let (status, rows) = rows(sandbox, now, arguments);
    let text = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
    let told = rows.iter().map(|row| (text(row, "instance").unwrap(), text(row, "state").unwrap(), text(row, "cid")));
    (status, told.collect())
}

fn one(state: &str, cid: Option<&str>) -> Vec<(String, String, Option<String>)> {
    vec![("db/0".to_owned(), state.to_owned(), cid.map(str::to_owned))]
}

#[test]
fn the_age_of_the_newest_one_decides() {
    let sandbox = Sandbox::with(&["db/0"]);
    assert_eq!(told(&sandbox, TAKEN, &[]), (11, one("missing", None)));
    let ran = at(&sandbox, TAKEN, &["status"]);
    assert!(ran.stderr.contains("1 of 1 could not be restored as asked: db/0 (prod)"), "{ran:?}");
    assert!(ran.stderr.contains("snapback -d prod take db/0"), "{ran:?}");
    let first = taken(&sandbox, TAKEN, "db/0");
    assert_eq!(told(&sandbox, "2026-11-23T04:50:00Z", &["--max-age", "26h"]), (0, one("ok", Some(&first))));
    assert_eq!(told(&sandbox, "2026-11-23T04:50:01Z", &["--max-age", "26h"]), (11, one("too_old", Some(&first))));
    assert_eq!(told(&sandbox, "2036-11-23T04:50:01Z", &[]), (0, one("ok", Some(&first))));
    let second = taken(&sandbox, "2026-11-24T00:00:00Z", "db/0");
    assert_eq!(told(&sandbox, "2026-11-24T01:00:00Z", &["db", "--max-age", "2h"]), (0, one("ok", Some(&second))));
    // A clock that was wrong is no snapshot of today.
    let (status, rows) = rows(&sandbox, "2026-11-23T00:00:00Z", &["--max-age", "26h"]);
    assert_eq!((status, &rows[0]["state"]), (11, &json!("unknown")));
    assert!(rows[0]["reason"].as_str().unwrap().contains("future"), "{rows:?}");
    at(&sandbox, TAKEN, &["status", "nope"]).refused(5, &["has no instance 'nope'"]);
    at(&sandbox, TAKEN, &["status", "--max-age", "soon"]).refused(2, &["--max-age"]);
}

#[test]
fn a_snapshot_that_the_cloud_has_no_more_does_not_count() {
    let sandbox = Sandbox::with(&["db/0"]);
    let first = taken(&sandbox, TAKEN, "db/0");
    let second = taken(&sandbox, "2026-11-22T03:00:00Z", "db/0");
    let now = "2026-11-22T04:00:00Z";
    assert_eq!(told(&sandbox, now, &[]), (0, one("ok", Some(&second))));
    fs::rename(sandbox.path("cloud/snapshots").join(&second), sandbox.path("away")).unwrap();
    assert_eq!(told(&sandbox, now, &[]), (0, one("ok", Some(&first))));
    // `restore --latest` would take the newer one: so that is told.
    let (_, rows) = rows(&sandbox, now, &[]);
    assert!(rows[0]["reason"].as_str().unwrap().contains("name this one by its CID"), "{rows:?}");
    // The journal alone believes that it is there.
    assert_eq!(told(&sandbox, now, &["--offline"]), (0, one("ok", Some(&second))));
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&first)).unwrap();
    let (status, rows) = self::rows(&sandbox, now, &[]);
    assert_eq!((status, &rows[0]["state"], &rows[0]["cid"]), (11, &json!("not_ready"), &Value::Null));
    assert!(rows[0]["reason"].as_str().unwrap().contains("no longer has snapshot"), "{rows:?}");
    at(&sandbox, now, &["status"]).refused_after_rows(11, "run: snapback -d prod check");
    // What is called restorable is restored.
    fs::rename(sandbox.path("away"), sandbox.path("cloud/snapshots").join(&second)).unwrap();
    assert_eq!(told(&sandbox, now, &[]), (0, one("ok", Some(&second))));
    sandbox.run(&["-n", "restore", &second]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    let (_, rows) = self::rows(&sandbox, now, &[]);
    assert_eq!((&rows[0]["of_current_disk"], &rows[0]["way"]), (&json!(false), &json!("restore")));
}

#[test]
fn what_keeps_a_restore_from_beginning_is_told() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = taken(&sandbox, TAKEN, "db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.detach_disk.intended=kill").go();
    assert_eq!(killed.status, 128 + 9, "{killed:?}");
    let ran = at(&sandbox, TAKEN, &["status"]);
    assert!(ran.status == 11 && ran.stderr.contains("run: snapback recover"), "{ran:?}");
    assert_eq!(told(&sandbox, TAKEN, &[]), (11, one("blocked", Some(&cid))));
    sandbox.run(&["-n", "recover", "--rollback"]).quiet_success();
    assert_eq!(told(&sandbox, TAKEN, &[]), (0, one("ok", Some(&cid))));
    // As long as the take of another process lives, nothing is blocked for good.
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", &inventory.replace("        vm_cid: vm-db-0\n", ""));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let (status, rows) = rows(&sandbox, TAKEN, &[]);
    assert_eq!((status, &rows[0]["state"]), (11, &json!("blocked")));
    assert!(rows[0]["reason"].as_str().unwrap().contains("no VM"), "{rows:?}");
}

#[test]
fn two_deployments_are_told_apart() {
    let sandbox = Sandbox::with(&["db/0"]);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.make_disk("disk-other", 1 << 20, "other");
    sandbox.make_vm("vm-other", &["disk-other"]);
    let other =
        inventory.replace("name: prod", "name: test").replace("vm-db-0", "vm-other").replace("disk-db-0", "disk-other");
    sandbox.write("other.yml", &other);
    sandbox.run(&["import", "other.yml"]).quiet_success();
    at(&sandbox, TAKEN, &["-d", "prod", "take"]).quiet_success();
    let ran = at(&sandbox, TAKEN, &["status"]);
    assert!(ran.stderr.contains("1 of 2 could not be restored as asked: db/0 (test)"), "{ran:?}");
    assert!(ran.stdout.lines().any(|line| line.starts_with("prod\t")), "{ran:?}");
}

#[test]
fn only_what_a_drill_has_verified_counts_where_that_is_asked_for() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#);
    let first = taken(&sandbox, TAKEN, "db/0");
    taken(&sandbox, "2026-11-22T03:00:00Z", "db/0");
    let now = "2026-11-22T04:00:00Z";
    let ran = at(&sandbox, now, &["status", "--verified"]);
    assert!(ran.status == 11 && ran.stderr.contains("snapback -d prod drill --latest db/0"), "{ran:?}");
    assert_eq!(told(&sandbox, now, &["--verified"]), (11, one("unverified", None)));
    at(&sandbox, now, &["drill", &first]).quiet_success();
    assert_eq!(told(&sandbox, now, &["--verified"]), (0, one("ok", Some(&first))));
    assert_eq!(told(&sandbox, now, &["--verified", "--max-age", "1h"]), (11, one("too_old", Some(&first))));
    // What a drill finds wrong is no point to go back to.
    sandbox.manifest(true, "verify: ['false']");
    at(&sandbox, now, &["drill", &first]).refused(11, &["is not right"]);
    assert_eq!(told(&sandbox, now, &["--verified"]).1[0].1, "unverified");
}

#[test]
fn an_instance_with_two_disks_goes_back_to_its_older_one() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-data", "disk-wal"])], "");
    at(&sandbox, TAKEN, &["take"]).quiet_success();
    let (status, rows) = rows(&sandbox, TAKEN, &[]);
    assert_eq!((status, rows[0]["other_cids"].as_array().unwrap().len()), (0, 1), "{rows:?}");
    // Of one disk alone the instance cannot be put back.
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(rows[0]["cid"].as_str().unwrap())).unwrap();
    assert_eq!(told(&sandbox, TAKEN, &[]), (11, one("not_ready", None)));
}

#[test]
fn a_cpi_that_cannot_make_a_disk_leaves_it_to_hands_and_one_that_does_not_answer_to_nobody() {
    let scene = Scene::with(&["db/0"], &json!({}));
    let sandbox = &scene.sandbox;
    taken(sandbox, TAKEN, "db/0");
    let (status, rows) = rows(sandbox, TAKEN, &[]);
    assert_eq!((status, &rows[0]["state"], &rows[0]["way"]), (0, &json!("ok"), &json!("by_hand")), "{rows:?}");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", &manifest.replace("path: fake/cpi", "path: fake/no-cpi"));
    let (status, rows) = self::rows(sandbox, TAKEN, &[]);
    assert_eq!((status, &rows[0]["state"]), (11, &json!("unknown")), "{rows:?}");
    let ran = at(sandbox, TAKEN, &["status"]);
    ran.refused_after_rows(11, "run: snapback cpis");
    assert_eq!(told(sandbox, TAKEN, &["--offline"]).0, 0);
}

#[test]
fn the_next_scheduled_run_of_each_is_told() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let jobs = "  snapback:\n    schedule:\n      jobs:\n        - {name: nightly, cron: '0 2 * * *', do: take, select: db, deployment: prod}\n        \
                - {name: weekly, cron: '0 4 * * mon', do: take}\n        - {name: tried, cron: '* * * * *', do: drill}\n";
    sandbox.write("director.yml", &format!("{manifest}{jobs}"));
    let (_, rows) = rows(&sandbox, TAKEN, &[]);
    let next: Vec<&Value> = rows.iter().map(|row| &row["next_run_at"]).collect();
    assert_eq!(
        next,
        ["2026-11-23T02:00:00.000Z", "2026-11-23T04:00:00.000Z"].map(|at| json!(at)).each_ref(),
        "{rows:?}"
    );
    at(&sandbox, TAKEN, &["status", "--metrics", "snapback.prom"]);
    let text = fs::read_to_string(sandbox.path("snapback.prom")).unwrap();
    for line in [
        r#"snapback_schedule_next_run_timestamp_seconds{schedule="nightly"} 1795399200"#,
        r#"snapback_schedule_last_run_ok{schedule="nightly"} 1"#,
        r#"snapback_schedule_last_run_timestamp_seconds{schedule="nightly"} 0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}

#[test]
fn metrics_are_written_whole_and_others_can_read_them() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    taken(&sandbox, TAKEN, "db/0");
    let now = "2026-11-22T04:00:00Z";
    let ran = at(&sandbox, now, &["status", "--metrics", "snapback.prom"]);
    assert_eq!(ran.status, 11, "{ran:?}");
    let mode = fs::metadata(sandbox.path("snapback.prom")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode & 0o044, 0o044, "{mode:o}");
    let text = fs::read_to_string(sandbox.path("snapback.prom")).unwrap();
    for line in [
        "# TYPE snapback_restorable gauge",
        r#"snapback_restorable{bosh_deployment="prod",bosh_instance="db/0"} 1"#,
        r#"snapback_restorable{bosh_deployment="prod",bosh_instance="db/1"} 0"#,
        r#"snapback_newest_snapshot_timestamp_seconds{bosh_deployment="prod",bosh_instance="db/0"} 1795315800"#,
        r#"snapback_newest_snapshot_verified_timestamp_seconds{bosh_deployment="prod",bosh_instance="db/0"} 0"#,
        r#"snapback_snapshots{bosh_deployment="prod",bosh_instance="db/0",owner="snapback"} 1"#,
        "snapback_pending_operations 0",
        "snapback_status_timestamp_seconds 1795320000",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
    // A link stays one, and its file keeps the mode that it was given.
    fs::set_permissions(sandbox.path("snapback.prom"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("snapback.prom", sandbox.path("link.prom")).unwrap();
    at(&sandbox, "2026-11-22T05:00:00Z", &["status", "--metrics", "link.prom"]);
    assert!(fs::symlink_metadata(sandbox.path("link.prom")).unwrap().is_symlink());
    let text = fs::read_to_string(sandbox.path("snapback.prom")).unwrap();
    assert!(text.contains("snapback_status_timestamp_seconds 1795323600"), "{text}");
    let mode = fs::metadata(sandbox.path("snapback.prom")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o640, "{mode:o}");
    // What is not a file is never replaced.
    rustix::fs::mknodat(rustix::fs::CWD, sandbox.path("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    std::os::unix::fs::symlink("pipe", sandbox.path("to-pipe")).unwrap();
    for (name, what) in [("pipe", "pipe"), ("to-pipe", "pipe"), ("cloud", "directory")] {
        let ran = at(&sandbox, now, &["status", "--metrics", name]);
        ran.refused(2, &[&format!("--metrics {name}: it is a {what}, not a file: nothing was written")]);
    }
    at(&sandbox, now, &["status", "--metrics", "-"]).refused(2, &["standard output"]);
    assert!(!sandbox.path("-").exists());
    // Nothing half-written is left, and what cannot be written is told.
    assert!(sandbox.names(".").iter().all(|name| !name.ends_with(".new")));
    at(&sandbox, now, &["status", "--metrics", "nowhere/snapback.prom"])
        .refused_after_rows(11, "nowhere/snapback.prom");
    at(&sandbox, now, &["status", "db/0", "--metrics", "nowhere/snapback.prom"])
        .refused_after_rows(1, "nowhere/snapback.prom");
}

#[test]
fn what_the_cloud_does_not_have_of_the_instance_blocks_its_restore() {
    let sandbox = Sandbox::with(&["db/0"]);
    let first = taken(&sandbox, TAKEN, "db/0");
    assert_eq!(told(&sandbox, TAKEN, &[]), (0, one("ok", Some(&first))));
    sandbox.make_disk("disk-other", 1 << 20, "another");
    sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    sandbox.attach_by_hand("vm-db-0", "disk-other");
    let (status, found) = rows(&sandbox, TAKEN, &[]);
    // A restore brings it a disk all the same; that something is amiss is told.
    assert_eq!((status, &found[0]["state"]), (0, &json!("ok")), "{found:?}");
    assert_eq!(found[0]["reason"], "VM vm-db-0 does not have disk disk-db-0; it has: disk-other");
    assert_eq!(sandbox.run(&["restore", &first, "--dry-run"]).status, 0);
    fs::remove_dir_all(sandbox.path("cloud/vms/vm-db-0")).unwrap();
    let (status, found) = rows(&sandbox, TAKEN, &[]);
    assert_eq!((status, &found[0]["state"]), (11, &json!("blocked")), "{found:?}");
    assert_eq!(found[0]["reason"], "the cloud has no VM vm-db-0");
    assert_ne!(sandbox.run(&["restore", &first, "--dry-run"]).status, 0, "and so it is");
    assert_eq!(told(&sandbox, TAKEN, &["--offline"]), (0, one("ok", Some(&first))));
}

#[test]
fn snapshots_of_a_former_disk_are_no_comfort_but_those_that_its_disk_was_made_of() {
    let sandbox = Sandbox::with(&["db/0"]);
    let first = taken(&sandbox, TAKEN, "db/0");
    at(&sandbox, TAKEN, &["-n", "restore", &first]).quiet_success();
    assert_eq!(told(&sandbox, TAKEN, &[]), (0, one("ok", Some(&first))), "its disk is made of it");
    let sandbox = Sandbox::with(&["db/0"]);
    let first = taken(&sandbox, TAKEN, "db/0");
    sandbox.make_disk("disk-new", 1 << 20, "resized");
    sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    sandbox.attach_by_hand("vm-db-0", "disk-new");
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", &inventory.replace("disk-db-0", "disk-new"));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let (status, found) = rows(&sandbox, TAKEN, &[]);
    assert_eq!((status, &found[0]["state"], &found[0]["cid"]), (11, &json!("former_disk"), &json!(first)), "{found:?}");
    assert!(found[0]["reason"].as_str().unwrap().contains("there is none of disk-new"), "{found:?}");
    let ran = at(&sandbox, TAKEN, &["status"]);
    assert!(ran.stderr.contains("snapback -d prod take db/0"), "{ran:?}");
    let next = taken(&sandbox, TAKEN, "db/0");
    assert_eq!(told(&sandbox, TAKEN, &[]), (0, one("ok", Some(&next))));
}

#[test]
fn an_instance_that_a_restore_is_at_work_on_could_not_be_restored_now() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = taken(&sandbox, TAKEN, "db/0");
    let run = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.intended=sleep:4000");
    let restore = run.start();
    let is_begun = || sandbox.rows(&["operations"], "operations").iter().any(|one| one["verb"] == "restore");
    crate::held_up::until("the restore has begun", is_begun);
    let (status, found) = rows(&sandbox, TAKEN, &[]);
    assert_eq!((status, &found[0]["state"]), (11, &json!("blocked")), "{found:?}");
    assert!(found[0]["reason"].as_str().unwrap().ends_with("is at work on it"), "{found:?}");
    assert!(restore.wait_with_output().unwrap().status.success());
    assert_eq!(rows(&sandbox, TAKEN, &[]).0, 0);
}

#[test]
fn who_was_named_and_has_no_disk_is_told() {
    let sandbox = Sandbox::with(&["db/0"]);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let web = "      - name: web/0\n        vm_cid: vm-web-0\n        managed_by: nobody\n";
    sandbox.write("inventory.yml", &format!("{inventory}{web}"));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    taken(&sandbox, TAKEN, "db/0");
    for words in [
        &["status", "db/0", "web"][..],
        &["status", "db/0", "web", "--output", "json"],
        &["report", "--html", "-", "db", "web/0"],
    ] {
        let ran = at(&sandbox, TAKEN, words);
        assert_eq!((ran.status, &*ran.stderr), (0, "Warning: web/0 has no persistent disk: passed over\n"), "{ran:?}");
    }
    // Nobody named it.
    assert_eq!(at(&sandbox, TAKEN, &["status"]).stderr, "");
    at(&sandbox, TAKEN, &["status", "web"]).refused(5, &["no instance with a persistent disk is known"]);
}
