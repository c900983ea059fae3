//! `take --clean`: an old switch, or a hook that it has left behind, does nothing under what comes next.
#![cfg(debug_assertions)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::clean::{HOOKS, executable, scene};
use crate::support::{Ran, Run, Sandbox};

/// Long enough for whatever has to happen soon, on a machine that is busy.
const SOON: Duration = Duration::from_secs(60);
/// Both hooks: each leaves a line; `still` is there as long as it stands still.
const QUIESCE: &str =
    "#!/bin/sh\necho quiesce >> log\necho $PPID > dead-man.new; mv dead-man.new dead-man\ntouch still\n";
const RESUME: &str = "#!/bin/sh\necho resume >> log\nrm -f still\n";

fn quickly(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "20")
}

fn standing(resume: &str) -> Sandbox {
    let sandbox = scene(&["db/0"], HOOKS);
    executable(&sandbox, "quiesce", QUIESCE);
    executable(&sandbox, "resume", resume);
    sandbox
}

fn log(sandbox: &Sandbox) -> Vec<String> {
    fs::read_to_string(sandbox.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[track_caller]
fn soon(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < SOON, "{what}: not within {SOON:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn number(sandbox: &Sandbox, file: &str) -> i32 {
    soon(file, || fs::read_to_string(sandbox.path(file)).is_ok_and(|text| text.ends_with('\n')));
    fs::read_to_string(sandbox.path(file)).unwrap().trim().parse().unwrap()
}

fn kill(pid: i32) {
    let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
}

fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// A clean take whose instance stands still to its end, by nobody's doing but its own.
#[track_caller]
fn the_next_is_clean(sandbox: &Sandbox) {
    executable(sandbox, "resume", RESUME);
    fs::remove_file(sandbox.path("log")).unwrap();
    let ran = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:1500").go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(log(sandbox), ["quiesce", "resume"]);
}

#[test]
fn a_switch_that_goes_on_trying_ends_before_recover_or_the_operators_word_says_that_all_is_well() {
    for by_word in [false, true] {
        // Not quickly: it pauses for longer and longer.
        let sandbox = standing("#!/bin/sh\necho broken >> log\nexit 1\n");
        let ran = sandbox.run(&["take", "--clean"]);
        assert_eq!(ran.status, 3, "{ran:?}");
        let dead_man = number(&sandbox, "dead-man");
        assert!(lives(dead_man), "it goes on trying");
        if by_word {
            fs::remove_file(sandbox.path("still")).unwrap();
            let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
            let steps = sandbox.rows(&["operations", &id], "steps");
            let (at, _) = steps.iter().enumerate().find(|(_, step)| step["kind"] == "resume").unwrap();
            let ran = sandbox.run(&["-n", "recover", &id, "--abandon", &(at + 1).to_string()]);
            assert_eq!(ran.status, 0, "{ran:?}");
        } else {
            executable(&sandbox, "resume", RESUME);
            sandbox.run(&["recover"]).quiet_success();
        }
        assert!(!lives(dead_man), "by word: {by_word}");
        the_next_is_clean(&sandbox);
    }
}

#[test]
fn recover_waits_for_the_resume_hook_that_the_switch_of_a_killed_snapback_runs() {
    let sandbox = standing("#!/bin/sh\necho resume >> log\nsleep 3\nrm -f still\n");
    let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:30000").start();
    soon("it stands still", || sandbox.path("still").exists());
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    drop(child.wait_with_output());
    soon("it is let go on", || log(&sandbox).len() == 2);
    sandbox.run(&["recover"]).quiet_success();
    assert!(!lives(number(&sandbox, "dead-man")) && !sandbox.path("still").exists());
    the_next_is_clean(&sandbox);
}

#[test]
fn recover_refuses_while_a_hook_that_hangs_could_act_later() {
    let sandbox = standing("#!/bin/sh\necho $$ > hook.new; mv hook.new hook\nexec sleep 600\n");
    let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:30000").start();
    soon("it stands still", || sandbox.path("still").exists());
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    drop(child.wait_with_output());
    let (hook, dead_man) = (number(&sandbox, "hook"), number(&sandbox, "dead-man"));
    // Also where the switch is killed, and its hook lives on.
    for victim in [None, Some(dead_man)] {
        victim.into_iter().for_each(kill);
        let ran = sandbox.run(&["recover"]);
        assert_eq!(ran.status, 6, "{ran:?}");
        assert!(ran.stderr.contains("is still running") && ran.stderr.contains("--wait-lock"), "{ran:?}");
    }
    executable(&sandbox, "resume", RESUME);
    kill(hook);
    sandbox.run(&["recover"]).quiet_success();
    assert!(!sandbox.path("still").exists());
    the_next_is_clean(&sandbox);
}

#[test]
fn recover_lets_nothing_go_on_by_other_hooks_than_those_that_stopped_it() {
    let sandbox = standing(RESUME);
    let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:30000").start();
    soon("it stands still", || sandbox.path("still").exists());
    // Both at once: neither lets go on what the other has left.
    let snapback = Pid::from_child(&child);
    kill_process(snapback, Signal::STOP).unwrap();
    kill(number(&sandbox, "dead-man"));
    kill_process(snapback, Signal::KILL).unwrap();
    drop(child.wait_with_output());
    assert!(sandbox.path("still").exists());
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", &manifest.replace("resume: [", "resume: ['true', "));
    let ran = sandbox.run(&["recover"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("are not those that stopped db/0") && ran.stderr.contains("(-m)"), "{ran:?}");
    assert!(sandbox.path("still").exists());
    sandbox.write("director.yml", &manifest);
    sandbox.run(&["recover"]).quiet_success();
    assert!(!sandbox.path("still").exists());
    the_next_is_clean(&sandbox);
}

#[test]
fn a_resume_hook_whose_switch_was_killed_ends_before_snapback_runs_its_own() {
    let sandbox = standing(&format!(
        "#!/bin/sh\ntest -e hook || {{ echo $$ > hook.new; mv hook.new hook; sleep 600; }}\n{RESUME}"
    ));
    let child = quickly(&sandbox, &["take", "--clean"]).start();
    let hook = number(&sandbox, "hook");
    kill(number(&sandbox, "dead-man"));
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("is not clean") && !lives(hook) && !sandbox.path("still").exists(), "{ran:?}");
    the_next_is_clean(&sandbox);
}

#[test]
fn one_that_hangs_does_not_hold_the_others_where_the_switch_is_killed() {
    let sandbox =
        scene(&["db/0", "db/1"], "quiesce: [./quiesce]\nresume: [./resume]\nmax_still: 60\nresume_timeout: 600");
    executable(&sandbox, "quiesce", QUIESCE);
    let by_instance =
        "case $SNAPBACK_HOOK_INSTANCE in */0) echo $$ > hook.new; mv hook.new hook; exec sleep 600;; esac";
    executable(&sandbox, "resume", &format!("#!/bin/sh\n{by_instance}\ntouch goes-on\n"));
    let take = ["take", "--clean", "--quiesce-together"];
    let child = sandbox.prepare(&take).fault("local.snapshot_disk.copied=sleep:30000").start();
    soon("both stand still", || log(&sandbox).len() == 2);
    // Its stillness is known to snapback once the first is being taken.
    soon("they are taken", || {
        let operations = sandbox.rows(&["operations"], "operations");
        let id = operations[0]["operation"].as_str().unwrap().to_owned();
        sandbox.rows(&["operations", &id], "steps").iter().any(|step| step["kind"] == "snapshot_disk")
    });
    kill(number(&sandbox, "dead-man"));
    number(&sandbox, "hook");
    soon("the other goes on", || sandbox.path("goes-on").exists());
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    kill(number(&sandbox, "hook"));
    drop(child.wait_with_output());
}

#[test]
fn who_is_told_to_end_takes_nothing_in_place_of_what_was_asked_for() {
    let sandbox = scene(&["db/0", "db/1"], HOOKS);
    executable(&sandbox, "quiesce", &format!("{QUIESCE}sleep 2\n"));
    executable(&sandbox, "resume", RESUME);
    let take = ["take", "--clean", "--quiesce-together", "--fallback", "crash-consistent"];
    let child = sandbox.prepare(&take).start();
    soon("it is being stopped", || sandbox.path("still").exists());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert!(ran.status != 0 && !sandbox.path("still").exists(), "{ran:?}");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 0, "{ran:?}");
}

#[test]
fn hooks_run_in_the_manifests_directory_however_it_is_named() {
    let sandbox = scene(&["db/0"], HOOKS);
    let root = sandbox.path("");
    let (above, own) = (root.parent().unwrap(), root.file_name().unwrap());
    let manifest = Path::new(own).join("director.yml");
    let run = sandbox.prepare(&["-m", manifest.to_str().unwrap(), "take", "--clean"]);
    let ran = run.under(&["env", "-C", above.to_str().unwrap()]).go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(sandbox.rows(&["snapshots", "--clean"], "snapshots").len(), 1);
}

#[test]
fn what_a_hook_prints_is_told_and_not_kept() {
    for hook in ["quiesce", "resume"] {
        let sandbox = scene(&["db/0"], HOOKS);
        executable(&sandbox, hook, "#!/bin/sh\necho 'the password is hunter2-xyzzy' >&2\nexit 3\n");
        let ran = quickly(&sandbox, &["take", "--clean"]).go();
        assert!(ran.status != 0 && ran.stderr.contains("hunter2-xyzzy"), "{ran:?}");
        drop(quickly(&sandbox, &["recover"]).go());
        let state = fs::read(sandbox.state()).unwrap();
        assert!(!state.windows(13).any(|part| part == b"hunter2-xyzzy"), "{hook}: it stands in the state file");
    }
}

#[test]
fn what_is_not_mounted_is_not_frozen() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("store")).unwrap();
    let store = sandbox.path("store").display().to_string();
    // Through a word that keeps snapback from looking itself.
    sandbox.furnish(&["db/0"], &format!("preset: fsfreeze\nmount_point: {store}\nthrough: [env]"));
    let ran = sandbox.run(&["take", "--clean"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("nothing was frozen, since its mount point was not found there"), "{ran:?}");
    assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "failed");
    sandbox.manifest(true, "preset: fsfreeze\nmount_point: /usr");
    let is_of_root = |path: &str| rustix::fs::stat(path).unwrap().st_dev == rustix::fs::stat("/").unwrap().st_dev;
    if is_of_root("/usr") {
        sandbox.run(&["take", "--clean"]).refused(4, &["/usr is on the root file system"]);
    }
}
