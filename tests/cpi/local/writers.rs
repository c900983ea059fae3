//! Disks that something writes to while they are snapshotted.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use snapback::cpi::{CpiErrorKind, CpiResult, Queries, SnapshotOptions, SnapshotTaken};
use snapback::domain::ids::DiskCid;
use snapback::domain::snapshot::{Consistency, Metadata};

use super::{Local, new_cpi};
use crate::conformance::{Case, Content, Subject, refused};
use crate::support::loop_mount::{Fs, LoopMount, run, skip};

fn take(case: &Case<'_>, disk: &DiskCid, allow_torn: bool) -> CpiResult<SnapshotTaken> {
    let options = SnapshotOptions { allow_torn };
    case.effect(|cpi, i| cpi.snapshot_disk(i, disk, &Metadata::new(), options))
}

/// A copy is refused with what to do, and taken as torn on request; nothing is left of the refusal.
fn refused_or_torn(local: &Local, case: &Case<'_>, disk: &DiskCid) {
    let error = refused(take(case, disk, false), CpiErrorKind::InUse);
    let advice = error.hints.join("\n");
    for word in ["stop what uses the disk", "detach", "XFS", "Btrfs", "bcachefs", "`--allow-torn`"] {
        assert!(advice.contains(word), "{advice}");
    }
    assert_eq!((local.names("snapshots"), local.names("tmp")), (vec![], vec![]));

    let torn = take(case, disk, true).unwrap();
    assert_eq!(torn.consistency, Consistency::Torn);
    let listed = local.cpi.list_snapshots(&Metadata::new()).unwrap();
    assert_eq!((&listed[0].cid, listed[0].consistency), (&torn.cid, Consistency::Torn));
    case.effect(|cpi, i| cpi.delete_snapshot(i, &torn.cid)).unwrap();
}

#[test]
fn a_disk_that_is_open_for_writing() {
    for fs in Fs::ALL {
        let Some(mount) = LoopMount::new(fs, 320) else { continue };
        let local = Local::under(&mount.path());
        let case = Case::new(&local);
        let disk = case.disk(4);
        local.write(&disk, 0, &[1; 8192]);
        let writer = OpenOptions::new().write(true).open(local.disk_image(&disk)).unwrap();
        if fs.clones() {
            assert_eq!(take(&case, &disk, false).unwrap().consistency, Consistency::Crash);
            assert_eq!(take(&case, &disk, true).unwrap().consistency, Consistency::Crash);
        } else {
            refused_or_torn(&local, &case, &disk);
        }
        drop(writer);
        assert_eq!(take(&case, &disk, false).unwrap().consistency, Consistency::Crash);
    }
}

/// A loop device writes as a mapping does: no descriptor of any process shows it.
#[test]
fn a_disk_on_a_loop_device() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 64) else { return };
    let local = Local::under(&mount.path());
    let case = Case::new(&local);
    let disk = case.disk(4);
    let image = local.disk_image(&disk);
    let device = run(&["losetup", "--find", "--show", image.to_str().unwrap()]).unwrap();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| refused_or_torn(&local, &case, &disk)));
    run(&["losetup", "--detach", &device]).unwrap();
    result.unwrap();
    assert_eq!(take(&case, &disk, false).unwrap().consistency, Consistency::Crash);
}

/// Waits until bytes are copied: from then on the copier sleeps, with the lease.
fn wait_for_copy(local_root: &Path) {
    let has_bytes = |image: &Path| {
        let mut first = [0];
        let read = fs::File::open(image).and_then(|file| file.read_exact_at(&mut first, 0));
        read.is_ok() && first == [3]
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        let begun = fs::read_dir(local_root.join("tmp"))
            .is_ok_and(|entries| entries.flatten().any(|entry| has_bytes(&entry.path().join("disk.img"))));
        if begun {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("no copy has begun");
}

#[test]
fn a_writer_that_comes_in_mid_copy() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 64) else { return };
    for allow_torn in [false, true] {
        let mut local = Local::under(&mount.path());
        let disk = Case::new(&local).disk(8);
        local.write(&disk, 0, &vec![3; 6 << 20]);
        local.cpi = new_cpi(&local.root, "local.snapshot_disk.copying#2=sleep:600");
        let case = Case::new(&local);
        let (root, image) = (local.root.clone(), local.disk_image(&disk));
        let (result, waited) = std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                wait_for_copy(&root);
                let begin = Instant::now();
                OpenOptions::new().write(true).open(image).unwrap();
                begin.elapsed()
            });
            let result = take(&case, &disk, allow_torn);
            (result, writer.join().unwrap())
        });
        assert!(waited > Duration::from_millis(100), "the writer had to wait for the lease: {waited:?}, {result:?}");
        assert!(waited < Duration::from_secs(10), "and got on at once: {waited:?}");
        assert_eq!(local.names("tmp"), [""; 0]);
        if allow_torn {
            assert_eq!(result.unwrap().consistency, Consistency::Torn);
        } else {
            assert!(refused(result, CpiErrorKind::InUse).message.contains("during the copy"));
            assert_eq!(local.names("snapshots"), [""; 0]);
            assert_eq!(take(&case, &disk, false).unwrap().consistency, Consistency::Crash);
        }
    }
}

const CHILD: &str = "SNAPBACK_TEST_WITHOUT_LEASES";

/// Without `CAP_LEASE`, on a file of somebody else's, whether anything writes cannot be known.
#[test]
fn where_there_are_no_leases_a_detached_disk_is_still() {
    if let Some(root) = std::env::var_os(CHILD) {
        return without_leases(Path::new(&root));
    }
    let Some(mount) = LoopMount::new(Fs::Ext4, 64) else { return };
    let local = Local::under(&mount.path());
    let case = Case::new(&local);
    let disk = case.disk(1);
    let owner = fs::metadata(local.disk_image(&disk)).unwrap().uid() + 1234;
    std::os::unix::fs::chown(local.disk_image(&disk), Some(owner), None).unwrap();

    let this = std::env::current_exe().unwrap();
    let name = "local::writers::where_there_are_no_leases_a_detached_disk_is_still";
    let child = Command::new("setpriv")
        .args(["--bounding-set=-lease", "--inh-caps=-lease", "--"])
        .arg(this)
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, &local.root)
        .output();
    match child {
        Ok(child) => {
            let said = String::from_utf8_lossy(&child.stderr).into_owned();
            assert!(child.status.success() && said.contains("without leases: done"), "{said}");
        }
        Err(why) => return skip(&format!("a process without CAP_LEASE: setpriv: {why}")),
    }
    assert_eq!(local.names("snapshots").len(), 1);
}

fn without_leases(root: &Path) {
    let local = Local::of(root);
    let disk = DiskCid::new(local.names("disks")[0].as_str());
    let case = Case::new(&local);
    case.attach(&local.vm(), &disk);
    let error = refused(take(&case, &disk, false), CpiErrorKind::InUse);
    assert!(error.message.contains("VM vm-1 has it"), "{error}");
    assert!(error.source.unwrap().to_string().contains("CAP_LEASE"));
    let torn = take(&case, &disk, true).unwrap();
    assert_eq!(torn.consistency, Consistency::Torn);
    case.effect(|cpi, i| cpi.delete_snapshot(i, &torn.cid)).unwrap();

    case.effect(|cpi, i| cpi.detach_disk(i, &local.vm(), &disk)).unwrap();
    assert_eq!(take(&case, &disk, false).unwrap().consistency, Consistency::Crash);
    eprintln!("without leases: done");
}
