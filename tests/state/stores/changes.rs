//! The changes that `guard` watches.

use snapback::domain::guarded::{Ending, GuardedChange};
use snapback::domain::ids::SnapshotCid;
use snapback::domain::step::Fact;
use snapback::state::SnapshotFilter;

use super::{Stores, at, cpi, done, instance, snapshot, step};

fn change(id: &str, began: i64) -> GuardedChange {
    let (id, deployment) = (id.to_owned(), Some("prod".to_owned()));
    GuardedChange {
        id,
        command: "deploy".to_owned(),
        deployment,
        began_at: at(began),
        runs_at: None,
        ended_at: None,
        ending: None,
    }
}

pub fn a_change_ends_once_and_the_newest_is_listed_first(stores: &impl Stores) {
    let (handle, other) = (stores.handle(), stores.handle());
    handle.store.begin_change(&change("a", 1)).unwrap();
    handle.store.begin_change(&change("b", 2)).unwrap();
    assert_eq!(other.lists.changes().unwrap(), [change("b", 2), change("a", 1)]);
    other.store.end_change("a", Ending::Exited(137), at(3)).unwrap();
    handle.store.end_change("a", Ending::Exited(0), at(4)).unwrap();
    let ended = GuardedChange { ended_at: Some(at(3)), ending: Some(Ending::Exited(137)), ..change("a", 1) };
    assert_eq!(handle.lists.changes().unwrap(), [change("b", 2), ended]);
    handle.store.end_change("b", Ending::NotRun, at(5)).unwrap();
    assert_eq!(other.lists.changes().unwrap()[0].ending, Some(Ending::NotRun));
}

pub fn a_snapshot_can_belong_to_a_change(stores: &impl Stores) {
    let handle = stores.handle();
    handle.import(vec![instance(0, &["disk-0"])]).unwrap();
    let pass = handle.begun("one");
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    let exists = Fact::SnapshotExists(snapshot("snap-1", &pass.operation));
    handle.store.settle(&pass, 1, done(vec![exists]), None, at(2)).unwrap();
    handle.store.begin_change(&change("a", 1)).unwrap();
    handle.store.belongs_to_change("a", &cpi(), &SnapshotCid::new("snap-1")).unwrap();
    let mut found = Vec::new();
    let mut each = |snapshot: snapback::domain::snapshot::Snapshot| {
        found.push(snapshot.change);
        true
    };
    handle.lists.each_snapshot(&SnapshotFilter::default(), &mut each).unwrap();
    assert_eq!(found, [Some("a".to_owned())]);
}
