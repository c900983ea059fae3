//! `take --clean`: a dead man's switch that lives and does not answer is ended, and the instance goes on all the same.
#![cfg(debug_assertions)]

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::clean::{HOOKS, executable, scene, soon};
use crate::support::at_once::each;
use crate::support::{Ran, Run, Sandbox};

/// Both hooks: each leaves a line; `still` is there as long as it stands still; two at one time leave a line `two`.
const QUIESCE: &str =
    "#!/bin/sh\necho quiesce >> log\necho $PPID > dead-man.new; mv dead-man.new dead-man\ntouch still\n";
const RESUME: &str = "#!/bin/sh\necho resume >> log\nfor other in $(cat resuming 2>/dev/null); do\n\
                      grep -qs 'State:.[^ZX]' /proc/$other/status && echo two >> log; done\necho $$ > resuming\nrm -f still\n";

/// A run that notices soon when nobody answers.
fn watchful(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let run = sandbox.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "20");
    run.env("SNAPBACK_TEST_SILENCE_MS", "1500")
}

fn standing(quiesce: &str, resume: &str) -> Sandbox {
    let sandbox = scene(&["db/0"], HOOKS);
    executable(&sandbox, "quiesce", quiesce);
    executable(&sandbox, "resume", resume);
    sandbox
}

fn log(sandbox: &Sandbox) -> Vec<String> {
    fs::read_to_string(sandbox.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn dead_man(sandbox: &Sandbox) -> Pid {
    soon("its number", || sandbox.path("dead-man").exists());
    Pid::from_raw(fs::read_to_string(sandbox.path("dead-man")).unwrap().trim().parse().unwrap()).unwrap()
}

fn lives(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn is_being_taken(sandbox: &Sandbox) -> bool {
    let operations = sandbox.rows(&["operations"], "operations");
    let Some(id) = operations.first().and_then(|one| one["operation"].as_str()) else { return false };
    sandbox.rows(&["operations", id], "steps").iter().any(|step| step["kind"] == "snapshot_disk")
}

#[track_caller]
fn the_next_is_clean(sandbox: &Sandbox) {
    executable(sandbox, "quiesce", QUIESCE);
    executable(sandbox, "resume", RESUME);
    fs::remove_file(sandbox.path("log")).unwrap();
    let ran = sandbox.run(&["take", "--clean"]);
    assert_eq!((ran.status, log(sandbox)), (0, vec!["quiesce".to_owned(), "resume".to_owned()]), "{ran:?}");
}

#[test]
fn one_that_is_stopped_is_ended_and_the_instance_goes_on_while_it_is_taken_yet() {
    let sandbox = standing(QUIESCE, RESUME);
    // The deadline, 30 s, is not what lets it go on: that process keeps it.
    let child = watchful(&sandbox, &["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:8000").start();
    soon("it is taken", || is_being_taken(&sandbox));
    let switch = dead_man(&sandbox);
    kill_process(switch, Signal::STOP).unwrap();
    soon("it goes on", || !sandbox.path("still").exists());
    assert!(sandbox.names("cloud/snapshots").is_empty(), "it was taken before");
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 3, "{ran:?}");
    let says = "is kept, and is not clean: the process that watches db/0 did not answer any more";
    assert!(ran.stderr.contains(says), "{ran:?}");
    assert_eq!(log(&sandbox), ["quiesce", "resume"]);
    assert!(!lives(switch));
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["clean"], false);
    the_next_is_clean(&sandbox);
}

#[test]
fn one_that_stops_while_its_hook_runs_is_ended_with_that_hook() {
    let stops = "kill -STOP $PPID\nexec sleep 600\n";
    let cases = [
        ("quiesce", 1, "no snapshot was taken of db/0: the process that watches while it stands still did not answer"),
        ("resume", 3, "the process that watches db/0 did not answer any more"),
    ];
    each(&cases, |(hook, status, says)| {
        let sandbox = standing(QUIESCE, RESUME);
        let text = if *hook == "quiesce" { QUIESCE } else { RESUME };
        let text = text.replace("rm -f still", "test -e once && rm -f still");
        let once = format!("{text}test -e once || {{ touch once\necho $$ > hook\n{stops}}}\ntrue\n");
        executable(&sandbox, hook, &once);
        let ran = watchful(&sandbox, &["take", "--clean"]).go();
        assert_eq!(ran.status, *status, "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
        assert!(!sandbox.path("still").exists(), "{hook}: {ran:?}");
        let left: i32 = fs::read_to_string(sandbox.path("hook")).unwrap().trim().parse().unwrap();
        assert!(!lives(Pid::from_raw(left).unwrap()) && !lives(dead_man(&sandbox)), "{hook}: {ran:?}");
        assert!(!log(&sandbox).contains(&"two".to_owned()), "{hook}: {:?}", log(&sandbox));
        assert_ne!(sandbox.rows(&["operations"], "operations")[0]["state"], "pending", "{hook}");
        the_next_is_clean(&sandbox);
    });
}

#[test]
fn one_that_does_not_even_begin_keeps_anything_from_being_stopped() {
    let sandbox = standing(QUIESCE, RESUME);
    let fault = "dead_man.begin.before=sleep:600000";
    let ran = watchful(&sandbox, &["take", "--clean"]).env("SNAPBACK_TEST_FAULT_DEAD_MAN", fault).go();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("could not be started: it does not answer"), "{ran:?}");
    assert!(log(&sandbox).is_empty());
    the_next_is_clean_without_log(&sandbox);
}

#[track_caller]
fn the_next_is_clean_without_log(sandbox: &Sandbox) {
    sandbox.write("log", "");
    the_next_is_clean(sandbox);
}

#[test]
fn where_the_hook_is_broken_too_it_is_recorded_as_standing_still_with_what_to_type() {
    let sandbox = standing(QUIESCE, "#!/bin/sh\necho resume >> log\nexit 1\n");
    let child = watchful(&sandbox, &["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:3000").start();
    soon("it is taken", || is_being_taken(&sandbox));
    kill_process(dead_man(&sandbox), Signal::STOP).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    assert_eq!(ran.status, 3, "{ran:?}");
    let recover = format!("snapback recover {id}");
    for says in ["db/0 may stand still", "snapback does not try it again by itself", recover.as_str()] {
        assert!(ran.stderr.contains(says), "no {says} in {ran:?}");
    }
    assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "pending");
    executable(&sandbox, "resume", RESUME);
    sandbox.run(&["recover", &id]).quiet_success();
    assert!(!sandbox.path("still").exists());
    the_next_is_clean(&sandbox);
}

#[test]
fn where_snapback_is_killed_meanwhile_recover_says_which_process_to_end() {
    let sandbox = standing(QUIESCE, RESUME);
    let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:30000").start();
    soon("it is taken", || is_being_taken(&sandbox));
    let switch = dead_man(&sandbox);
    kill_process(switch, Signal::STOP).unwrap();
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    drop(child.wait_with_output());
    let ran = sandbox.run(&["recover"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    let line = format!("kill -CONT {}", switch.as_raw_nonzero());
    assert!(ran.stderr.contains(&line) && sandbox.path("still").exists(), "{ran:?}");
    kill_process(switch, Signal::KILL).unwrap();
    sandbox.run(&["recover"]).quiet_success();
    assert!(!sandbox.path("still").exists());
    the_next_is_clean(&sandbox);
}

#[test]
fn a_snapback_that_was_stopped_itself_does_not_take_its_switch_for_one_that_hangs() {
    let sandbox = standing(QUIESCE, RESUME);
    let child = watchful(&sandbox, &["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:5000").start();
    soon("it is taken", || is_being_taken(&sandbox));
    kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["clean"], true);
}

#[test]
fn one_that_hangs_after_its_last_resume_is_ended_and_holds_up_nothing() {
    let sandbox = standing(QUIESCE, RESUME);
    let fault = "dead_man.end.before=sleep:600000";
    let ran = watchful(&sandbox, &["take", "--clean"]).env("SNAPBACK_TEST_FAULT_DEAD_MAN", fault).go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["clean"], true);
    assert!(!lives(dead_man(&sandbox)) && !sandbox.path("still").exists());
    the_next_is_clean(&sandbox);
}
