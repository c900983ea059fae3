//! The plan of a prune: a decision on each snapshot, with its reasons.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::needs::Needs;
use super::rank::ranks;
use super::ready::Clouds;
use super::request::Request;
use super::world::World;
use crate::domain::ids::{CpiName, OperationId, SnapshotCid};
use crate::domain::retention::{Decision, Entry, Need, Quality, Reason, by_instance, decide};
use crate::domain::snapshot::{Owner, Snapshot};
use crate::error::{Error, Result};
use crate::ops::presence::Presence;
use crate::ops::session::CpiSource;
use crate::state::{Reader, SnapshotFilter};

/// A snapshot, and the decision about it.
#[derive(Debug)]
pub struct Planned {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Whether it stays, and why.
    pub decision: Decision,
    /// Why it cannot be deleted now, though it would be.
    pub doubt: Option<Error>,
}

/// A decision on each of snapback's own snapshots, in the order of the list, without the Director's.
pub struct Plan {
    /// The snapshots that are meant.
    pub rows: Vec<Planned>,
    /// The snapshots that remain to the instances whose snapshots are deleted: they must stay meanwhile.
    pub(super) stands_on: Vec<(CpiName, SnapshotCid)>,
}

impl Plan {
    /// The pending operations that keep snapshots from being deleted, each with the number of snapshots that it keeps.
    pub fn kept_by_operations(&self) -> BTreeMap<&OperationId, usize> {
        let mut kept = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.decision.keep) {
            let pending = row.decision.reasons.iter().map(|reason| match reason {
                Reason::Needed(Need::Pending(operation)) => Some(operation),
                _ => None,
            });
            for operation in pending.collect::<Option<Vec<_>>>().unwrap_or_default() {
                *kept.entry(operation).or_insert(0) += 1;
            }
        }
        kept
    }

    /// The snapshots to delete.
    pub fn removals(&self) -> impl Iterator<Item = &Planned> {
        self.rows.iter().filter(|row| !row.decision.keep)
    }
}

/// Plans, and asks the clouds about the snapshots that would remain.
///
/// # Errors
/// Those of the state file. If a cloud does not tell, the rows say so.
pub fn plan(reader: &Reader, cpis: &dyn CpiSource, presence: &Presence, request: Request<'_>) -> Result<Plan> {
    plan_beside(reader, cpis, presence, request, None)
}

/// As [`plan`], ignoring the claims of the caller's own operation.
pub(super) fn plan_beside(
    reader: &Reader,
    cpis: &dyn CpiSource,
    presence: &Presence,
    request: Request<'_>,
    own: Option<&OperationId>,
) -> Result<Plan> {
    let snapshots = snapshots(reader, request.deployment)?;
    let world = World::of(reader, request.deployment, &snapshots)?;
    let operations = reader.operations(None)?;
    let ranks = ranks(&snapshots, &operations);
    let needs = Needs::of(reader, &operations, request, own)?;
    let mut entries = Vec::with_capacity(snapshots.len());
    for (snapshot, rank) in snapshots.iter().zip(ranks) {
        let mut entry = world.entry(snapshot, rank, needs.for_snapshot(snapshot));
        if needs.is_leaving(snapshot) {
            entry.quality = Quality::NotReady;
        }
        entries.push(match request.replaced {
            Some(_) => Entry { expires_at: None, verified: false, ..entry },
            None => entry,
        });
    }
    let mut decisions = decide(&entries, request.policy, request.now);
    let mut clouds = Clouds::new(reader, cpis, presence);
    let mut doubts: HashMap<usize, Error> = HashMap::new();
    let mut stands_on = Vec::new();
    for instance in with_removals(&entries, &decisions) {
        if !instance.iter().any(|at| is_meant(&world, &snapshots[*at], request)) {
            continue;
        }
        let settled = settle_floor(&snapshots, &mut entries, &instance, &mut decisions, request, &mut clouds);
        let (unready, doubt) = settled.map_or_else(|doubt| (Vec::new(), Some(doubt)), |unready| (unready, None));
        // A cloud that hides a snapshot for a moment, or has not finished it, must not cause its deletion.
        for at in unready {
            if !decisions[at].keep {
                decisions[at] = Decision { keep: true, reasons: vec![Reason::NotShown], floor: false };
            }
        }
        for at in instance {
            let snapshot = &snapshots[at];
            if decisions[at].keep {
                if decisions[at].floor {
                    stands_on.push((snapshot.cpi.clone(), snapshot.cid.clone()));
                }
                continue;
            }
            let doubted = match &doubt {
                Some((cloud, error)) => Err(again(error, cloud, snapshot)),
                None => clouds.there(&snapshot.cpi),
            };
            doubted.err().map(|error| doubts.insert(at, error));
        }
    }
    drop(entries);
    let rows = snapshots.into_iter().zip(decisions).enumerate();
    let rows = rows.map(|(at, (snapshot, decision))| Planned { snapshot, decision, doubt: doubts.remove(&at) });
    Ok(Plan { rows: rows.filter(|row| is_meant(&world, &row.snapshot, request)).collect(), stands_on })
}

fn is_meant(world: &World, snapshot: &Snapshot, request: Request<'_>) -> bool {
    let replaced = request.replaced.is_none_or(|of| of.contains(&snapshot.instance) && !snapshot.of_another);
    replaced && world.is_meant(snapshot, request.selectors)
}

/// The failure of the cloud that has the remaining snapshots, as the reason for a snapshot that stays because of it.
fn again(error: &Error, cloud: &CpiName, snapshot: &Snapshot) -> Error {
    let why = error.in_one_line();
    let message = match *cloud == snapshot.cpi {
        true => why,
        false => format!("what is left of {} would be on another cloud, and {why}", snapshot.instance),
    };
    Error::new(error.kind(), message).with_hints_of(error)
}

/// The indices of the snapshots of each instance that loses one.
fn with_removals(entries: &[Entry<'_>], decisions: &[Decision]) -> Vec<Vec<usize>> {
    let mut instances = by_instance(entries);
    instances.retain(|instance| instance.iter().any(|at| !decisions[*at].keep));
    instances
}

/// Asks the cloud about the snapshots that would remain to an instance, by the floor and by the rules, and decides
/// again until all of them are ready: one that the cloud has lost takes no place. Returns the indices of those that it
/// does not show as ready.
fn settle_floor(
    snapshots: &[Snapshot],
    entries: &mut [Entry<'_>],
    instance: &[usize],
    decisions: &mut [Decision],
    request: Request<'_>,
    clouds: &mut Clouds<'_>,
) -> Result<Vec<usize>, (CpiName, Error)> {
    let mut unready = Vec::new();
    let mut newest: Vec<usize> = instance.to_vec();
    newest.sort_by_key(|at| std::cmp::Reverse(entries[*at].rank));
    let mut asked: HashSet<usize> = HashSet::new();
    // If many are lost, the next ones are asked about in advance, more each time.
    let mut beforehand = 0;
    loop {
        let stays = |at: &usize| {
            let rule = decisions[*at].reasons.iter().any(|reason| matches!(reason, Reason::Rule(_)));
            decisions[*at].keep && (decisions[*at].floor || rule)
        };
        let open = |at: &usize| !asked.contains(at) && entries[*at].quality != Quality::NotReady;
        let left: Vec<usize> = newest.iter().copied().filter(open).collect();
        let next = left.iter().enumerate().filter(|(place, at)| *place < beforehand || stays(at));
        let next: Vec<usize> = next.map(|(_, at)| *at).collect();
        let mut changed = false;
        for at in next {
            asked.insert(at);
            let cloud = &snapshots[at].cpi;
            if !clouds.is_ready(&snapshots[at]).map_err(|error| (cloud.clone(), error))? {
                entries[at].quality = Quality::NotReady;
                unready.push(at);
                changed = true;
            }
        }
        if !changed {
            return Ok(unready);
        }
        beforehand = if beforehand == 0 { 1 } else { beforehand * 2 };
        let of_instance: Vec<Entry<'_>> = instance.iter().map(|at| entries[*at].clone()).collect();
        for (at, decision) in instance.iter().zip(decide(&of_instance, request.policy, request.now)) {
            decisions[*at] = decision;
        }
    }
}

fn snapshots(reader: &Reader, deployment: Option<&str>) -> Result<Vec<Snapshot>> {
    let filter = SnapshotFilter { deployment: deployment.map(str::to_owned), ..SnapshotFilter::default() };
    let mut snapshots = Vec::new();
    reader.each_snapshot(&filter, |snapshot| {
        if snapshot.owner == Owner::Snapback {
            snapshots.push(snapshot);
        }
        Ok::<bool, Error>(true)
    })?;
    Ok(snapshots)
}
