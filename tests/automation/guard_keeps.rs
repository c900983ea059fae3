//! `guard`: what it took stays until the change has ended well, and nothing is run that was not to be.
#![cfg(debug_assertions)]

use std::os::unix::fs::PermissionsExt;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::clean::scene;
use super::prune::{at, run_at, say};
use crate::support::fake_cpi::Scene;
use crate::support::{Ran, Sandbox};

#[test]
fn a_signal_that_comes_before_the_command_keeps_it_from_running() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let does = json!({"vms": {"vm-0": ["disk-0"]}, "does": {"snapshot_disk": "sleep:1500 + ok"}});
        let scene = Scene::with(&["db/0"], &does);
        let child = scene.sandbox.prepare(&["guard", "db/0", "--", "touch", "ran"]).start();
        scene.wait_for_call("snapshot_disk", 1);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.status, scene.sandbox.path("ran").exists()), (status, false), "{ran:?}");
        let rows = scene.sandbox.rows(&["snapshots"], "snapshots");
        assert!(rows[0]["before"].as_str().unwrap().ends_with(", not run"), "{rows:?}");
    }
}

#[test]
fn a_signal_after_the_command_changes_nothing_of_its_status() {
    let sandbox = Sandbox::with(&["db/0"]);
    // The command ends, and snapback gets the signal while it notes that.
    let does = "(sleep 0.05; kill -INT $PPID) & exit 7";
    for _ in 0..5 {
        let ran = sandbox.run(&["guard", "db/0", "--", "sh", "-c", does]);
        assert_eq!(ran.status, 7, "{ran:?}");
        assert!(!ran.stderr.contains("interrupted"), "{ran:?}");
    }
}

#[test]
fn what_it_took_is_not_pruned_while_the_command_runs_nor_soon_after_it_failed() {
    for (retention, limits) in
        [("keep_daily: 7", ""), ("keep_last: 1", ""), ("keep_last: 9", "max_per_instance: 1, replace: true")]
    {
        let sandbox = Sandbox::with(&["db/0"]);
        let limits = if limits.is_empty() { String::new() } else { format!("\n    limits: {{{limits}}}") };
        say(&sandbox, &format!("retention: {{{retention}}}{limits}"));
        let does = format!(
            "SNAPBACK_TEST_NOW={} {snapback} take db/0 >&2; SNAPBACK_TEST_NOW={} {snapback} -n prune >&2; exit 1",
            at(1, 2),
            at(1, 3),
            snapback = env!("CARGO_BIN_EXE_snapback"),
        );
        let ran = run_at(&sandbox, &at(1, 1), &["guard", "db/0", "--", "sh", "-c", &does]);
        assert_eq!(ran.status, 1, "{ran:?}");
        let line = ran.stderr.lines().find_map(|line| line.strip_prefix("Hint: run: snapback restore ")).unwrap();
        run_at(&sandbox, &at(2, 0), &["-n", "prune"]);
        assert_eq!(
            run_at(&sandbox, &at(2, 1), &["restore", line, "--dry-run"]).status,
            0,
            "{retention} {limits}: {ran:?}"
        );
        let kept = run_at(&sandbox, &at(2, 2), &["prune", "--dry-run", "--output", "json"]).stdout;
        assert!(kept.contains("\"change\""), "{retention} {limits}: {kept}");
        // After a week nobody goes back any more.
        run_at(&sandbox, &at(20, 0), &["-n", "prune"]);
        if limits.is_empty() {
            assert_eq!(run_at(&sandbox, &at(20, 1), &["restore", line, "--dry-run"]).status, 5, "{retention}");
        }
    }
}

#[test]
fn a_restore_of_what_was_deleted_meanwhile_is_not_told() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let does = format!(
        "{snapback} -n delete $({snapback} snapshots db/0 --output cid) >&2; exit 3",
        snapback = env!("CARGO_BIN_EXE_snapback")
    );
    let ran = sandbox.run(&["guard", "--", "sh", "-c", &does]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains(" of db/0 was deleted while the command ran"), "{ran:?}");
    assert!(!ran.stderr.contains("--set") && ran.stderr.contains("to put db/1 back"), "{ran:?}");
    assert_eq!(sandbox.follow_hints(&ran), 1);
}

#[test]
fn what_cannot_be_run_is_seen_before_anything_is_stopped_or_taken() {
    let sandbox = scene(&["db/0"], "quiesce: [touch, stopped]\nresume: ['true']");
    sandbox.write("plain", "no program");
    std::fs::set_permissions(sandbox.path("plain"), std::fs::Permissions::from_mode(0o644)).unwrap();
    for (command, status) in [("bsoh", 127), ("./nowhere", 127), ("", 127), ("./plain", 126), ("./cloud", 126)] {
        let ran = sandbox.run(&["guard", "db/0", "--", command, "deploy"]);
        assert_eq!(ran.status, status, "{command}: {ran:?}");
        assert!(ran.stderr.contains(&format!("'{command}': ")), "{ran:?}");
    }
    assert!(!sandbox.path("stopped").exists());
    assert!(sandbox.rows(&["snapshots"], "snapshots").is_empty());
}

#[test]
fn killed_before_the_command_it_says_that_the_command_had_not_begun() {
    let sandbox = Sandbox::with(&["db/0"]);
    let ran = sandbox.prepare(&["guard", "--", "touch", "ran"]).fault("guard.change.taken=kill").go();
    assert_eq!((ran.status, sandbox.path("ran").exists()), (137, false), "{ran:?}");
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    assert!(rows[0]["before"].as_str().unwrap().ends_with(", not begun"), "{rows:?}");
}
