//! What cannot be run, or was not run well, is told: with its command, its reason and its next step.

use serde_json::{Value, json};

use crate::schedule::{at, jobs};
use crate::support::Sandbox;

/// Adds lines below `snapback:`, which begins here.
fn own(sandbox: &Sandbox, lines: &str) {
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    sandbox.write("director.yml", &format!("{manifest}  snapback:\n{lines}"));
}

const HOOK: &str = "notify: [/bin/sh, -c, 'cat >> told']";

fn notices(sandbox: &Sandbox) -> Vec<Value> {
    let told = std::fs::read_to_string(sandbox.path("told")).unwrap_or_default();
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn once(sandbox: &Sandbox, now: &str) -> crate::support::Ran {
    at(sandbox, now, &["schedule", "run", "--once"])
}

#[test]
fn a_command_that_was_to_run_once_is_told_with_its_words() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    own(&sandbox, HOOK);
    for command in ["take db/1", "take db/0 --note 'a b'"] {
        let note = command.split(' ').nth(1).unwrap();
        let words: Vec<&str> = match note {
            "db/1" => vec!["take", "db/1"],
            _ => vec!["take", "db/0", "--note", "a b"],
        };
        let all = [&["schedule", "at", "02:00", "--"], &words[..]].concat();
        at(&sandbox, "2027-03-01T00:00:00Z", &all).quiet_success();
    }
    std::fs::remove_dir_all(sandbox.path("cloud/disks/disk-db-1")).unwrap();
    let ran = once(&sandbox, "2027-03-01T02:00:00Z");
    assert_eq!(ran.status, 3, "{ran:?}");
    let told = notices(&sandbox);
    assert_eq!((told.len(), &told[0]["command"]), (1, &json!("snapback take db/1")), "{told:?}");
    let ran = at(&sandbox, "2027-03-01T03:00:00Z", &["schedule", "at", "04:00", "--", "take", "db/0"]);
    ran.quiet_success();
    let ran = at(&sandbox, "2027-03-02T04:00:00Z", &["schedule", "run", "--once", "--no-catch-up"]);
    assert!(ran.stderr.contains("Hint: run: snapback schedule list --all"), "{ran:?}");
}

#[test]
fn a_state_file_that_cannot_be_written_when_a_run_is_due_is_told_to_the_hook() {
    let sandbox = Sandbox::with(&["db/0"]);
    own(&sandbox, HOOK);
    jobs(&sandbox, &["{name: nightly, cron: '0 2 * * *', do: take}"]);
    let locks = sandbox.path("director-snapshots.db.locks");
    std::fs::rename(&locks, sandbox.path("locks-away")).unwrap();
    std::fs::write(&locks, "a file").unwrap();
    let ran = once(&sandbox, "2027-03-01T02:00:00Z");
    assert_eq!(ran.status, 9, "{ran:?}");
    let told = notices(&sandbox);
    assert_eq!(
        (told.len(), &told[0]["event"], &told[0]["state"]),
        (1, &json!("trouble"), &json!("failed")),
        "{told:?}"
    );
    let summary = told[0]["summary"].as_str().unwrap();
    assert!(ran.stderr.contains(summary), "{summary}: {ran:?}");
    // Once it can be written, the run is made up for.
    std::fs::remove_file(&locks).unwrap();
    std::fs::rename(sandbox.path("locks-away"), &locks).unwrap();
    once(&sandbox, "2027-03-01T02:05:00Z").quiet_success();
    assert_eq!((sandbox.rows(&["snapshots"], "snapshots").len(), notices(&sandbox).len()), (1, 1));
}

#[test]
fn a_schedule_of_the_director_that_is_no_cron_is_a_failure_wherever_it_is_looked_at() {
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let bad = manifest.replace("enable_snapshots: true", "enable_snapshots: true\n    snapshot_schedule: 'bad cron'");
    sandbox.write("director.yml", &bad);
    // While it is off, nobody needs it.
    once(&sandbox, "2027-03-01T02:00:00Z").quiet_success();
    own(&sandbox, "schedule: {deployments: true}");
    sandbox.take("db/0");
    let why = "schedule deployments is never run: 'bad cron' is not a cron string";
    once(&sandbox, "2027-03-01T02:00:00Z").refused(1, &[why]);
    let shown = sandbox.run(&["schedule", "show"]);
    assert!(shown.status == 0 && shown.stderr.contains(why), "{shown:?}");
    let ran = sandbox.run(&["check"]);
    assert!(ran.status == 11 && ran.stdout.contains("schedule_never_runs") && ran.stdout.contains(why), "{ran:?}");
    sandbox.run(&["status", "--metrics", "snapback.prom"]);
    let text = std::fs::read_to_string(sandbox.path("snapback.prom")).unwrap();
    assert!(text.contains("snapback_schedule_last_run_ok{schedule=\"deployments\"} 0\n"), "{text}");
}

#[test]
fn what_takes_snapshots_comes_before_what_looks_at_them() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']");
    let looks = ["{name: a-drill, cron: '0 2 * * *', do: drill}", "{name: b-check, cron: '0 2 * * *', do: check}"];
    jobs(&sandbox, &[looks[0], looks[1], "{name: c-take, cron: '0 2 * * *', do: take}"]);
    for day in 1..=2 {
        let now = format!("2027-03-0{day}T02:00:00Z");
        let run = sandbox
            .prepare(&["schedule", "run", "--once", "--max-inventory-age", "off"])
            .env("SNAPBACK_TEST_NOW", &now);
        // The take is slow.
        let ran = run.fault("take.snapshot_disk.intended=sleep:500").go();
        assert_eq!(ran.status, 0, "{ran:?}");
        let rows = sandbox.rows(&["snapshots"], "snapshots");
        assert!(rows.len() == day && rows.iter().all(|row| !row["verified_at"].is_null()), "{rows:?}");
    }
}

#[test]
fn a_run_whose_prune_fails_has_failed_and_is_told_once() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    own(&sandbox, &format!("{HOOK}\nretention: {{keep_last: 1}}"));
    jobs(&sandbox, &["{name: nightly, cron: '0 2 * * *', do: take}"]);
    let run = sandbox
        .prepare(&["schedule", "run", "--once", "--max-inventory-age", "off"])
        .env("SNAPBACK_TEST_NOW", "2027-03-01T02:00:00Z");
    let ran = run.fault("prune.delete_snapshot.before=error").go();
    ran.refused_after_rows(1, "nightly failed, due at 2027-03-01 02:00:00 UTC: 1 snapshot; prune failed: ");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    let told = notices(&sandbox);
    assert_eq!((told.len(), &told[0]["state"]), (1, &json!("failed")), "{told:?}");
    assert_eq!(sandbox.rows(&["schedule", "show", "nightly"], "schedules")[0]["result"], "failed");
}
