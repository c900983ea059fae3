//! Clocks that were wrong: no run is lost by them, none is doubled, and what is told of the last run is of the last one.
#![cfg(debug_assertions)]

use std::fs;

use serde_json::Value;

use super::schedule::{NIGHTLY, at, jobs, once, snapshots};
use crate::support::Sandbox;

const HOURLY: &str = "{name: hourly, cron: '0 * * * *', do: take, select: db/0}";

fn shown(sandbox: &Sandbox, now: &str, name: &str) -> Value {
    let ran = at(sandbox, now, &["schedule", "show", name, "--output", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    document["schedules"][0].clone()
}

/// Ahead by so much, and right again: the times that come then are run, and none of them twice.
#[test]
fn a_clock_that_was_ahead_silences_nothing_and_doubles_nothing() {
    let mut counted = 0;
    for ahead in ["2027-03-01T21:30:00Z", "2027-03-03T05:30:00Z", "2039-01-01T03:30:00Z"] {
        let sandbox = Sandbox::with(&["db/0"]);
        jobs(&sandbox, &[HOURLY]);
        once(&sandbox, "2027-03-01T01:00:30Z").quiet_success();
        once(&sandbox, ahead).quiet_success();
        assert_eq!(snapshots(&sandbox), 2, "{ahead}");
        for (hour, taken) in [(2, 3), (3, 4), (4, 5)] {
            for minute in [0, 20] {
                let ran = once(&sandbox, &format!("2027-03-01T0{hour}:{minute:02}:30Z"));
                assert_eq!((ran.status, snapshots(&sandbox)), (0, taken), "{ahead}, {hour}:{minute}: {ran:?}");
            }
            counted += 1;
        }
        let summary = shown(&sandbox, "2027-03-01T04:30:00Z", "hourly")["summary"].clone();
        assert!(!summary.as_str().unwrap().contains("missed"), "{ahead}: {summary}");
        // The time that was run ahead of its time is not run again when it comes.
        if ahead.starts_with("2027-03-01") {
            for (hour, taken) in [("20:00:30", 6), ("21:00:30", 6), ("22:00:30", 7)] {
                once(&sandbox, &format!("2027-03-01T{hour}Z"));
                assert_eq!(snapshots(&sandbox), taken, "{hour}");
            }
        }
    }
    assert_eq!(counted, 9);
}

/// A run that dies is done once more; a snapshot of a clock that was ahead does not stand for it.
#[test]
fn a_snapshot_from_the_future_does_not_stand_for_a_run_that_died() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    once(&sandbox, "2027-03-05T02:00:00Z").quiet_success();
    assert_eq!(snapshots(&sandbox), 1);
    let run = sandbox.prepare(&["schedule", "run", "--once"]).env("SNAPBACK_TEST_NOW", "2027-03-02T02:00:00Z");
    assert_ne!(run.fault("schedule.run.before=kill").go().status, 0);
    let ran = once(&sandbox, "2027-03-02T02:01:00Z");
    assert_eq!((ran.status, snapshots(&sandbox)), (0, 2), "{ran:?}");
}

#[test]
fn the_last_run_is_the_one_that_was_begun_last_whatever_the_clock_said() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    once(&sandbox, "2036-11-20T02:30:00Z").quiet_success();
    fs::rename(sandbox.path("cloud/disks"), sandbox.path("cloud/away")).unwrap();
    assert_ne!(once(&sandbox, "2027-03-02T02:00:30Z").status, 0);
    let row = shown(&sandbox, "2027-03-02T03:00:00Z", "nightly");
    assert_eq!((&row["result"], &row["last"]), (&"failed".into(), &"2027-03-02T02:00:00.000Z".into()), "{row}");
    at(&sandbox, "2027-03-02T03:00:00Z", &["status", "--offline", "--metrics", "m.prom"]);
    let metrics = fs::read_to_string(sandbox.path("m.prom")).unwrap();
    assert!(metrics.contains("snapback_schedule_last_run_ok{schedule=\"nightly\"} 0"), "{metrics}");
}

/// A scheduler that is dead cannot tell of itself.
#[test]
fn a_run_that_nothing_begins_is_told_by_everything_that_looks() {
    let sandbox = Sandbox::with(&["db/0"]);
    jobs(&sandbox, &[NIGHTLY]);
    once(&sandbox, "2027-03-01T02:00:00Z").quiet_success();
    let finding = |now: &str| {
        let ran = at(&sandbox, now, &["check", "--output", "json"]);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|finding| finding["finding"] == "schedule_overdue")
    };
    // A timer may look once an hour.
    let (soon, late) = ("2027-03-02T02:59:00Z", "2027-03-05T12:00:00Z");
    assert_eq!((&shown(&sandbox, soon, "nightly")["is"], finding(soon)), (&"on".into(), None));
    let row = shown(&sandbox, late, "nightly");
    assert_eq!(row["is"], "overdue", "{row}");
    assert!(row["reason"].as_str().unwrap().starts_with("due since 2027-03-02T02:00:00Z"), "{row}");
    let told = finding(late).unwrap();
    assert_eq!((&told["about"], &told["next"]), (&"nightly".into(), &"snapback schedule run --once".into()), "{told}");
    at(&sandbox, late, &["status", "--offline", "--metrics", "m.prom"]);
    let metrics = fs::read_to_string(sandbox.path("m.prom")).unwrap();
    let due = "snapback_schedule_next_run_timestamp_seconds{schedule=\"nightly\"} ";
    let due: f64 = metrics.lines().find_map(|line| line.strip_prefix(due)).unwrap().parse().unwrap();
    assert_eq!(due, 1_803_952_800.0, "2027-03-02 02:00");
    once(&sandbox, late).quiet_success();
    assert_eq!((&shown(&sandbox, late, "nightly")["is"], finding(late)), (&"on".into(), None));
}
