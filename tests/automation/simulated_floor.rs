//! What the simulated runs have taken and pruned: by the retention that `prune` has, on a shelf instead of a cloud.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use snapback::domain::retention::{Entry, Keep, Policy, Quality, decide};

/// A snapshot.
struct Kept {
    cid: String,
    rank: usize,
    at: DateTime<Utc>,
    quality: Quality,
}

/// What is there of each instance, and what of it should be and is not.
#[derive(Default)]
pub struct Shelf {
    kept: BTreeMap<String, Vec<Kept>>,
    taken: usize,
    pub pruned: usize,
    /// The instances that ever had a good one.
    had: BTreeSet<String>,
    /// When one of these was without.
    pub bare: Vec<String>,
}

impl Shelf {
    /// Takes one; each seventh is never ready.
    pub fn take(&mut self, instance: &str, at: DateTime<Utc>) {
        self.taken += 1;
        let quality = if self.taken.is_multiple_of(7) { Quality::NotReady } else { Quality::Good };
        if quality == Quality::Good {
            self.had.insert(instance.to_owned());
        }
        let one = Kept { cid: format!("snap-{}", self.taken), rank: self.taken, at, quality };
        self.kept.entry(instance.to_owned()).or_default().push(one);
    }

    /// Deletes what nothing keeps. One that fails, or dies, has deleted some of it.
    pub fn prune(&mut self, now: DateTime<Utc>, fails: bool) {
        let policy = Policy { default: Keep { last: Some(2), daily: Some(2), ..Keep::default() }, ..Policy::default() };
        for (instance, kept) in &mut self.kept {
            let entry = |one: &Kept| Entry {
                cid: "",
                who: instance.clone(),
                group: "db",
                schedule: None,
                set: None,
                slot: Some(0),
                current: true,
                slots: &[0],
                named: true,
                gone: false,
                gone_since: None,
                rank: one.rank,
                taken_at: one.at,
                time_trusted: true,
                expires_at: Some(one.at + TimeDelta::days(5)),
                quality: one.quality,
                verified: false,
                held: None,
                needs: Vec::new(),
            };
            let entries: Vec<Entry<'_>> = kept.iter().map(|one| Entry { cid: &one.cid, ..entry(one) }).collect();
            let stays: Vec<bool> = decide(&entries, &policy, now).iter().map(|decision| decision.keep).collect();
            let goes = stays.iter().filter(|stays| !**stays).count();
            let mut left = if fails { goes / 2 } else { goes };
            self.pruned += left;
            let mut at = stays.into_iter();
            kept.retain(|_| {
                let stays = at.next().unwrap() || left == 0;
                left -= usize::from(!stays);
                stays
            });
        }
        self.look(now);
    }

    /// Whether each instance that ever had a good one has one.
    pub fn look(&mut self, now: DateTime<Utc>) {
        for instance in &self.had {
            if !self.kept[instance].iter().any(|one| one.quality == Quality::Good) {
                self.bare.push(format!("{instance} at {now}"));
            }
        }
    }
}
