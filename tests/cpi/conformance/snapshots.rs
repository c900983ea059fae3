//! Snapshots: taken, listed, described and deleted.

use std::collections::BTreeSet;

use snapback::clock::Clock;
use snapback::cpi::{CpiErrorKind, SnapshotOptions, SnapshotState};
use snapback::domain::ids::{DiskCid, SnapshotCid};
use snapback::domain::snapshot::{Consistency, Metadata};
use snapback::domain::step::Outcome;

use super::{Case, refused, token_metadata};

const STILL: SnapshotOptions = SnapshotOptions { allow_torn: false };

pub fn a_snapshot_comes_and_goes(case: &Case<'_>) {
    let disk = case.disk(4);
    let take = || case.effect(|cpi, intent| cpi.snapshot_disk(intent, &disk, &Metadata::new(), STILL)).unwrap();
    let (first, second) = (take(), take());
    assert_ne!(first.cid, second.cid);
    assert_eq!(case.units(first.size_mib).unwrap_or(4), 4);
    assert_eq!(first.consistency, Consistency::Crash);
    assert!(case.cpi().has_disk(&disk).unwrap());

    case.effect(|cpi, intent| cpi.delete_snapshot(intent, &first.cid)).unwrap();
    let again = case.effect(|cpi, intent| cpi.delete_snapshot(intent, &first.cid));
    refused(again, CpiErrorKind::SnapshotNotFound);
    case.effect(|cpi, intent| cpi.delete_snapshot(intent, &second.cid)).unwrap();
}

pub fn of_nothing(case: &Case<'_>) {
    let disk = DiskCid::new("disk-missing");
    let result = case.effect(|cpi, intent| cpi.snapshot_disk(intent, &disk, &Metadata::new(), STILL));
    refused(result, CpiErrorKind::DiskNotFound);
}

pub fn of_an_attached_disk(case: &Case<'_>) {
    let disk = case.disk(1);
    if case.cpi().capabilities().attach {
        case.attach(&case.subject.vm(), &disk);
    }
    let taken = case.effect(|cpi, intent| cpi.snapshot_disk(intent, &disk, &Metadata::new(), STILL)).unwrap();
    assert_eq!(taken.consistency, Consistency::Crash);
}

pub fn are_listed(case: &Case<'_>) {
    assert_eq!(case.cpi().list_snapshots(&Metadata::new()).unwrap(), []);
    let disk = case.disk(2);
    let mut taken = Vec::new();
    for number in 0..3 {
        let token = case.token();
        let mut metadata = token_metadata(&token);
        metadata.insert("job".to_owned(), "db".to_owned());
        metadata.insert("note".to_owned(), format!("\"{number}\" \u{1f980} \n\t\\ é"));
        let options = SnapshotOptions { allow_torn: number == 1 };
        let before = Clock::System.now() - case.subject.clock_step();
        let answer = case.effect_as(&token, |cpi, intent| cpi.snapshot_disk(intent, &disk, &metadata, options));
        taken.push((token, metadata, answer.unwrap(), before..=Clock::System.now()));
    }
    let listed = case.cpi().list_snapshots(&Metadata::new()).unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.is_sorted_by_key(|row| row.created_at));
    for (token, metadata, answer, call) in &taken {
        let found = case.cpi().list_snapshots(&token_metadata(token)).unwrap();
        assert_eq!(found.len(), 1, "one snapshot has the token");
        let row = &found[0];
        assert!(listed.contains(row));
        assert_eq!((&row.cid, &row.disk, &row.metadata), (&answer.cid, &disk, metadata));
        assert!(call.contains(&row.created_at) && call.contains(&answer.created_at), "{call:?}: {row:?}, {answer:?}");
        assert!(answer.created_at <= row.created_at, "{row:?}, {answer:?}");
        assert_eq!(row.consistency, Consistency::Crash);
        assert_eq!((case.units(row.size_mib).unwrap_or(2), row.state), (2, SnapshotState::Ready));
    }
    let of = |key: &str, value: &str| {
        case.cpi().list_snapshots(&Metadata::from([(key.to_owned(), value.to_owned())])).unwrap().len()
    };
    assert_eq!((of("job", "db"), of("job", "d"), of("JOB", "db"), of("deployment", "")), (3, 0, 0, 0));

    case.effect(|cpi, intent| cpi.delete_snapshot(intent, &taken[1].2.cid)).unwrap();
    assert_eq!(case.cpi().list_snapshots(&Metadata::new()).unwrap().len(), 2);
}

pub fn is_described(case: &Case<'_>) {
    let (disk, missing) = (case.disk(2), SnapshotCid::new("snap-missing"));
    let snapshot = case.snapshot(&disk);
    let described = case.cpi().describe_snapshot(&snapshot).unwrap();
    assert_eq!((described.state, case.units(described.size_mib).unwrap_or(2)), (SnapshotState::Ready, 2));
    assert_eq!(case.cpi().describe_snapshot(&missing).unwrap().state, SnapshotState::Missing);
    case.effect(|cpi, intent| cpi.delete_snapshot(intent, &snapshot)).unwrap();
    assert_eq!(case.cpi().describe_snapshot(&snapshot).unwrap().state, SnapshotState::Missing);
}

pub fn many_at_once(case: &Case<'_>) {
    let (disk, cpi) = (case.disk(1), case.cpi());
    let cids: BTreeSet<SnapshotCid> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (disk, token) = (&disk, case.token());
                let intent = case.journal.commit(&token);
                scope.spawn(move || {
                    let taken = cpi.snapshot_disk(&intent, disk, &token_metadata(&token), STILL).unwrap();
                    intent.settle(Outcome::done()).unwrap();
                    taken.cid
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(cids.len(), 8);
    if cpi.capabilities().find_snapshots {
        let listed = cpi.list_snapshots(&Metadata::new()).unwrap();
        assert_eq!(listed.into_iter().map(|row| row.cid).collect::<BTreeSet<_>>(), cids);
    }
}
