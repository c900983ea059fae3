//! `restore` and `undo`: an instance gets another disk in place of its current one, and a way back.

mod by_cpi;
pub(in crate::ops) mod by_create_env;
pub(in crate::ops) mod by_director;
mod lifespan;
mod look;
mod looking;
mod made;
mod now;
mod plan;
mod preflight;
mod saved;
mod steps;
mod swapped;
mod undo;
mod via;
mod which;

pub use by_create_env::{take_in, write_disarming};
pub use by_director::{NextDeploy, next_deploy, next_deploy_after};
pub use looking::{Looking, Options};
pub use now::now;
pub use plan::{RestoreRequest, plan_restore};
pub use saved::{Ground, SavedPlan};
pub(in crate::ops) use steps::Swap;
pub use swapped::{Exchanged, Swapped};
pub use undo::plan_undo;
pub use via::Via;
pub use which::{each_named_to_undo, named_to_undo, newest_to_undo};

use super::perform::settle_and_conclude;
use super::session::Session;
use crate::cpi::Cpi;
use crate::domain::ids::DiskCid;
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::swap::{Method, Source, SwapPlan};
use crate::error::{Error, Result};
use crate::state::OpenOperation;
use steps::StepResult;
use swapped::Back;

/// Carries out a plan. After an error between any two steps, the instance gets its old disk back.
///
/// # Errors
/// That of the failed step; the hints say what was done about it.
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

/// Goes back to the old disk after `error`, and ends the operation. If the disk cannot be put back, the operation stays
/// pending.
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
        Err(failed) => {
            let error = match swapped::left_with(session.state.reader(), plan) {
                Ok(line) => error.hint(line),
                Err(unread) => error.hint(unread.in_one_line()),
            };
            error
                .hint(format!("going back to the old disk failed too: {}", failed.error.in_one_line()))
                .with_hints_of(&failed.error)
                .hint(format!("operation {id} waits; nothing is lost; when the cause is gone:"))
                .try_command("snapback recover")
        }
    }
}

fn claims(plan: &SwapPlan) -> Vec<Claim> {
    let disk = |cid: &DiskCid| Claim::exclusive(Resource::Disk(plan.cpi.clone(), cid.clone()));
    let mut claims = vec![Claim::exclusive(Resource::Instance(plan.instance.clone()))];
    if let Method::Bosh(by) = &plan.method
        && by.pause_resurrection
    {
        claims.push(Claim::shared(Resource::Resurrector));
    }
    for one in plan.disks() {
        claims.extend(one.old.as_ref().map(|old| disk(&old.cid)));
        claims.push(match &one.source {
            Source::Snapshot { cid, .. } => Claim::shared(Resource::Snapshot(plan.cpi.clone(), cid.clone())),
            Source::Disk { cid, .. } => disk(cid),
        });
    }
    claims
}

impl Swap<'_> {
    pub(crate) fn forward(&self) -> StepResult<Swapped> {
        let mut done = match &self.plan.method {
            Method::Cpi => self.forward_by_cpi(),
            Method::Bosh(by) => self.forward_by_director(by),
            Method::CreateEnv(by) => self.forward_by_create_env(by),
        }?;
        let remarks: Vec<String> = done.remark.take().into_iter().chain(self.begin_lifespans()).collect();
        done.remark = (!remarks.is_empty()).then(|| remarks.join("; "));
        Ok(done)
    }

    pub(crate) fn back(&self) -> StepResult<Back> {
        match &self.plan.method {
            Method::Cpi => self.back_by_cpi(),
            Method::Bosh(by) => self.back_by_director(by),
            Method::CreateEnv(by) => self.back_by_create_env(by),
        }
    }

    /// Whether an interrupted swap goes on forward by itself. Until the old disk is off, nothing is lost by not going
    /// on; a swap that was on its way back goes on back.
    pub(in crate::ops) fn was_going_forward(&self) -> Result<bool> {
        match &self.plan.method {
            Method::Cpi => self.was_going_forward_by_cpi(),
            Method::Bosh(by) => self.was_going_forward_by_director(by),
            Method::CreateEnv(by) => self.was_going_forward_by_create_env(by),
        }
    }
}
