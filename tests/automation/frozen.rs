//! `preset: fsfreeze` on real file systems: what is frozen is thawed, whoever dies. It needs root and loop devices.
#![cfg(debug_assertions)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::loop_mount::{Fs, LoopMount, run};
use crate::support::{Ran, Sandbox};

/// Long enough for whatever has to happen soon, on a machine that is busy.
const SOON: Duration = Duration::from_secs(60);
const SLOW: &str = "local.snapshot_disk.copied=sleep:30000";

/// A mounted file system that is thawed in the end, whatever a test has found.
struct Mount {
    path: PathBuf,
    _mount: LoopMount,
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = fsfreeze("-u", &self.path);
    }
}

fn fsfreeze(option: &str, path: &Path) -> Result<String, String> {
    run(&["fsfreeze", option, path.to_str().unwrap()])
}

/// Each kind of file system that this machine can mount.
fn mounts() -> Vec<Mount> {
    let of = |(kind, mib)| LoopMount::new(kind, mib).map(|mount| Mount { path: mount.path(), _mount: mount });
    [(Fs::Ext4, 16), (Fs::Xfs, 320)].into_iter().filter_map(of).collect()
}

fn scene(mount: &Mount, max_still: u32) -> Sandbox {
    let sandbox = Sandbox::empty();
    let path = mount.path.display();
    sandbox.furnish(&["db/0"], &format!("preset: fsfreeze\nmount_point: {path}\nmax_still: {max_still}"));
    sandbox
}

/// Writes a file there, which waits as long as the file system is frozen.
fn writer(mount: &Path) -> Child {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo written > \"$1/probe\"", "sh"]).arg(mount).stdin(Stdio::null());
    command.spawn().unwrap()
}

#[track_caller]
fn is_thawed_soon(mount: &Path) {
    let (mut writer, begun) = (writer(mount), Instant::now());
    while writer.try_wait().unwrap().is_none() {
        if begun.elapsed() > SOON {
            let _ = fsfreeze("-u", mount);
            panic!("{} is frozen still", mount.display());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(fs::read_to_string(mount.join("probe")).unwrap(), "written\n");
}

/// Starts a clean take, and waits until its file system is frozen.
fn frozen(sandbox: &Sandbox, mount: &Mount) -> Child {
    let child = sandbox.prepare(&["take", "--clean"]).fault(SLOW).start();
    let begun = Instant::now();
    loop {
        let operations = sandbox.rows(&["operations"], "operations");
        let id = operations.first().and_then(|operation| operation["operation"].as_str().map(str::to_owned));
        let steps = id.map(|id| sandbox.rows(&["operations", &id], "steps")).unwrap_or_default();
        if steps.iter().any(|step| step["kind"] == "snapshot_disk") {
            break;
        }
        assert!(begun.elapsed() < SOON, "it does not begin: {steps:?}");
    }
    let mut writer = writer(&mount.path);
    std::thread::sleep(Duration::from_millis(200));
    assert!(writer.try_wait().unwrap().is_none(), "it is not frozen");
    child
}

#[test]
fn killed_while_it_is_frozen_the_file_system_is_thawed() {
    for mount in mounts() {
        // Nothing here waits for the deadline.
        let sandbox = scene(&mount, 3600);
        let child = frozen(&sandbox, &mount);
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        assert_eq!(Ran::of(child.wait_with_output().unwrap()).status, 137);
        is_thawed_soon(&mount.path);
        // It finds what is thawed already, and that is well.
        sandbox.run(&["recover"]).quiet_success();
        is_thawed_soon(&mount.path);
        let all = sandbox.rows(&["snapshots"], "snapshots");
        assert!(all.iter().all(|snapshot| snapshot["clean"] == false), "{all:?}");
        sandbox.run(&["take", "--clean"]).quiet_success();
        is_thawed_soon(&mount.path);
        assert_eq!(sandbox.rows(&["snapshots", "--clean"], "snapshots").len(), 1);
    }
}

#[test]
fn a_snapback_that_hangs_does_not_keep_it_frozen_past_its_deadline() {
    for mount in mounts() {
        // Long enough to be seen frozen.
        let sandbox = scene(&mount, 8);
        let child = frozen(&sandbox, &mount);
        kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
        is_thawed_soon(&mount.path);
        kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        drop(child.wait_with_output());
        sandbox.run(&["recover"]).quiet_success();
        is_thawed_soon(&mount.path);
    }
}

#[test]
fn what_somebody_else_has_frozen_is_left_frozen() {
    for mount in mounts() {
        let sandbox = scene(&mount, 30);
        fsfreeze("-f", &mount.path).unwrap();
        let ran = sandbox.run(&["take", "--clean"]);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stderr.contains("Device or resource busy"), "{ran:?}");
        assert_ne!(sandbox.rows(&["operations"], "operations")[0]["state"], "pending");
        assert!(fsfreeze("-f", &mount.path).unwrap_err().contains("busy"), "it was thawed behind somebody's back");
        fsfreeze("-u", &mount.path).unwrap();
        is_thawed_soon(&mount.path);
    }
}

#[test]
fn what_somebody_else_thaws_meanwhile_was_not_still_to_the_end() {
    for mount in mounts() {
        let sandbox = scene(&mount, 60);
        let child = sandbox.prepare(&["take", "--clean"]).fault("local.snapshot_disk.copied=sleep:4000").start();
        let begun = Instant::now();
        // It succeeds once it is frozen.
        while fsfreeze("-u", &mount.path).is_err() {
            assert!(begun.elapsed() < SOON);
        }
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.status, 3, "{ran:?}");
        assert!(ran.stderr.contains("is not clean: someone else had let db/0 go on before"), "{ran:?}");
        assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["clean"], false);
    }
}

#[test]
fn the_file_system_of_the_state_file_is_not_frozen() {
    for mount in mounts() {
        let sandbox = Sandbox::at(&mount.path.join("here"));
        let path = mount.path.display();
        sandbox.furnish(&["db/0"], &format!("preset: fsfreeze\nmount_point: {path}"));
        sandbox.run(&["take", "--clean"]).refused(4, &["has the state file", "--state FILE"]);
        is_thawed_soon(&mount.path);
    }
}

/// A file system in an image on another one, so that freezing the outer one makes its writes wait.
struct Inner {
    outer: Mount,
    mount: PathBuf,
}

impl Inner {
    fn new() -> Option<Inner> {
        let outer = LoopMount::new(Fs::Ext4, 64).map(|mount| Mount { path: mount.path(), _mount: mount })?;
        let (image, mount) = (outer.path.join("image"), outer.path.parent().unwrap().join("inner"));
        fs::File::create(&image).unwrap().set_len(16 << 20).unwrap();
        fs::create_dir(&mount).unwrap();
        let (at, image) = (mount.to_str().unwrap(), image.to_str().unwrap());
        run(&["mkfs.ext4", "-q", "-F", "-m", "0", image]).unwrap();
        run(&["mount", "-o", "loop", image, at]).unwrap();
        Some(Inner { outer, mount })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = fsfreeze("-u", &self.outer.path);
        let _ = fsfreeze("-u", &self.mount);
        let _ = run(&["umount", self.mount.to_str().unwrap()]);
    }
}

#[test]
fn a_freeze_that_cannot_be_ended_is_thawed_once_it_comes_to_its_end() {
    let Some(inner) = Inner::new() else { return };
    let sandbox = Sandbox::empty();
    let path = inner.mount.display();
    sandbox.furnish(&["db/0"], &format!("preset: fsfreeze\nmount_point: {path}\nmax_still: 2\nresume_timeout: 2"));
    // Its storage is slow: who writes there waits, and so does whoever freezes it.
    fsfreeze("-f", &inner.outer.path).unwrap();
    let file = format!("of={}", inner.mount.join("slow").display());
    let mut dd = Command::new("dd");
    let mut writer = dd.args(["if=/dev/zero", &file, "bs=1M", "count=4", "oflag=direct"]).stderr(Stdio::null()).spawn();
    std::thread::sleep(Duration::from_millis(500));
    let ran = sandbox.run(&["take", "--clean"]);
    let state = sandbox.rows(&["operations"], "operations")[0]["state"].clone();
    fsfreeze("-u", &inner.outer.path).unwrap();
    let _ = writer.as_mut().unwrap().wait();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("cannot be ended") && ran.stderr.contains("may stand still"), "{ran:?}");
    // The hook lives.
    assert!(state == "running" || state == "pending", "{state}: {ran:?}");
    // By nobody but the switch.
    is_thawed_soon(&inner.mount);
    sandbox.run(&["recover"]).quiet_success();
}
