//! Findings that need only the state file.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;

use super::advice::{ASK, IMPORT};
use super::finding::{Finding, Known, import_again};
use crate::domain::freshness::Freshness;
use crate::domain::instance::{DiskState, Instance, InstanceName, ManagedBy, ORPHANED_DAYS};
use crate::domain::old::Old;
use crate::domain::operation::OperationState;
use crate::domain::shell::quoted;
use crate::domain::swap::Method;
use crate::domain::time::{age, span};
use crate::error::Result;
use crate::ops::schedule::Scheduled;
use crate::state::{Doubt, LockState, Reader};

/// Shows the orphaned disks.
const SHOW: &str = "snapback disks --orphaned";

/// How many hours before a deadline it becomes a problem.
const SOON: i64 = 24;

/// Operations that have not ended.
pub(super) fn operations(reader: &Reader) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for operation in reader.pending_operations()? {
        let (id, verb) = (&operation.id, operation.verb.name());
        let finding = match reader.lock_state(id) {
            LockState::Held => Finding::problem(
                "running_operation",
                id,
                format!("{verb} is running: what it works on may be changing"),
                format!("snapback operations {id}"),
            )
            .only_told(),
            LockState::Unknown(doubt) => {
                let (end, next) = match doubt {
                    Doubt::Gone | Doubt::Replaced => ("", format!("snapback recover --take-over {id}")),
                    Doubt::Closed => (", so let one do it who may", format!("snapback recover {id}")),
                };
                let message = format!("{verb} may be running, or was interrupted: {}{end}", doubt.describe());
                Finding::problem("pending_operation", id, message, next)
            }
            LockState::Free => {
                let steps = reader.steps(id)?;
                let unknown = steps.iter().filter(|row| !row.state.is_settled()).count();
                let unknown = match unknown {
                    0 => String::new(),
                    1 => "; it is not known whether one step has happened".to_owned(),
                    many => format!("; it is not known whether {many} steps have happened"),
                };
                Finding::problem(
                    "pending_operation",
                    id,
                    match &operation.plan {
                        Some(plan) => format!(
                            "{verb} of {} has not ended: it was interrupted, or could go neither on nor back{unknown}",
                            plan.instance
                        ),
                        None => format!("{verb} was interrupted{unknown}"),
                    },
                    format!("snapback recover {id}"),
                )
            }
        };
        found.push(match &operation.plan {
            Some(plan) => finding.of(&plan.instance.deployment),
            None => finding,
        });
    }
    Ok(found)
}

/// Directors on an old database. Only the newest restore of each instance counts.
pub(super) fn checklists(reader: &Reader) -> Result<Vec<Finding>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for operation in reader.operations(None)? {
        let Some(plan) = operation.plan.as_ref().filter(|_| operation.decides_what_to_do()) else { continue };
        let Method::CreateEnv(by) = &plan.method else { continue };
        if !seen.insert(plan.instance.clone()) || !operation.has_to_do() {
            continue;
        }
        let id = &operation.id;
        let is_so = if operation.state == OperationState::Done { "is" } else { "may be" };
        let disarmed = by.disarmed_by.as_ref().map_or(String::new(), |file| {
            let file = file.display();
            format!(
                "; it {is_so} disarmed by {file} (resurrector, clean-up and schedules are off) until it is re-armed"
            )
        });
        let message = format!(
            "{} of {}: its Director's database {is_so} from the past, and nobody has said that it was compared and \
             re-armed{disarmed}",
            operation.verb.name(),
            plan.instance
        );
        let next = format!("snapback operations {id} --done");
        found.push(Finding::problem("open_checklist", id, message, next).of(&plan.instance.deployment));
    }
    Ok(found)
}

/// Inventories that are older than allowed, a finding for each deployment.
pub(super) fn stale(known: &Known<'_>, freshness: Freshness) -> Vec<Finding> {
    let mut stale: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
    for instance in known.instances.iter().filter(|instance| freshness.too_old(instance).is_some()) {
        stale.entry(instance.name.deployment.as_str()).or_default().push(instance);
    }
    let told = |(deployment, instances): (&str, Vec<&Instance>)| {
        let oldest = instances.iter().min_by_key(|instance| instance.confirmed_at)?;
        let old = age(oldest.confirmed_at, known.now);
        let message = format!(
            "{} of its instances were last confirmed longer than {} ago; {} {old} ago",
            instances.len(),
            freshness.most,
            oldest.name
        );
        Some(Finding::problem("stale_inventory", deployment, message, import_again(oldest)).of(deployment))
    };
    stale.into_iter().filter_map(told).collect()
}

/// Disks that a Director will delete: it keeps its orphaned disks only for some days.
pub(super) fn orphans(known: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for disk in known.disks.iter().filter(|disk| disk.state == DiskState::Orphaned) {
        let (Some(name), Some(at)) = (&disk.instance, disk.orphaned_at) else { continue };
        let of_director = known
            .all_instances
            .iter()
            .any(|instance| instance.name == *name && instance.managed_by == ManagedBy::Director);
        if !of_director {
            continue;
        }
        let until = at + TimeDelta::days(ORPHANED_DAYS);
        let left = until - known.now;
        let by = until.format("%Y-%m-%d %H:%M UTC");
        let message = match u64::try_from(left.num_seconds()) {
            Ok(left) => format!("orphaned disk of {name}: BOSH deletes it after {by}, in {}", span(left)),
            Err(_) => format!("orphaned disk of {name}: BOSH may have deleted it since {by}"),
        };
        let is_listed = known.director.map(|says| says.orphans.iter().any(|orphan| orphan.cid == disk.cid));
        // Once its time is over, the Director alone can tell whether it has deleted it.
        let (end, next) = match is_listed.filter(|_| left <= TimeDelta::zero()) {
            _ if left > TimeDelta::zero() => {
                (", or at the next `bosh clean-up --all`: save before what you need of it", SHOW)
            }
            None => ("", ASK),
            Some(false) => (", and no longer lists it", IMPORT),
            Some(true) => (", and lists it still: it could not delete it, or has not come to it yet", SHOW),
        };
        let finding = Finding::problem("orphan_deadline", &disk.cid, message + end, next).of(&name.deployment);
        found.push(if left < TimeDelta::hours(SOON) { finding } else { finding.only_told() });
    }
    found
}

/// Schedules that are on, and can never be run.
pub(super) fn never_run(schedules: &[Scheduled]) -> Vec<Finding> {
    let told = |one: &Scheduled| {
        let why = one.never_run()?.in_one_line();
        Some(Finding::problem("schedule_never_runs", &one.name, why, format!("snapback schedule show {}", one.name)))
    };
    schedules.iter().filter_map(told).collect()
}

/// Snapshots that are older than any should get, a finding for each instance.
pub(super) fn old(known: &Known<'_>, warn_age: Duration) -> Vec<Finding> {
    let mut old: BTreeMap<&InstanceName, Old> = BTreeMap::new();
    for snapshot in &known.snapshots {
        old.entry(&snapshot.instance).or_insert_with(|| Old::than(warn_age, known.now)).see(snapshot);
    }
    let told = |(name, old): (&InstanceName, Old)| {
        let message =
            old.told()? + ". `snapback prune` deletes what the retention does not keep, `snapback delete` any";
        let next = format!("snapback -d {} prune --dry-run {name}", quoted(&name.deployment));
        Some(Finding::problem("old_snapshots", name, message, next).of(&name.deployment).only_told())
    };
    old.into_iter().filter_map(told).collect()
}
