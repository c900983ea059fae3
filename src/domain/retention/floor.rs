//! The floor: what is kept of an instance whatever the rules say, so that there is something to restore.

use chrono::{DateTime, Utc};

use super::entry::Entry;
use super::reason::Reason;

/// What was taken of an instance at once, as places in the list of all; the newest set is the first.
pub(super) type Sets<'a> = [&'a [usize]];

/// The places of the sets that the floor keeps, each with the reason.
pub(super) fn floor(entries: &[Entry<'_>], sets: &Sets<'_>, now: DateTime<Utc>) -> Vec<(usize, Reason)> {
    let good = |entry: &Entry<'_>| entry.is_good(now);
    let mut floor = Vec::new();
    let mut add = |sets: Vec<usize>, reason: &Reason| floor.extend(sets.into_iter().map(|set| (set, reason.clone())));
    add(cover(entries, sets, &good), &Reason::Newest);
    // After a restore the newest ones may be of the disk before.
    add(cover(entries, sets, &|entry| good(entry) && entry.current), &Reason::Newest);
    add(cover(entries, sets, &|entry| good(entry) && entry.verified), &Reason::NewestVerified);
    floor
}

/// The newest set that has one of these snapshots for each disk of the instance; where none has, the newest set for each
/// disk.
fn cover(entries: &[Entry<'_>], sets: &Sets<'_>, counts: &dyn Fn(&Entry<'_>) -> bool) -> Vec<usize> {
    let slots = slots(entries, sets, counts);
    let has = |set: &[usize], slot: Option<u32>| {
        // The slot of a disk that nobody knows any more may be any.
        set.iter()
            .map(|at| &entries[*at])
            .any(|entry| counts(entry) && (slot.is_none() || entry.slot.is_none_or(|of| Some(of) == slot)))
    };
    let whole = |set: &[usize]| !slots.is_empty() && slots.iter().all(|slot| has(set, *slot));
    if let Some(newest) = sets.iter().position(|set| whole(set)) {
        return vec![newest];
    }
    let mut found: Vec<usize> = slots.iter().filter_map(|slot| sets.iter().position(|set| has(set, *slot))).collect();
    if found.is_empty() {
        // One of a disk that the instance has no more is better than none.
        found.extend(sets.iter().position(|set| has(set, None)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The slots that the instance has; where that is not known, those of its snapshots.
fn slots(entries: &[Entry<'_>], sets: &Sets<'_>, counts: &dyn Fn(&Entry<'_>) -> bool) -> Vec<Option<u32>> {
    let all = || sets.iter().flat_map(|set| set.iter()).map(|at| &entries[*at]);
    let mut slots: Vec<Option<u32>> = all()
        .map(|entry| entry.slots)
        .find(|slots| !slots.is_empty())
        .unwrap_or_default()
        .iter()
        .copied()
        .map(Some)
        .collect();
    if slots.is_empty() {
        slots = all().filter(|entry| counts(entry)).map(|entry| entry.slot).collect();
        slots.sort_unstable();
        slots.dedup();
    }
    slots
}
