//! Disks made from snapshots.

use snapback::cpi::{CpiErrorKind, DiskRequest};
use snapback::domain::ids::SnapshotCid;
use snapback::domain::snapshot::Metadata;

use super::{Case, refused, sized};

const MIB: usize = 1 << 20;

/// Bytes without a pattern that a shifted or shortened copy could keep.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&(state ^ (state >> 33)).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub fn a_snapshot_outlives_its_disk(case: &Case<'_>) {
    let disk = case.disk(2);
    let data = noise(MIB, 1);
    if let Some(content) = case.subject.content() {
        content.write(&disk, 77, &data);
    }
    let snapshot = case.snapshot(&disk);
    case.delete_disk_of(&snapshot, &disk);
    let new = case.promote(&snapshot, &DiskRequest::default());
    assert_ne!(new, disk);
    case.effect(|cpi, intent| cpi.delete_snapshot(intent, &snapshot)).unwrap();
    assert!(case.cpi().has_disk(&new).unwrap(), "a disk outlives its snapshot");
    if let Some(content) = case.subject.content() {
        assert!(content.read(&new, 77, MIB) == data);
    }
}

pub fn the_same_bytes(case: &Case<'_>) {
    let Some(content) = case.subject.content() else { return };
    let disk = case.disk(16);
    let (early, late) = (noise(3 * MIB + 5, 2), noise(MIB, 3));
    content.write(&disk, 4095, &early);
    content.write(&disk, 15 * MIB as u64, &late);
    let before = content.read(&disk, 0, 16 * MIB);
    let snapshot = case.snapshot(&disk);

    content.write(&disk, 0, &noise(16 * MIB, 4));
    let (one, two) = (case.promote(&snapshot, &case.sized(16)), case.promote(&snapshot, &DiskRequest::default()));
    assert!(content.read(&one, 0, 16 * MIB) == before);

    content.write(&one, 0, &late);
    assert!(content.read(&two, 0, 16 * MIB) == before, "what is written to one disk reaches no other");
    let three = case.promote(&snapshot, &DiskRequest::default());
    assert!(content.read(&three, 0, 16 * MIB) == before, "nor the snapshot");
}

pub fn holes_stay_holes(case: &Case<'_>) {
    let Some(content) = case.subject.content() else { return };
    let disk = case.disk(64);
    content.write(&disk, 0, &noise(MIB, 5));
    content.write(&disk, 32 * MIB as u64 + 999, &noise(MIB, 6));
    content.write(&disk, 64 * MIB as u64 - 1, b"x");
    let new = case.promote(&case.snapshot(&disk), &DiskRequest::default());
    let (before, after) = (content.allocated(&disk), content.allocated(&new));
    assert!(after <= before + 64 * 1024, "{before} bytes became {after}");
    assert!(content.read(&new, 0, 64 * MIB) == content.read(&disk, 0, 64 * MIB));
}

pub fn as_big_as_asked(case: &Case<'_>) {
    let disk = case.disk(2);
    let snapshot = case.snapshot(&disk);
    for (asked, size) in [(None, 2), (Some(2), 2), (Some(5), 5)] {
        let request = asked.map_or(DiskRequest::default(), |asked| case.sized(asked));
        let made = case.effect(|cpi, intent| cpi.create_disk_from_snapshot(intent, &snapshot, &request)).unwrap();
        assert_eq!(case.units(made.size_mib).unwrap_or(size), size);
        if let Some(content) = case.subject.content() {
            let end = size * MIB as u64 - 1;
            content.write(&made.cid, end, b"x");
            assert_eq!(content.read(&made.cid, end, 1), b"x");
        }
    }
}

pub fn not_smaller(case: &Case<'_>) {
    let snapshot = case.snapshot(&case.disk(3));
    for asked in [0, 2, u64::MAX] {
        let token = case.token();
        let make = |cpi: &dyn snapback::cpi::Cpi, intent: &_| {
            cpi.create_disk_from_snapshot(intent, &snapshot, &case.sized(asked))
        };
        refused(case.effect_as(&token, make), CpiErrorKind::InvalidRequest);
        if case.cpi().capabilities().find_disks {
            assert_eq!(case.cpi().find_disk(&token).unwrap(), None);
        }
    }
}

pub fn the_same_token(case: &Case<'_>) {
    let snapshot = case.snapshot(&case.disk(1));
    let token = case.token();
    let make = || {
        case.effect_as(&token, |cpi, intent| cpi.create_disk_from_snapshot(intent, &snapshot, &case.sized(2))).unwrap()
    };
    let first = make();
    assert_eq!(make(), first);
    assert_eq!(case.cpi().find_disk(&token).unwrap(), Some(first.clone()));
    assert_ne!(case.promote(&snapshot, &case.sized(2)), first.cid);

    let metadata = Metadata::from([("job".to_owned(), "db".to_owned())]);
    case.effect(|cpi, intent| cpi.set_disk_metadata(intent, &first.cid, &metadata)).unwrap();
    assert_eq!(make(), first, "metadata of the disk keep its token");
}

pub fn from_no_snapshot(case: &Case<'_>) {
    let missing = SnapshotCid::new("snap-missing");
    let result = case.effect(|cpi, intent| cpi.create_disk_from_snapshot(intent, &missing, &sized(1)));
    refused(result, CpiErrorKind::SnapshotNotFound);
}
