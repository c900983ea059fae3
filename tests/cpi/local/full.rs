//! A file system without room.

use std::fs;
use std::io::Write;
use std::path::Path;

use snapback::cpi::{CpiErrorKind, Queries, SnapshotOptions};
use snapback::domain::snapshot::Metadata;

use super::Local;
use crate::conformance::{Case, Content, refused, sized};
use crate::support::loop_mount::{Fs, LoopMount, run};

#[test]
fn a_full_disk_leaves_nothing_half_made() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 32) else { return };
    let local = Local::under(&mount.path());
    let case = Case::new(&local);
    let disk = case.disk(32);
    local.write(&disk, 1 << 20, &vec![7; 5 << 20]);
    let snapshot = case.snapshot(&disk);
    let filler = mount.path().join("filler");
    leave_one_mib(&filler);

    let take = case.effect(|cpi, i| cpi.snapshot_disk(i, &disk, &Metadata::new(), SnapshotOptions::default()));
    // What the first one has given back counts once the file system's own journal has it.
    run(&["sync", "--file-system", mount.path().to_str().unwrap()]).unwrap();
    let promote = case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &sized(32))).map(|_| ());
    for result in [take.map(|_| ()), promote] {
        let error = refused(result, CpiErrorKind::NoSpace);
        assert!(error.message.contains("/tmp/0123456789ab-"), "{error}");
        assert!(error.message.contains("33554432 bytes are needed"), "{error}");
    }
    assert_eq!(local.names("snapshots"), [snapshot.as_str()]);
    assert_eq!(local.names("disks"), [disk.as_str()]);
    assert_eq!(local.names("tmp"), [""; 0]);
    assert_eq!(local.cpi.list_snapshots(&Metadata::new()).unwrap().len(), 1);

    fs::remove_file(&filler).unwrap();
    run(&["sync", "--file-system", mount.path().to_str().unwrap()]).unwrap();
    case.snapshot(&disk);
}

fn leave_one_mib(filler: &Path) {
    let mut file = fs::File::create(filler).unwrap();
    while file.write_all(&[9; 64 << 10]).is_ok() {}
    // What the file system promised before it knew better may be lost here.
    let _ = file.sync_all();
    file.set_len(file.metadata().unwrap().len() - (1 << 20)).unwrap();
    file.sync_all().unwrap();
}

#[test]
fn no_room_even_for_a_name() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 16) else { return };
    let local = Local::under(&mount.path());
    let case = Case::new(&local);
    let disk = case.disk(1);
    let mut fillers = 0;
    while fs::File::create(mount.path().join(fillers.to_string())).is_ok() {
        fillers += 1;
    }
    let take = case.effect(|cpi, i| cpi.snapshot_disk(i, &disk, &Metadata::new(), SnapshotOptions::default()));
    refused(take, CpiErrorKind::NoSpace);
    refused(case.effect(|cpi, i| cpi.create_disk(i, &sized(1))), CpiErrorKind::NoSpace);
    refused(case.effect(|cpi, i| cpi.set_disk_metadata(i, &disk, &Metadata::new())), CpiErrorKind::NoSpace);
    assert_eq!((local.names("snapshots"), local.names("tmp")), (vec![], vec![]));
    assert_eq!(local.names("disks"), [disk.as_str()]);
}

#[test]
fn a_disk_bigger_than_any_file() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 16) else { return };
    let local = Local::under(&mount.path());
    let case = Case::new(&local);
    let error = refused(case.effect(|cpi, i| cpi.create_disk(i, &sized(1 << 26))), CpiErrorKind::NoSpace);
    assert!(error.message.contains("70368744177664 bytes are needed"), "{error}");
    assert_eq!((local.names("disks"), local.names("tmp")), (vec![], vec![]));
}
