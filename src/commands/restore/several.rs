//! Several instances to which one command gives other disks. It shows them together, asks once, and does one after
//! another. Each is an operation of its own; all of them are one run of a command, so one `undo` takes all of them
//! back.

use super::{after, create_env, plan_told, show};
use crate::commands::Outcome;
use crate::context::{Context, Opened, Tools};
use crate::domain::count::counted;
use crate::domain::ids::OperationId;
use crate::domain::operation::Verb;
use crate::domain::swap::SwapPlan;
use crate::error::{Error, Result};
use crate::ops::swap::{Swapped, swap};

/// Shows the plans, asks once, and carries them out until one fails. `again` is the command that continues with those
/// that are left then.
///
/// # Errors
/// A no at the prompt, or the output cannot be written. A restore that fails is in the outcome.
pub(in crate::commands) fn carry_out_all(
    context: &mut Context,
    tools: &Tools,
    opened: Opened,
    verb: Verb,
    plans: &[SwapPlan],
    again: &str,
) -> Result<Outcome> {
    let line = tools.bosh.create_env_line();
    let mut costs = Vec::new();
    for plan in plans {
        plan_told::warn(context, tools, plan);
        plan_told::tell(context, line, plan);
        costs.push((plan, plan_told::cost(context, tools, plan)?));
    }
    let Some(state) = opened.for_change() else {
        show::steps(context, &costs)?;
        context.ui.say("Nothing was done (--dry-run)");
        return Ok(Outcome::done());
    };
    if plans.is_empty() {
        show::report(context, None, &[])?;
        context.ui.say("Nothing is left to do");
        return Ok(Outcome::done());
    }
    for plan in plans {
        context.ui.say(&format!("{}:", plan.instance));
        show::say_steps(context, plan);
    }
    let count = counted(plans.len(), "instance");
    context.ui.say(&match plans.len() {
        1 => count,
        _ => format!("{count}, one after another; snapback stops at the first that fails"),
    });
    context.confirm()?;
    let session = context.session(tools, state);
    let mut command: Option<OperationId> = None;
    let mut done: Vec<(&SwapPlan, Swapped)> = Vec::new();
    let mut failures = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        context.ui.say(&format!("Now {} ({} of {}):", plan.instance, at + 1, plans.len()));
        match swap(&session, verb, &plan.part_of(command.as_ref())) {
            Ok(swapped) => {
                command.get_or_insert_with(|| swapped.operation.clone());
                done.push((plan, swapped));
            }
            Err(error) => {
                failures.push(left(before(error, verb, &done), verb, &plans[at..], again));
                break;
            }
        }
    }
    show::report(context, line, &done)?;
    if done.len() > 1 {
        let undo = create_env::with_line(&undo_all(&done), line);
        context.ui.say(&format!("To go back with all {}: {}", done.len(), context.called.command(&undo)));
    }
    after(context, tools, &session.state, &done, None);
    Ok(Outcome::of_attempts(done.len(), failures))
}

/// The command that takes all of these back: the undo of a restore, the redo of an undo.
fn undo_all(done: &[(&SwapPlan, Swapped)]) -> String {
    let ids: Vec<&str> = done.iter().map(|(_, swapped)| swapped.operation.as_str()).collect();
    format!("snapback undo {}", ids.join(" "))
}

/// Says what had been done when one failed.
fn before(error: Error, verb: Verb, done: &[(&SwapPlan, Swapped)]) -> Error {
    if done.is_empty() {
        return error;
    }
    let names: Vec<String> = done.iter().map(|(plan, _)| plan.instance.to_string()).collect();
    let past = if verb == Verb::Undo { "undone" } else { "restored" };
    error.hint(format!("{past} before that: {}; `{}` takes that back", names.join(", "), undo_all(done)))
}

/// What is left to do once the first of `rest` has failed.
fn left(error: Error, verb: Verb, rest: &[SwapPlan], again: &str) -> Error {
    let names: Vec<String> = rest.iter().skip(1).map(|plan| plan.instance.to_string()).collect();
    let past = if verb == Verb::Undo { "undone" } else { "done" };
    let told = match (names.as_slice(), rest.first()) {
        ([], Some(failed)) => {
            format!("{} alone is left; to try it again (what is {past} is passed over):", failed.instance)
        }
        _ => format!("not begun: {}; to go on with these (what is {past} is passed over):", names.join(", ")),
    };
    error.hint(told).try_command(again)
}
