//! The floor: the snapshots that are kept of an instance whatever the rules say, so that there is something to restore.

use chrono::{DateTime, Utc};

use super::entry::{Entry, Quality};
use super::reason::Reason;

/// The sets of an instance's snapshots that were taken at once, newest first. Each is a list of indices into the list
/// of all.
pub(super) type Sets<'a> = [&'a [usize]];

/// Tells which snapshots count.
type Counts<'c> = dyn Fn(&Entry<'_>) -> bool + 'c;

/// The indices of the sets that the floor keeps, each with the reason.
pub(super) fn floor(entries: &[Entry<'_>], sets: &Sets<'_>, now: DateTime<Utc>) -> Vec<(usize, Reason)> {
    let good = |entry: &Entry<'_>| entry.is_good(now);
    let mut floor = Vec::new();
    let mut add = |sets: Vec<usize>, reason: &Reason| floor.extend(sets.into_iter().map(|set| (set, reason.clone())));
    add(cover(entries, sets, &good), &Reason::Newest);
    // A restore of the newest one finds it by the instance's name.
    add(cover(entries, sets, &|entry| good(entry) && entry.named), &Reason::Newest);
    // After a restore the newest ones may be of the former disk.
    add(cover(entries, sets, &|entry| good(entry) && entry.current), &Reason::Newest);
    add(cover(entries, sets, &|entry| good(entry) && entry.verified), &Reason::NewestVerified);
    add(second_best(entries, sets, now), &Reason::Best);
    floor
}

/// All indices in these sets.
fn entries_of<'a>(sets: &'a Sets<'_>) -> impl Iterator<Item = usize> + 'a {
    sets.iter().flat_map(|set| set.iter()).copied()
}

/// Whether a set has one that counts for each of these slots. A disk whose slot is not known may be in any slot, but
/// only in one.
pub(super) fn covers(entries: &[Entry<'_>], set: &[usize], slots: &[u32], counts: &Counts<'_>) -> bool {
    let counted = || set.iter().map(|at| &entries[*at]).filter(|entry| counts(entry));
    let unknown = counted().filter(|entry| entry.slot.is_none()).count();
    slots.iter().filter(|slot| !counted().any(|entry| entry.slot == Some(**slot))).count() <= unknown
}

/// The newest set that has one of these snapshots for each disk of the instance. If no set has, the newest set for each
/// disk. If the slot of a disk is not known, more sets are kept.
fn cover(entries: &[Entry<'_>], sets: &Sets<'_>, counts: &Counts<'_>) -> Vec<usize> {
    let of_instance = instance_slots(entries, sets);
    // A set is as new as the newest of its snapshots that count; if the instance has one disk, as those of that disk.
    let is_of = |entry: &Entry<'_>| match of_instance {
        [only] => entry.slot.is_none_or(|slot| slot == *only),
        _ => true,
    };
    let rank = |set: usize| {
        let counted = sets[set].iter().map(|at| &entries[*at]).filter(|entry| counts(entry));
        counted.map(|entry| (is_of(entry), entry.rank)).max()
    };
    let mut order: Vec<((bool, usize), usize)> = (0..sets.len()).filter_map(|set| Some((rank(set)?, set))).collect();
    order.sort_by_key(|(rank, set)| (std::cmp::Reverse(*rank), *set));
    let newest = |wanted: &dyn Fn(&[usize]) -> bool| order.iter().map(|(_, set)| *set).find(|set| wanted(sets[*set]));
    let mut found = Vec::new();
    let slots = if of_instance.is_empty() {
        // If its disks are not known, the newest one is restored.
        found.extend(newest(&|_| true));
        counted_slots(entries, sets, counts)
    } else {
        of_instance.to_vec()
    };
    let has = |set: &[usize], slot: u32| {
        set.iter().map(|at| &entries[*at]).any(|entry| counts(entry) && entry.slot == Some(slot))
    };
    let whole = newest(&|set| slots.iter().all(|slot| has(set, *slot)));
    let perhaps = newest(&|set| covers(entries, set, &slots, counts));
    found.extend(whole.into_iter().chain(perhaps));
    if whole.is_none() {
        found.extend(slots.iter().filter_map(|slot| newest(&|set| has(set, *slot))));
        // One of a disk that the instance no longer has is better than none. One of an unknown disk may belong to it.
        let unknown = |set: &[usize]| set.iter().any(|at| counts(&entries[*at]) && entries[*at].slot.is_none());
        found.extend(newest(&unknown));
        if found.is_empty() {
            found.extend(newest(&|_| true));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// For each disk without a good snapshot, the set with the newest one of the best quality that exists.
fn second_best(entries: &[Entry<'_>], sets: &Sets<'_>, now: DateTime<Utc>) -> Vec<usize> {
    let usable = |entry: &Entry<'_>| entry.quality != Quality::NotReady && entry.has_time(now);
    let mut slots: Vec<Option<u32>> = instance_slots(entries, sets).iter().copied().map(Some).collect();
    if slots.is_empty() {
        slots = counted_slots(entries, sets, &usable).into_iter().map(Some).collect();
    }
    if slots.is_empty() {
        slots.push(None);
    }
    // If there are several disks, an unknown one may be any of them, so it does not count as a good one of this disk.
    let only = slots.len() == 1;
    let is_of =
        |entry: &Entry<'_>, slot: Option<u32>| slot.is_none() || entry.slot == slot || (only && entry.slot.is_none());
    let any_good = entries_of(sets).any(|at| entries[at].is_good(now));
    let good = |slot| entries_of(sets).any(|at| entries[at].is_good(now) && is_of(&entries[at], slot));
    let best = |slot| {
        let all = sets.iter().enumerate().flat_map(|(set, places)| places.iter().map(move |at| (set, &entries[*at])));
        all.filter(|(_, entry)| usable(entry) && is_of(entry, slot))
            .min_by_key(|(set, entry)| (entry.quality, std::cmp::Reverse(entry.rank), *set))
            .map(|(set, _)| set)
    };
    let lacking = slots.iter().filter(|slot| !good(**slot));
    let mut found: Vec<usize> =
        lacking.filter_map(|slot| best(*slot).or_else(|| if any_good { None } else { best(None) })).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The slots that the instance has; empty if that is not known.
pub(super) fn instance_slots<'a>(entries: &[Entry<'a>], sets: &Sets<'_>) -> &'a [u32] {
    entries_of(sets).map(|at| entries[at].slots).find(|slots| !slots.is_empty()).unwrap_or_default()
}

/// The slots of those that count, if known.
pub(super) fn counted_slots(entries: &[Entry<'_>], sets: &Sets<'_>, counts: &Counts<'_>) -> Vec<u32> {
    let counted = entries_of(sets).map(|at| &entries[at]).filter(|entry| counts(entry));
    let mut slots: Vec<u32> = counted.filter_map(|entry| entry.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}
