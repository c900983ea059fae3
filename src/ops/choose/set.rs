//! The snapshots of all disks of an instance that one `take` took: restored together, or not at all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::why::Why;
use crate::domain::instance::Instance;
use crate::domain::snapshot::Snapshot;
use crate::error::Result;
use crate::ops::find::slot_of;
use crate::state::Reader;

/// Snapshots to restore together, and the newer ones, each with the reason why it was not chosen.
pub(super) struct Chosen {
    /// The snapshots, by the slots of their disks.
    pub set: Vec<Snapshot>,
    pub passed_over: Vec<(Snapshot, Why)>,
}

/// The newest snapshots that cover each disk of the instance, from `all`, the oldest first; each comes with the reason
/// that speaks against it by itself. The set is empty if there are none.
pub(super) fn newest(reader: &Reader, instance: &Instance, all: Vec<(Snapshot, Option<Why>)>) -> Result<Chosen> {
    // Many snapshots belong to few disks.
    let mut known = HashMap::new();
    let mut slots = Vec::with_capacity(all.len());
    for (snapshot, _) in &all {
        let disk = (snapshot.cpi.clone(), snapshot.disk.clone());
        slots.push(match known.entry(disk) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(slot_of(reader, instance, snapshot)?),
        });
    }
    let usable: Vec<usize> = (0..all.len()).filter(|at| all[*at].1.is_none()).collect();
    let found = usable.iter().rev().find_map(|at| covering(instance, &all, &slots, &usable, *at)).unwrap_or_default();
    let oldest = found.iter().min().copied();
    let mut rows: Vec<Option<(Snapshot, Option<Why>)>> = all.into_iter().map(Some).collect();
    let set: Vec<Snapshot> = found.iter().filter_map(|at| rows[*at].take()).map(|(snapshot, _)| snapshot).collect();
    let newer = rows.into_iter().enumerate().filter(|(at, _)| oldest.is_none_or(|oldest| *at > oldest));
    let passed_over =
        newer.filter_map(|(_, row)| row).map(|(snapshot, why)| (snapshot, why.unwrap_or(Why::Incomplete))).collect();
    Ok(Chosen { set, passed_over })
}

/// The indices of the snapshots, this one among them, that cover all disks of the instance, by slot.
fn covering(
    instance: &Instance,
    all: &[(Snapshot, Option<Why>)],
    slots: &[Option<u32>],
    usable: &[usize],
    at: usize,
) -> Option<Vec<usize>> {
    match instance.disks.as_slice() {
        [] => Some(vec![at]),
        [only] => slots[at].is_none_or(|slot| slot == only.slot).then(|| vec![at]),
        several => {
            let operation = all[at].0.operation.as_ref()?;
            let of_the_take = |other: &&usize| all[**other].0.operation.as_ref() == Some(operation);
            let of_slot = |slot| usable.iter().rev().filter(of_the_take).find(|other| slots[**other] == Some(slot));
            several.iter().map(|disk| of_slot(disk.slot).copied()).collect()
        }
    }
}
