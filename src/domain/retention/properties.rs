//! Properties of retention that hold for any entries and any policy.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::ids::OperationId;

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T02:50:00Z").unwrap().to_utc()
}

fn hours(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

/// A random entry of one of three instances with two disks.
fn any_entry() -> impl Strategy<Value = Entry<'static>> {
    let quality = prop_oneof![
        4 => Just(Quality::Good),
        1 => Just(Quality::Torn),
        1 => Just(Quality::Safety),
        1 => Just(Quality::NotReady)
    ];
    let chances = (0..9_u8, 0..9_u8, 0..9_u8, 0..3_u8, any::<bool>(), 0..9_u8);
    (0..3_usize, 0..12_usize, 0..2_u32, -50..2000_i64, -2000..2000_i64, quality, chances).prop_map(
        |(who, set, slot, ago, expires, quality, (untrusted, held, needed, expiring, verified, nightly))| Entry {
            cid: "",
            who: format!("db/{who}"),
            group: ["db", "web", "gone"][who],
            schedule: (nightly < 3).then_some("nightly"),
            set: (set > 3).then_some((SETS[set], quality == Quality::Safety)),
            slot: (who != 2).then_some(slot),
            current: who != 2 && set % 3 > 0,
            slots: [&[0, 1][..], &[0], &[]][who],
            named: verified || held > 4,
            gone: who == 2,
            gone_since: (who == 2 && untrusted > 2).then(|| hours(expires)),
            rank: usize::from(untrusted) * 81 + usize::from(nightly) * 9 + usize::from(held),
            taken_at: hours(ago),
            time_trusted: untrusted > 0,
            expires_at: (expiring == 0).then(|| hours(expires)),
            quality,
            verified,
            held: (held == 0).then_some("audit"),
            needs: if needed == 0 { vec![Need::Undo(OperationId::new("0d5c"))] } else { Vec::new() },
        },
    )
}

const SETS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

fn any_entries() -> impl Strategy<Value = Vec<Entry<'static>>> {
    const CIDS: [&str; 40] = {
        const DIGITS: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
        let (mut cids, mut at) = ([""; 40], 0);
        while at < 40 {
            cids[at] = DIGITS.split_at(at).1.split_at(1).0;
            at += 1;
        }
        cids
    };
    proptest::collection::vec(any_entry(), 0..40).prop_map(|mut entries| {
        entries.iter_mut().zip(CIDS).for_each(|(entry, cid)| entry.cid = cid);
        // An instance is gone since one point in time, and nothing is taken of it after that.
        if let Some(since) = entries.iter().find(|entry| entry.gone).map(|entry| entry.gone_since) {
            for entry in entries.iter_mut().filter(|entry| entry.gone) {
                entry.gone_since = since;
                entry.taken_at = since.map_or(entry.taken_at, |since| since.min(entry.taken_at));
            }
        }
        // No two have the same rank.
        entries.iter_mut().enumerate().for_each(|(at, entry)| entry.rank = entry.rank * 40 + at);
        entries
    })
}

fn any_keep() -> impl Strategy<Value = Keep> {
    let most = || proptest::option::of(1..6_u32);
    (most(), most(), most(), most(), most(), proptest::option::of(0..500_u64)).prop_map(
        |(last, hourly, daily, weekly, monthly, within)| Keep {
            last,
            hourly,
            daily,
            weekly,
            monthly,
            within: within.map(|hours| Duration::from_secs(hours * 3600)),
        },
    )
}

fn any_policy() -> impl Strategy<Value = Policy> {
    (any_keep(), proptest::option::of(any_keep()), proptest::option::of(any_keep()), proptest::option::of(0..90_u64))
        .prop_map(|(default, web, nightly, gone)| Policy {
            default,
            groups: web.into_iter().map(|keep| ("web".to_owned(), keep)).collect(),
            schedules: nightly.into_iter().map(|keep| ("nightly".to_owned(), keep)).collect(),
            gone_after: gone.map(|days| Duration::from_secs(days * 86400)),
            ..Policy::default()
        })
}

/// The same rules, each with a higher number.
fn longer(keep: &Keep, by: u32) -> Keep {
    let more = |most: Option<u32>| most.map(|most| most + by);
    Keep {
        last: more(keep.last),
        hourly: more(keep.hourly),
        daily: more(keep.daily),
        weekly: more(keep.weekly),
        monthly: more(keep.monthly),
        within: keep.within.map(|within| within + Duration::from_secs(u64::from(by) * 3600)),
    }
}

/// The snapshots that `restore --latest` chooses for an instance, as in `ops/choose`: of one disk the newest one, of
/// several disks the newest take that has all of them.
fn chosen<'e, 'a>(entries: &'e [Entry<'a>], who: &str) -> Vec<&'e Entry<'a>> {
    let mut usable: Vec<&Entry<'_>> = entries
        .iter()
        .filter(|one| one.who == who && !one.gone && one.named && one.time_trusted && one.quality == Quality::Good)
        .collect();
    usable.sort_by_key(|one| std::cmp::Reverse(one.rank));
    let whole = |one: &&Entry<'_>| match one.slots {
        [] => true,
        [only] => one.slot.is_none_or(|slot| slot == *only),
        several => {
            one.set.is_some()
                && several
                    .iter()
                    .all(|slot| usable.iter().any(|other| other.set == one.set && other.slot == Some(*slot)))
        }
    };
    let Some(newest) = usable.iter().copied().find(whole) else { return Vec::new() };
    match newest.slots {
        [] | [_] => vec![newest],
        several => {
            let of = |slot: &u32| usable.iter().find(|one| one.set == newest.set && one.slot == Some(*slot)).copied();
            several.iter().filter_map(of).collect()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// A prune keeps the snapshots that a restore of the newest one would have chosen before it.
    #[test]
    fn what_a_restore_would_choose_is_never_removed(entries in any_entries(), policy in any_policy()) {
        let decisions = decide(&entries, &policy, now());
        for who in ["db/0", "db/1", "db/2"] {
            for one in chosen(&entries, who) {
                let at = entries.iter().position(|entry| entry.cid == one.cid);
                prop_assert!(at.is_some_and(|at| decisions[at].keep), "{one:?}");
            }
        }
    }

    /// Under any policy, each instance with a good snapshot keeps one, one of each of its disks, and a verified one.
    #[test]
    fn the_floor_holds(entries in any_entries(), policy in any_policy()) {
        let policy = Policy { gone_after: None, ..policy };
        let decisions = decide(&entries, &policy, now());
        let stays = |wanted: &dyn Fn(&Entry<'_>) -> bool| {
            !entries.iter().any(wanted) || entries.iter().zip(&decisions).any(|(one, decision)| wanted(one) && decision.keep)
        };
        for who in ["db/0", "db/1", "db/2"] {
            let good = |one: &Entry<'_>| one.who == who && one.is_good(now());
            prop_assert!(stays(&good), "the last good one of {who}");
            let any = |one: &Entry<'_>| one.who == who && one.quality != Quality::NotReady && one.has_time(now());
            prop_assert!(stays(&any), "the last one of {who}");
            prop_assert!(stays(&|one| good(one) && one.verified), "the last verified one of {who}");
            for slot in [0, 1].into_iter().filter(|slot| entries.iter().any(|one| one.who == who && one.slots.contains(slot))) {
                prop_assert!(stays(&|one| good(one) && one.slot == Some(slot)), "the last one of slot {slot} of {who}");
                prop_assert!(
                    stays(&|one| good(one) && one.slot == Some(slot) && one.current),
                    "the last one of the disk in slot {slot} of {who}"
                );
            }
        }
        for (one, decision) in entries.iter().zip(&decisions) {
            prop_assert!(!decision.reasons.is_empty());
            prop_assert!(decision.keep || one.held.is_none() && one.needs.is_empty() && one.has_time(now()));
        }
    }

    /// A rule with a higher number, or an additional rule, never removes what was kept.
    #[test]
    fn a_longer_policy_never_removes_more(entries in any_entries(), policy in any_policy(), by in 0..5_u32) {
        let mut long = policy.clone();
        long.default = longer(&policy.default, by);
        for keep in long.groups.values_mut().chain(long.schedules.values_mut()) {
            *keep = longer(keep, by);
            if !keep.is_empty() {
                keep.monthly = keep.monthly.or(Some(by));
            }
        }
        long.gone_after = long.gone_after.map(|after| after * (by + 1));
        let (short, long) = (decide(&entries, &policy, now()), decide(&entries, &long, now()));
        for (one, other) in short.iter().zip(&long) {
            prop_assert!(!one.keep || other.keep, "{one:?} {other:?}");
        }
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(entries in any_entries(), policy in any_policy(), turn in 0..40_usize) {
        let decisions = decide(&entries, &policy, now());
        let mut turned: Vec<(Entry<'_>, Decision)> = entries.iter().cloned().zip(decisions).collect();
        turned.reverse();
        let middle = turn.min(turned.len());
        turned.rotate_left(middle);
        let (entries, decisions): (Vec<Entry<'_>>, Vec<Decision>) = turned.into_iter().unzip();
        prop_assert_eq!(decide(&entries, &policy, now()), decisions);
    }

    /// After a prune, another one removes nothing.
    #[test]
    fn what_is_left_is_kept(entries in any_entries(), policy in any_policy()) {
        let decisions = decide(&entries, &policy, now());
        let left: Vec<Entry<'_>> =
            entries.into_iter().zip(decisions).filter(|(_, decision)| decision.keep).map(|(entry, _)| entry).collect();
        for decision in decide(&left, &policy, now()) {
            prop_assert!(decision.keep, "{decision:?}");
        }
    }
}
