//! What outcomes and imports bring.

use snapback::domain::ids::{DiskCid, OperationId, SnapshotCid};
use snapback::domain::instance::DiskState;
use snapback::domain::operation::ClaimMode;
use snapback::domain::step::{Fact, Outcome, StepState};
use snapback::state::{ChangeKind, Import, Pass, StateError};

use super::{Handle, Stores, at, claim, cpi, disk, done, instance, is_claimed_by, is_not_new, name, snapshot, step};

/// A step with this outcome.
fn act(handle: &Handle, pass: &Pass, number: u32, facts: Vec<Fact>) -> Result<(), StateError> {
    handle.store.intend(pass, number, &step(), at(1)).unwrap();
    handle.store.settle(pass, number, done(facts), None, at(2))
}

fn exists(cid: &str, pass: &Pass) -> Fact {
    Fact::SnapshotExists(snapshot(cid, &pass.operation))
}

fn gone(cid: &str) -> Fact {
    Fact::SnapshotGone { cpi: cpi(), snapshot: SnapshotCid::new(cid) }
}

pub fn facts_come_with_their_outcome(stores: &impl Stores) {
    let (handle, other) = (stores.handle(), stores.handle());
    handle.import(vec![instance(0, &["disk-0"])]).unwrap();
    let pass = handle.begun("one");
    act(&handle, &pass, 1, vec![exists("snap-1", &pass)]).unwrap();
    assert_eq!(other.cids(), ["snap-1"]);
    let new = disk("disk-1", DiskState::Orphaned, Some(name(0)));
    act(&handle, &pass, 2, vec![Fact::DiskExists(new)]).unwrap();
    let (cpi, disk) = (cpi(), DiskCid::new("disk-1"));
    act(&handle, &pass, 3, vec![Fact::DiskAttached { cpi, instance: name(0), disk, slot: 0 }]).unwrap();
    let disks = other.lists.instances(Some("prod")).unwrap().remove(0).disks;
    assert_eq!(disks.iter().map(|disk| disk.cid.as_str()).collect::<Vec<_>>(), ["disk-1"]);
    let old = other.lists.disks_by_cid(&DiskCid::new("disk-0")).unwrap();
    assert_eq!((old[0].state, old[0].orphaned_at), (DiskState::Orphaned, Some(at(2))));
}

pub fn what_is_known_is_not_new(stores: &impl Stores) {
    let handle = stores.handle();
    handle.import(vec![instance(0, &["disk-0"])]).unwrap();
    let pass = handle.begun("one");
    act(&handle, &pass, 1, vec![exists("snap-1", &pass), exists("snap-2", &pass)]).unwrap();
    act(&handle, &pass, 2, vec![gone("snap-2")]).unwrap();
    for (number, known) in (3..).zip(["snap-1", "snap-2", "disk-0", "DISK-0", "vm-0"]) {
        is_not_new(&act(&handle, &pass, number, vec![exists(known, &pass)]));
        let row = handle.steps(&pass).into_iter().find(|row| row.token.step == number).unwrap();
        assert_eq!(row.state, StepState::Unknown);
        assert!(row.result.unwrap().contains(known), "the step says what it was");
        let orphan = disk(known, DiskState::Orphaned, None);
        is_not_new(&act(&handle, &pass, number + 10, vec![Fact::DiskExists(orphan)]));
    }
    assert_eq!(handle.cids(), ["snap-1"]);
}

pub fn of_an_outcome_that_is_not_believed_nothing_is_recorded(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    act(&handle, &pass, 1, vec![exists("snap-1", &pass)]).unwrap();
    let told = vec![gone("snap-1"), exists("snap-2", &pass), exists("snap-2", &pass)];
    is_not_new(&act(&handle, &pass, 2, told));
    assert_eq!(handle.cids(), ["snap-1"]);
    // Another look may settle it.
    handle.store.settle(&pass, 2, Outcome::Failed { reason: "nothing was made".to_owned() }, None, at(3)).unwrap();
}

pub fn what_is_said_twice_is_recorded_once(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    let back = || Fact::SnapshotBack { cpi: cpi(), snapshot: SnapshotCid::new("snap-1") };
    act(&handle, &pass, 1, vec![exists("snap-1", &pass)]).unwrap();
    for number in [2, 3] {
        act(&handle, &pass, number, vec![gone("snap-1")]).unwrap();
        assert!(handle.cids().is_empty());
    }
    assert!(handle.lists.ever_had_snapshot(&cpi(), &SnapshotCid::new("snap-1")).unwrap());
    assert!(handle.lists.ever_had_disk(&cpi(), &DiskCid::new("disk-nobody")).unwrap().is_none());
    for number in [4, 5] {
        act(&handle, &pass, number, vec![back()]).unwrap();
        assert_eq!(handle.cids(), ["snap-1"]);
    }
}

pub fn an_import_is_taken_in_whole_or_not_at_all(stores: &impl Stores) {
    let handle = stores.handle();
    handle.import(vec![instance(0, &["disk-0"])]).unwrap();
    handle.begin("one", vec![claim(0, ClaimMode::Exclusive)]).unwrap();
    let before = handle.lists.instances(None).unwrap();
    // Of an instance that is being changed nothing is changed, nor does it vanish.
    is_claimed_by(&handle.import(vec![instance(1, &["disk-1"]), instance(0, &["disk-2"])]), "one");
    is_claimed_by(&handle.import(vec![instance(1, &["disk-1"])]), "one");
    // What cannot be: one disk in two places.
    let mut other = instance(0, &["disk-3", "disk-3"]);
    other.name.deployment = "other".to_owned();
    other.disks[1].slot = 0;
    other.disks[1].cid = DiskCid::new("disk-4");
    other.disks.iter_mut().for_each(|disk| disk.instance = Some(other.name.clone()));
    assert!(handle.import(vec![other]).is_err());
    assert_eq!(handle.lists.instances(None).unwrap(), before);
    assert_eq!(handle.lists.deployments().unwrap(), ["prod"]);
    assert!(handle.lists.disks_by_cid(&DiskCid::new("disk-3")).unwrap().is_empty());
}

pub fn an_import_may_come_again(stores: &impl Stores) {
    let handle = stores.handle();
    let told = || vec![instance(0, &["disk-0"]), instance(1, &[])];
    let kinds = |import: Vec<snapback::state::Change>| import.iter().map(|change| change.kind).collect::<Vec<_>>();
    assert_eq!(kinds(handle.import(told()).unwrap()), [ChangeKind::Added; 2]);
    assert_eq!(kinds(stores.handle().import(told()).unwrap()), [ChangeKind::Unchanged; 2]);
    let whole = Import { whole: ["prod".to_owned()].into(), ..Import::default() };
    let gone = [ChangeKind::Vanished, ChangeKind::Vanished, ChangeKind::Orphaned];
    assert_eq!(kinds(handle.store.import(whole.clone(), at(5)).unwrap()), gone);
    assert!(kinds(handle.store.import(whole, at(6)).unwrap()).is_empty());
    let orphan = handle.lists.disks_by_cid(&DiskCid::new("disk-0")).unwrap().remove(0);
    assert_eq!(orphan.orphaned_at, Some(at(5)));
}

pub fn a_checklist_is_checked_off_once(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    // An operation without a plan leaves none.
    handle.store.finish(&pass, super::ended(), at(1)).unwrap();
    assert!(!handle.store.check_off(&pass.operation, "done").unwrap());
    assert!(!handle.store.check_off(&OperationId::new("nobody"), "done").unwrap());
    assert_eq!(handle.lists.operations(None).unwrap()[0].summary.as_deref(), Some("1 done"));
}

pub fn a_beginning_is_of_what_exists_and_no_cid_itself(stores: &impl Stores) {
    let handle = stores.handle();
    handle.import(vec![instance(0, &["disk-0"])]).unwrap();
    let pass = handle.begun("one");
    let known = ["snap-1", "snap-12", "snap-13", "snap-13x", "snap_4", "SNAP-5", "sn\u{e4}p-6"];
    act(&handle, &pass, 1, known.iter().map(|cid| exists(cid, &pass)).collect()).unwrap();
    act(&handle, &pass, 2, vec![gone("snap-13")]).unwrap();
    let snapshots = |beginning: &str| {
        let found = handle.lists.snapshots_beginning(beginning).unwrap();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(snapshots("snap-"), ["snap-1", "snap-12", "snap-13x"]);
    assert_eq!(snapshots("sn\u{e4}"), ["sn\u{e4}p-6"]);
    assert_eq!(snapshots("SNAP"), ["SNAP-5"]);
    // Characters that mean something else in a pattern.
    for none in ["sna_", "snap%", "*", "disk", "snap-14"] {
        assert!(snapshots(none).is_empty(), "{none}");
    }
    // A CID, that of a snapshot that is gone, and that of a disk, are beginnings of nothing.
    act(&handle, &pass, 3, vec![exists("disk-0-of", &pass)]).unwrap();
    for whole in ["snap-1", "snap-13", "disk-0"] {
        assert!(snapshots(whole).is_empty(), "{whole}");
    }
    assert_eq!(snapshots("disk"), ["disk-0-of"]);
    assert_eq!(handle.lists.disks_beginning("disk").unwrap(), [DiskCid::new("disk-0")]);
    assert!(handle.lists.disks_beginning("snap").unwrap().is_empty());
}
