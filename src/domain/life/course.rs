//! Makes the events of an instance from what is known, each with its predecessor.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::ids::{DiskCid, SnapshotCid};
use super::super::instance::Disk;
use super::super::operation::OperationState;
use super::{Event, Exchange, Is, Known, Now, Swap, What};

/// All events, in any order.
pub(super) fn of(known: &Known, now: DateTime<Utc>) -> Vec<Event> {
    let mut events = happened(known);
    let mut last: BTreeMap<DiskCid, DateTime<Utc>> = BTreeMap::new();
    for event in &events {
        if let Some(disk) = &event.disk {
            let at = last.entry(disk.clone()).or_insert(event.at);
            *at = event.at.max(*at);
        }
    }
    let disks = known.instance.disks.iter().map(|disk| (disk, Is::Current));
    let disks: Vec<(&Disk, Is)> = disks.chain(known.orphaned.iter().map(|disk| (disk, Is::Kept))).collect();
    for (disk, is) in &disks {
        let at = if *is == Is::Current { now } else { disk.orphaned_at.unwrap_or(now) };
        let now = Now { disk: Some((*disk).clone()), cid: disk.cid.clone(), is: *is, origin: disk.origin.clone() };
        events.push(Event { at, what: What::Disk(now), disk: Some(disk.cid.clone()), before: None });
    }
    for (cid, at) in last {
        if disks.iter().all(|(disk, _)| disk.cid != cid) {
            let now = Now { disk: None, origin: made_from(known, &cid), cid: cid.clone(), is: Is::Gone };
            events.push(Event { at, what: What::Disk(now), disk: Some(cid), before: None });
        }
    }
    link(known, &mut events);
    events
}

/// The snapshots, swaps, drills and changes as events, each on its disk.
fn happened(known: &Known) -> Vec<Event> {
    let event = |at, what, disk: Option<&DiskCid>| Event { at, what, disk: disk.cloned(), before: None };
    let mut events = Vec::new();
    let snapshots = known.snapshots.iter().map(|snapshot| (snapshot, false));
    for (snapshot, gone) in snapshots.chain(known.gone.iter().map(|snapshot| (snapshot, true))) {
        let deleted = gone && known.deleted.contains(&snapshot.cid);
        let what = What::Snapshot { snapshot: Box::new(snapshot.clone()), gone, deleted };
        events.push(event(snapshot.created_at, what, snapshot.disk.as_ref()));
    }
    for swap in &known.swaps {
        for exchange in &swap.disks {
            let disk = if has_succeeded(swap) { exchange.new.as_ref() } else { exchange.old.as_ref() };
            events.push(event(swap.at, What::Swap(swap.clone(), exchange.clone()), disk));
        }
    }
    for drill in &known.drills {
        let of = known.snapshots.iter().chain(&known.gone).find(|snapshot| snapshot.cid == drill.snapshot);
        // An event whose snapshot is gone tells nothing of things that still exist.
        if let Some(snapshot) = of {
            events.push(event(drill.at, What::Drill(drill.clone()), snapshot.disk.as_ref()));
        }
    }
    for change in &known.changes {
        let at = change.runs_at.unwrap_or(change.began_at);
        events.push(event(at, What::Change(change.clone()), disk_at(known, at).as_ref()));
    }
    events
}

fn has_succeeded(swap: &Swap) -> bool {
    swap.state == OperationState::Done
}

/// The disk that the instance had in the first slot at a time.
fn disk_at(known: &Known, at: DateTime<Utc>) -> Option<DiskCid> {
    let now = known.instance.disks.first();
    let slot = now.map_or_else(
        || known.swaps.iter().flat_map(|swap| &swap.disks).map(|one| one.slot).min(),
        |disk| Some(disk.slot),
    );
    let after = known.swaps.iter().filter(|swap| has_succeeded(swap) && swap.at > at).min_by_key(|swap| swap.at);
    let exchanged = after.and_then(|swap| swap.disks.iter().find(|one| Some(one.slot) == slot));
    match exchanged {
        Some(exchange) => exchange.old.clone(),
        None => now.map(|disk| disk.cid.clone()),
    }
}

fn made_from(known: &Known, disk: &DiskCid) -> Option<SnapshotCid> {
    let made = |one: &&Exchange| one.new.as_ref() == Some(disk) && one.snapshot.is_some();
    known.swaps.iter().flat_map(|swap| &swap.disks).find(made)?.snapshot.clone()
}

/// Gives each event its predecessor.
fn link(known: &Known, events: &mut [Event]) {
    let mut lines: BTreeMap<Option<DiskCid>, Vec<usize>> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        lines.entry(event.disk.clone()).or_default().push(place);
    }
    let snapshots: BTreeMap<SnapshotCid, usize> = events.iter().enumerate().filter_map(snapshot_at).collect();
    for line in lines.values_mut() {
        line.sort_by_key(|place| (rank(&events[*place]), events[*place].at));
        for (one, next) in line.iter().zip(line.iter().skip(1)) {
            events[*next].before = Some(*one);
        }
    }
    for (disk, line) in lines {
        let (Some(disk), Some(first)) = (disk, line.first()) else { continue };
        let own = known.instance.disks.iter().chain(&known.orphaned).find(|one| one.cid == disk);
        let origin = own.and_then(|disk| disk.origin.clone()).or_else(|| made_from(known, &disk));
        let from = origin.and_then(|origin| snapshots.get(&origin).copied());
        if let Some(from) = from.filter(|from| !leads_to(events, *from, *first)) {
            events[*first].before = Some(from);
        }
    }
}

fn snapshot_at((place, event): (usize, &Event)) -> Option<(SnapshotCid, usize)> {
    match &event.what {
        What::Snapshot { snapshot, .. } => Some((snapshot.cid.clone(), place)),
        _ => None,
    }
}

/// The rank at the same time: a disk's present state stands above all that happened to it.
fn rank(event: &Event) -> u8 {
    u8::from(matches!(event.what, What::Disk(_)))
}

/// Whether an event leads back to another. A state file with such a circle is wrong, and must not hang the program.
fn leads_to(events: &[Event], from: usize, to: usize) -> bool {
    let mut at = Some(from);
    for _ in 0..=events.len() {
        match at {
            Some(place) if place == to => return true,
            Some(place) => at = events[place].before,
            None => return false,
        }
    }
    true
}
