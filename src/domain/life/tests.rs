use chrono::TimeDelta;

use super::*;
use crate::domain::ids::CpiName;
use crate::domain::instance::{DiskState, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::domain::snapshot::{Consistency, Owner, Purpose};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn name() -> InstanceName {
    InstanceName { deployment: "prod".to_owned(), group: "db".to_owned(), index: 0 }
}

fn disk(cid: &str, orphaned: Option<i64>, origin: Option<&str>) -> Disk {
    Disk {
        cid: DiskCid::new(cid),
        cpi: CpiName::new("c"),
        instance: Some(name()),
        slot: 0,
        state: if orphaned.is_some() { DiskState::Orphaned } else { DiskState::Active },
        size_mib: None,
        az: None,
        cloud_properties: None,
        origin: origin.map(SnapshotCid::new),
        orphaned_at: orphaned.map(at),
    }
}

fn snapshot(cid: &str, disk: &str, minute: i64) -> Snapshot {
    Snapshot {
        cid: SnapshotCid::new(cid),
        cpi: CpiName::new("c"),
        disk: Some(DiskCid::new(disk)),
        instance: name(),
        az: None,
        owner: Owner::Snapback,
        purpose: Purpose::Take,
        created_at: at(minute),
        clean: false,
        consistency: Consistency::Crash,
        size_mib: None,
        note: None,
        operation: None,
        verified_at: None,
        instance_uuid: None,
        time_untrusted: false,
        unsound_at: None,
        lifespan: None,
        expires_at: None,
        held: None,
        schedule: None,
        change: None,
        still_ms: None,
        of_another: false,
    }
}

fn known(current: Disk, orphaned: Vec<Disk>, snapshots: Vec<Snapshot>) -> Known {
    let instance = Instance {
        name: name(),
        uuid: None,
        az: None,
        cpi: CpiName::new("c"),
        vm: None,
        agent_id: None,
        managed_by: ManagedBy::Nobody,
        confirmed_at: at(0),
        disks: vec![current],
        reported: Reported::default(),
        state_file: StateFileIds::default(),
    };
    Known {
        instance,
        orphaned,
        snapshots,
        gone: vec![],
        deleted: vec![],
        swaps: vec![],
        drills: vec![],
        changes: vec![],
    }
}

fn swap(minute: i64, state: OperationState, old: &str, new: &str, of: Option<&str>) -> Swap {
    let exchange = Exchange {
        slot: 0,
        old: Some(DiskCid::new(old)),
        new: Some(DiskCid::new(new)),
        snapshot: of.map(SnapshotCid::new),
    };
    let operation = OperationId::new(format!("op{minute}"));
    Swap { operation, verb: Verb::Restore, at: at(minute), state, disks: vec![exchange] }
}

/// Each event as `WHAT on DISK <- WHAT CAME BEFORE`.
fn told(events: &[Event]) -> Vec<String> {
    let what = |event: &Event| match &event.what {
        What::Disk(now) => format!("{:?} {}", now.is, now.cid),
        What::Snapshot { snapshot, gone, .. } => format!("{}{}", snapshot.cid, if *gone { " gone" } else { "" }),
        What::Swap(swap, _) => swap.operation.to_string(),
        What::Drill(drill) => format!("{:?}", drill.found),
        What::Change(change) => change.id.clone(),
    };
    let on = |event: &Event| event.disk.as_ref().map_or("?".to_owned(), ToString::to_string);
    let before = |event: &Event| event.before.map_or("nothing".to_owned(), |place| what(&events[place]));
    events.iter().map(|event| format!("{} on {} <- {}", what(event), on(event), before(event))).collect()
}

#[test]
fn a_disk_that_was_made_from_a_snapshot_begins_there_and_the_instance_is_on_one() {
    let mut known = known(
        disk("new", None, Some("s1")),
        vec![disk("old", Some(30), None)],
        vec![snapshot("s1", "old", 10), snapshot("s2", "old", 20), snapshot("s3", "new", 40)],
    );
    known.swaps = vec![swap(31, OperationState::Done, "old", "new", Some("s1"))];
    known.changes = vec![GuardedChange {
        id: "change".to_owned(),
        command: "bosh deploy".to_owned(),
        deployment: None,
        began_at: at(19),
        runs_at: Some(at(21)),
        ended_at: None,
        ending: None,
    }];
    known.drills = vec![Drill {
        operation: OperationId::new("d"),
        at: at(50),
        snapshot: SnapshotCid::new("s3"),
        found: Found::Right,
    }];
    let all = life(&known, at(60), |_| true);
    assert_eq!(
        told(&all),
        [
            "Current new on new <- Right",
            "Right on new <- s3",
            "s3 on new <- op31",
            "op31 on new <- s1",
            "Kept old on old <- change",
            "change on old <- s2",
            "s2 on old <- s1",
            "s1 on old <- nothing",
        ]
    );
    let some = life(&known, at(60), |event| matches!(event.what, What::Disk(_)) || event.at <= at(10));
    assert_eq!(told(&some), ["Current new on new <- s1", "Kept old on old <- s1", "s1 on old <- nothing"]);
}

#[test]
fn an_undo_goes_on_where_the_old_disk_was_left_and_what_failed_stays_on_the_old_one() {
    let mut known = known(disk("old", None, None), vec![], vec![snapshot("s1", "old", 10)]);
    known.gone = vec![snapshot("s0", "older", 5)];
    known.swaps = vec![
        swap(30, OperationState::Done, "old", "new", Some("s0")),
        swap(40, OperationState::Done, "new", "old", None),
        swap(50, OperationState::RolledBack, "old", "newer", Some("s1")),
    ];
    assert_eq!(
        told(&life(&known, at(60), |_| true)),
        [
            "Current old on old <- op50",
            "op50 on old <- op40",
            "op40 on old <- s1",
            "Gone new on new <- op30",
            "op30 on new <- s0 gone",
            "s1 on old <- nothing",
            "Gone older on older <- s0 gone",
            "s0 gone on older <- nothing",
        ]
    );
}

#[test]
fn clocks_and_circles_break_no_line() {
    // The clock was ahead when the snapshot was taken.
    let ahead = known(disk("new", None, Some("s1")), vec![disk("old", Some(3), None)], vec![snapshot("s1", "old", 99)]);
    assert_eq!(
        told(&life(&ahead, at(10), |_| true)),
        ["Current new on new <- s1", "Kept old on old <- s1", "s1 on old <- nothing"]
    );
    let circle = known(disk("a", None, Some("s1")), vec![], vec![snapshot("s1", "a", 5)]);
    assert_eq!(told(&life(&circle, at(10), |_| true)), ["Current a on a <- s1", "s1 on a <- nothing"]);
    let two = known(
        disk("a", None, Some("sb")),
        vec![disk("b", Some(9), Some("sa"))],
        vec![snapshot("sa", "a", 5), snapshot("sb", "b", 6)],
    );
    assert_eq!(life(&two, at(10), |_| true).iter().filter(|event| event.before.is_none()).count(), 1);
}
