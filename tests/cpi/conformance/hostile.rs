//! What nobody should ask, and what a backend cannot do.

use snapback::cpi::{CpiErrorKind, CpiResult, DiskRequest, SnapshotOptions};
use snapback::domain::ids::{DiskCid, SnapshotCid, VmCid};
use snapback::domain::snapshot::Metadata;

use super::{Case, refused, sized};

fn hostile() -> Vec<String> {
    let mut cids: Vec<String> =
        ["", ".", "..", "../x", "/etc/passwd", "a/../../b", "disks/..", "-x", "--help", "a\0b", "\n", "a\u{1b}[2Jb"]
            .map(str::to_owned)
            .to_vec();
    cids.push("x".repeat(5000));
    cids.push("../".repeat(1700));
    cids
}

/// Such a CID names nothing, so no error but "not found" or "invalid" is true of it, and none is huge.
fn harmless<T: std::fmt::Debug>(cid: &str, result: CpiResult<T>) {
    let error = result.unwrap_err();
    let invalid = matches!(
        error.kind,
        CpiErrorKind::InvalidCid
            | CpiErrorKind::DiskNotFound
            | CpiErrorKind::SnapshotNotFound
            | CpiErrorKind::VmNotFound
            | CpiErrorKind::NotSupported
    );
    assert!(invalid, "{cid:?}: {error}");
    assert!(error.to_string().len() < 1000, "{error}");
    assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
}

pub fn cids(case: &Case<'_>) {
    let (vm, disk, none) = (case.subject.vm(), case.disk(1), Metadata::new());
    for text in hostile() {
        let (bad_disk, bad_snapshot, bad_vm) = (DiskCid::new(&text), SnapshotCid::new(&text), VmCid::new(&text));
        let cpi = case.cpi();
        if let Ok(has) = cpi.has_disk(&bad_disk) {
            assert!(!has, "{text:?}");
        }
        harmless(&text, cpi.get_disks(&bad_vm));
        harmless(&text, case.effect(|cpi, i| cpi.delete_disk(i, &bad_disk)));
        harmless(&text, case.effect(|cpi, i| cpi.snapshot_disk(i, &bad_disk, &none, SnapshotOptions::default())));
        harmless(&text, case.effect(|cpi, i| cpi.delete_snapshot(i, &bad_snapshot)));
        harmless(&text, case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &bad_snapshot, &sized(1))));
        harmless(&text, case.effect(|cpi, i| cpi.attach_disk(i, &vm, &bad_disk)));
        harmless(&text, case.effect(|cpi, i| cpi.attach_disk(i, &bad_vm, &disk)));
        harmless(&text, case.effect(|cpi, i| cpi.detach_disk(i, &vm, &bad_disk)));
        harmless(&text, case.effect(|cpi, i| cpi.detach_disk(i, &bad_vm, &disk)));
        harmless(&text, case.effect(|cpi, i| cpi.set_disk_metadata(i, &bad_disk, &none)));
    }
    assert!(case.cpi().has_disk(&disk).unwrap());
}

pub fn what_it_cannot_do(case: &Case<'_>) {
    let (cpi, can) = (case.cpi(), case.cpi().capabilities());
    let (vm, disk, snapshot) = (case.subject.vm(), case.disk(1), SnapshotCid::new("snap-missing"));
    let none = Metadata::new();
    assert!(!cpi.name().as_str().is_empty());
    if !can.snapshots {
        let take = case.effect(|cpi, i| cpi.snapshot_disk(i, &disk, &none, SnapshotOptions::default()));
        refused(take, CpiErrorKind::NotSupported);
    }
    if !can.promote {
        let make = case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &DiskRequest::default()));
        refused(make, CpiErrorKind::NotSupported);
    }
    if !can.list_snapshots {
        refused(cpi.list_snapshots(&none), CpiErrorKind::NotSupported);
    }
    if !can.find_disks {
        refused(cpi.find_disk(&case.token()), CpiErrorKind::NotSupported);
    }
    if !can.describe_snapshots {
        refused(cpi.describe_snapshot(&snapshot), CpiErrorKind::NotSupported);
    }
    if !can.attach {
        refused(cpi.get_disks(&vm), CpiErrorKind::NotSupported);
    }
}
