//! Repeats deletions if it is not known whether they have happened: a deletion may be done twice.

use crate::domain::operation::Verb;
use crate::domain::step::{Outcome, Step};
use crate::domain::verdict::Says;
use crate::error::Result;
use crate::ops::perform::{Run, perform};
use crate::ops::presence::Thing;
use crate::ops::seen;
use crate::ops::session::Session;
use crate::ops::unanswered::{ENOUGH, Unanswered};
use crate::state::OpenOperation;

/// Deletes again each snapshot whose deletion is unknown, if its CPI has no method that can tell and the operator has
/// given no verdict. The repeated deletion is a step of its own, which takes over the question. Returns a line for
/// each.
///
/// # Errors
/// Those of the state file; an interrupt. A cloud that does not answer leaves the question open.
pub(super) fn deletions(
    session: &Session<'_>,
    open: &OpenOperation,
    verb: Verb,
    words: &[(u32, Says)],
) -> Result<Vec<String>> {
    let (mut lines, mut unanswered, mut not_tried) = (Vec::new(), Unanswered::default(), 0_usize);
    for row in session.state.reader().steps(open.id())?.into_iter().filter(|row| !row.state.is_settled()) {
        let Step::DeleteSnapshot { cpi, snapshot } = &row.step else { continue };
        let number = row.token.step;
        let Ok(cloud) = session.cpis.cpi(cpi) else { continue };
        if cloud.capabilities().describe_snapshots || words.iter().any(|(said, _)| *said == number) {
            continue;
        }
        if unanswered.is_enough() {
            not_tried += 1;
            continue;
        }
        session.interrupt.check()?;
        // Many CPIs answer that a snapshot is deleted though they never had it.
        if let Err(absent) = session.refuse_if_absent(cloud.as_ref(), "delete_snapshot", Thing::Snapshot) {
            lines.push(format!("{}: not done again: {absent}", row.step.describe()));
            continue;
        }
        let mut again = 0;
        let result = perform(
            Run { session, operation: open, verb },
            &row.step,
            |intent| {
                again = intent.token().step;
                seen::delete_snapshot(session, intent, cloud.as_ref(), snapshot)
            },
            |was_gone| seen::deleted(&row.step, *was_gone),
        );
        // Without a number nothing was begun.
        if again == 0 {
            return result.map(|_| lines).map_err(|failed| failed.error);
        }
        let what = row.step.describe();
        let (outcome, line) = match result {
            Ok(was_gone) => {
                let result = if was_gone { "it was gone already" } else { "deleted again" };
                let told = Some(format!("{result}, by step {again}"));
                (Outcome::Done { result: told, facts: Vec::new() }, format!("{what}: {result}"))
            }
            Err(failed) => {
                unanswered.note(!failed.is_unanswered());
                let reason = format!("done again as step {again}");
                let why = failed.error.in_one_line();
                let line = match failed.unknown {
                    true => format!("{what}: done again, and unknown again: {why}"),
                    false => format!("{what}: done again, and failed: {why}; the snapshot stays on the list"),
                };
                (Outcome::Failed { reason }, line)
            }
        };
        session.faults.at(&["recover", "repeat", "before"])?;
        open.settle(&row.token, outcome)?;
        lines.push(line);
    }
    if not_tried > 0 {
        lines.push(format!(
            "the cloud left {ENOUGH} calls in a row without an answer: {not_tried} deletions were not tried again"
        ));
    }
    Ok(lines)
}
