//! Finding out what became of a step whose outcome is not known, by asking the cloud.

use std::time::Instant;

use chrono::{DateTime, Utc};

use super::by_token::{self, Patience};
use crate::cpi::{Cpi, CpiErrorKind, SnapshotState};
use crate::domain::ids::{CpiName, OperationId, Token};
use crate::domain::operation::{StepRow, Verb};
use crate::domain::step::{Fact, Outcome, Settlement, Step, StepState};
use crate::error::{Error, Kind, Result};
use crate::ops::perform::perform;
use crate::ops::presence::Thing;
use crate::ops::session::Session;
use crate::ops::swap;
use crate::ops::vm_disks::{self, VmDisks};
use crate::state::{OpenOperation, StateError};

/// What was found out about a step.
#[derive(Debug)]
pub struct Settled {
    /// The step's number.
    pub number: u32,
    /// The step.
    pub step: Step,
    /// What became of it.
    pub outcome: Outcome,
}

impl Settled {
    /// True where it has happened.
    pub fn done(&self) -> bool {
        matches!(self.outcome, Outcome::Done { .. })
    }

    /// True where it is known whether it has happened.
    pub fn is_known(&self) -> bool {
        !matches!(self.outcome, Outcome::Unknown { .. })
    }

    /// The CID that it made, where it made one.
    pub fn made(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Done { result, .. } => result.as_deref(),
            _ => None,
        }
    }

    /// In one line, for a report.
    pub fn describe(&self) -> String {
        let what = self.step.describe();
        match &self.outcome {
            Outcome::Done { result: Some(result), .. } => format!("{what}: it had happened: {result}"),
            Outcome::Done { result: None, .. } => format!("{what}: it had happened"),
            Outcome::Failed { reason } | Outcome::Unknown { reason } => format!("{what}: {reason}"),
        }
    }
}

/// How many steps of the operation nobody knows the outcome of.
///
/// # Errors
/// The state file's.
pub fn unknown_steps(session: &Session<'_>, operation: &OperationId) -> Result<usize> {
    Ok(session.state.reader().steps(operation)?.iter().filter(|row| !row.state.is_settled()).count())
}

/// The error of an operation that stays pending: only `recover` may say what became of its steps.
pub fn unsettled(operation: &OperationId, unknown: usize) -> Error {
    let steps = if unknown == 1 { "one step is".to_owned() } else { format!("{unknown} steps are") };
    Error::new(Kind::Cpi, format!("the outcome of {steps} unknown"))
        .in_operation(operation)
        .try_command("snapback recover")
}

/// What becomes of the rest of the questions once the end is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenInterrupted {
    /// They wait for `recover`.
    Stop,
    /// They are asked: an instance has to get its disk back.
    GoOn,
}

/// Asks the cloud about each open step, and journals what it says. A step that even the cloud cannot tell
/// of stays unknown.
///
/// # Errors
/// The state file's; an interrupt, where that stops it. A cloud that fails leaves the step unknown.
pub fn open_steps(
    session: &Session<'_>,
    operation: &OpenOperation,
    interrupted: WhenInterrupted,
) -> Result<Vec<Settled>> {
    let begun = Instant::now();
    let rows = session.state.reader().steps(operation.id())?;
    let mut settled = Vec::new();
    for row in rows.into_iter().filter(|row| !row.state.is_settled()) {
        if interrupted == WhenInterrupted::Stop {
            let told = |error: Error| error.in_operation(operation.id()).try_command("snapback recover");
            session.interrupt.check().map_err(told)?;
        }
        let mut outcome = look(session, &row, Patience::Since(begun))
            .unwrap_or_else(|error| Outcome::Unknown { reason: error.in_one_line() });
        session.faults.at(&["settle", row.step.kind(), "before"])?;
        // Why it became unknown, and when, is worth more than that it still is.
        if row.state != StepState::Unknown || !matches!(outcome, Outcome::Unknown { .. }) {
            match operation.settle(&row.token, outcome.clone()) {
                // What the cloud has found under the step's name is another thing: it cannot tell.
                Err(not_new @ StateError::NotNew { .. }) => outcome = Outcome::Unknown { reason: not_new.to_string() },
                other => other?,
            }
        }
        session.faults.at(&["settle", row.step.kind(), "after"])?;
        settled.push(Settled { number: row.token.step, step: row.step, outcome });
    }
    Ok(settled)
}

/// Whether a step of which a CPI says that it has failed has happened all the same, where its cloud can be asked. A cloud
/// that does not answer has not said so.
pub fn has_happened(session: &Session<'_>, token: &Token, step: &Step, begun: DateTime<Utc>) -> bool {
    let by_cpi = matches!(
        step.settlement(),
        Settlement::SnapshotByToken
            | Settlement::SnapshotByCid
            | Settlement::DiskByToken
            | Settlement::DiskByCid
            | Settlement::DisksOfVm
    );
    let row = StepRow {
        token: token.clone(),
        step: step.clone(),
        state: StepState::Intended,
        result: None,
        started_at: begun,
        ended_at: None,
        notes: None,
    };
    by_cpi && matches!(look(session, &row, Patience::Once), Ok(Outcome::Done { .. }))
}

fn look(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    match row.step.settlement() {
        Settlement::Repeatable => Ok(not_done("it was interrupted")),
        Settlement::SnapshotByToken => by_token::snapshot(session, row, patience),
        Settlement::SnapshotByCid => snapshot_by_cid(session, row),
        Settlement::DiskByToken => by_token::disk(session, row, patience),
        Settlement::DiskByCid => disk_by_cid(session, row, patience),
        Settlement::DisksOfVm => disks_of_vm(session, row),
        Settlement::ByDirector => swap::by_director::settle(session, row),
        Settlement::ByStateFile => swap::by_create_env::settle(session, row),
    }
}

/// What the cloud's list of a VM's disks says of a change that it does not show.
pub(in crate::ops) const NOT_SEEN: &str = "it had not happened";

pub(super) fn not_done(reason: &str) -> Outcome {
    Outcome::Failed { reason: reason.to_owned() }
}

pub(super) fn cannot_tell(cpi: &CpiName, method: &str) -> Outcome {
    Outcome::Unknown { reason: format!("the CPI '{cpi}' cannot tell: it has no {method}") }
}

fn snapshot_by_cid(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let Step::DeleteSnapshot { cpi, snapshot } = &row.step else { return Ok(not_done("no such step")) };
    let cloud = session.cpis.cpi(cpi)?;
    if !cloud.capabilities().describe_snapshots {
        return Ok(cannot_tell(cpi, "describe_snapshot"));
    }
    let state = cloud.describe_snapshot(snapshot)?.state;
    if state == SnapshotState::Missing {
        session.presence.refuse_if_absent(
            session.state.reader(),
            cloud.as_ref(),
            "describe_snapshot",
            Thing::Snapshot,
        )?;
    }
    Ok(match state {
        SnapshotState::Missing => Outcome::Done {
            result: None,
            facts: vec![Fact::SnapshotGone { cpi: cpi.clone(), snapshot: snapshot.clone() }],
        },
        _ => not_done("it had not happened: the snapshot is there"),
    })
}

fn disk_by_cid(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    let Step::DeleteDisk { cpi, disk } = &row.step else { return Ok(not_done("no such step")) };
    let cloud = session.cpis.cpi(cpi)?;
    // A cloud may show it for a while after it has gone.
    let looked = patience.ask(session, cloud.as_ref(), || {
        let there = cloud.has_disk(disk)?;
        Ok(if there { not_done("it had not happened: the disk is there") } else { Outcome::done() })
    })?;
    if !matches!(looked, Outcome::Done { .. }) {
        return Ok(looked);
    }
    session.presence.refuse_if_absent(session.state.reader(), cloud.as_ref(), "has_disk", Thing::Disk)?;
    let facts = vec![Fact::DiskGone { cpi: cpi.clone(), disk: disk.clone() }];
    Ok(Outcome::Done { result: None, facts })
}

/// What the cloud shows after an effect is believed at once; that nothing has changed, once its lag is over.
fn disks_of_vm(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let (cpi, vm, disk, wanted) = match &row.step {
        Step::AttachDisk { cpi, vm, disk, .. } => (cpi, vm, disk, true),
        Step::DetachDisk { cpi, vm, disk, .. } => (cpi, vm, disk, false),
        _ => return Ok(not_done("no such step")),
    };
    let cloud: std::sync::Arc<dyn Cpi> = session.cpis.cpi(cpi)?;
    let told = vm_disks::until(cloud.as_ref(), vm, true, |told| told.has(disk) == Some(wanted))?;
    if let VmDisks::CannotTell(why) = told {
        return Ok(Outcome::Unknown { reason: why });
    }
    if told == VmDisks::NoVm {
        session.presence.refuse_if_absent(session.state.reader(), cloud.as_ref(), "get_disks", Thing::Disk)?;
    }
    if told.has(disk) != Some(wanted) {
        return Ok(not_done(NOT_SEEN));
    }
    let (cpi, disk) = (cpi.clone(), disk.clone());
    let fact = match &row.step {
        Step::AttachDisk { instance, slot, .. } => {
            Fact::DiskAttached { cpi, instance: instance.clone(), disk, slot: *slot }
        }
        _ => Fact::DiskOrphaned { cpi, disk },
    };
    Ok(Outcome::Done { result: None, facts: vec![fact] })
}

/// The CPIs on which an operation has made or deleted something, or was about to.
fn cpis_of(session: &Session<'_>, operation: &OperationId) -> Result<Vec<CpiName>> {
    let mut names: Vec<CpiName> = session
        .state
        .reader()
        .steps(operation)?
        .into_iter()
        .filter_map(|row| match row.step {
            Step::CreateDisk { cpi, .. }
            | Step::SnapshotDisk { cpi, .. }
            | Step::DeleteSnapshot { cpi, .. }
            | Step::DeleteDisk { cpi, .. }
            | Step::CreateDiskFromSnapshot { cpi, .. } => Some(cpi),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Removes what steps of the operation left half-made or half-deleted; gives the number of things removed.
///
/// # Errors
/// The CPI's, the state file's.
pub fn clear_leftovers(session: &Session<'_>, operation: &OpenOperation, verb: Verb) -> Result<usize> {
    let mut all = 0;
    for name in cpis_of(session, operation.id())? {
        let cpi = session.cpis.cpi(&name)?;
        let step = Step::ClearLeftovers { cpi: name, operation: operation.id().clone() };
        all += perform(
            session,
            operation,
            verb,
            &step,
            |intent| match cpi.clear_leftovers(intent, operation.id()) {
                Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(0),
                cleared => cleared,
            },
            |cleared, _| Outcome::Done { result: Some(format!("{cleared} removed")), facts: Vec::new() },
        )?;
    }
    Ok(all)
}
