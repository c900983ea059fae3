//! Snapshot and promotion of a disk of 2 GiB that holds 1 GiB, beside `cp` and `qemu-img`, each with the sync
//! that makes it last as snapback's does.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::backend;
use crate::measure::{Budget, RUNS, Report, has, timed};
use crate::support::loop_mount::{Fs, LoopMount};
use crate::support::{Sandbox, disk_of};

const MIB: u64 = 1 << 20;
/// Each file system must hold the disk and a full copy of it.
const ROOM: u64 = 5 << 10;

/// Adds the rows of this file.
pub fn run(report: &mut Report) {
    let sandbox = Sandbox::empty();
    furnish(&sandbox);
    copying(report, &sandbox, "ext4");
    drop(sandbox);
    for fs in [Fs::Xfs, Fs::Btrfs] {
        let name = format!("{fs:?}");
        let Some(mount) = LoopMount::new(fs, ROOM) else {
            report.say(format!("{name} could not be mounted here: no figures of clones on it"));
            continue;
        };
        let sandbox = Sandbox::at(&mount.path().join("bench"));
        furnish(&sandbox);
        cloning(report, &sandbox, &name);
    }
}

/// A disk of 2 GiB: 64 MiB of data, 64 MiB of hole, and so on.
fn furnish(sandbox: &Sandbox) {
    sandbox.furnish(&["db/0"], "");
    let image = File::options().write(true).open(image(sandbox)).unwrap();
    image.set_len(2048 * MIB).unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = vec![0; 1 << 20];
    for at in (0..2048).filter(|mib| mib / 64 % 2 == 0) {
        for word in block.chunks_exact_mut(8) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            word.copy_from_slice(&seed.to_le_bytes());
        }
        image.write_all_at(&block, at * MIB).unwrap();
    }
    image.sync_all().unwrap();
}

fn image(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("cloud/disks").join(disk_of("db/0")).join("disk.img")
}

/// Where nothing can be cloned.
fn copying(report: &mut Report, sandbox: &Sandbox, fs: &str) {
    const FEW: usize = 11;
    let source = image(sandbox);
    let (cid, snapshot) = kept(sandbox);
    let budget = || Budget::Ratio(1.1);
    let how = "--sparse=always";
    let beside = |from: &Path| cp(sandbox, how, from);
    let other = format!("cp {how}");
    report.pair(&format!("`take`, {fs}"), &other, FEW, budget(), || take(sandbox), || beside(&source));
    report.pair(&format!("`promote`, {fs}"), &other, FEW, budget(), || promote(sandbox, &cid), || beside(&snapshot));
    against_qemu(report, sandbox, fs, &source);
}

/// Where the file system clones. The backend stands by itself too: the commands also make their journal last, a
/// commit before and a commit after each effect, and `cp` has none.
fn cloning(report: &mut Report, sandbox: &Sandbox, fs: &str) {
    let source = image(sandbox);
    let (cid, snapshot) = kept(sandbox);
    let how = "--reflink=always";
    let beside = |from: &Path| cp(sandbox, how, from);
    let other = format!("cp {how}");
    let mut pair = |what: &str, budget, ours: &dyn Fn() -> Duration, from: &Path| {
        report.pair(&format!("{what}, {fs}"), &other, RUNS, budget, ours, || beside(from));
    };
    pair("the backend's `snapshot_disk`", Budget::Ratio(1.5), &|| backend::snapshot(sandbox), &source);
    pair(
        "the backend's `create_disk_from_snapshot`",
        Budget::Ratio(1.5),
        &|| backend::promote(sandbox, &cid),
        &snapshot,
    );
    pair("`take`", Budget::Ratio(3.0), &|| take(sandbox), &source);
    pair("`promote`", Budget::Ratio(3.0), &|| promote(sandbox, &cid), &snapshot);
    against_qemu(report, sandbox, fs, &source);
}

fn against_qemu(report: &mut Report, sandbox: &Sandbox, fs: &str, source: &Path) {
    if has("qemu-img") {
        let what = format!("`take`, {fs}");
        report.pair(&what, "qemu-img convert", 3, Budget::None, || take(sandbox), || convert(sandbox, source));
    } else {
        report.say("qemu-img is not here".to_owned());
    }
}

/// A snapshot that stays, older than those of the runs, and its image.
fn kept(sandbox: &Sandbox) -> (String, PathBuf) {
    let cid = sandbox.take("db/0");
    let image = sandbox.path("cloud/snapshots").join(&cid).join("disk.img");
    (cid, image)
}

fn snapback(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
    command.args(arguments).current_dir(sandbox.path("")).env_clear();
    command
}

fn take(sandbox: &Sandbox) -> Duration {
    let took = timed(&mut snapback(sandbox, &["take", "db/0"]));
    let newest = sandbox.rows(&["snapshots"], "snapshots").pop().unwrap()["cid"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "delete", &newest]).quiet_success();
    settle(sandbox);
    took
}

fn promote(sandbox: &Sandbox, cid: &str) -> Duration {
    let before = sandbox.names("cloud/disks");
    let took = timed(&mut snapback(sandbox, &["promote", cid]));
    for made in sandbox.names("cloud/disks").iter().filter(|name| !before.contains(name)) {
        std::fs::remove_dir_all(sandbox.path("cloud/disks").join(made)).unwrap();
    }
    settle(sandbox);
    took
}

fn cp(sandbox: &Sandbox, how: &str, source: &Path) -> Duration {
    let target = sandbox.path("copy.img");
    let took = timed(Command::new("cp").arg(how).arg(source).arg(&target))
        + timed(Command::new("sync").arg("-f").arg(&target));
    remove(sandbox, &target);
    took
}

fn convert(sandbox: &Sandbox, source: &Path) -> Duration {
    let target = sandbox.path("copy.img");
    let took = timed(Command::new("qemu-img").args(["convert", "-f", "raw", "-O", "raw"]).arg(source).arg(&target))
        + timed(Command::new("sync").arg("-f").arg(&target));
    remove(sandbox, &target);
    took
}

fn remove(sandbox: &Sandbox, target: &Path) {
    std::fs::remove_file(target).unwrap();
    settle(sandbox);
}

/// What was removed must not be written while the other side is timed.
pub fn settle(sandbox: &Sandbox) {
    timed(Command::new("sync").arg("-f").arg(sandbox.path("")));
}
