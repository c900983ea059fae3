//! `take`: snapshots of all disks of the instances that are meant, several at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::one_snapshot::{self, snapshot_disk};
use super::perform::{Run, StepError, conclude, counted};
use super::right_disk::{fresh_enough, right_disk};
use super::session::Session;
use super::settle::{self, WhenInterrupted};
use super::slots::{Slot, Slots};
use super::to_take::lost;
pub use super::to_take::{Planned, TakeRequest, Taken, Target, plan};
use super::unanswered::{self, Unanswered};
use crate::cpi::Cpi;
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::snapshot::{Purpose, Snapshot};
use crate::domain::step::{SnapshotDraft, Step};
use crate::error::{Error, Kind, Result};
use crate::state::{OpenOperation, Seen};

/// Takes a snapshot of each disk; a failure of one does not keep the others from being taken, unless the cloud leaves
/// several in a row without an answer: then the rest is not tried. The rows are in the order of the plan; beside them is
/// what went wrong at the end. `settled` hears of each as soon as it is known what became of the disk.
///
/// # Errors
/// Before the first effect: nothing to take, a CPI that cannot, somebody else's claim, the state file.
pub fn take(
    session: &Session<'_>,
    request: &TakeRequest,
    settled: &mut (dyn FnMut(&Taken) + Send),
) -> Result<(Vec<Taken>, Vec<Error>)> {
    let claims: Vec<Claim> = request
        .instances
        .iter()
        .filter(|instance| request.takes(instance))
        .map(|instance| Claim::shared(Resource::Instance(instance.name.clone())))
        .collect();
    match plan(session.state.reader(), request) {
        // The disk of an instance may be on its way: that is told by whoever has claimed it.
        Ok(planned) if planned.targets.is_empty() && session.state.reader().unclaimed(&claims).is_ok() => {
            return Ok((all_lost(&planned, settled), Vec::new()));
        }
        Ok(planned) => {
            for target in &planned.targets {
                able(session, &target.disk.cpi)?;
            }
            fresh_enough(session.cpis, planned.targets.iter().map(|target| &target.instance), session.freshness())?;
        }
        // An instance whose disk is being exchanged has none for a while: that is no reason to pass it over.
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
            let rows = all_lost(&planned, settled);
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
    let lost = all_lost(&planned, settled);
    session.progress.begin(targets.len());
    if let ([(target, cpi)], true) = (targets.as_slice(), lost.is_empty()) {
        operation.end_with(step(cpi.as_ref(), target, request), |_| counted(1, 0, "taken").1);
    }
    // Of one that was looked at ahead.
    let told = Mutex::new(told);

    let next = AtomicUsize::new(0);
    let parallel = request.parallel.clamp(1, targets.len());
    let slots = Slots::new(parallel);
    let heard = Mutex::new(Heard {
        rows: Vec::new(),
        open: Vec::new(),
        unanswered: Unanswered::default(),
        not_tried: 0,
        settled,
    });
    let work = || {
        loop {
            let slot = slots.take();
            let at = next.fetch_add(1, Ordering::SeqCst);
            let Some((target, cpi)) = targets.get(at) else { break };
            let stopped = lock(&heard).unanswered.is_enough();
            let result = match stopped {
                true => Err(not_tried(target).into()),
                false => {
                    let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
                    take_one(session, &operation, cpi.as_ref(), target, request, told, slot)
                }
            };
            session.progress.step(&match &result {
                Ok(snapshot) => format!("{}: {}", target.instance.name, snapshot.cid),
                Err(_) => format!("{}: failed", target.instance.name),
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
            if unknown {
                heard.open.push(row.disk.clone());
            } else {
                (heard.settled)(&row);
            }
            heard.rows.push((at, row));
        }
    };
    std::thread::scope(|scope| {
        // While one thread writes down what a call has answered, another has the next call run.
        for _ in 0..targets.len().min(2 * parallel) {
            let started = std::thread::Builder::new().name("take".to_owned()).spawn_scoped(scope, work);
            if started.is_err() {
                // No more threads can be had: this one takes its part, and the others theirs.
                work();
                break;
            }
        }
    });
    session.progress.end();
    let Heard { rows: mut taken, open, not_tried, settled, .. } =
        heard.into_inner().unwrap_or_else(PoisonError::into_inner);
    taken.sort_by_key(|(at, _)| *at);
    let mut rows: Vec<Taken> = taken.into_iter().map(|(_, row)| row).chain(lost).collect();
    let adopted = adopt_late_ones(session, &operation, &mut rows);
    rows.iter().filter(|row| open.contains(&row.disk)).for_each(settled);
    // What goes wrong here must not hide the rows: they name snapshots that exist.
    let late = adopted.and_then(|()| finish(session, operation, &rows)).err();
    let stopped = (not_tried > 0).then(|| unanswered::stopped(not_tried, "disk"));
    Ok((rows, stopped.into_iter().chain(late).collect()))
}

/// What the threads of a take have to tell.
struct Heard<'a> {
    /// The rows, with their places in the plan.
    rows: Vec<(usize, Taken)>,
    /// The disks of those of which nobody knows yet whether there is a snapshot.
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

/// What is to be taken, each with its CPI.
type Targets = Vec<(Target, Arc<dyn Cpi>)>;

/// The targets as they are once their instances are claimed: a restore that was waited for has changed a disk.
fn look_again(session: &Session<'_>, request: &TakeRequest) -> Result<(Planned, Targets)> {
    let mut instances = session.state.reader().instances(None)?;
    instances.retain(|instance| request.instances.iter().any(|wanted| wanted.name == instance.name));
    let planned = plan(session.state.reader(), &TakeRequest { instances, ..request.clone() })?;
    let able = |target: &Target| able(session, &target.disk.cpi).map(|cpi| (target.clone(), cpi));
    let targets = planned.targets.iter().map(able).collect::<Result<_>>()?;
    Ok((planned, targets))
}

/// The rows of the disks that are lost.
fn all_lost(planned: &Planned, settled: &mut (dyn FnMut(&Taken) + Send)) -> Vec<Taken> {
    let rows: Vec<Taken> = planned.lost.iter().filter_map(lost).collect();
    rows.iter().for_each(settled);
    rows
}

/// The CPI, once it is known to take snapshots.
fn able(session: &Session<'_>, name: &CpiName) -> Result<Arc<dyn Cpi>> {
    let cpi = session.cpis.cpi(name)?;
    if cpi.capabilities().snapshots {
        Ok(cpi)
    } else {
        Err(Error::new(Kind::Unsupported, format!("the CPI '{name}' cannot take snapshots: nothing was taken")))
    }
}

/// What a look at the VM gave: perhaps a line to tell.
type Told = Result<Option<String>>;

/// Looks whether the VM has the disk, unless somebody is told to end.
fn look(session: &Session<'_>, cpi: &dyn Cpi, target: &Target) -> Told {
    session.interrupt.check()?;
    let told = right_disk(cpi, &target.instance, &target.disk.cid, session.freshness())?;
    session.interrupt.check()?;
    Ok(told)
}

fn draft(target: &Target, request: &TakeRequest) -> SnapshotDraft {
    SnapshotDraft {
        instance: target.instance.name.clone(),
        az: target.instance.az.clone(),
        clean: request.clean,
        allow_torn: request.allow_torn,
        size_mib: target.disk.size_mib,
        note: request.note.clone(),
        lifespan: request.lifespan,
        schedule: request.schedule.clone(),
        change: request.change.clone(),
    }
}

fn step(cpi: &dyn Cpi, target: &Target, request: &TakeRequest) -> Step {
    one_snapshot::step(cpi, &target.disk.cid, Purpose::Take, &draft(target, request))
}

/// One disk, looked at before its operation begins: so the two can begin in one commit.
struct Ahead {
    seen: Seen,
    planned: Planned,
    target: (Target, Arc<dyn Cpi>),
    told: Told,
}

impl Ahead {
    /// Nothing where it is not one disk, or where somebody has claimed its instance: then nothing is looked at without the
    /// claim.
    fn of(session: &Session<'_>, request: &TakeRequest, claims: &[Claim]) -> Result<Option<Ahead>> {
        let Some(seen) = session.state.reader().unclaimed_now(claims)? else { return Ok(None) };
        let Ok((planned, targets)) = look_again(session, request) else { return Ok(None) };
        let ([target], true) = (targets.as_slice(), planned.lost.is_empty()) else { return Ok(None) };
        let told = look(session, target.1.as_ref(), &target.0);
        Ok(Some(Ahead { seen, target: target.clone(), planned, told }))
    }
}

/// Begins the operation, with its step where that is the only one and nobody else has begun since it was looked up.
fn begin(session: &Session<'_>, request: &TakeRequest, claims: Vec<Claim>) -> Result<(OpenOperation, Option<Ahead>)> {
    if let Some(ahead) = Ahead::of(session, request, &claims)? {
        let (target, cpi) = &ahead.target;
        let first = ahead.told.is_ok().then(|| step(cpi.as_ref(), target, request));
        if let Some(operation) = session.begin_as_seen(Verb::Take, claims.clone(), first, ahead.seen)? {
            return Ok((operation, Some(ahead)));
        }
    }
    Ok((session.begin(Verb::Take, claims, None)?, None))
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
    let (instance, disk) = (&target.instance, &target.disk.cid);
    let answered = || drop(slot);
    let run = Run { session, operation, verb: Verb::Take };
    snapshot_disk(run, cpi, instance, disk, Purpose::Take, draft(target, request), answered)
}

/// A snapshot whose call failed may exist all the same: looks, and turns its row into a success.
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
    let (state, summary) = counted(rows.len() - failed, failed, "taken");
    conclude(session, operation, Verb::Take.name(), state, Some(summary))
}
