//! Retention, by examples.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::ids::OperationId;

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T02:50:00Z").unwrap().to_utc()
}

fn hours(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

/// A good snapshot of `db/0`, taken so many hours ago.
fn taken(cid: &str, ago: i64) -> Entry<'_> {
    Entry {
        cid,
        who: "db/0".to_owned(),
        group: "db",
        schedule: None,
        set: Some((cid, false)),
        slot: Some(0),
        current: true,
        slots: &[0],
        named: true,
        gone: false,
        gone_since: None,
        rank: usize::try_from(1_000_000 - ago).unwrap(),
        taken_at: hours(ago),
        time_trusted: true,
        expires_at: None,
        quality: Quality::Good,
        verified: false,
        held: None,
        needs: Vec::new(),
    }
}

fn keeping(default: Keep) -> Policy {
    Policy { default, ..Policy::default() }
}

fn last(last: u32) -> Policy {
    keeping(Keep { last: Some(last), ..Keep::default() })
}

/// The CIDs that are kept.
fn kept<'a>(entries: &[Entry<'a>], policy: &Policy) -> Vec<&'a str> {
    let decisions = decide(entries, policy, now());
    entries.iter().zip(decisions).filter(|(_, decision)| decision.keep).map(|(entry, _)| entry.cid).collect()
}

fn reasons(entries: &[Entry<'_>], policy: &Policy, at: usize) -> Vec<&'static str> {
    decide(entries, policy, now())[at].reasons.iter().map(Reason::name).collect()
}

#[test]
fn the_newest_of_each_hour_day_week_and_month_is_kept() {
    let names: Vec<String> = (0..24 * 90).map(|ago| ago.to_string()).collect();
    let all: Vec<Entry<'_>> = names.iter().enumerate().map(|(ago, name)| taken(name, ago as i64)).collect();
    let only = |keep: Keep| kept(&all, &keeping(keep)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(only(Keep { hourly: Some(2), ..Keep::default() }), ["0", "1"]);
    // It is 02:50, so the newest one of the day before was taken at 23:50.
    assert_eq!(only(Keep { daily: Some(3), ..Keep::default() }), ["0", "3", "27"]);
    // It is Sunday, so the week before ended at midnight of the last Sunday.
    assert_eq!(only(Keep { weekly: Some(2), ..Keep::default() }), ["0", "147"]);
    assert_eq!(only(Keep { monthly: Some(2), ..Keep::default() }), ["0", "507"]);
    let within = Keep { within: Some(Duration::from_secs(2 * 3600)), ..Keep::default() };
    assert_eq!(only(within), ["0", "1", "2"]);
}

#[test]
fn an_empty_policy_removes_nothing_but_what_has_expired() {
    let mut all = vec![taken("old", 9000), taken("older", 9001), taken("new", 1)];
    assert_eq!(kept(&all, &Policy::default()), ["old", "older", "new"]);
    all[1].expires_at = Some(hours(1));
    assert_eq!(kept(&all, &Policy::default()), ["old", "new"]);
    assert_eq!(reasons(&all, &Policy::default(), 1), ["expired"]);
}

#[test]
fn the_last_good_one_stays_though_it_has_expired() {
    let mut all = vec![taken("new", 1), taken("old", 2)];
    for entry in &mut all {
        entry.expires_at = Some(hours(0));
    }
    assert_eq!(kept(&all, &last(5)), ["new"]);
    all[0].quality = Quality::Torn;
    assert_eq!(kept(&all, &last(5)), ["old"]);
    all[1].quality = Quality::NotReady;
    // If there is no good one, the best that exists stays.
    assert_eq!(kept(&all, &last(5)), ["new"]);
    all[0].quality = Quality::NotReady;
    assert_eq!(kept(&all, &last(5)), Vec::<&str>::new());
}

#[test]
fn where_there_is_no_good_one_the_newest_of_the_best_stays() {
    let mut all = vec![taken("unsound", 1), taken("safety", 2), taken("safety before", 3), taken("torn", 4)];
    for (entry, quality) in all.iter_mut().zip([Quality::Unsound, Quality::Safety, Quality::Safety, Quality::Torn]) {
        (entry.quality, entry.expires_at) = (quality, Some(hours(0)));
    }
    assert_eq!(kept(&all, &last(1)), ["torn"]);
    assert_eq!(reasons(&all, &last(1), 3), ["newest_of_the_best"]);
    assert_eq!(kept(&all[..3], &last(1)), ["safety"]);
    assert_eq!(kept(&all[..1], &last(1)), ["unsound"]);
    all.push(taken("good", 5));
    assert_eq!(kept(&all, &last(1)), ["good"]);
    // One of two disks has no good one.
    let mut two: Vec<Entry<'_>> = all.iter().map(|one| Entry { slots: &[0, 1], ..one.clone() }).collect();
    two[1].slot = Some(1);
    assert_eq!(kept(&two, &last(1)), ["safety", "good"]);
}

/// The clock was set back: the older one has the later time.
#[test]
fn what_was_taken_later_is_newer_whatever_the_clock_said() {
    let mut all = vec![taken("older", 1), taken("newer", 60), taken("oldest", 70)];
    (all[0].rank, all[1].rank, all[2].rank) = (1, 2, 0);
    assert_eq!(kept(&all, &last(1)), ["newer"]);
    let within = Keep { within: Some(Duration::from_secs(3600)), ..Keep::default() };
    assert_eq!(kept(&all, &keeping(within)), ["older", "newer"]);
    // A day that occurs twice counts once.
    let mut days = vec![taken("1", 60), taken("2", 1), taken("3", 61), taken("4", 90)];
    days.iter_mut().zip([4, 3, 2, 1]).for_each(|(entry, rank)| entry.rank = rank);
    assert_eq!(kept(&days, &keeping(Keep { daily: Some(3), ..Keep::default() })), ["1", "2", "4"]);
}

#[test]
fn one_of_a_disk_that_nobody_knows_is_not_both_disks_of_an_instance() {
    let of = |cid, set, slot, ago| Entry { set: Some((set, false)), slot, slots: &[0, 1], ..taken(cid, ago) };
    let pair = [of("a", "whole", Some(0), 5), of("b", "whole", Some(1), 5)];
    let mut all = vec![of("alone", "alone", None, 1)];
    all.extend(pair.clone());
    assert_eq!(kept(&all, &last(1)), ["alone", "a", "b"]);
    // Two of unknown slots may be a whole take; one that is known to be whole stays beside it.
    let mut all = vec![of("c", "perhaps", None, 1), of("d", "perhaps", None, 1)];
    all.extend(pair);
    assert_eq!(kept(&all, &last(1)), ["c", "d", "a", "b"]);
}

#[test]
fn takes_without_one_of_the_disks_take_no_place_of_whole_ones() {
    let of =
        |cid, set, slot, ago| Entry { set: Some((set, false)), slot: Some(slot), slots: &[0, 1], ..taken(cid, ago) };
    let all = [
        of("partly", "p", 0, 1),
        of("partly before", "q", 0, 2),
        of("a", "s", 0, 3),
        of("b", "s", 1, 3),
        of("c", "t", 0, 4),
        of("d", "t", 1, 4),
    ];
    assert_eq!(kept(&all, &last(1)), ["partly", "a", "b"]);
    assert_eq!(kept(&all, &last(2)), ["partly", "partly before", "a", "b", "c", "d"]);
}

#[test]
fn the_newest_verified_one_stays_beside_the_newest() {
    let mut all = vec![taken("new", 1), taken("verified", 20), taken("verified before", 30), taken("old", 40)];
    all[1].verified = true;
    all[2].verified = true;
    assert_eq!(kept(&all, &last(1)), ["new", "verified"]);
    assert_eq!(reasons(&all, &last(1), 1), ["newest_verified"]);
}

#[test]
fn one_from_tomorrow_neither_pushes_others_out_nor_is_the_floor() {
    let all = vec![taken("tomorrow", -24), taken("new", 1), taken("old", 2)];
    assert_eq!(kept(&all, &last(1)), ["tomorrow", "new"]);
    assert_eq!(reasons(&all, &last(1), 0), ["future"]);
    let mut expired = all.clone();
    expired[1].expires_at = Some(hours(0));
    assert_eq!(kept(&expired[..2], &last(1)), ["tomorrow", "new"]);
}

#[test]
fn torn_ones_and_safety_snapshots_take_no_place_of_a_good_one() {
    let mut all =
        vec![taken("torn", 1), taken("torn before", 2), taken("safety", 3), taken("good", 4), taken("old", 5)];
    all[0].quality = Quality::Torn;
    all[1].quality = Quality::Torn;
    all[2].quality = Quality::Safety;
    assert_eq!(kept(&all, &last(1)), ["torn", "safety", "good"]);
}

#[test]
fn what_one_take_took_of_two_disks_counts_once_and_goes_together() {
    let mut all = Vec::new();
    for (set, ago) in [("t1", 1), ("t2", 2), ("t3", 3)] {
        for slot in [0, 1] {
            let cid = if slot == 0 { "a" } else { "b" };
            all.push(Entry { set: Some((set, false)), slot: Some(slot), slots: &[0, 1], ..taken(cid, ago) });
        }
    }
    let keep = |all: &[Entry<'_>], policy: &Policy| -> Vec<bool> {
        decide(all, policy, now()).iter().map(|decision| decision.keep).collect()
    };
    assert_eq!(keep(&all, &last(2)), [true, true, true, true, false, false]);
    // A take that has only one of the disks is not a floor for the other.
    let without_b: Vec<Entry<'_>> =
        all.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, one)| one.clone()).collect();
    assert_eq!(keep(&without_b, &last(1)), [true, true, true, false, false]);
    // One of them is held.
    all[5].held = Some("audit");
    assert_eq!(keep(&all, &last(1)), [true, true, false, false, true, true]);
}

#[test]
fn after_a_restore_the_snapshots_of_the_disk_before_are_still_a_floor() {
    let mut all = vec![taken("of the disk now", 1), taken("of the disk before", 2)];
    all[0].quality = Quality::Torn;
    all[1].current = false;
    assert_eq!(kept(&all, &last(1)), ["of the disk now", "of the disk before"]);
}

#[test]
fn a_snapshot_of_another_disk_is_not_the_floor_alone() {
    let mut all = vec![taken("of another disk", 1), taken("right", 2), taken("old", 3)];
    all[0].current = false;
    assert_eq!(kept(&all, &last(1)), ["of another disk", "right"]);
}

#[test]
fn groups_and_schedules_have_rules_of_their_own() {
    let mut all = vec![taken("a", 1), taken("b", 2), taken("c", 3), taken("d", 4)];
    all[0].schedule = Some("nightly");
    all[2].schedule = Some("nightly");
    let mut policy = last(1);
    assert_eq!(kept(&all, &policy), ["a"]);
    policy.schedules.insert("nightly".to_owned(), Keep { last: Some(2), ..Keep::default() });
    assert_eq!(kept(&all, &policy), ["a", "b", "c"]);
    policy.groups.insert("db".to_owned(), Keep { last: Some(2), ..Keep::default() });
    assert_eq!(kept(&all, &policy), ["a", "b", "c", "d"]);
}

#[test]
fn what_is_held_or_needed_stays_though_it_has_expired() {
    let operation = OperationId::new("0d5c");
    let mut all = vec![taken("new", 1), taken("held", 2), taken("undo", 3), taken("pending", 4), taken("old", 5)];
    for entry in &mut all {
        entry.expires_at = Some(hours(0));
    }
    all[1].held = Some("audit");
    all[2].needs = vec![Need::Undo(operation.clone())];
    all[3].needs = vec![Need::Pending(operation)];
    assert_eq!(kept(&all, &last(1)), ["new", "held", "undo", "pending"]);
    assert_eq!(reasons(&all, &last(1), 1), ["held"]);
}

#[test]
fn an_instance_that_is_gone_keeps_its_last_one_unless_told_for_how_long() {
    let mut all = vec![taken("new", 24 * 100), taken("old", 24 * 200), taken("held", 24 * 300)];
    for entry in &mut all {
        (entry.gone, entry.current, entry.slots) = (true, false, &[]);
    }
    all[2].held = Some("audit");
    assert_eq!(kept(&all, &last(1)), ["new", "held"]);
    let policy = Policy { gone_after: Some(Duration::from_secs(90 * 86400)), ..last(1) };
    // The time since when the instance is gone counts. It may be an hour, or not known.
    assert_eq!(kept(&all, &policy), ["new", "held"]);
    all.iter_mut().for_each(|entry| entry.gone_since = Some(hours(1)));
    assert_eq!(kept(&all, &policy), ["new", "held"]);
    all.iter_mut().for_each(|entry| entry.gone_since = Some(hours(24 * 91)));
    assert_eq!(kept(&all, &policy), ["held"]);
    assert_eq!(reasons(&all, &policy, 0), ["instance_gone"]);
    all.iter_mut().for_each(|entry| entry.gone = false);
    assert_eq!(kept(&all, &policy), ["new", "held"]);
}

#[test]
fn a_hundred_thousand_are_decided_on() {
    let names: Vec<String> = (0..100_000).map(|at| format!("snap-{at:06}")).collect();
    let all: Vec<Entry<'_>> = names
        .iter()
        .enumerate()
        .map(|(at, name)| Entry { who: format!("db/{}", at % 1000), ..taken(name, at as i64 / 1000) })
        .collect();
    let begun = std::time::Instant::now();
    assert_eq!(kept(&all, &last(3)).len(), 3000);
    // All of one instance: nothing is quadratic in its snapshots.
    let of_one: Vec<Entry<'_>> = names.iter().enumerate().map(|(at, name)| taken(name, at as i64)).collect();
    assert_eq!(kept(&of_one, &last(3)).len(), 3);
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("two times 100,000 snapshots: {:?}\n", begun.elapsed()),
    );
}
