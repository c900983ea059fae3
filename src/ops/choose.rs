//! Which snapshot of an instance to go back to, and why that one.

mod set;
mod why;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::instance::Instance;
use crate::domain::operation::Operation;
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Consistency, Purpose, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::state::{Reader, SnapshotFilter, SnapshotsOf};

pub use why::Why;

/// How many of the newest snapshots are looked at first: one of them is chosen, as a rule.
const FIRST: usize = 16;

/// The snapshot to go back to.
#[derive(Debug)]
pub struct Choice {
    /// The instance in its present state.
    pub instance: Instance,
    /// The snapshot; if the instance has several disks, that of the lowest slot.
    pub snapshot: Snapshot,
    /// The snapshots of its other disks, by slot: they are of the same take, and are restored together.
    pub others: Vec<Snapshot>,
    /// The time that was named.
    pub before: Option<DateTime<Utc>>,
    /// The newer ones, each with the reason why it was not chosen.
    pub passed_over: Vec<(Snapshot, Why)>,
    /// Whether a snapshot that is older by the journal has a later time.
    pub clock_was_set: bool,
    /// snapback's operations on the instance since then, up to the time that was named, or up to now.
    pub operations: Vec<Operation>,
}

impl Choice {
    /// How many newer ones were passed over for a reason.
    pub fn count(&self, why: Why) -> u64 {
        self.passed_over.iter().filter(|(_, for_this)| *for_this == why).count() as u64
    }

    /// The snapshots to restore.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        std::iter::once(&self.snapshot).chain(&self.others).cloned().collect()
    }

    /// The disks that the instance has now, if the snapshot's disk is known and is not one of them.
    pub fn other_disks(&self) -> Option<Vec<&DiskCid>> {
        let of = self.snapshot.disk.as_ref()?;
        let now: Vec<&DiskCid> = self.instance.disks.iter().map(|disk| &disk.cid).collect();
        (!now.contains(&of)).then_some(now)
    }
}

/// Conditions for a snapshot, besides being whole and the instance's own.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Taken before this time.
    pub before: Option<DateTime<Utc>>,
    /// Verified by a drill.
    pub verified: bool,
    /// None of these: their cloud says that it cannot make a disk from them now.
    pub not_ready: HashSet<(CpiName, SnapshotCid)>,
}

/// Chooses the newest snapshot of an instance that is neither torn nor a safety snapshot, and that was taken before a
/// time if one is named.
///
/// # Errors
/// [`Kind::NotFound`], with the snapshots that exist; the errors of the state file.
pub fn choose(
    reader: &Reader,
    instance: Instance,
    before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Choice> {
    choose_by(reader, instance, &Wish { before, ..Wish::default() }, now)
}

/// As [`choose`], with more conditions than the time.
///
/// # Errors
/// As [`choose`].
pub fn choose_by(reader: &Reader, instance: Instance, wish: &Wish, now: DateTime<Utc>) -> Result<Choice> {
    let before = wish.before;
    let mut count = FIRST;
    let set::Chosen { set, passed_over } = loop {
        let newest = reader.newest_snapshots(&instance.name, count)?;
        let judged = newest.snapshots.into_iter().map(|snapshot| (why_not(&snapshot, wish), snapshot));
        let judged = judged.map(|(why, snapshot)| (snapshot, why)).collect();
        let chosen = set::newest(reader, &instance, judged)?;
        // What an operation took is there as a whole: if a set is found among these, it is the newest of all.
        if newest.all || !chosen.set.is_empty() {
            break chosen;
        }
        count *= 4;
    };
    let mut set = set.into_iter();
    let Some(snapshot) = set.next() else {
        let name = &instance.name;
        let error = Error::new(
            Kind::NotFound,
            format!("snapback knows no snapshot of {name} that could be restored{}", told(&passed_over)),
        );
        return Err(error.try_command(format!("snapback -d {} snapshots {name}", quoted(&name.deployment))));
    };
    let operations = reader.operations_between(&instance.name, snapshot.created_at, before.unwrap_or(now))?;
    let operations = operations.into_iter().filter(|operation| Some(&operation.id) != snapshot.operation.as_ref());
    let (operations, others) = (operations.collect(), set.collect());
    let clock_was_set = instance.disks.len() < 2 && is_later_usable(reader, &instance, wish, snapshot.created_at)?;
    Ok(Choice { operations, instance, snapshot, others, before, passed_over, clock_was_set })
}

/// Whether there is a usable snapshot of the instance with a later time.
fn is_later_usable(reader: &Reader, instance: &Instance, wish: &Wish, than: DateTime<Utc>) -> Result<bool> {
    let filter = SnapshotFilter {
        deployment: Some(instance.name.deployment.clone()),
        of: vec![SnapshotsOf::instance(&instance.name)],
        after: Some(than + TimeDelta::milliseconds(1)),
        ..SnapshotFilter::default()
    };
    let mut found = false;
    reader.each_snapshot(&filter, |snapshot| {
        found = why_not(&snapshot, wish).is_none();
        Ok::<bool, Error>(!found)
    })?;
    Ok(found)
}

fn why_not(snapshot: &Snapshot, wish: &Wish) -> Option<Why> {
    if snapshot.of_another {
        return Some(Why::OtherInstance);
    }
    if snapshot.time_untrusted {
        return Some(Why::UntrustedTime);
    }
    if wish.before.is_some_and(|before| snapshot.created_at >= before) {
        return Some(Why::Later);
    }
    if snapshot.unsound_at.is_some() {
        return Some(Why::Unsound);
    }
    if wish.verified && snapshot.verified_at.is_none() {
        return Some(Why::Unverified);
    }
    if !wish.not_ready.is_empty() && wish.not_ready.contains(&(snapshot.cpi.clone(), snapshot.cid.clone())) {
        return Some(Why::NotReady);
    }
    match (snapshot.consistency, snapshot.purpose) {
        (Consistency::Torn, _) => Some(Why::Torn),
        (_, Purpose::Safety) => Some(Why::Safety),
        (Consistency::Crash, Purpose::Take) => None,
    }
}

/// Text such as `; passed over: 2 torn, 1 safety`; empty if none was.
pub fn told(passed_over: &[(Snapshot, Why)]) -> String {
    let counts = Why::ALL.map(|why| (passed_over.iter().filter(|(_, for_this)| *for_this == why).count(), why));
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} {}", why.describe()))
        .collect();
    if counts.is_empty() { String::new() } else { format!("; passed over: {}", counts.join(", ")) }
}
