//! The decision: which snapshots are kept, and which are removed, each with its reasons.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::entry::{Entry, Quality};
use super::floor::{counted_slots, covers, floor, instance_slots};
use super::reason::Reason;
use super::series::kept;
use super::{Keep, Policy};

/// Whether a snapshot is kept or deleted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// True if it stays.
    pub keep: bool,
    /// The reasons, at least one.
    pub reasons: Vec<Reason>,
    /// True if the instance would have no good snapshot without it: no rule and no age can override that.
    pub floor: bool,
}

/// Decides on each of the snapshots of any number of instances, in their order. The snapshots that one `take` took of
/// an instance are kept or removed together, and count as one. Rules apply to each instance separately.
pub fn decide(entries: &[Entry<'_>], policy: &Policy, now: DateTime<Utc>) -> Vec<Decision> {
    let mut decisions = vec![Decision { keep: true, reasons: Vec::new(), floor: false }; entries.len()];
    for mut instance in by_instance(entries) {
        instance.sort_by(|one, other| in_order(&entries[*one], &entries[*other]));
        let mut sets: Vec<&[usize]> = instance
            .chunk_by(|one, other| entries[*one].set.is_some() && entries[*one].set == entries[*other].set)
            .collect();
        // The newest first. If two have the same rank, the name of the set decides, and not the order in the list.
        sets.sort_by_key(|set| std::cmp::Reverse(rank(entries, set)));
        for (set, decision) in sets.iter().zip(of_instance(entries, &sets, policy, now)) {
            for at in *set {
                decisions[*at] = decision.clone();
            }
        }
    }
    decisions
}

/// The indices of the entries of each instance.
pub fn by_instance(entries: &[Entry<'_>]) -> Vec<Vec<usize>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut instances: Vec<Vec<usize>> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = *places.entry(entry.who.as_str()).or_insert_with(|| {
            instances.push(Vec::new());
            instances.len() - 1
        });
        instances[place].push(at);
    }
    instances
}

fn in_order(one: &Entry<'_>, other: &Entry<'_>) -> std::cmp::Ordering {
    one.set.cmp(&other.set).then(one.taken_at.cmp(&other.taken_at)).then_with(|| one.cid.cmp(other.cid))
}

/// The highest rank in a set. A clock that was set back does not change what is newer.
fn rank(entries: &[Entry<'_>], set: &[usize]) -> Option<usize> {
    set.iter().map(|at| entries[*at].rank).max()
}

/// When a set was complete: it decides the hour, day, week and month of the set.
fn time(entries: &[Entry<'_>], set: &[usize]) -> Option<DateTime<Utc>> {
    set.iter().map(|at| entries[*at].taken_at).max()
}

/// The decisions on the sets of one instance, newest first.
fn of_instance(entries: &[Entry<'_>], sets: &[&[usize]], policy: &Policy, now: DateTime<Utc>) -> Vec<Decision> {
    let members = |set: usize| sets[set].iter().map(|at| &entries[*at]);
    let mut decisions: Vec<Decision> = (0..sets.len())
        .map(|set| Decision { keep: true, reasons: protected(&members(set).collect::<Vec<_>>(), now), floor: false })
        .collect();
    for (set, reason) in floor(entries, sets, now) {
        decisions[set].floor = true;
        if !decisions[set].reasons.contains(&reason) {
            decisions[set].reasons.push(reason);
        }
    }
    let gone = policy.gone_after.is_some_and(|after| is_long_gone(entries, sets, after, now));
    let removal: Vec<Option<Reason>> =
        (0..sets.len()).map(|set| removed(&members(set).collect::<Vec<_>>(), gone, now)).collect();
    // A set that is removed because of its age, or has no time, takes no place.
    let mut series: HashMap<_, (&Keep, Vec<usize>)> = HashMap::new();
    // Only the snapshots of an instance that is gone show which disks it had.
    let taken = counted_slots(entries, sets, &|_| true);
    let places = Some(instance_slots(entries, sets)).filter(|slots| !slots.is_empty()).unwrap_or(&taken);
    for (set, gone) in removal.iter().enumerate() {
        let Some(first) = members(set).next() else { continue };
        if gone.is_some() || members(set).any(|entry| !entry.has_time(now)) {
            continue;
        }
        let (keep, schedule) = policy.of(first.group, first.schedule);
        let worst = members(set).map(|entry| entry.quality).max().unwrap_or(Quality::NotReady);
        // A set that lacks a disk takes no place from a complete one.
        let whole = covers(entries, sets[set], places, &|_| true);
        series.entry((schedule, worst, whole)).or_insert((keep, Vec::new())).1.push(set);
    }
    for (keep, counted) in series.into_values() {
        let times: Vec<DateTime<Utc>> = counted.iter().filter_map(|set| time(entries, sets[*set])).collect();
        for (set, rules) in counted.into_iter().zip(kept(keep, &times)) {
            decisions[set].reasons.extend(match keep.is_empty() {
                true => vec![Reason::NoRules],
                false => rules.into_iter().map(Reason::Rule).collect(),
            });
        }
    }
    for (decision, removal) in decisions.iter_mut().zip(removal) {
        if decision.reasons.is_empty() {
            decision.keep = false;
            decision.reasons.push(removal.unwrap_or(Reason::NotKept));
        } else if decision.floor && gone_for_long(&removal) && is_floor_alone(&decision.reasons) {
            *decision = Decision { keep: false, reasons: vec![Reason::Gone], floor: false };
        }
    }
    decisions
}

/// The reasons that keep a set whatever the rules say; empty if there are none.
fn protected(set: &[&Entry<'_>], now: DateTime<Utc>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for entry in set {
        reasons.extend(entry.held.map(|why| Reason::Held(why.to_owned())));
        reasons.extend(entry.needs.iter().cloned().map(Reason::Needed));
        if !entry.time_trusted {
            reasons.push(Reason::NoTime);
        } else if entry.taken_at > now {
            reasons.push(Reason::Future);
        }
    }
    reasons.dedup();
    reasons
}

/// Whether an instance has been in no inventory for longer than this, and no snapshot was taken of it since. A
/// truncated inventory makes instances disappear, too, so the time since then counts.
fn is_long_gone(entries: &[Entry<'_>], sets: &[&[usize]], after: Duration, now: DateTime<Utc>) -> bool {
    let before = TimeDelta::from_std(after).ok().and_then(|after| now.checked_sub_signed(after));
    let all = || sets.iter().flat_map(|set| set.iter()).map(|at| &entries[*at]);
    before.is_some_and(|before| {
        all().all(|entry| entry.gone && entry.gone_since.is_some_and(|since| since < before))
            && all().filter(|entry| entry.has_time(now)).all(|entry| entry.taken_at < before)
    })
}

/// The reason that removes a set whatever the rules say: its instance has been gone for long (`gone`), or all of the
/// set has expired.
fn removed(set: &[&Entry<'_>], gone: bool, now: DateTime<Utc>) -> Option<Reason> {
    let expiry: Option<Vec<DateTime<Utc>>> = set.iter().map(|entry| entry.expires_at).collect();
    if gone {
        return Some(Reason::Gone);
    }
    expiry.and_then(|all| all.into_iter().max()).filter(|last| *last <= now).map(Reason::Expired)
}

fn gone_for_long(removal: &Option<Reason>) -> bool {
    *removal == Some(Reason::Gone)
}

/// Whether only the floor keeps it. For an instance that is long gone the floor is of no use: only what the operator or
/// an operation needs is kept.
fn is_floor_alone(reasons: &[Reason]) -> bool {
    reasons.iter().all(|reason| matches!(reason, Reason::Newest | Reason::NewestVerified | Reason::Best))
}
