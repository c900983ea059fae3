//! `take --clean`: instances stand still by their hooks, and go on whatever happens.
#![cfg(debug_assertions)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::at_once::each;
use crate::support::{Ran, Run, Sandbox};

/// Long enough for whatever has to happen soon, on a machine that is busy.
const SOON: Duration = Duration::from_secs(60);

/// Leaves a line in `log`, and a file `still-db-0` as long as `db/0` stands still.
const QUIESCE: &str = "#!/bin/sh\nname=$(echo $SNAPBACK_HOOK_INSTANCE | tr / -)\n\
                       echo \"$SNAPBACK_HOOK $SNAPBACK_HOOK_INSTANCE\" >> log\ntouch still-$name\n";
const RESUME: &str = "#!/bin/sh\nname=$(echo $SNAPBACK_HOOK_INSTANCE | tr / -)\n\
                      echo \"$SNAPBACK_HOOK $SNAPBACK_HOOK_INSTANCE\" >> log\nrm -f still-$name\n";

pub const HOOKS: &str = "quiesce: [./quiesce]\nresume: [./resume]\nmax_still: 30";

pub fn executable(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write(name, text);
    fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Instances that can stand still.
pub fn scene(instances: &[&str], hooks: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    executable(&sandbox, "quiesce", QUIESCE);
    executable(&sandbox, "resume", RESUME);
    sandbox.furnish(instances, hooks);
    sandbox
}

/// A run whose resume hook is tried again soon.
fn quickly(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "20")
}

fn log(sandbox: &Sandbox) -> Vec<String> {
    fs::read_to_string(sandbox.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn stands_still(sandbox: &Sandbox) -> bool {
    sandbox.names("").iter().any(|name| name.starts_with("still-"))
}

/// Waits until it is so.
#[track_caller]
pub fn soon(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < SOON, "{what}: not within {SOON:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn snapshots(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.rows(&["snapshots"], "snapshots")
}

fn newest_operation(sandbox: &Sandbox) -> Value {
    sandbox.rows(&["operations"], "operations").remove(0)
}

fn is_being_taken(sandbox: &Sandbox) -> bool {
    let id = newest_operation(sandbox)["operation"].as_str().unwrap().to_owned();
    sandbox.rows(&["operations", &id], "steps").iter().any(|step| step["kind"] == "snapshot_disk")
}

#[track_caller]
fn none_is_clean(sandbox: &Sandbox, what: &str) {
    for snapshot in snapshots(sandbox) {
        assert_eq!(
            (&snapshot["clean"], &snapshot["stood_still_ms"]),
            (&json!(false), &Value::Null),
            "{what}: {snapshot}"
        );
    }
}

#[track_caller]
fn says(ran: &Ran, texts: &[&str]) {
    for text in texts {
        assert!(ran.stderr.contains(text), "no '{text}' in {ran:?}");
    }
}

#[test]
fn a_clean_snapshot_is_one_between_a_quiesce_and_a_resume_that_both_succeeded() {
    let sandbox = scene(&["db/0", "db/1"], HOOKS);
    let ran = sandbox.run(&["take", "--clean", "--parallel", "1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    says(&ran, &["db/0 stood still for 0.", "db/1 stood still for 0."]);
    assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0", "quiesce db/1", "resume db/1"]);
    for snapshot in snapshots(&sandbox) {
        assert_eq!(snapshot["clean"], true, "{snapshot}");
        assert!(snapshot["stood_still_ms"].as_u64().is_some(), "{snapshot}");
    }
    let operation = newest_operation(&sandbox);
    assert_eq!(operation["state"], "done");
    let steps = sandbox.rows(&["operations", operation["operation"].as_str().unwrap()], "steps");
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["quiesce", "snapshot_disk", "resume", "quiesce", "snapshot_disk", "resume"]);
    assert!(steps[2]["result"].as_str().unwrap().starts_with("stood still for 0."), "{steps:?}");
}

#[test]
fn without_hooks_clean_is_refused_before_anything_and_the_operators_word_still_counts() {
    let sandbox = scene(&["db/0", "web/0"], "groups:\n  db: {quiesce: [./quiesce], resume: [./resume]}");
    for more in [&[][..], &["--dry-run"], &["--quiesce-together"]] {
        let ran = sandbox.run(&[&["take", "--clean"], more].concat());
        ran.refused(4, &["web", "properties.snapback.hooks.groups.web.quiesce", "preset: fsfreeze", "--assume-clean"]);
    }
    assert_eq!((log(&sandbox).len(), sandbox.rows(&["operations"], "operations").len()), (0, 0));
    sandbox.run(&["take", "--clean", "db"]).quiet_success();
    assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0"]);
    sandbox.run(&["take", "--assume-clean", "web"]).quiet_success();
    assert!(snapshots(&sandbox).iter().all(|snapshot| snapshot["clean"] == true));
    assert_eq!(log(&sandbox).len(), 2, "the operator's word runs no hook");
    assert_eq!(sandbox.run(&["take", "--clean", "--assume-clean"]).status, 2);
    assert_eq!(sandbox.run(&["take", "--quiesce-together"]).status, 2);
}

/// Hooks that do not make it stand still, each with what is said of it.
const BAD: [(&str, &str); 4] = [
    ("echo 'no such database' >&2; exit 3", "exit status 3; it said: no such database"),
    ("kill -SEGV $$", "signal 11"),
    ("trap '' TERM; echo $$ >> pids; sleep 600 & echo $! >> pids; wait; sleep 600", "still running after 1 s"),
    ("sleep 600 & echo $! >> pids; wait", "still running after 1 s"),
];

#[test]
fn what_does_not_stand_still_is_not_taken_and_goes_on() {
    each(&BAD, |(does, says_why)| {
        let sandbox = scene(&["db/0"], "quiesce: [./quiesce]\nresume: [./resume]\nmax_still: 1");
        executable(&sandbox, "quiesce", &format!("{QUIESCE}{does}\n"));
        let ran = sandbox.run(&["take", "--clean"]);
        assert_eq!(ran.status, 1, "{ran:?}");
        says(&ran, &["no snapshot was taken of db/0", says_why, "--fallback crash-consistent"]);
        assert_eq!(snapshots(&sandbox).len(), 0, "{does}");
        assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0"], "{does}");
        assert!(!stands_still(&sandbox), "{does}");
        for pid in fs::read_to_string(sandbox.path("pids")).unwrap_or_default().lines() {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            assert!(status.is_empty() || status.contains("State:\tZ"), "{does}: {pid} lives on: {status}");
        }
        let operation = newest_operation(&sandbox);
        assert_eq!(operation["state"], "failed", "{does}: {operation}");

        let ran = sandbox.run(&["take", "--clean", "--fallback", "crash-consistent"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        says(&ran, &["db/0 does not stand still, and is taken all the same", says_why]);
        assert_eq!(snapshots(&sandbox).len(), 1, "{does}");
        none_is_clean(&sandbox, does);
        assert!(!stands_still(&sandbox), "{does}");
    });
}

#[test]
fn what_stands_still_too_long_goes_on_and_its_snapshot_is_not_clean() {
    for (more, status) in [(&[][..], 3), (&["--fallback", "crash-consistent"], 0)] {
        let sandbox = scene(&["db/0"], "quiesce: [./quiesce]\nresume: [./resume]\nmax_still: 1");
        let child = sandbox
            .prepare(&[&["take", "--clean"], more].concat())
            .fault("local.snapshot_disk.copied=sleep:4000")
            .start();
        soon("it stands still", || stands_still(&sandbox));
        soon("it goes on", || !stands_still(&sandbox));
        // It was not snapback who let it go on.
        assert!(sandbox.names("cloud/snapshots").is_empty());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.status, status, "{ran:?}");
        says(&ran, &["is kept, and is not clean: db/0 was let go on when its time (max_still, 1.000 s) was over"]);
        assert_eq!((snapshots(&sandbox).len(), log(&sandbox).len()), (1, 2));
        none_is_clean(&sandbox, "after its deadline");
    }
}

#[test]
fn a_resume_hook_that_fails_is_run_again() {
    let sandbox = scene(&["db/0"], HOOKS);
    executable(&sandbox, "resume", &format!("#!/bin/sh\ntest -e tried || {{ touch tried; exit 1; }}\n{RESUME}"));
    let ran = quickly(&sandbox, &["take", "--clean"]).go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(snapshots(&sandbox)[0]["clean"], true);
    assert!(!stands_still(&sandbox));
}

/// `db/0` stands still, and its resume hook is broken; the operation that waits for it.
fn stuck() -> (Sandbox, String) {
    let sandbox = scene(&["db/0"], HOOKS);
    executable(&sandbox, "resume", "#!/bin/sh\necho 'it is broken' >&2\nexit 1\n");
    let ran = quickly(&sandbox, &["take", "--clean"]).go();
    assert_ne!(ran.status, 0, "{ran:?}");
    let id = newest_operation(&sandbox)["operation"].as_str().unwrap().to_owned();
    says(&ran, &["db/0 may stand still", "it is broken", &format!("recover {id}")]);
    none_is_clean(&sandbox, "its resume failed");
    assert_eq!(newest_operation(&sandbox)["state"], "pending");
    sandbox.run(&["take", "--clean"]).refused(6, &[&id]);
    (sandbox, id)
}

#[test]
fn what_cannot_be_let_go_on_waits_for_recover_which_tries_again() {
    let (sandbox, id) = stuck();
    let ran = quickly(&sandbox, &["recover"]).go();
    assert_eq!(ran.status, 1, "{ran:?}");
    says(&ran, &["db/0 may stand still", "it is broken", &format!("recover {id} --abandon")]);
    executable(&sandbox, "resume", RESUME);
    let ran = quickly(&sandbox, &["recover"]).go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!stands_still(&sandbox));
    assert_ne!(newest_operation(&sandbox)["state"], "pending");
    none_is_clean(&sandbox, "after recover");
}

#[test]
fn the_operator_can_say_that_it_goes_on() {
    let (sandbox, id) = stuck();
    let ran = quickly(&sandbox, &["recover"]).go();
    assert_eq!(ran.status, 1, "{ran:?}");
    let line = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("Hint: run: snapback ").filter(|line| line.contains("--abandon")));
    let words: Vec<&str> = line.unwrap().split(' ').collect();
    // By the operator's hand.
    fs::remove_file(sandbox.path("still-db-0")).unwrap();
    let ran = sandbox.run(&[&["-n"], words.as_slice()].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_ne!(newest_operation(&sandbox)["state"], "pending");
    sandbox.run(&["take", "db/0"]).quiet_success();
    let steps = sandbox.rows(&["operations", &id], "steps");
    assert!(steps.iter().any(|step| step["result"].as_str().is_some_and(|said| said.contains("tester@"))), "{steps:?}");
}

#[test]
fn killed_at_any_point_the_instance_goes_on_by_itself() {
    let kinds = ["quiesce", "snapshot_disk", "resume"];
    let phases = ["before", "intended", "effected", "settled"];
    let mut points: Vec<String> =
        kinds.iter().flat_map(|kind| phases.map(|phase| format!("take.{kind}.{phase}"))).collect();
    points.extend(["take.begin.after", "local.snapshot_disk.copied", "take.finish.before"].map(str::to_owned));
    let count = each(&points, |point| {
        for action in ["kill", "panic"] {
            let sandbox = scene(&["db/0"], HOOKS);
            let ran = sandbox.prepare(&["take", "--clean"]).fault(&format!("{point}={action}")).go();
            assert!([137, 70].contains(&ran.status), "{point}: {ran:?}");
            soon(point, || !stands_still(&sandbox));
            sandbox.run(&["recover"]).quiet_success();
            assert!(!stands_still(&sandbox), "{point}");
            // Only what was written down before the death counts.
            let is_over = ["take.resume.settled", "take.finish.before"].contains(&point.as_str());
            if !is_over {
                none_is_clean(&sandbox, point);
            }
            sandbox.run(&["take", "--clean"]).quiet_success();
        }
    });
    eprintln!("{count} points, each with a kill and a panic");
    assert_eq!(count, 15);
}

#[test]
fn whatever_becomes_of_the_dead_man_the_instance_goes_on_and_the_snapshot_is_not_clean() {
    let points = ["quiesce.before", "quiesce.after", "resume.before", "resume.after"];
    each(&points, |point| {
        for action in ["kill", "error"] {
            let sandbox = scene(&["db/0"], HOOKS);
            let fault = format!("dead_man.{point}={action}");
            let ran = quickly(&sandbox, &["take", "--clean"]).env("SNAPBACK_TEST_FAULT_DEAD_MAN", &fault).go();
            // What it could not let go on while it was waited for, it does a moment later.
            soon(&fault, || !stands_still(&sandbox));
            // An error of the resume passes once; it is tried again.
            assert_ne!(ran.status, 70, "{fault}: {ran:?}");
            if action == "kill" {
                assert!([1, 3].contains(&ran.status), "{fault}: {ran:?}");
                none_is_clean(&sandbox, &fault);
            }
            quickly(&sandbox, &["recover"]).go().quiet_success();
            assert!(!stands_still(&sandbox), "{fault}");
        }
    });
}

#[test]
fn where_both_are_killed_recover_lets_it_go_on() {
    let sandbox = scene(&["db/0"], HOOKS);
    // The hook that makes it stand still takes its time; both die meanwhile.
    executable(&sandbox, "quiesce", &format!("{QUIESCE}echo $PPID > dead-man\nsleep 1\n"));
    let child = sandbox.prepare(&["take", "--clean"]).start();
    soon("it stands still", || stands_still(&sandbox) && sandbox.path("dead-man").exists());
    soon("it is known", || fs::read_to_string(sandbox.path("dead-man")).is_ok_and(|text| text.ends_with('\n')));
    let dead_man: i32 = fs::read_to_string(sandbox.path("dead-man")).unwrap().trim().parse().unwrap();
    kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
    kill_process(Pid::from_raw(dead_man).unwrap(), Signal::KILL).unwrap();
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).status, 137);
    assert!(stands_still(&sandbox));
    // The hook lives on, and could stop it behind the back of whoever lets it go on.
    let ran = sandbox.run(&["recover", "--wait-lock", "30"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("resume hook was run") || ran.stderr.contains("resume hook was run"), "{ran:?}");
    assert!(!stands_still(&sandbox));
    assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0"]);
}

#[test]
fn a_second_take_of_the_same_instance_waits_or_is_refused_and_lets_nothing_go_on() {
    let sandbox = scene(&["db/0"], HOOKS);
    let first = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:2500").start();
    soon("it stands still", || stands_still(&sandbox));
    for second in [&["take", "--clean"][..], &["take"], &["take", "--clean", "--quiesce-together"]] {
        sandbox.run(second).refused(6, &["take"]);
        assert!(stands_still(&sandbox), "{second:?}");
    }
    let waiting = sandbox.prepare(&["take", "--clean", "--wait-lock", "60"]).start();
    assert_eq!(Ran::of(first.wait_with_output().unwrap()).status, 0);
    assert_eq!(Ran::of(waiting.wait_with_output().unwrap()).status, 0);
    assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0", "quiesce db/0", "resume db/0"]);
    assert!(snapshots(&sandbox).iter().all(|snapshot| snapshot["clean"] == true));
}

#[test]
fn a_signal_lets_what_runs_come_to_its_end_and_the_instance_go_on() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let sandbox = scene(&["db/0", "db/1"], HOOKS);
        let fault = "local.snapshot_disk.copied=sleep:1500";
        let child = sandbox.prepare(&["take", "--clean", "--parallel", "1"]).fault(fault).start();
        soon("it is being taken", || stands_still(&sandbox) && is_being_taken(&sandbox));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert!(!stands_still(&sandbox), "{ran:?}");
        assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0"], "{ran:?}");
        let all = snapshots(&sandbox);
        assert_eq!((all.len(), &all[0]["clean"]), (1, &json!(true)), "{ran:?}");
        assert_ne!(newest_operation(&sandbox)["state"], "pending", "{ran:?}");
    }
}

#[test]
fn a_second_signal_leaves_at_once_and_the_instance_goes_on_all_the_same() {
    let sandbox = scene(&["db/0"], HOOKS);
    let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:20000").start();
    soon("it stands still", || stands_still(&sandbox));
    for _ in 0..2 {
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 130, "{ran:?}");
    soon("it goes on", || !stands_still(&sandbox));
    sandbox.run(&["recover"]).quiet_success();
    none_is_clean(&sandbox, "after two signals");
}

#[test]
fn the_dead_man_has_a_session_of_its_own_holds_no_lock_of_an_operation_and_no_secret_in_its_arguments() {
    let sandbox =
        scene(&["db/0"], "quiesce: [./quiesce, 's3cret-word']\nresume: [./resume, 's3cret-word']\nmax_still: 30");
    executable(&sandbox, "quiesce", &format!("{QUIESCE}echo $PPID > dead-man.new; mv dead-man.new dead-man\n"));
    let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:1500").start();
    soon("it stands still", || stands_still(&sandbox) && sandbox.path("dead-man").exists());
    let dead_man = fs::read_to_string(sandbox.path("dead-man")).unwrap().trim().to_owned();
    let stat = fs::read_to_string(format!("/proc/{dead_man}/stat")).unwrap();
    let session = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().to_owned();
    assert_eq!(session, dead_man, "{stat}");
    let line = fs::read_to_string(format!("/proc/{dead_man}/cmdline")).unwrap();
    assert!(!line.contains("s3cret"), "{line}");
    let held = fs::read_dir(format!("/proc/{dead_man}/fd")).unwrap().flatten();
    let held: Vec<_> = held.filter_map(|fd| fs::read_link(fd.path()).ok()).collect();
    // But for its own.
    let is_own = |file: &str| file.contains(".locks/still-") || !file.contains(".locks");
    assert!(held.iter().all(|file| is_own(&file.to_string_lossy())), "{held:?}");
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).status, 0);
    soon("it ends with its work", || !fs::exists(format!("/proc/{dead_man}")).unwrap());
}
