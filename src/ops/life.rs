//! The life of instances, from the state file. No cloud is asked.

use std::collections::BTreeSet;

use crate::domain::guarded::GuardedChange;
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Disk, Instance};
use crate::domain::life::{Drill, Exchange, Found, Known, Swap};
use crate::domain::operation::{Operation, Verb};
use crate::domain::selector::Selectors;
use crate::domain::snapshot::Snapshot;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::{DiskSwap, Source, SwapPlan};
use crate::error::{Error, Result};
use crate::state::{Reader, SnapshotFilter, SnapshotsOf};

use super::drill::SOUND;
use super::find;

/// The operations on instances, read once for all of them.
pub struct Lives<'a> {
    reader: &'a Reader,
    swaps: Vec<(SwapPlan, Swap)>,
    drills: Vec<Drill>,
    changes: Vec<GuardedChange>,
    orphaned: Vec<(Disk, Option<String>)>,
    /// The operations that may have deleted snapshots, the newest first.
    deletions: Vec<OperationId>,
}

impl<'a> Lives<'a> {
    /// Reads the operations.
    ///
    /// # Errors
    /// Those of the state file.
    pub fn read(reader: &'a Reader) -> Result<Lives<'a>> {
        let (mut swaps, mut drills, mut deletions) = (Vec::new(), Vec::new(), Vec::new());
        for operation in reader.operations(None)? {
            match (&operation.plan, operation.verb) {
                (Some(plan), Verb::Restore | Verb::Undo) => swaps.push((plan.clone(), swap(reader, &operation, plan)?)),
                (None, Verb::Drill) => drills.extend(drill(reader, &operation)?),
                (_, Verb::Delete | Verb::DeleteAll | Verb::Prune) => deletions.push(operation.id),
                _ => {}
            }
        }
        let uuids = reader.orphans_of_instances()?;
        let uuid = |disk: &Disk| uuids.iter().find(|(one, _)| one.cpi == disk.cpi && one.cid == disk.cid)?.1.clone();
        let orphaned = reader.disks(Some("orphaned"), None)?.into_iter().map(|disk| {
            let uuid = uuid(&disk);
            (disk, uuid)
        });
        Ok(Lives { reader, swaps, drills, changes: reader.changes()?, orphaned: orphaned.collect(), deletions })
    }

    /// The instances that selectors mean and that have, or had, a disk or a snapshot; those of all deployments if none
    /// is named. Instances that are gone are included if snapshots of them exist.
    ///
    /// # Errors
    /// [`crate::error::Kind::NotFound`] if one of the selectors means none; the errors of the state file.
    pub fn meant(&self, deployment: Option<&str>, selectors: &Selectors) -> Result<Vec<Instance>> {
        let reader = self.reader;
        let deployment = match deployment {
            None if selectors.is_all() => None,
            named => Some(find::deployment(reader, named)?),
        };
        let mut meant = reader.instances(deployment.as_deref())?;
        let vanished = reader.vanished(deployment.as_deref())?.into_iter().map(|(instance, _)| instance);
        meant.extend(vanished);
        if let Some(deployment) = &deployment
            && let Some(unknown) =
                selectors.each().iter().find(|one| !meant.iter().any(|instance| one.matches(instance)))
        {
            // The error names the known ones.
            return find::instances(reader, deployment, &Selectors::one(unknown.clone()));
        }
        meant.retain(|instance| selectors.matches(instance));
        let had = |instance: &Instance| self.orphaned.iter().any(|(disk, uuid)| is_of(disk, uuid.as_ref(), instance));
        let mut told = Vec::new();
        for instance in meant {
            if !instance.disks.is_empty() || had(&instance) || !snapshots(reader, &instance)?.is_empty() {
                told.push(instance);
            }
        }
        told.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(told)
    }

    /// The records about one instance.
    ///
    /// # Errors
    /// Those of the state file.
    pub fn of(&self, instance: &Instance) -> Result<Known> {
        let snapshots = snapshots(self.reader, instance)?;
        let orphaned = self.orphaned.iter().filter(|(disk, uuid)| is_of(disk, uuid.as_ref(), instance));
        let orphaned: Vec<Disk> = orphaned.map(|(disk, _)| disk.clone()).collect();
        let own = |(plan, _): &&(SwapPlan, Swap)| plan.instance == instance.name && !plan.is_of_another_than(instance);
        let swaps: Vec<Swap> = self.swaps.iter().filter(own).map(|(_, swap)| swap.clone()).collect();
        let gone = self.gone(instance, &snapshots, &orphaned, &swaps)?;
        let deleted = self.deleted(&gone)?;
        let tried: BTreeSet<&SnapshotCid> = snapshots.iter().chain(&gone).map(|snapshot| &snapshot.cid).collect();
        let drills = self.drills.iter().filter(|drill| tried.contains(&drill.snapshot)).cloned().collect();
        let belong: BTreeSet<&str> = snapshots.iter().filter_map(|snapshot| snapshot.change.as_deref()).collect();
        let changes = self.changes.iter().filter(|change| {
            belong.contains(change.id.as_str()) || change.deployment.as_ref() == Some(&instance.name.deployment)
        });
        let changes = changes.cloned().collect();
        Ok(Known { instance: instance.clone(), orphaned, gone, deleted, swaps, drills, changes, snapshots })
    }

    /// The snapshots that its disks were made from, and that are gone.
    fn gone(
        &self,
        instance: &Instance,
        snapshots: &[Snapshot],
        orphaned: &[Disk],
        swaps: &[Swap],
    ) -> Result<Vec<Snapshot>> {
        let disks = instance.disks.iter().chain(orphaned);
        let origins = disks.filter_map(|disk| Some((disk.cpi.clone(), disk.origin.clone()?)));
        let exchanged = swaps.iter().flat_map(|swap| &swap.disks).filter_map(|one| one.snapshot.clone());
        let wanted: BTreeSet<(CpiName, SnapshotCid)> =
            origins.chain(exchanged.map(|origin| (instance.cpi.clone(), origin))).collect();
        let mut gone = Vec::new();
        for (cpi, cid) in wanted {
            if snapshots.iter().all(|snapshot| snapshot.cid != cid) {
                gone.extend(self.reader.gone_snapshot(&cpi, &cid)?);
            }
        }
        Ok(gone)
    }

    /// Those of these that snapback has deleted, by its journal.
    fn deleted(&self, gone: &[Snapshot]) -> Result<Vec<SnapshotCid>> {
        let mut deleted: Vec<SnapshotCid> = Vec::new();
        for operation in &self.deletions {
            if deleted.len() == gone.len() {
                break;
            }
            for row in self.reader.steps(operation)? {
                if let (Step::DeleteSnapshot { cpi, snapshot: cid }, StepState::Done) = (row.step, row.state)
                    && gone.iter().any(|one| one.cpi == cpi && one.cid == cid)
                    && !deleted.contains(&cid)
                {
                    deleted.push(cid);
                }
            }
        }
        Ok(deleted)
    }
}

/// The snapshots of an instance that exist.
fn snapshots(reader: &Reader, instance: &Instance) -> Result<Vec<Snapshot>> {
    let filter = SnapshotFilter {
        deployment: Some(instance.name.deployment.clone()),
        of: vec![SnapshotsOf { uuid: instance.uuid.clone(), ..SnapshotsOf::instance(&instance.name) }],
        ..SnapshotFilter::default()
    };
    let mut found = Vec::new();
    reader.each_snapshot(&filter, |snapshot| {
        found.push(snapshot);
        Ok::<bool, Error>(true)
    })?;
    Ok(found)
}

/// Whether an orphaned disk was this instance's: another one may have the name by now.
fn is_of(disk: &Disk, uuid: Option<&String>, instance: &Instance) -> bool {
    let same = uuid.zip(instance.uuid.as_ref()).is_none_or(|(had, has)| had.eq_ignore_ascii_case(has));
    disk.instance.as_ref() == Some(&instance.name) && same
}

fn swap(reader: &Reader, operation: &Operation, plan: &SwapPlan) -> Result<Swap> {
    let made: Vec<(u32, SnapshotCid, DiskCid)> = reader
        .steps(&operation.id)?
        .into_iter()
        .filter_map(|row| match (row.step, row.state, row.result) {
            (Step::CreateDiskFromSnapshot { snapshot, disk, .. }, StepState::Done, Some(result)) => {
                Some((disk.slot, snapshot, DiskCid::new(result)))
            }
            _ => None,
        })
        .collect();
    let exchange = |swap: &DiskSwap| {
        let old = swap.old.as_ref().map(|old| old.cid.clone());
        let (new, snapshot) = match &swap.source {
            Source::Disk { cid, of } => (Some(cid.clone()), of.clone()),
            Source::Snapshot { cid, .. } => {
                let new = made.iter().rev().find(|(slot, of, _)| *slot == swap.slot && of == cid);
                (new.map(|(_, _, new)| new.clone()), Some(cid.clone()))
            }
        };
        Exchange { slot: swap.slot, old, new, snapshot }
    };
    Ok(Swap {
        operation: operation.id.clone(),
        verb: operation.verb,
        at: operation.ended_at.unwrap_or(operation.started_at),
        state: operation.state,
        disks: plan.disks().map(exchange).collect(),
    })
}

fn drill(reader: &Reader, operation: &Operation) -> Result<Option<Drill>> {
    let (mut tried, mut found) = (None, Found::Nothing);
    for row in reader.steps(&operation.id)? {
        let done = row.state == StepState::Done;
        match row.step {
            Step::CreateDiskFromSnapshot { snapshot, .. } => tried = Some(snapshot),
            Step::VerifyDisk { .. } if done && row.result.as_deref() == Some(SOUND) => found = Found::Right,
            Step::VerifyDisk { .. } if done => found = Found::Wrong,
            Step::NoteLost { snapshot, .. } if done => (tried, found) = (Some(snapshot), Found::Lost),
            _ => {}
        }
    }
    let at = operation.ended_at.unwrap_or(operation.started_at);
    Ok(tried.map(|snapshot| Drill { operation: operation.id.clone(), at, snapshot, found }))
}
