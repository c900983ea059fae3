//! `recover`: settles the open steps of dead operations, according to the clouds, and finishes the operations or goes
//! back. It works under the dead operation's own name and lock, so a crash in it is recovered the same way.

mod adopt;
mod close;
pub mod decide;
pub mod leftovers;
mod repeat;
mod same;
mod take_over;
pub mod unknown;
mod waits;

use std::collections::BTreeMap;

use super::drill;
use super::leftovers::clear;
use super::perform::{Run, conclude, settle_and_conclude};
use super::quiesce;
use super::session::Session;
use super::settle::{self, WhenInterrupted};
use super::swap::by_create_env::Going;
use super::swap::{self, Swap};
use crate::domain::ids::OperationId;
use crate::domain::operation::{Operation, OperationState, Verb};
use crate::domain::step::{Hook, Outcome, Step};
use crate::domain::swap::{Method, SwapPlan};
use crate::domain::verdict::Verdict;
use crate::error::{Error, Kind, Result};
use crate::state::{Binding, LockState, OpenOperation, Reader, Wrong};

/// The direction for a restore or an undo that was interrupted in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// Forward, once the old disk is detached; back, before.
    #[default]
    ByItsState,
    /// Forward.
    Resume,
    /// Back.
    RollBack,
}

/// One row of the report.
#[derive(Debug)]
pub struct Recovered {
    /// The operation.
    pub operation: Operation,
    /// What was found out, a line each.
    pub found: Vec<String>,
    /// The steps whose outcome now only an operator can tell.
    pub unknown: Vec<unknown::Unknown>,
    /// Its state now, in one line; or why it stays as it is.
    pub result: Result<String>,
}

/// An operator's orders to `recover`.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    /// The direction.
    pub way: Way,
    /// Only this operation.
    pub named: Option<OperationId>,
    /// This operation is certainly dead, though it is of another host or its lock cannot tell.
    pub take_over: Option<OperationId>,
    /// The operator's verdicts on steps of the named operation.
    pub verdicts: Vec<Verdict>,
    /// Whether to end the named operation as it is.
    pub close: bool,
    /// Processes that hold its lock, but do not belong to it.
    pub ignored: Vec<u32>,
}

/// Lists the open operations without touching them: on a copy, `recover` does only this.
///
/// # Errors
/// Those of the state file.
pub fn report(reader: &Reader) -> Result<Vec<Recovered>> {
    let mut rows = Vec::new();
    for operation in reader.pending_operations()? {
        let mut found = Vec::new();
        for row in reader.steps(&operation.id)?.iter().filter(|row| !row.state.is_settled()) {
            found.push(format!("{}: {}", row.step.describe(), row.state.name()));
        }
        let state = match reader.lock_state(&operation.id) {
            LockState::Held => "still running".to_owned(),
            LockState::Free => "pending".to_owned(),
            LockState::Unknown(doubt) => format!("may be running: {}", doubt.describe()),
        };
        rows.push(Recovered { operation, found, unknown: Vec::new(), result: Ok(state) });
    }
    Ok(rows)
}

/// Recovers each pending operation, or only the one that is named.
///
/// # Errors
/// Those of the state file; a copy without a direction. The error of one operation is in its row, and does not keep the
/// others from being recovered.
pub fn recover(session: &Session<'_>, orders: &Orders) -> Result<Vec<Recovered>> {
    // Locks do not belong to a copy, and an operator who continues with one says that the original is gone.
    let is_copy = matches!(session.state.binding(), Binding::Copy(_));
    if let Binding::Copy(why) = session.state.binding() {
        if orders.way == Way::ByItsState {
            return Err(Wrong::Copy(why.clone()).at(session.state.path().display()).into());
        }
        session.state.rebind()?;
    }
    let mut rows = Vec::new();
    for operation in session.state.reader().pending_operations()? {
        if orders.named.as_ref().is_none_or(|named| operation.id == *named) {
            let surely_dead = is_copy || orders.take_over.as_ref() == Some(&operation.id);
            rows.push(recover_one(session, operation, orders, surely_dead));
        }
    }
    Ok(rows)
}

fn recover_one(session: &Session<'_>, operation: Operation, orders: &Orders, surely_dead: bool) -> Recovered {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    let result = try_one(session, &operation, orders, surely_dead, &mut found, &mut unknown)
        .map_err(|error| waits::led_out(session.state.reader(), &operation.id, error));
    Recovered { operation, found, unknown, result }
}

fn try_one(
    session: &Session<'_>,
    operation: &Operation,
    orders: &Orders,
    surely_dead: bool,
    found: &mut Vec<String>,
    unknown: &mut Vec<unknown::Unknown>,
) -> Result<String> {
    // Left alone, it stays pending; if it began now, the interrupt would turn it back.
    session.interrupt.check()?;
    if let Some(plan) = operation.plan.as_ref().filter(|_| !orders.close) {
        same::hooks(session, plan)?;
    }
    let (there, here) = (&operation.author, &session.author);
    let forced = orders.take_over.as_ref() == Some(&operation.id);
    if !forced && (there.host_id != here.host_id || there.host != here.host) {
        return Err(Error::new(
            Kind::Locked,
            format!(
                "operation {} was begun on the host '{}', whose processes cannot be seen from here",
                operation.id, there.host
            ),
        )
        .hint("recover it there; or, once you are sure that the host is dead:")
        .try_command(format!("snapback recover --take-over {}", operation.id)));
    }
    session.faults.at(&["recover", "take_over", "before"])?;
    let word = take_over::Word { surely_dead, ignored: &orders.ignored };
    let Some(open) = take_over::take_over(session, operation, &word)? else {
        return Ok("has ended meanwhile".to_owned());
    };
    session.faults.at(&["recover", "take_over", "after"])?;
    // The steps that the verdicts mean are found before the cloud settles some of them.
    let words = decide::resolved(&operation.id, &session.state.reader().steps(&operation.id)?, &orders.verdicts)?;
    // An instance that stands still comes first.
    let by_word: Vec<u32> = words.iter().map(|(number, _)| *number).collect();
    let run = Run { session, operation: &open, verb: operation.verb };
    let (lines, still) = quiesce::let_go_on(run, &by_word)?;
    found.extend(lines);
    let mut said = BTreeMap::new();
    for settled in settle::open_steps(session, &open, WhenInterrupted::Stop)? {
        if let Outcome::Unknown { reason } = &settled.outcome {
            said.insert(settled.number, reason.clone());
        }
        let is_said = words.iter().any(|(number, _)| *number == settled.number);
        if settled.is_known() || !is_said {
            found.push(settled.describe());
        }
        if matches!(settled.step, Step::RunHook { hook: Hook::Start, .. }) {
            found.push("a start hook holds no lock: it may still be running".to_owned());
        }
    }
    found.extend(repeat::deletions(session, &open, operation.verb, &words)?);
    found.extend(decide::record(session, &open, &words)?);
    if let Some(still) = still {
        return Err(still);
    }
    if orders.close {
        close::give_up_looking(session, &open, found)?;
    }
    let open_steps = settle::unknown_steps(session, &operation.id)?;
    if open_steps > 0 {
        for row in session.state.reader().steps(&operation.id)?.iter().filter(|row| !row.state.is_settled()) {
            let said = said.get(&row.token.step).map(String::as_str);
            unknown.extend(unknown::of(session.cpis, session.state.reader(), row, said, session.clock.now())?);
        }
        return Err(unknown::error(&operation.id, unknown, open_steps - unknown.len()));
    }
    if let (true, Some(plan)) = (orders.close, &operation.plan) {
        return close::close(session, operation, plan, open);
    }
    match clear(Run { session, operation: &open, verb: operation.verb }) {
        Ok(0) => {}
        Ok(cleared) => found.push(format!("{cleared} half-made things of it removed")),
        // An instance gets its disk first.
        Err(failed) if operation.plan.is_some() => {
            found.push(format!("half-made things of it may be left: {}", failed.in_one_line()));
        }
        Err(failed) => return Err(failed),
    }
    match &operation.plan {
        Some(plan) => recover_swap(session, operation, plan, open, orders.way, found),
        None if operation.verb == Verb::Drill => drill::recover(session, operation, open),
        None => end(session, operation, open),
    }
}

fn recover_swap(
    session: &Session<'_>,
    operation: &Operation,
    plan: &SwapPlan,
    open: OpenOperation,
    way: Way,
    found: &mut Vec<String>,
) -> Result<String> {
    same::instance(session, plan)?;
    let cpi = session.cpis.cpi(&plan.cpi)?;
    let swap = Swap { session, operation: &open, verb: operation.verb, plan, cpi: cpi.as_ref() };
    if let Method::CreateEnv(by) = &plan.method
        && let Some(armed) = swap.armed(by)?
    {
        session.progress.note(&armed);
        found.insert(0, armed);
    }
    let forward = match way {
        Way::Resume => true,
        Way::RollBack => false,
        Way::ByItsState => swap.was_going_forward()?,
    };
    if let (true, Method::CreateEnv(by)) = (forward, &plan.method)
        && swap.needs_create_env(by)?
    {
        // Without it nothing can be done, and nothing has been undone.
        swap.create_env_line(by, Going::Forward)?;
    }
    if forward {
        match swap.forward() {
            Ok(done) => {
                let summary = plan.summary(&done.disks());
                settle_and_conclude(session, open, operation.verb.name(), OperationState::Done, Some(summary.clone()))?;
                return Ok(format!("finished: {summary}"));
            }
            Err(failed) => {
                return Err(swap::give_up(session, operation.verb, plan, cpi.as_ref(), open, failed.error));
            }
        }
    }
    let back = swap.back()?;
    let state = if back.touched { OperationState::RolledBack } else { OperationState::Failed };
    let summary = back.describe(session.state.reader(), plan)?;
    let ended = Some(format!("interrupted: {summary}"));
    settle_and_conclude(session, open, operation.verb.name(), state, ended)?;
    match back.not_started {
        None => Ok(format!("rolled back: {summary}")),
        Some(_) => Err(Error::new(Kind::Failed, format!("rolled back: {summary}")).hint("start it by hand")),
    }
}

fn end(session: &Session<'_>, operation: &Operation, open: OpenOperation) -> Result<String> {
    let steps = session.state.reader().steps(&operation.id)?;
    let effects = || steps.iter().filter(|row| !matches!(row.step, Step::ClearLeftovers { .. }));
    let done = effects().filter(|row| row.state == crate::domain::step::StepState::Done).count();
    let failed = effects().count() - done;
    let state = match (done, failed) {
        (0, _) => OperationState::Failed,
        // Things that were never begun are not in the journal, so an interrupted run does not count as complete.
        _ => OperationState::Partly,
    };
    let summary = format!("interrupted: {done} done, {failed} not done");
    conclude(session, open, "recover", state, Some(summary.clone()))?;
    Ok(summary)
}
