//! `take --clean` of instances of which one would let the other go on: one mount point, or hooks that stop the same.
#![cfg(debug_assertions)]

use std::fs;
use std::os::unix::fs::symlink;

use super::clean::{executable, scene, soon};
use crate::support::loop_mount::{Fs, LoopMount};
use crate::support::{Ran, Sandbox};

/// One thing for all: whoever stops it twice, or lets it go on while another has stopped it, leaves a line.
const QUIESCE: &str = "#!/bin/sh\necho quiesce $SNAPBACK_HOOK_INSTANCE >> log\ntest -e still && echo two >> log\n\
                       touch still\n";
const RESUME: &str = "#!/bin/sh\necho resume $SNAPBACK_HOOK_INSTANCE >> log\nrm -f still\n";
const SHARED: &str = "quiesce: [./quiesce]\nresume: [./resume]\nmax_still: 30\nshared: true";
const INSTANCES: [&str; 3] = ["db/0", "db/1", "web/0"];

fn one_thing(resume: &str) -> Sandbox {
    let sandbox = scene(&INSTANCES, SHARED);
    executable(&sandbox, "quiesce", QUIESCE);
    executable(&sandbox, "resume", resume);
    sandbox
}

fn log(sandbox: &Sandbox) -> Vec<String> {
    fs::read_to_string(sandbox.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[track_caller]
fn all_are_clean(sandbox: &Sandbox, count: usize) {
    let all = sandbox.rows(&["snapshots"], "snapshots");
    assert!(all.len() == count && all.iter().all(|snapshot| snapshot["clean"] == true), "{all:?}");
}

#[test]
fn instances_with_one_file_system_are_frozen_one_after_the_other_and_never_together() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 16) else { return };
    let sandbox = Sandbox::empty();
    symlink(mount.path(), sandbox.path("other")).unwrap();
    let (one, other) = (mount.path().display().to_string(), sandbox.path("other").display().to_string());
    let group = |name: &str, path: &str| format!("  {name}: {{preset: fsfreeze, mount_point: {path}}}\n");
    // Two instances with one mount point, and a third with another name of it.
    sandbox.furnish(&INSTANCES, &format!("groups:\n{}{}", group("db", &one), group("web", &other)));
    for selected in [&["db"][..], &[]] {
        for more in [&[][..], &["--dry-run"]] {
            let ran = sandbox.run(&[&["take", "--clean", "--quiesce-together"], more, selected].concat());
            ran.refused(4, &["freeze the same file system", "one after the other"]);
        }
    }
    assert!(sandbox.rows(&["operations"], "operations").is_empty());
    let ran =
        sandbox.prepare(&["take", "--clean", "--parallel", "4"]).fault("local.snapshot_disk.copied=sleep:700").go();
    assert_eq!(ran.status, 0, "{ran:?}");
    all_are_clean(&sandbox, 3);
}

#[test]
fn hooks_that_are_shared_run_for_one_instance_at_a_time() {
    let sandbox = one_thing(RESUME);
    let together = sandbox.run(&["take", "--clean", "--quiesce-together"]);
    together.refused(4, &["are stopped by the same hooks (`shared: true`)", "one after the other"]);
    assert!(log(&sandbox).is_empty() && sandbox.rows(&["operations"], "operations").is_empty());
    let fault = "local.snapshot_disk.copied=sleep:700";
    let ran = sandbox.prepare(&["take", "--clean", "--parallel", "4"]).fault(fault).go();
    assert_eq!(ran.status, 0, "{ran:?}");
    let log = log(&sandbox);
    assert_eq!(log.len(), 6, "{log:?}");
    for pair in log.chunks(2) {
        let name = pair[0].strip_prefix("quiesce ").unwrap();
        assert_eq!(pair[1], format!("resume {name}"), "{log:?}");
    }
    all_are_clean(&sandbox, 3);
}

#[test]
fn nor_do_two_takes_stop_at_once_what_is_shared() {
    let sandbox = one_thing(RESUME);
    let fault = "local.snapshot_disk.copied=sleep:14000";
    let first = sandbox.prepare(&["take", "--clean", "db/0"]).fault(fault).start();
    soon("it stands still", || sandbox.path("still").exists());
    let ran = sandbox.run(&["take", "--clean", "db/1"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert!(ran.stderr.contains("are those of another instance, too") && ran.stderr.contains("--wait-lock"), "{ran:?}");
    let second = sandbox.run(&["take", "--clean", "db/1", "--wait-lock", "60"]);
    assert_eq!((Ran::of(first.wait_with_output().unwrap()).status, second.status), (0, 0), "{second:?}");
    assert_eq!(log(&sandbox), ["quiesce db/0", "resume db/0", "quiesce db/1", "resume db/1"]);
    all_are_clean(&sandbox, 2);
}

#[test]
fn what_one_has_left_standing_still_is_not_stopped_for_another() {
    let sandbox = one_thing("#!/bin/sh\necho resume $SNAPBACK_HOOK_INSTANCE >> log\nexit 1\n");
    let run = sandbox.prepare(&["take", "--clean", "--parallel", "1"]).env("SNAPBACK_TEST_PAUSE_MS", "20");
    let ran = run.go();
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("db/0 may stand still"), "{ran:?}");
    assert!(ran.stderr.contains("db/1 shares what is stopped with db/0, which may stand still"), "{ran:?}");
    assert!(log(&sandbox).iter().all(|line| line.ends_with("db/0")), "{:?}", log(&sandbox));
    executable(&sandbox, "resume", RESUME);
    sandbox.run(&["recover"]).quiet_success();
    assert!(!sandbox.path("still").exists());
    let before = sandbox.rows(&["snapshots"], "snapshots").len();
    sandbox.run(&["take", "--clean"]).quiet_success();
    assert_eq!(sandbox.rows(&["snapshots", "--clean"], "snapshots").len(), 3, "{before} before");
}
