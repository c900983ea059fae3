//! `guard`: snapshots before a change, the command in the foreground, and what is known of it afterwards.
#![cfg(debug_assertions)]

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::clean::{HOOKS, executable, scene};
use crate::support::{Ran, Sandbox};

const SOON: Duration = Duration::from_secs(60);

fn snapshots(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.rows(&["snapshots"], "snapshots")
}

/// What the list says of the change before which the newest snapshot was taken.
fn before(sandbox: &Sandbox) -> String {
    snapshots(sandbox).pop().unwrap()["before"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_command_has_stdout_to_itself_and_its_status_is_passed_on() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    for (does, status, stdout, ended) in [
        ("echo out; echo err >&2", 0, "out\n", "succeeded"),
        ("echo out; exit 5", 5, "out\n", "failed"),
        ("kill -9 $$", 137, "", "failed"),
        ("exit 125", 125, "", "failed"),
        ("cat", 0, "typed\n", "succeeded"),
    ] {
        let before_it = snapshots(&sandbox).len();
        let ran = sandbox.prepare(&["guard", "db/0", "--", "sh", "-c", does]).stdin("typed\n").go();
        assert_eq!((ran.status, ran.stdout.as_str()), (status, stdout), "{does}: {ran:?}");
        assert_eq!(snapshots(&sandbox).len(), before_it + 1, "{does}: {ran:?}");
        let told = before(&sandbox);
        assert!(told.starts_with("sh ") && told.ends_with(&format!(", {ended}")), "{does}: {told}");
        let id = told.split([' ', ',']).nth(1).unwrap();
        assert_eq!(snapshots(&sandbox).pop().unwrap()["change"], id, "{told}");
        assert_eq!(ran.stderr.contains("restore snap-"), ended == "failed", "{does}: {ran:?}");
    }
    let wide = sandbox.run(&["snapshots", "--wide"]).stdout;
    assert!(wide.contains("before") || wide.contains(", failed"), "{wide}");
}

#[test]
fn the_restore_that_is_told_after_a_failure_works_when_it_is_pasted() {
    let sandbox = Sandbox::with(&["db/0"]);
    let breaks = "printf broken | dd of=cloud/disks/disk-db-0/disk.img conv=notrunc 2>/dev/null; exit 1";
    let ran = sandbox.run(&["-m", "director.yml", "guard", "--", "sh", "-c", breaks]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(sandbox.content("vm-db-0").starts_with("broken"));
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix("Hint: run: snapback ")).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    sandbox.run(&[&["-n"], words.as_slice()].concat()).quiet_success();
    assert_eq!(sandbox.content("vm-db-0"), "db/0");
}

#[test]
fn of_several_disks_the_whole_set_can_be_put_back() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let breaks = "for disk in db-0 db-1; do printf broken | dd of=cloud/disks/disk-$disk/disk.img conv=notrunc \
                  2>/dev/null; done; exit 1";
    let ran = sandbox.run(&["guard", "db", "--", "sh", "-c", breaks]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix("Hint: run: snapback ")).unwrap();
    assert!(line.starts_with("restore --set "), "{ran:?}");
    let words: Vec<&str> = line.split(' ').collect();
    sandbox.run(&[&["-n"], words.as_slice()].concat()).quiet_success();
    assert_eq!((sandbox.content("vm-db-0"), sandbox.content("vm-db-1")), ("db/0".to_owned(), "db/1".to_owned()));
}

#[test]
fn where_snapback_fails_itself_the_command_is_not_run() {
    let ran_it = |sandbox: &Sandbox| sandbox.path("ran").exists();
    let command = ["--", "touch", "ran"];
    let sandbox = scene(&["db/0"], "quiesce: ['false']\nresume: ['true']");
    let off = Sandbox::with(&["db/0"]);
    off.manifest(false, "");
    for (sandbox, words, fault, says) in [
        (&sandbox, &["guard", "nothing/7"][..], "", "nothing/7"),
        (&sandbox, &["guard"], "", "no snapshot was taken of db/0"),
        (&sandbox, &["guard", "--no-clean"], "local.snapshot_disk.copied=error", "Error"),
        (&sandbox, &["guard", "--no-clean"], "guard.change.taken=error", "Error"),
        (&sandbox, &["guard", "--no-clean", "--json"], "", "stdout"),
        (&sandbox, &["guard", "--no-such-option"], "", "--no-such-option"),
        (&off, &["guard"], "", "switched off"),
    ] {
        let ran = sandbox.prepare(&[words, &command].concat()).fault(fault).go();
        assert_eq!(ran.status, 125, "{words:?}: {ran:?}");
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains(says), "{words:?}: {ran:?}");
        assert!(!ran_it(sandbox), "{words:?}");
    }
    for snapshot in snapshots(&sandbox) {
        assert!(snapshot["before"].as_str().unwrap().ends_with(", not run"), "{snapshot}");
    }
    // Without a command it is not a guard.
    assert_eq!(sandbox.run(&["guard", "db/0"]).status, 125);
}

#[test]
fn what_cannot_be_run_ends_as_env_does() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.write("plain", "no program\n");
    for (program, status, says) in [("./nothing", 127, "no such program"), ("./plain", 126, "cannot be executed")] {
        let ran = sandbox.run(&["guard", "--", program]);
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
        assert!(snapshots(&sandbox).is_empty(), "{ran:?}");
    }
}

#[test]
fn snapshots_are_clean_where_there_are_hooks() {
    let hooks = "groups:\n  db: {quiesce: [./quiesce], resume: [./resume]}";
    let sandbox = scene(&["db/0", "web/0"], hooks);
    sandbox.run(&["guard", "--clean", "--", "touch", "ran"]).refused(125, &["web", "--assume-clean"]);
    assert!(!sandbox.path("ran").exists());
    let ran = sandbox.run(&["guard", "--", "touch", "ran"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let clean: Vec<(Value, Value)> =
        snapshots(&sandbox).into_iter().map(|row| (row["instance"].clone(), row["clean"].clone())).collect();
    assert_eq!(clean, [(json!("db/0"), json!(true)), (json!("web/0"), json!(false))]);
    let log = fs::read_to_string(sandbox.path("log")).unwrap();
    assert_eq!(log, "quiesce db/0\nresume db/0\n");
    sandbox.run(&["guard", "--no-clean", "--", "true"]).quiet_success();
    assert_eq!(fs::read_to_string(sandbox.path("log")).unwrap(), log);
}

#[test]
fn while_the_command_runs_nothing_is_claimed_and_killed_it_leaves_nothing_to_recover() {
    let sandbox = scene(&["db/0"], HOOKS);
    let command = ["guard", "db/0", "--", "sh", "-c", "echo $$ > pid.new; mv pid.new pid; sleep 600"];
    let child = sandbox.prepare(&command).start();
    let begun = Instant::now();
    while !sandbox.path("pid").exists() {
        assert!(begun.elapsed() < SOON);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(before(&sandbox).ends_with(", not known to have ended"));
    sandbox.run(&["take", "--clean", "db/0"]).quiet_success();
    let cid = snapshots(&sandbox)[0]["cid"].as_str().unwrap().to_owned();
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    assert_eq!(Ran::of(finish(child, &sandbox)).status, 137);
    assert_eq!(sandbox.rows(&["operations"], "operations").iter().filter(|row| row["state"] == "pending").count(), 0);
    sandbox.run(&["recover"]).quiet_success();
    assert!(snapshots(&sandbox)[0]["before"].as_str().unwrap().ends_with(", not known to have ended"));
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
}

/// Ends the command as well, which holds snapback's pipes.
fn finish(child: std::process::Child, sandbox: &Sandbox) -> std::process::Output {
    let pid: i32 = fs::read_to_string(sandbox.path("pid")).unwrap().trim().parse().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    for pid in children.split_whitespace().filter_map(|pid| pid.parse().ok()).chain([pid]) {
        let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
    }
    child.wait_with_output().unwrap()
}

#[test]
fn a_signal_to_snapback_alone_ends_the_command_and_snapback_says_how() {
    let sandbox = Sandbox::with(&["db/0"]);
    let does = "trap 'echo ended; exit 9' TERM; echo ready > ready; while :; do sleep 0.1; done";
    let child = sandbox.prepare(&["guard", "--", "sh", "-c", does]).start();
    let begun = Instant::now();
    while !sandbox.path("ready").exists() {
        assert!(begun.elapsed() < SOON);
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.stdout.as_str()), (9, "ended\n"), "{ran:?}");
    assert!(before(&sandbox).ends_with(", failed"));
}

#[test]
fn killed_at_each_point_it_leaves_at_most_an_operation_for_recover() {
    let points = [
        "guard.change.begun",
        "take.quiesce.effected",
        "take.snapshot_disk.effected",
        "take.finish.before",
        "guard.change.taken",
        "guard.change.runs",
        "guard.change.ran",
        "guard.change.ended",
    ];
    for point in points {
        let sandbox = scene(&["db/0"], HOOKS);
        let ran = sandbox.prepare(&["guard", "--", "touch", "ran"]).fault(&format!("{point}=kill")).go();
        assert_eq!(ran.status, 137, "{point}: {ran:?}");
        let has_run = ["guard.change.ran", "guard.change.ended"].contains(&point);
        assert_eq!(sandbox.path("ran").exists(), has_run, "{point}");
        sandbox.run(&["recover"]).quiet_success();
        let said: Vec<String> =
            snapshots(&sandbox).iter().map(|row| row["before"].as_str().unwrap_or_default().to_owned()).collect();
        let ends = match point {
            "guard.change.ended" => ", succeeded",
            "guard.change.runs" | "guard.change.ran" => ", not known to have ended",
            _ => ", not begun",
        };
        assert!(said.iter().all(|said| said.ends_with(ends)), "{point}: {said:?}");
        assert_eq!(
            said.len(),
            usize::from(point != "guard.change.begun" && point != "take.quiesce.effected"),
            "{point}"
        );
    }
}

#[test]
fn no_secret_of_the_command_is_kept_or_shown() {
    let sandbox = Sandbox::with(&["db/0"]);
    executable(&sandbox, "deploy", "#!/bin/sh\nexit 1\n");
    let words = ["-v", "password=canary-1", "--client-secret", "canary-2", "sh -c canary-3", "--var=x=canary-4"];
    let ran = sandbox.run(&[&["guard", "--", "./deploy"], &words[..]].concat());
    assert_eq!(ran.status, 1);
    let wide = sandbox.run(&["snapshots", "--wide"]).stdout + &sandbox.run(&["operations"]).stdout;
    let state = String::from_utf8_lossy(&fs::read(sandbox.state()).unwrap()).into_owned();
    for text in [&ran.stdout, &ran.stderr, &wide, &state] {
        assert!(!text.contains("canary"), "{text}");
    }
    assert!(state.contains("./deploy -v <redacted>"));
}

#[test]
fn two_instances_of_one_name_are_told_apart_by_their_deployments() {
    let sandbox = Sandbox::with(&["db/0"]);
    let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let other =
        inventory.replace("name: prod", "name: stage").replace("vm-db-0", "vm-other").replace("disk-db-0", "other");
    sandbox.make_disk("other", 1 << 20, "other");
    sandbox.make_vm("vm-other", &["other"]);
    sandbox.write("other.yml", &other);
    sandbox.run(&["import", "other.yml"]).quiet_success();
    let ran = sandbox.run(&["guard", "--all-deployments", "--", "false"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    for deployment in ["prod", "stage"] {
        let says = format!("to put db/0 ({deployment}) back as it was before the command:");
        assert!(ran.stderr.contains(&says) && ran.stderr.contains(&format!(" of db/0 ({deployment})\n")), "{ran:?}");
    }
}
