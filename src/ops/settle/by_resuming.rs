//! Whether an instance still stands still, by the journal: it does not once it was let go on.

use super::super::session::Session;
use crate::domain::operation::StepRow;
use crate::domain::step::{Outcome, Step, StepState};
use crate::error::Result;

pub(super) fn settle(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let (Step::Quiesce { instance, .. } | Step::Resume { instance, .. }) = &row.step else {
        return Ok(Outcome::failed("it was interrupted"));
    };
    let of_it = |later: &StepRow| {
        later.token.step > row.token.step
            && later.state == StepState::Done
            && matches!(&later.step, Step::Resume { instance: other, .. } if other == instance)
    };
    Ok(match session.state.reader().steps(&row.token.operation)?.iter().find(|later| of_it(later)) {
        Some(later) => {
            Outcome::failed(format!("it was interrupted; {instance} goes on since step {}", later.token.step))
        }
        None => Outcome::Unknown { reason: format!("{instance} may stand still") },
    })
}
