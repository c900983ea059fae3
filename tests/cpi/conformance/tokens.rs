//! A token names one effect for good: asked again, also by several at once, there is one disk and one snapshot.

use std::collections::BTreeSet;

use snapback::cpi::{Cpi, CpiResult, DiskRequest, SnapshotOptions};
use snapback::domain::ids::{DiskCid, SnapshotCid, Token};
use snapback::domain::intent::Intent;
use snapback::domain::snapshot::Metadata;
use snapback::domain::step::Outcome;

use super::{Case, token_metadata};

const STILL: SnapshotOptions = SnapshotOptions { allow_torn: false };
const AT_ONCE: usize = 4;

/// The answers to the same call, by this many threads at once.
fn at_once<T: Ord + Send>(
    case: &Case<'_>,
    token: &Token,
    act: impl Fn(&dyn Cpi, &Intent) -> CpiResult<T> + Sync,
) -> BTreeSet<T> {
    let (cpi, act) = (case.cpi(), &act);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let intent = case.journal.commit(token);
                scope.spawn(move || {
                    let answer = act(cpi, &intent).unwrap();
                    intent.settle(Outcome::done()).unwrap();
                    answer
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The snapshots that the cloud has, all or by the token.
fn snapshots(case: &Case<'_>, filter: &Metadata) -> Vec<SnapshotCid> {
    case.cpi().list_snapshots(filter).unwrap().into_iter().map(|row| row.cid).collect()
}

pub fn one_empty_disk(case: &Case<'_>) {
    let token = case.token();
    let request = case.sized(2);
    let make = |cpi: &dyn Cpi, intent: &Intent| cpi.create_disk(intent, &request).map(|made| made.cid);
    let first = case.effect_as(&token, make).unwrap();
    assert_eq!(case.effect_as(&token, make).unwrap(), first);
    assert_eq!(case.cpi().find_disk(&token).unwrap().unwrap().cid, first);
    assert_ne!(case.disk(2), first, "another step makes another disk");
}

pub fn one_empty_disk_at_once(case: &Case<'_>) {
    let token = case.token();
    let request = case.sized(2);
    let made = at_once(case, &token, |cpi, intent| cpi.create_disk(intent, &request).map(|made| made.cid));
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(case.cpi().find_disk(&token).unwrap().map(|found| found.cid), made.into_iter().next());
}

pub fn one_snapshot(case: &Case<'_>) {
    let disk = case.disk(2);
    let token = case.token();
    let metadata = token_metadata(&token);
    let take = |cpi: &dyn Cpi, intent: &Intent| cpi.snapshot_disk(intent, &disk, &metadata, STILL);
    let first = case.effect_as(&token, take).unwrap();
    if let Some(content) = case.subject.content() {
        content.write(&disk, 0, b"written since");
    }
    let again = case.effect_as(&token, take).unwrap();
    assert_eq!((&again.cid, again.consistency), (&first.cid, first.consistency));
    assert_eq!(snapshots(case, &metadata), std::slice::from_ref(&first.cid));
    // Whatever has become of the disk: it is the first call's answer that was lost.
    case.delete_disk_of(&first.cid, &disk);
    assert_eq!(case.effect_as(&token, take).unwrap().cid, first.cid);
    assert_eq!(snapshots(case, &Metadata::new()), [first.cid]);
}

pub fn one_snapshot_at_once(case: &Case<'_>) {
    let disk = case.disk(4);
    let token = case.token();
    let metadata = token_metadata(&token);
    let taken =
        at_once(case, &token, |cpi, intent| cpi.snapshot_disk(intent, &disk, &metadata, STILL).map(|taken| taken.cid));
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(snapshots(case, &Metadata::new()), Vec::from_iter(taken));
}

/// An answer that names a snapshot of another disk would be put back on the wrong instance.
pub fn no_snapshot_of_another_disk(case: &Case<'_>) {
    let (one, other) = (case.disk(1), case.disk(1));
    let token = case.token();
    let take = |disk: &DiskCid| {
        case.effect_as(&token, |cpi, intent| cpi.snapshot_disk(intent, disk, &token_metadata(&token), STILL))
    };
    let first = take(&one).unwrap();
    assert!(take(&other).is_err());
    assert_eq!(snapshots(case, &Metadata::new()), [first.cid]);
}

pub fn one_disk_of_a_snapshot_at_once(case: &Case<'_>) {
    let snapshot = case.snapshot(&case.disk(4));
    let token = case.token();
    let make = |cpi: &dyn Cpi, intent: &Intent| {
        cpi.create_disk_from_snapshot(intent, &snapshot, &DiskRequest::default()).map(|made| made.cid)
    };
    let made = at_once(case, &token, make);
    assert_eq!(made.len(), 1, "{made:?}");
    // Whatever has become of the snapshot.
    case.effect(|cpi, intent| cpi.delete_snapshot(intent, &snapshot)).unwrap();
    assert_eq!(Some(case.effect_as(&token, make).unwrap()), made.into_iter().next());
}
