//! `take`: snapshots of all disks of the selected instances, several at once.

mod begin;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::one_snapshot::snapshot_disk;
use super::perform::{Run, StepError, conclude, counted};
use super::quiesce::{self, Standstill};
use super::right_disk::fresh_enough;
use super::session::{HookRunner, Session};
use super::settle::{self, WhenInterrupted};
use super::slots::{Slot, Slots};
use super::take_still::Ground;
use super::to_take::lost;
pub use super::to_take::{Planned, Still, TakeRequest, Taken, Target, plan};
use super::unanswered::{self, Unanswered};
use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::operation::{Claim, OperationState, Verb};
use crate::domain::snapshot::{Purpose, Snapshot};
use crate::domain::step::Step;
use crate::error::{Error, Kind, Result};
use crate::state::OpenOperation;
use begin::{Ahead, Told, able, begin, claim, draft, look, look_again, step};

pub use begin::doubts;

/// Takes a snapshot of each disk. If one fails, the others are still taken, unless the cloud does not answer several
/// times in a row: then the rest is not tried. Returns the rows in the order of the plan, and the errors at the end.
/// `settled` is told each row as soon as the result is known.
///
/// # Errors
/// Before the first effect: nothing to take, a CPI that cannot do it, another operation's claim, the state file.
pub fn take(
    session: &Session<'_>,
    request: &TakeRequest,
    settled: &mut (dyn FnMut(&Taken) + Send),
) -> Result<(Vec<Taken>, Vec<Error>)> {
    let claims: Vec<Claim> = request
        .instances
        .iter()
        .filter(|instance| request.takes(instance))
        .map(|instance| claim(request, instance))
        .collect();
    if request.still.is_some() {
        // Refused before anything is begun, if there are no hooks.
        can_stand_still(session.hooks, request)?;
    }
    match plan(session.state.reader(), request) {
        // The disk of an instance may be about to come: the operation that has claimed it says so.
        Ok(planned) if planned.targets.is_empty() && session.state.reader().unclaimed(&claims).is_ok() => {
            if let Some(refusal) = planned.only_refusal(request) {
                return Err(refusal);
            }
            return Ok((all_lost(request, &planned, settled), Vec::new()));
        }
        Ok(planned) => {
            for target in &planned.targets {
                able(session, &target.disk.cpi)?;
            }
            fresh_enough(session.cpis, planned.targets.iter().map(|target| &target.instance), session.freshness())?;
        }
        // An instance has no disk while its disk is being exchanged: that is not a reason to skip it.
        Err(nothing) if session.state.reader().unclaimed(&claims).is_ok() => return Err(nothing),
        Err(_) => {}
    }
    let (mut operation, ahead) = begin(session, request, claims)?;
    let (found, told) = match ahead {
        Some(Ahead { planned, target, told, .. }) => (Ok((planned, vec![target])), Some(told)),
        None => (look_again(session, request), None),
    };
    let (planned, targets) = match found {
        Ok((planned, targets)) if targets.is_empty() => {
            let rows = all_lost(request, &planned, settled);
            let summary = Some(counted(0, rows.len(), "taken").1);
            let late = conclude(session, operation, Verb::Take.name(), OperationState::Failed, summary).err();
            return Ok((rows, late.into_iter().collect()));
        }
        Ok(found) => found,
        Err(error) => {
            let summary = Some(error.in_one_line());
            conclude(session, operation, Verb::Take.name(), OperationState::Failed, summary)?;
            return Err(error);
        }
    };
    if let ([(target, cpi)], true) = (targets.as_slice(), planned.is_all() && request.still.is_none()) {
        operation.end_with(step(cpi.as_ref(), target, request), |_| counted(1, 0, "taken").1);
    }
    let stand = match request.still {
        None => None,
        Some(still) => {
            let run = Run { session, operation: &operation, verb: Verb::Take };
            let instances: BTreeMap<&InstanceName, &Instance> =
                targets.iter().map(|(target, _)| (&target.instance.name, &target.instance)).collect();
            match Standstill::prepare(run, instances.into_values(), still) {
                Ok(stand) => Some((still, stand)),
                Err(error) => {
                    let summary = Some(error.in_one_line());
                    conclude(session, operation, Verb::Take.name(), OperationState::Failed, summary)?;
                    return Err(error);
                }
            }
        }
    };
    let lost = all_lost(request, &planned, settled);
    session.progress.begin(targets.len());

    let slots = Slots::new(request.parallel.clamp(1, targets.len()));
    let heard = Mutex::new(Heard {
        rows: Vec::new(),
        open: Vec::new(),
        unanswered: Unanswered::default(),
        not_tried: 0,
        settled,
    });
    let deployment = |at: usize| &targets[at].0.instance.name.deployment;
    let several = (1..targets.len()).any(|at| deployment(at) != deployment(0));
    let note = |at: usize, result: Result<Snapshot, StepError>, stopped: bool| {
        let target = &targets[at].0;
        let of = if several { format!(" of {}", deployment(at)) } else { String::new() };
        session.progress.step(&match &result {
            Ok(snapshot) => format!("{}{of}: {}", target.instance.name, snapshot.cid),
            Err(_) => format!("{}{of}: failed", target.instance.name),
        });
        let unknown = result.as_ref().is_err_and(|failed| failed.unknown);
        let unanswered = result.as_ref().is_err_and(StepError::is_unanswered);
        let row = Taken {
            instance: target.instance.name.clone(),
            disk: target.disk.cid.clone(),
            result: result.map_err(Error::from),
        };
        let mut heard = lock(&heard);
        match stopped {
            true => heard.not_tried += 1,
            false => heard.unanswered.note(!unanswered),
        }
        // For an instance that stands still, it is known only at the end whether its snapshot is clean.
        if unknown || stand.is_some() {
            heard.open.push(row.disk.clone());
        } else {
            (heard.settled)(&row);
        }
        heard.rows.push((at, row));
    };
    let take_these = |these: Vec<(usize, Option<Told>)>| {
        let threads = these.len().min(2 * request.parallel.clamp(1, targets.len()));
        let queue = Mutex::new(these.into_iter());
        let work = || {
            loop {
                let slot = slots.take();
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((at, told)) = next else { break };
                let (target, cpi) = &targets[at];
                let stopped = lock(&heard).unanswered.is_enough();
                let result = match stopped {
                    true => Err(not_tried(target).into()),
                    false => take_one(session, &operation, cpi.as_ref(), target, request, told, slot),
                };
                note(at, result, stopped);
            }
        };
        std::thread::scope(|scope| {
            // While one thread records the answer of a call, another one makes the next call.
            for _ in 0..threads {
                let started = std::thread::Builder::new().name("take".to_owned()).spawn_scoped(scope, work);
                if started.is_err() {
                    // No more threads are available: this one does its part, and the others theirs.
                    work();
                    break;
                }
            }
        });
    };
    let met = match &stand {
        None => {
            // The line about a disk that was looked at in advance.
            let mut told = told;
            take_these((0..targets.len()).map(|at| (at, told.take())).collect());
            Vec::new()
        }
        Some((still, stand)) => Ground {
            session,
            stand,
            targets: targets.iter().map(|(target, _)| target).collect(),
            still: *still,
            parallel: request.parallel,
            look: &|at| look(session, targets[at].1.as_ref(), &targets[at].0),
            take: &take_these,
            fail: &|at, error| note(at, Err(error.into()), false),
            taken: &|at| {
                let heard = lock(&heard);
                let row = heard.rows.iter().find(|(place, _)| *place == at)?;
                row.1.result.as_ref().ok().map(|snapshot| (snapshot.cpi.clone(), snapshot.cid.clone()))
            },
            is_clean: &|at, still_ms| {
                let mut heard = lock(&heard);
                let row = heard.rows.iter_mut().find(|(place, _)| *place == at);
                if let Some(snapshot) = row.and_then(|(_, row)| row.result.as_mut().ok()) {
                    (snapshot.clean, snapshot.still_ms) = (true, Some(still_ms));
                }
            },
        }
        .take_all(),
    };
    drop(stand);
    session.progress.end();
    let Heard { rows: mut taken, open, not_tried, settled, .. } =
        heard.into_inner().unwrap_or_else(PoisonError::into_inner);
    taken.sort_by_key(|(at, _)| *at);
    let mut rows: Vec<Taken> = taken.into_iter().map(|(_, row)| row).chain(lost).collect();
    let adopted = adopt_late_ones(session, &operation, &mut rows);
    rows.iter().filter(|row| open.contains(&row.disk)).for_each(settled);
    // An error here must not hide the rows: they name snapshots that exist.
    let late = adopted.and_then(|()| finish(session, operation, &rows)).err();
    let stopped = (not_tried > 0).then(|| unanswered::stopped(not_tried, "disk"));
    Ok((rows, met.into_iter().chain(stopped).chain(late).collect()))
}

/// Refuses a take whose instances cannot be made to stand still.
///
/// # Errors
/// [`Kind::Refused`], which names the keys to write.
pub fn can_stand_still(hooks: &dyn HookRunner, request: &TakeRequest) -> Result<()> {
    let taken = request.instances.iter().filter(|instance| request.takes(instance) && !instance.disks.is_empty());
    let still = request.still.unwrap_or_default();
    let members = quiesce::members(hooks, taken, still.where_there_are_hooks)?;
    if still.together { quiesce::are_apart(&members) } else { Ok(()) }
}

/// The results from the threads of a take.
struct Heard<'a> {
    /// The rows, each with its index in the plan.
    rows: Vec<(usize, Taken)>,
    /// The disks whose snapshot may exist: that is not known yet.
    open: Vec<DiskCid>,
    unanswered: Unanswered,
    not_tried: usize,
    settled: &'a mut (dyn FnMut(&Taken) + Send),
}

fn lock<'a, 'h>(heard: &'a Mutex<Heard<'h>>) -> MutexGuard<'a, Heard<'h>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The row of a disk whose turn has not come.
fn not_tried(target: &Target) -> Error {
    Error::new(Kind::Cpi, format!("{}: not tried, since the cloud does not answer", target.instance.name))
}

/// The rows of the disks that are lost, and of those that may not be taken.
fn all_lost(request: &TakeRequest, planned: &Planned, settled: &mut (dyn FnMut(&Taken) + Send)) -> Vec<Taken> {
    let rows: Vec<Taken> = planned.lost.iter().filter_map(lost).chain(planned.refused_rows(request)).collect();
    rows.iter().for_each(settled);
    rows
}

fn take_one(
    session: &Session<'_>,
    operation: &OpenOperation,
    cpi: &dyn Cpi,
    target: &Target,
    request: &TakeRequest,
    told: Option<Told>,
    slot: Slot<'_>,
) -> Result<Snapshot, StepError> {
    if let Some(line) = told.unwrap_or_else(|| look(session, cpi, target))? {
        session.progress.note(&line);
    }
    // Its turn may have come late.
    session.interrupt.check()?;
    let (instance, disk) = (&target.instance, &target.disk.cid);
    let answered = || drop(slot);
    let run = Run { session, operation, verb: Verb::Take };
    snapshot_disk(run, cpi, instance, disk, Purpose::Take, draft(target, request), answered)
}

/// Checks for snapshots that exist although their call failed, and turns their rows into successes.
fn adopt_late_ones(session: &Session<'_>, operation: &OpenOperation, rows: &mut [Taken]) -> Result<()> {
    if rows.iter().all(|row| row.result.is_ok()) {
        return Ok(());
    }
    for settled in settle::open_steps(session, operation, WhenInterrupted::Stop)? {
        let (Step::SnapshotDisk { disk, .. }, Some(cid)) = (&settled.step, settled.made()) else { continue };
        let found = session.state.reader().snapshots_by_cid(&SnapshotCid::new(cid))?;
        if let (Some(row), Some(snapshot)) = (rows.iter_mut().find(|row| row.disk == *disk), found.into_iter().next()) {
            session.progress.note(&format!("{}: the call failed, but the snapshot {cid} exists: kept", row.instance));
            row.result = Ok(snapshot);
        }
    }
    Ok(())
}

fn finish(session: &Session<'_>, operation: OpenOperation, rows: &[Taken]) -> Result<()> {
    let failed = rows.iter().filter(|row| row.result.is_err()).count();
    settle::all(session, &operation)?;
    quiesce::all_go_on(session, &operation)?;
    let (state, summary) = counted(rows.len() - failed, failed, "taken");
    conclude(session, operation, Verb::Take.name(), state, Some(summary))
}
