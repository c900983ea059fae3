//! Snapshots that pending operations and possible undos need.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::request::Request;
use crate::domain::ids::{CpiName, OperationId, SnapshotCid};
use crate::domain::operation::{Operation, OperationState, Resource, Verb};
use crate::domain::retention::Need;
use crate::domain::snapshot::Snapshot;
use crate::domain::step::Step;
use crate::domain::swap::{Source, SwapPlan};
use crate::error::Result;
use crate::state::Reader;

/// The snapshots that are needed.
pub(super) struct Needs {
    /// The claims of other operations: for the key of each claimed thing, an operation, and whether one has it
    /// exclusively.
    claimed: HashMap<String, (OperationId, bool)>,
    by_operation: HashMap<OperationId, Need>,
    by_cid: HashMap<(CpiName, SnapshotCid), Vec<Need>>,
    /// Changes of `guard` that may have to be undone.
    changes: HashSet<String>,
}

impl Needs {
    /// The needs of all these operations but `own`.
    pub(super) fn of(
        reader: &Reader,
        operations: &[Operation],
        request: Request<'_>,
        own: Option<&OperationId>,
    ) -> Result<Needs> {
        let mut needs = Needs {
            claimed: HashMap::new(),
            by_operation: HashMap::new(),
            by_cid: HashMap::new(),
            changes: HashSet::new(),
        };
        for claim in reader.claims()?.into_iter().filter(|claim| own != Some(&claim.operation)) {
            let known = needs.claimed.entry(claim.key).or_insert((claim.operation, claim.alone));
            known.1 |= claim.alone;
        }
        for operation in reader.pending_operations()?.iter().filter(|operation| own != Some(&operation.id)) {
            needs.add(operation, Need::Pending(operation.id.clone()));
            for row in reader.steps(&operation.id)? {
                if let Some((cpi, snapshot)) = snapshot_of(&row.step) {
                    needs.add_cid(cpi, snapshot, Need::Pending(operation.id.clone()));
                }
            }
        }
        let within = TimeDelta::from_std(request.policy.undo_within).ok();
        let since = within.and_then(|within| request.now.checked_sub_signed(within));
        // An end in the future has just happened, by another clock.
        let is_young = |ended: DateTime<Utc>| since.is_none_or(|since| ended >= since);
        for change in reader.changes()? {
            if change.is_wanted_since().is_some_and(is_young) {
                needs.changes.insert(change.id);
            }
        }
        for operation in operations {
            let swapped =
                matches!(operation.verb, Verb::Restore | Verb::Undo) && operation.state == OperationState::Done;
            if swapped && operation.ended_at.is_none_or(is_young) {
                needs.add(operation, Need::Undo(operation.id.clone()));
            }
        }
        Ok(needs)
    }

    /// Adds the snapshots that an operation took, and those that it puts on an instance.
    fn add(&mut self, operation: &Operation, need: Need) {
        for (cpi, cid) in operation.plan.iter().flat_map(sources) {
            self.add_cid(cpi, cid, need.clone());
        }
        self.by_operation.insert(operation.id.clone(), need);
    }

    fn add_cid(&mut self, cpi: &CpiName, cid: &SnapshotCid, need: Need) {
        let needs = self.by_cid.entry((cpi.clone(), cid.clone())).or_default();
        if !needs.contains(&need) {
            needs.push(need);
        }
    }

    fn claim_on(&self, snapshot: &Snapshot) -> Option<&(OperationId, bool)> {
        if self.claimed.is_empty() {
            return None;
        }
        self.claimed.get(&Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone()).key())
    }

    /// Whether another operation has a snapshot exclusively: it deletes it, or is about to.
    pub(super) fn is_leaving(&self, snapshot: &Snapshot) -> bool {
        self.claim_on(snapshot).is_some_and(|(_, alone)| *alone)
    }

    /// The operations and changes that need a snapshot; empty if none does.
    pub(super) fn for_snapshot(&self, snapshot: &Snapshot) -> Vec<Need> {
        let by_operation = snapshot.operation.as_ref().and_then(|operation| self.by_operation.get(operation));
        let mut needs: Vec<Need> = by_operation.cloned().into_iter().collect();
        if !self.by_cid.is_empty() {
            let by_cid = self.by_cid.get(&(snapshot.cpi.clone(), snapshot.cid.clone()));
            needs.extend(by_cid.into_iter().flatten().cloned());
        }
        let change = snapshot.change.as_ref().filter(|change| self.changes.contains(*change));
        needs.extend(change.cloned().map(Need::Change));
        if needs.is_empty() {
            needs.extend(self.claim_on(snapshot).map(|(operation, _)| Need::Pending(operation.clone())));
        }
        needs
    }
}

/// The snapshots from which a plan makes disks, or from which its disks were made by hand.
fn sources(plan: &SwapPlan) -> impl Iterator<Item = (&CpiName, &SnapshotCid)> {
    plan.disks().filter_map(|one| match &one.source {
        Source::Snapshot { cid, .. } => Some((&plan.cpi, cid)),
        Source::Disk { of, .. } => of.as_ref().map(|of| (&plan.cpi, of)),
    })
}

fn snapshot_of(step: &Step) -> Option<(&CpiName, &SnapshotCid)> {
    match step {
        Step::DeleteSnapshot { cpi, snapshot }
        | Step::CreateDiskFromSnapshot { cpi, snapshot, .. }
        | Step::VerifyDisk { cpi, snapshot, .. }
        | Step::NoteLost { cpi, snapshot }
        | Step::ForgetSnapshot { cpi, snapshot }
        | Step::Hold { cpi, snapshot, .. }
        | Step::BeginLifespan { cpi, snapshot, .. } => Some((cpi, snapshot)),
        _ => None,
    }
}
