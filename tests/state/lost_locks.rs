//! A lock file that is missing, or is another one than the operation made, proves nothing: somebody may have cleaned
//! the directory while the operation runs. Nothing is taken over then, unless an operator says that it is dead.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::json;
use support::fake_cpi::Scene;
use support::{Ran, Sandbox, disk_of, vm_of};

const LOCKS: &str = "director-snapshots.db.locks";
const DAMAGED: &str = "damaged";

type Damage = (&'static str, &'static str, fn(&Path));

/// What becomes of a lock file in other hands, and what is said of it.
const DAMAGES: [Damage; 6] = [
    ("removed", "its lock file is gone", |file| fs::remove_file(file).unwrap()),
    ("the directory is removed", "its lock file is gone", |file| fs::remove_dir_all(file.parent().unwrap()).unwrap()),
    ("a copy is put back", "its lock file was replaced by another one", |file| {
        let aside = file.with_extension("aside");
        fs::rename(file, &aside).unwrap();
        fs::copy(&aside, file).unwrap();
        fs::remove_file(&aside).unwrap();
    }),
    ("an empty file is put in its place", "its lock file was replaced by another one", |file| {
        // The old one stays, so that the new one gets another inode.
        fs::rename(file, file.with_extension("aside")).unwrap();
        fs::write(file, "").unwrap();
    }),
    ("a link is put in its place", "its lock file was replaced by another one", |file| {
        let aside = file.with_extension("aside");
        fs::rename(file, &aside).unwrap();
        symlink(&aside, file).unwrap();
    }),
    ("a FIFO is put in its place", "its lock file was replaced by another one", |file| {
        fs::remove_file(file).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }),
];

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: it did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn lock_of(sandbox: &Sandbox) -> PathBuf {
    let name = sandbox.names(LOCKS).into_iter().find(|name| name.len() == 12).unwrap();
    sandbox.path(LOCKS).join(name)
}

/// A damaged instance, and a restore of it, up to the point at which it has no disk.
fn damaged() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), DAMAGED);
    (sandbox, cid)
}

fn running(sandbox: &Sandbox, cid: &str) -> Child {
    let restore = sandbox.prepare(&["-n", "restore", cid]).fault("restore.attach_disk.intended=sleep:6000").start();
    wait_for("the restore", || sandbox.attached(&vm_of("db/0")).is_empty());
    restore
}

/// What every command says of it, none of which changes anything. Gives the operation's id.
fn nobody_believes_it_dead(sandbox: &Sandbox, cid: &str, says: &str, what: &str) -> String {
    let rows = sandbox.rows(&["operations"], "operations");
    let id = rows[0]["operation"].as_str().unwrap().to_owned();
    assert_eq!(rows[0]["state"], "unknown", "{what}");
    let steps = sandbox.run(&["operations", &id]);
    assert!(steps.status == 0 && steps.stderr.contains(&format!("it may be running: {says}")), "{what}: {steps:?}");
    let before = (sandbox.names("cloud/disks"), sandbox.names("cloud/snapshots"));
    let way = format!("recover --take-over {id}");
    let told = |ran: &Ran, status: i32, by: &str| {
        assert_eq!(ran.status, status, "{what}: {by}: {ran:?}");
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains(says) && all.contains(&way), "{what}: {by}: {ran:?}");
    };
    told(&sandbox.run(&["check"]), 11, "check");
    told(&sandbox.run(&["recover"]), 6, "recover");
    told(&sandbox.run(&["recover", &id, "--resume"]), 6, "recover --resume");
    told(&sandbox.run(&["-n", "recover", &id, "--rollback"]), 6, "recover --rollback");
    told(&sandbox.run(&["take"]), 6, "take");
    told(&sandbox.run(&["-n", "restore", cid]), 6, "restore");
    let dry = sandbox.run(&["recover", "--dry-run"]);
    assert!(dry.status == 0 && dry.stdout.contains(says), "{what}: {dry:?}");
    assert_eq!((sandbox.names("cloud/disks"), sandbox.names("cloud/snapshots")), before, "{what}");
    assert!(sandbox.attached(&vm_of("db/0")).is_empty(), "{what}");
    id
}

#[test]
fn one_that_runs_is_left_alone_whatever_became_of_its_lock_file() {
    for (what, says, damage) in DAMAGES {
        let (sandbox, cid) = damaged();
        let restore = running(&sandbox, &cid);
        damage(&lock_of(&sandbox));
        nobody_believes_it_dead(&sandbox, &cid, says, what);
        let ran = Ran::of(restore.wait_with_output().unwrap());
        assert_eq!(ran.status, 0, "{what}: {ran:?}");
        assert_eq!(sandbox.content(&vm_of("db/0")), "db/0", "{what}");
        assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "done", "{what}");
        sandbox.run(&["take"]).quiet_success();
    }
}

#[test]
fn one_that_is_dead_is_taken_over_on_an_operators_word() {
    for (what, says, damage) in DAMAGES {
        let (sandbox, cid) = damaged();
        let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.before=kill").go();
        assert_eq!(killed.status, 137, "{what}: {killed:?}");
        damage(&lock_of(&sandbox));
        let id = nobody_believes_it_dead(&sandbox, &cid, says, what);
        // What dies in it can be told from a living one again.
        let killed = sandbox.prepare(&["recover", "--take-over", &id]).fault("restore.attach_disk.before=kill").go();
        assert_eq!(killed.status, 137, "{what}: {killed:?}");
        assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "pending", "{what}");
        sandbox.run(&["recover"]).quiet_success();
        assert_eq!(sandbox.content(&vm_of("db/0")), "db/0", "{what}");
        assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "done", "{what}");
    }
}

#[test]
fn no_word_counts_against_a_lock_that_is_held() {
    let (sandbox, cid) = damaged();
    let restore = running(&sandbox, &cid);
    let id = lock_of(&sandbox).file_name().unwrap().to_str().unwrap().to_owned();
    let ran = sandbox.run(&["recover", "--take-over", &id]);
    assert!(ran.status == 6 && ran.stderr.contains("is still running"), "{ran:?}");
    assert_eq!(Ran::of(restore.wait_with_output().unwrap()).status, 0);
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
}

#[test]
fn the_locks_of_a_renamed_state_file_come_along() {
    let (sandbox, cid) = damaged();
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.before=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    fs::rename(sandbox.state(), sandbox.path("moved.db")).unwrap();
    sandbox.run(&["--state", "moved.db", "recover"]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    assert_eq!(sandbox.names("moved.db.locks"), ["generation"]);
    assert_eq!(sandbox.names(LOCKS), [""; 0]);
}

#[test]
fn the_row_of_an_operation_is_never_there_before_its_lock_file() {
    let (sandbox, _) = damaged();
    for point in ["take.begin.before", "take.begin.after", "take.snapshot_disk.before"] {
        let killed = sandbox.prepare(&["take"]).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        for row in sandbox.rows(&["operations"], "operations").iter().filter(|row| row["ended_at"].is_null()) {
            assert_eq!(row["state"], "pending", "{point}: {row}");
            assert!(sandbox.path(LOCKS).join(row["operation"].as_str().unwrap()).exists(), "{point}");
        }
        sandbox.run(&["recover"]);
        assert!(sandbox.rows(&["operations"], "operations").iter().all(|row| row["state"] != "pending"), "{point}");
    }
}

/// A take that is stopped in its midst, at a fault that makes it sleep there, and taken over meanwhile on an operator's
/// wrong word; then it goes on. Gives what it says in the end, the operation, and what `recover` said.
fn woken(scene: &Scene, fault: &str, is_there: impl Fn() -> bool) -> (Ran, String, Ran) {
    let take = scene.prepare(&["take", "--parallel", "1"]).fault(&format!("{fault}=sleep:2000")).start();
    wait_for(fault, is_there);
    let pid = rustix::process::Pid::from_child(&take);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let lock = lock_of(&scene.sandbox);
    let id = lock.file_name().unwrap().to_str().unwrap().to_owned();
    fs::remove_file(lock).unwrap();
    let recovered = scene.run(&["-n", "recover", "--take-over", &id]);
    let before = rows_of(scene, &id);
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    let ran = Ran::of(take.wait_with_output().unwrap());
    assert_eq!(rows_of(scene, &id), before, "{fault}: {ran:?} {recovered:?}");
    assert!(ran.stderr.contains("was taken over"), "{fault}: {ran:?}");
    (ran, id, recovered)
}

/// All that the journal has of an operation.
fn rows_of(scene: &Scene, id: &str) -> serde_json::Value {
    let ran = scene.run(&["operations", id, "--output", "json"]);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn step_of(scene: &Scene, at: usize) -> Option<String> {
    let rows = scene.sandbox.rows(&["operations"], "operations");
    let id = rows.first()?["operation"].as_str()?.to_owned();
    Some(scene.sandbox.rows(&["operations", &id], "steps").get(at)?["state"].as_str()?.to_owned())
}

#[test]
fn what_wakes_up_after_a_take_over_begins_nothing() {
    let vms = json!({"vm-0": ["disk-0"], "vm-1": ["disk-1"]});
    let scene = Scene::with(&["db/0", "db/1"], &json!({"vms": vms, "does": {"snapshot_disk": ["exit:1", "ok"]}}));
    let is_there = || step_of(&scene, 0).as_deref() == Some("unknown");
    let (ran, id, recovered) = woken(&scene, "take.snapshot_disk.before#2", is_there);
    assert_eq!((ran.status, recovered.status), (6, 7), "{ran:?} {recovered:?}");
    assert_eq!(scene.methods().iter().filter(|method| *method == "snapshot_disk").count(), 1, "{ran:?}");
    assert_eq!(scene.run(&["-n", "recover", &id, "--abandon", "1"]).status, 0);
}

#[test]
fn what_wakes_up_after_a_take_over_records_nothing() {
    let scene = Scene::of_one(&json!({}));
    let (ran, id, recovered) = woken(&scene, "take.snapshot_disk.effected", || scene.snapshots().len() == 1);
    assert_eq!((ran.status, recovered.status), (6, 7), "{ran:?} {recovered:?}");
    let made = scene.snapshots().remove(0);
    assert!(ran.stderr.contains(&made), "it alone can tell: {ran:?}");
    assert_eq!((scene.known(), step_of(&scene, 0).as_deref()), (Vec::new(), Some("unknown")));
    assert_eq!(scene.run(&["-n", "recover", &id, "--adopt", &format!("1={made}")]).status, 0);
    assert_eq!(scene.known(), [made]);
}

#[test]
fn what_wakes_up_after_a_take_over_ends_nothing() {
    // Of two disks: an operation of one step ends with the outcome of that.
    let vms = json!({"vm-0": ["disk-0"], "vm-1": ["disk-1"]});
    let scene = Scene::with(&["db/0", "db/1"], &json!({"vms": vms}));
    let (ran, _, recovered) = woken(&scene, "take.finish.before", || step_of(&scene, 1).as_deref() == Some("done"));
    assert_eq!((ran.status, recovered.status), (6, 0), "{ran:?} {recovered:?}");
    assert_eq!(scene.known(), scene.snapshots());
    assert_eq!(scene.sandbox.rows(&["operations"], "operations")[0]["state"], "partly");
}
