//! What became of something that the Director was told to do. Its task lives on when its client dies: nothing is decided
//! while one of the deployment is at work.

use super::placed::{Placed, Says, Stake};
use super::rest;
use crate::director::{Bosh, InstanceSeen, Task};
use crate::domain::director_act::DirectorAct;
use crate::domain::instance::InstanceName;
use crate::domain::operation::StepRow;
use crate::domain::step::{Fact, Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;

/// Finds out what became of a step that the Director was to do.
///
/// # Errors
/// The Director or the cloud cannot be asked, or a task does not come to its end in time.
pub(in crate::ops) fn settle(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let Step::Director { instance, uuid, does } = &row.step else {
        return Ok(Outcome::Failed { reason: "no such step".to_owned() });
    };
    let slug = format!("{}/{uuid}", instance.group);
    rest::wait(session, instance, &slug, None)?;
    let not_done = |reason: String| Ok(Outcome::Failed { reason });
    if let DirectorAct::AttachDisk { cpi, vm, disk, slot } = does {
        let stake = stake(session, row, cpi, vm, disk)?;
        let ended = task_of(row).map_or(Ok(None), |task| session.bosh.ended(&instance.deployment, task))?;
        let done = ended.is_some_and(|(state, _)| state == "done");
        if !done {
            rest::wait(session, instance, &slug, Some(&stake))?;
        }
        let placed = Placed::of(session, stake, seen(session.bosh, instance, &slug)?)?;
        return match placed.says(disk) {
            Says::No => not_done(placed.describe()),
            Says::RecordAlone if !done => {
                not_done(format!("{}: the record alone proves nothing after an attach that failed", placed.describe()))
            }
            Says::Both | Says::RecordAlone => {
                let (cpi, instance, disk, slot) = (cpi.clone(), instance.clone(), disk.clone(), *slot);
                Ok(Outcome::Done { result: None, facts: vec![Fact::DiskAttached { cpi, instance, disk, slot }] })
            }
        };
    }
    let seen = seen(session.bosh, instance, &slug)?;
    match does {
        DirectorAct::Stop if seen.state == "started" => not_done(format!("the Director has {slug} as started")),
        DirectorAct::Start if seen.state != "started" || seen.process_state != "running" => {
            not_done(format!("the Director has {slug} as {}, its processes {}", seen.state, seen.process_state))
        }
        _ => Ok(Outcome::done()),
    }
}

fn stake(
    session: &Session<'_>,
    row: &StepRow,
    cpi: &crate::domain::ids::CpiName,
    vm: &crate::domain::ids::VmCid,
    disk: &crate::domain::ids::DiskCid,
) -> Result<Stake> {
    let pending = session.state.reader().pending_operations()?;
    let plan = pending.into_iter().find(|operation| operation.id == row.token.operation).and_then(|found| found.plan);
    match plan {
        Some(plan) => Stake::of(session, &row.token.operation, &plan),
        None => Ok(Stake { cpi: cpi.clone(), vm: vm.clone(), disks: vec![disk.clone()], tells: false }),
    }
}

/// The Director's task of a step, where its client told it.
fn task_of(row: &StepRow) -> Option<u64> {
    let notes = row.notes.as_deref()?;
    let number = |line: &str| line.strip_prefix("task ")?.strip_suffix(" of the Director")?.parse().ok();
    notes.lines().rev().find_map(number)
}

/// The instance as the Director has it.
pub(super) fn seen(bosh: &Bosh, instance: &InstanceName, slug: &str) -> Result<InstanceSeen> {
    bosh.instance(&instance.deployment, slug)?.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("the Director has no instance {slug} in deployment '{}'", instance.deployment),
        )
        .hint("the inventory is out of date: import what the Director says now:")
        .try_command("snapback import --from-bosh")
    })
}

/// The task of the deployment that is at work, if one is that does more than look.
pub(super) fn working(bosh: &Bosh, deployment: &str) -> Result<Option<Task>> {
    Ok(bosh.tasks(deployment)?.into_iter().find(|task| !task.only_looks()))
}
