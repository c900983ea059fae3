//! What is found for one instance or one disk, among all the others.

use std::collections::BTreeSet;

use snapback::domain::ids::{CpiName, DiskCid, SnapshotCid};
use snapback::domain::instance::{DiskState, Instance, InstanceName};
use snapback::domain::selector::Selector;
use snapback::domain::snapshot::Snapshot;
use snapback::domain::step::Fact;
use snapback::state::Import;

use super::{Handle, Stores, at, cpi, disk, done, instance, name, snapshot, step};

const UUID: &str = "29ae97ec-3106-450b-a848-98cb3b25d86f";

fn names(found: &[Instance]) -> Vec<String> {
    found.iter().map(|one| format!("{}:{}", one.name.deployment, one.name)).collect()
}

pub fn instances_are_found_by_name_and_by_selector(stores: &impl Stores) {
    let handle = stores.handle();
    let other = |deployment: &str, group: &str, cid: &str| {
        let name = InstanceName { deployment: deployment.to_owned(), group: group.to_owned(), index: 0 };
        let disks = vec![disk(cid, DiskState::Active, Some(name.clone()))];
        Instance { name, disks, ..instance(0, &[]) }
    };
    let with_uuid = Instance { uuid: Some(UUID.to_owned()), ..instance(1, &["disk-1a", "disk-1b"]) };
    let all = vec![with_uuid, instance(0, &["disk-0"]), other("prod", "web", "disk-w"), other("dev", "db", "disk-d")];
    handle.store.import(Import { instances: all, ..Import::default() }, at(0)).unwrap();
    let by_name = |names: &[&InstanceName]| handle.lists.instances_named(names).unwrap();
    let found = by_name(&[&name(1), &name(7), &name(0), &name(1)]);
    assert_eq!(names(&found), ["prod:db/0", "prod:db/1"]);
    assert_eq!(found, handle.lists.instances(Some("prod")).unwrap()[..2], "as in the list of all, with their disks");
    assert_eq!(found[1].disks.iter().map(|disk| disk.cid.as_str()).collect::<Vec<_>>(), ["disk-1a", "disk-1b"]);
    assert!(by_name(&[]).is_empty());

    let of = |deployment, selector| names(&handle.lists.instances_of(deployment, &selector).unwrap());
    assert_eq!(of(Some("prod"), Selector::Group("db".into())), ["prod:db/0", "prod:db/1"]);
    assert_eq!(of(None, Selector::Group("db".into())), ["dev:db/0", "prod:db/0", "prod:db/1"]);
    assert_eq!(of(Some("prod"), Selector::Index("db".into(), 1)), ["prod:db/1"]);
    assert_eq!(of(None, Selector::Index("db".into(), 0)), ["dev:db/0", "prod:db/0"]);
    assert_eq!(of(Some("prod"), Selector::Uuid("db".into(), UUID.to_uppercase())), ["prod:db/1"]);
    assert_eq!(of(None, Selector::Uuid("db".into(), UUID.into())), ["prod:db/1"]);
    for none in
        [Selector::Uuid("web".into(), UUID.into()), Selector::Index("db".into(), 2), Selector::Group("d".into())]
    {
        assert!(of(Some("prod"), none).is_empty());
    }
    // Of two imports, the newer one counts.
    let left = vec![instance(0, &["disk-0"])];
    handle
        .store
        .import(Import { instances: left, whole: BTreeSet::from(["dev".to_owned()]), ..Import::default() }, at(1))
        .unwrap();
    assert_eq!(names(&by_name(&[&name(0), &name(1)])), ["prod:db/0"]);
    assert_eq!(of(None, Selector::Group("db".into())), ["prod:db/0"]);
}

/// A step with these facts.
fn brings(handle: &Handle, operation: &str, facts: impl FnOnce(&snapback::state::Pass) -> Vec<Fact>) {
    let pass = handle.begun(operation);
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    handle.store.settle(&pass, 1, done(facts(&pass)), None, at(2)).unwrap();
}

pub fn disks_are_found_in_any_case_and_on_their_cpi(stores: &impl Stores) {
    let handle = stores.handle();
    handle.import(vec![instance(1, &["disk-1"]), instance(0, &["Disk-A", "disk-0"])]).unwrap();
    brings(&handle, "one", |_| vec![Fact::DiskExists(disk("disk-new", DiskState::Orphaned, None))]);
    let alike = |cpi: &CpiName, cids: &[&str]| {
        let cids: Vec<DiskCid> = cids.iter().map(|cid| DiskCid::new(*cid)).collect();
        let found = handle.lists.disks_alike(cpi, &cids).unwrap();
        found.into_iter().map(|disk| disk.cid.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(alike(&cpi(), &["disk-a", "root", " DISK-1\n", "disk-new"]), ["Disk-A", "disk-1", "disk-new"]);
    assert!(alike(&CpiName::new("other"), &["disk-1"]).is_empty());
    let some = |cpi: &CpiName, count| {
        let found = handle.lists.some_disk_cids(cpi, count).unwrap();
        found.into_iter().map(|cid| cid.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(some(&cpi(), 9), ["Disk-A", "disk-0", "disk-1", "disk-new"], "those in use first");
    assert_eq!(some(&cpi(), 2), ["Disk-A", "disk-0"]);
    assert!(some(&CpiName::new("other"), 9).is_empty());
}

pub fn the_newest_snapshots_are_the_last_in_the_journal_and_of_each_operation_all(stores: &impl Stores) {
    let handle = stores.handle();
    handle.import(vec![instance(0, &["disk-0"]), instance(1, &["disk-1"])]).unwrap();
    let take = |operation: &str, cids: &[&str], second: i64| {
        brings(&handle, operation, |pass| {
            let taken = |cid: &&str| Snapshot { created_at: at(second), ..snapshot(cid, &pass.operation) };
            cids.iter().map(taken).map(Fact::SnapshotExists).collect()
        });
    };
    take("one", &["snap-1"], 100);
    take("two", &["snap-2a", "snap-2b"], 50);
    take("three", &["snap-3"], 60);
    brings(&handle, "of-another", |pass| {
        vec![Fact::SnapshotExists(Snapshot { instance: name(1), ..snapshot("snap-other", &pass.operation) })]
    });
    let newest = |count| {
        let newest = handle.lists.newest_snapshots(&name(0), count).unwrap();
        (newest.snapshots.into_iter().map(|one| one.cid.to_string()).collect::<Vec<_>>(), newest.all)
    };
    // The clock was set back after the first; its time says that it is the newest.
    let all = ["snap-1", "snap-2a", "snap-2b", "snap-3"].map(str::to_owned);
    assert_eq!(newest(9), (all.to_vec(), true));
    assert_eq!(newest(1), (all[3..].to_vec(), false));
    assert_eq!(newest(2), (all[1..].to_vec(), false), "a take is there as a whole");
    let gone = Fact::SnapshotGone { cpi: cpi(), snapshot: SnapshotCid::new("snap-3") };
    brings(&handle, "four", |_| vec![gone]);
    assert_eq!(newest(1).0, all[1..3]);
    assert_eq!(handle.lists.last_snapshot_cids(&cpi(), 2).unwrap(), ["snap-other", "snap-1"].map(SnapshotCid::new));
}
