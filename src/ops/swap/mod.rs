//! `restore` and `undo`: an instance gets another disk in the place of its current one, and a way back.

mod back;
pub(in crate::ops) mod by_create_env;
pub(in crate::ops) mod by_director;
mod forward;
mod plan;
mod preflight;
mod saved;
mod seen;
mod steps;
mod undo;
mod via;

pub use by_create_env::{take_in, write_disarming};
pub use by_director::{NextDeploy, next_deploy, next_deploy_after};
pub use plan::{Looking, Options, RestoreRequest, plan_restore};
pub(in crate::ops) use preflight::{not_on_another_vm, vm_of};
pub use saved::{Ground, SavedPlan, digest};
pub use undo::plan_undo;
pub use via::Via;

use super::perform::settle_and_conclude;
use super::session::Session;
use crate::cpi::Cpi;
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::operation::{Claim, ClaimMode, OperationState, Resource, Verb};
use crate::domain::swap::{Method, Source, SwapPlan};
use crate::error::{Error, Result};
use crate::state::OpenOperation;

/// How a restore or an undo ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The operation.
    pub operation: OperationId,
    /// What the instance has now.
    pub disk: DiskCid,
    /// What was put away, and is kept.
    pub old_disk: Option<DiskCid>,
    /// The safety snapshot of it.
    pub safety: Option<SnapshotCid>,
    /// Why there is no snapshot of the new disk, where one was to be taken at the end.
    pub unprotected: Option<String>,
    /// What went wrong once all was done, and changes nothing of it.
    pub remark: Option<String>,
    /// The other disks that were exchanged in the same stop.
    pub others: Vec<Exchanged>,
}

impl Swapped {
    /// The disks that the instance has now.
    pub fn disks(&self) -> Vec<&DiskCid> {
        std::iter::once(&self.disk).chain(self.others.iter().map(|other| &other.disk)).collect()
    }

    /// The disks that were put away.
    pub fn old_disks(&self) -> Vec<&DiskCid> {
        let others = self.others.iter().filter_map(|other| other.old_disk.as_ref());
        self.old_disk.iter().chain(others).collect()
    }
}

/// One disk of several that were exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// What the instance has now.
    pub disk: DiskCid,
    /// What was put away, and is kept.
    pub old_disk: Option<DiskCid>,
    /// The safety snapshot of it.
    pub safety: Option<SnapshotCid>,
}

/// Everything that a swap in progress works with.
pub(in crate::ops) struct Swap<'a> {
    pub session: &'a Session<'a>,
    pub operation: &'a OpenOperation,
    pub verb: Verb,
    pub plan: &'a SwapPlan,
    pub cpi: &'a dyn Cpi,
}

/// Carries a plan out. On an error between any two steps the instance gets its old disk back.
///
/// # Errors
/// The step's that failed, with what was done about it in the hints.
pub fn swap(session: &Session<'_>, verb: Verb, plan: &SwapPlan) -> Result<Swapped> {
    let cpi = session.cpis.cpi(&plan.cpi)?;
    let operation = session.begin(verb, claims(plan), Some(plan.clone()))?;
    let looking = Looking {
        reader: session.state.reader(),
        cpi: cpi.as_ref(),
        bosh: session.bosh,
        hooks: session.hooks.present(),
    };
    if let Err(stale) = preflight::still_true(looking, plan) {
        let stale = stale.in_operation(operation.id());
        settle_and_conclude(session, operation, verb.name(), OperationState::Failed, Some(stale.in_one_line()))?;
        return Err(stale);
    }
    session.progress.begin(plan.steps().len());
    let swap = Swap { session, operation: &operation, verb, plan, cpi: cpi.as_ref() };
    let result = swap.forward();
    session.progress.end();
    match result {
        Ok(done) => {
            let summary = Some(plan.summary(&done.disks()));
            settle_and_conclude(session, operation, verb.name(), OperationState::Done, summary)?;
            Ok(done)
        }
        Err(failed) => Err(give_up(session, verb, plan, cpi.as_ref(), operation, failed.error)),
    }
}

/// Goes back to the old disk after `error`, and ends the operation; what cannot be put back stays pending.
pub(in crate::ops) fn give_up(
    session: &Session<'_>,
    verb: Verb,
    plan: &SwapPlan,
    cpi: &dyn Cpi,
    operation: OpenOperation,
    error: Error,
) -> Error {
    let id = operation.id().clone();
    let swap = Swap { session, operation: &operation, verb, plan, cpi };
    let error = error.in_operation(&id);
    match swap.back() {
        Ok(back) => {
            let state = if back.touched { OperationState::RolledBack } else { OperationState::Failed };
            let summary = error.in_one_line();
            let described = back.describe(session.state.reader(), plan);
            let error = match &described {
                Ok(line) => error.hint(line.clone()),
                Err(unread) => error.hint(unread.in_one_line()),
            };
            match settle_and_conclude(session, operation, verb.name(), state, Some(summary)) {
                Ok(()) => error,
                Err(unfinished) => error.hint(unfinished.in_one_line()).try_command("snapback recover"),
            }
        }
        Err(failed) => error
            .hint(format!("going back to the old disk failed too: {}", failed.error.in_one_line()))
            .with_hints_of(&failed.error)
            .hint(format!("operation {id} waits; nothing is lost; when the cause is gone:"))
            .try_command("snapback recover"),
    }
}

fn claims(plan: &SwapPlan) -> Vec<Claim> {
    let claim = |resource, mode| Claim { resource, mode };
    let disk = |cid: &DiskCid| claim(Resource::Disk(plan.cpi.clone(), cid.clone()), ClaimMode::Exclusive);
    let mut claims = vec![claim(Resource::Instance(plan.instance.clone()), ClaimMode::Exclusive)];
    if let Method::Bosh(by) = &plan.method
        && by.pause_resurrection
    {
        claims.push(claim(Resource::Resurrector, ClaimMode::Shared));
    }
    for one in plan.disks() {
        claims.extend(one.old.as_ref().map(|old| disk(&old.cid)));
        claims.push(match &one.source {
            Source::Snapshot { cid, .. } => claim(Resource::Snapshot(plan.cpi.clone(), cid.clone()), ClaimMode::Shared),
            Source::Disk { cid, .. } => disk(cid),
        });
    }
    claims
}
