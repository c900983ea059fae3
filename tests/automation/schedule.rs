//! Schedules through the program: what is due is run once, whoever looks, however late, and whatever dies in between.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fake_cpi::Scene;
use crate::support::{Ran, Run, Sandbox};

pub const NIGHTLY: &str = "{name: nightly, cron: '0 2 * * *', do: take, select: db/0}";

/// Adds jobs to the manifest, and looks at them for the first time on the first of March.
pub fn jobs(sandbox: &Sandbox, jobs: &[&str]) {
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let own = if manifest.contains("  snapback:\n") { "" } else { "  snapback:\n" };
    let jobs: String = jobs.iter().map(|job| format!("      - {job}\n")).collect();
    sandbox.write("director.yml", &format!("{manifest}{own}    schedule:\n      jobs:\n{jobs}"));
    let first = at(sandbox, "2027-03-01T00:00:00Z", &["schedule", "run", "--once"]);
    assert_eq!((first.status, first.stdout.as_str()), (0, ""), "{first:?}");
}

fn prepared(sandbox: &Sandbox, now: &str, arguments: &[&str]) -> Run {
    sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", now)
}

/// Runs it at this time.
pub fn at(sandbox: &Sandbox, now: &str, arguments: &[&str]) -> Ran {
    prepared(sandbox, now, arguments).go()
}

pub fn once(sandbox: &Sandbox, now: &str) -> Ran {
    at(sandbox, now, &["schedule", "run", "--once"])
}

pub fn snapshots(sandbox: &Sandbox) -> usize {
    sandbox.rows(&["snapshots"], "snapshots").len()
}

/// The last run of a schedule: its result, its summary, and for how many earlier times it stands.
fn last(sandbox: &Sandbox, name: &str) -> (String, String) {
    let rows = sandbox.rows(&["schedule", "show", name], "schedules");
    let text = |key: &str| rows[0][key].as_str().unwrap_or_default().to_owned();
    (text("result"), text("summary"))
}

#[test]
fn what_is_due_is_run_once_however_often_somebody_looks() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    assert!(once(&sandbox, "2027-03-01T01:59:59Z").stderr.contains("Nothing is due"));
    let ran = once(&sandbox, "2027-03-01T02:00:00Z");
    assert_eq!((ran.status, snapshots(&sandbox)), (0, 1), "{ran:?}");
    // The same time, a later one, one hour and two days back, and the same once more.
    for now in ["02T01:00:00Z", "01T02:00:00Z", "01T01:00:00Z", "01T02:00:30Z", "02T01:59:00Z"] {
        assert!(once(&sandbox, &format!("2027-03-{now}")).stderr.contains("Nothing is due"), "{now}");
    }
    assert_eq!(once(&sandbox, "2027-02-27T02:00:00Z").status, 0);
    assert_eq!(snapshots(&sandbox), 1);
    once(&sandbox, "2027-03-02T02:00:00Z");
    assert_eq!(snapshots(&sandbox), 2);
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["schedule"], "nightly");
}

#[test]
fn what_was_missed_is_done_once_and_counted_or_only_noted() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    let ran = once(&sandbox, "2027-03-05T12:00:00Z");
    assert_eq!((ran.status, snapshots(&sandbox)), (0, 1), "{ran:?}");
    assert!(last(&sandbox, "nightly").1.ends_with("for 4 earlier times, which were missed, too"));
    let ran = at(&sandbox, "2027-03-07T12:00:00Z", &["schedule", "run", "--once", "--no-catch-up"]);
    let why = "nothing was at work when it was due; 1 earlier time was missed, too";
    ran.refused_after_rows(1, &format!("nightly missed, due at 2027-03-07 02:00:00 UTC: {why}"));
    assert_eq!((snapshots(&sandbox), last(&sandbox, "nightly").0.as_str()), (1, "missed"));
    // A timer may be late by some minutes.
    at(&sandbox, "2027-03-08T02:09:00Z", &["schedule", "run", "--once", "--no-catch-up"]).quiet_success();
    assert_eq!(snapshots(&sandbox), 2);
}

#[test]
fn a_changed_cron_string_leaves_what_it_had_missed_on_record() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", &manifest.replace("0 2 * * *", "0 4 * * *"));
    let ran = once(&sandbox, "2027-03-03T03:00:00Z");
    ran.refused_after_rows(1, "its cron string was changed before it was run; 2 earlier times were missed, too");
    assert_eq!(snapshots(&sandbox), 0);
    once(&sandbox, "2027-03-03T04:00:00Z").quiet_success();
    assert_eq!(snapshots(&sandbox), 1);
}

#[test]
fn two_at_once_take_one_snapshot_of_each_time() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    for day in 1..=4 {
        let now = format!("2027-03-0{day}T02:00:00Z");
        let start = || prepared(&sandbox, &now, &["schedule", "run", "--once"]).start();
        let both = [start(), start(), start()];
        for child in both {
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert_eq!(ran.status, 0, "{ran:?}");
        }
        assert_eq!(snapshots(&sandbox), day, "{now}");
    }
}

#[test]
fn a_failed_run_stops_no_other_and_is_told_to_the_hook() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let hook = "  snapback:\n    notify: [/bin/sh, -c, 'cat >> told']\n";
    sandbox.write("director.yml", &format!("{manifest}{hook}"));
    jobs(&sandbox, &["{name: broken, cron: '0 2 * * *', do: take, select: db/1}", NIGHTLY]);
    std::fs::remove_dir_all(sandbox.path("cloud/disks/disk-db-1")).unwrap();
    let ran = once(&sandbox, "2027-03-01T02:00:00Z");
    ran.refused_after_rows(3, "broken failed, due at 2027-03-01 02:00:00 UTC");
    assert_eq!((last(&sandbox, "broken").0.as_str(), last(&sandbox, "nightly").0.as_str()), ("failed", "done"));
    let told = std::fs::read_to_string(sandbox.path("told")).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((told.len(), &told[0]["schedule"], &told[0]["state"]), (1, &json!("broken"), &json!("failed")));
}

#[test]
fn killed_at_each_point_a_run_is_neither_lost_nor_doubled() {
    let mut killed = 0;
    for point in ["claim.before", "claim.after", "run.before", "run.after", "run.ended"] {
        let sandbox = Sandbox::with(&["db/0"]);
        jobs(&sandbox, &[NIGHTLY]);
        let run = prepared(&sandbox, "2027-03-01T02:00:00Z", &["schedule", "run", "--once"]);
        let ran = run.fault(&format!("schedule.{point}=kill")).go();
        assert!(ran.status != 0 && ran.stderr.contains("schedule."), "{point}: {ran:?}");
        killed += 1;
        for minute in [1, 2, 3] {
            let ran = once(&sandbox, &format!("2027-03-01T02:0{minute}:00Z"));
            assert_eq!(ran.status, 0, "{point}: {ran:?}");
        }
        assert_eq!((snapshots(&sandbox), last(&sandbox, "nightly").0.as_str()), (1, "done"), "{point}");
    }
    assert_eq!(killed, 5);
}

#[test]
fn a_run_that_dies_each_time_is_given_up_and_told() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    for minute in [0, 1] {
        let run = prepared(&sandbox, &format!("2027-03-01T02:0{minute}:00Z"), &["schedule", "run", "--once"]);
        assert_ne!(run.fault("schedule.run.before=kill").go().status, 0);
    }
    let ran = once(&sandbox, "2027-03-01T02:02:00Z");
    ran.refused_after_rows(1, "nightly interrupted, due at 2027-03-01 02:00:00 UTC");
    assert!(ran.stderr.contains("Hint: run: snapback recover"), "{ran:?}");
    once(&sandbox, "2027-03-02T02:00:00Z").quiet_success();
    assert_eq!(snapshots(&sandbox), 1);
}

/// A scene whose CPI takes its time for a snapshot.
fn slow() -> Scene {
    let scene =
        Scene::with(&["db/0"], &json!({"vms": {"vm-0": ["disk-0"]}, "does": {"snapshot_disk": "sleep:3000 + ok"}}));
    jobs(&scene.sandbox, &[NIGHTLY]);
    scene
}

#[test]
fn the_living_child_of_a_killed_scheduler_is_waited_for_and_not_doubled() {
    let scene = slow();
    let mut child = prepared(&scene.sandbox, "2027-03-01T02:00:00Z", &["schedule", "run", "--once"]).start();
    scene.wait_for_call("snapshot_disk", 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = once(&scene.sandbox, "2027-03-01T02:01:00Z");
    assert!(ran.stderr.contains("All that is due is running already: nightly"), "{ran:?}");
    let is_running = || scene.sandbox.rows(&["schedule", "show", "nightly"], "schedules")[0]["is"] == "running";
    assert!(is_running());
    let until = Instant::now() + Duration::from_secs(30);
    while is_running() {
        assert!(Instant::now() < until, "the child has no end");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(last(&scene.sandbox, "nightly").0, "interrupted");
    once(&scene.sandbox, "2027-03-01T02:02:00Z").quiet_success();
    assert_eq!((snapshots(&scene.sandbox), last(&scene.sandbox, "nightly").0.as_str()), (1, "done"));
    assert_eq!(scene.methods().iter().filter(|method| *method == "snapshot_disk").count(), 1);
}

#[test]
fn sigterm_lets_the_running_call_end_and_records_it() {
    let scene = slow();
    let child = prepared(&scene.sandbox, "2027-03-01T02:00:00Z", &["schedule", "run"]).start();
    scene.wait_for_call("snapshot_disk", 1);
    let locked = at(&scene.sandbox, "2027-03-01T02:00:00Z", &["schedule", "run"]);
    locked.refused(6, &["another `schedule run` is at work on this state file"]);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.status, snapshots(&scene.sandbox)), (0, 1), "{ran:?}");
    assert_eq!(last(&scene.sandbox, "nightly").0, "done");
    assert!(scene.sandbox.rows(&["operations"], "operations").iter().all(|row| row["state"] == "done"));
}

#[test]
fn an_idle_scheduler_ends_at_once_when_it_is_told() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    let mut child = prepared(&sandbox, "2027-03-01T01:00:00Z", &["schedule", "run"]).start();
    let until = Instant::now() + Duration::from_secs(20);
    while !sandbox.path("director-snapshots.db.locks/schedule.all").exists() {
        assert!(Instant::now() < until, "it does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_schedule_that_passes_over_a_disk_without_any_snapshot_says_so() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    jobs(&sandbox, &["{name: all, cron: '0 2 * * *', do: take}"]);
    let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", &inventory.replace("        vm_cid: vm-db-1\n", ""));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let ran = once(&sandbox, "2027-03-01T02:00:00Z");
    ran.refused_after_rows(1, "db/1: there is no snapshot of its disk disk-db-1 at all");
}
