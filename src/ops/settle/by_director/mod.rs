//! Settles a step that told the Director to do something. The Director's task goes on if its client dies, so nothing is
//! decided while a task of the deployment is at work.

mod asked;
mod placed;
mod rest;

use crate::domain::director_act::DirectorAct;
use crate::domain::operation::StepRow;
use crate::domain::step::{Outcome, Step};
use crate::error::Result;
use crate::ops::session::Session;

pub(in crate::ops) use asked::{seen, working};
pub(in crate::ops) use placed::{Placed, Says, Stake};
pub(in crate::ops) use rest::{hint_of, hint_of_lock};

/// Finds out whether a step that the Director was to do has happened.
///
/// # Errors
/// The Director or the cloud cannot be asked, or a task does not end in time.
pub(in crate::ops) fn settle(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let Step::Director { instance, uuid, does } = &row.step else {
        return Ok(Outcome::failed("no such step"));
    };
    let slug = format!("{}/{uuid}", instance.group);
    rest::wait(session, instance, &slug, None)?;
    let not_done = |reason: String| Ok(Outcome::failed(reason));
    if let DirectorAct::AttachDisk { cpi, vm, disk, .. } = does {
        let alone = Stake { cpi: cpi.clone(), vm: vm.clone(), disks: vec![disk.clone()], tells: false };
        let stake = stake(session, row, alone)?;
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
            Says::Both | Says::RecordAlone => Ok(row.step.happened()),
        };
    }
    let seen = seen(session.bosh, instance, &slug)?;
    match does {
        DirectorAct::Stop if seen.state == "started" => not_done(format!("the Director has {slug} as started")),
        DirectorAct::Start if seen.state != "started" || seen.process_state != "running" => {
            not_done(format!("the Director has {slug} as {}, its processes {}", seen.state, seen.process_state))
        }
        _ => Ok(row.step.happened()),
    }
}

/// The stake of a step's operation, by its plan; or `alone` if the operation has no plan.
fn stake(session: &Session<'_>, row: &StepRow, alone: Stake) -> Result<Stake> {
    let pending = session.state.reader().pending_operations()?;
    let plan = pending.into_iter().find(|operation| operation.id == row.token.operation).and_then(|found| found.plan);
    plan.map_or(Ok(alone), |plan| Stake::of(session, &row.token.operation, &plan))
}

/// The Director's task of a step, if its client told it.
fn task_of(row: &StepRow) -> Option<u64> {
    let notes = row.notes.as_deref()?;
    let number = |line: &str| line.strip_prefix("task ")?.strip_suffix(" of the Director")?.parse().ok();
    notes.lines().rev().find_map(number)
}
