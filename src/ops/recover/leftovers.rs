//! Removes half-made things that ended operations left in a cloud. A power cut brings back a thing that was being
//! removed, and a process without file descriptors can remove nothing.

use std::collections::BTreeSet;

use super::Recovered;
use crate::domain::ids::{CpiName, OperationId};
use crate::domain::operation::{OperationState, Verb};
use crate::error::Result;
use crate::ops::leftovers::clear_of;
use crate::ops::perform::{Run, conclude, counted};
use crate::ops::session::Session;

/// Removes the half-made things of all operations or of this one; returns a row for each.
///
/// # Errors
/// Those of the state file. The error of a cloud is in its row.
pub fn clear(session: &Session<'_>, named: Option<&OperationId>) -> Result<Vec<Recovered>> {
    let reader = session.state.reader();
    let mut rows = Vec::new();
    for name in clouds(session)? {
        let Ok(cpi) = session.cpis.cpi(&name) else { continue };
        // If one cannot be asked, `check` reports it: that does not make a recovery fail.
        for id in cpi.leftovers().unwrap_or_default() {
            let Some(ended) = reader.operations_by_prefix(id.as_str())?.into_iter().find(|found| found.id == id) else {
                continue;
            };
            if ended.ended_at.is_none() || named.is_some_and(|named| *named != id) {
                continue;
            }
            let operation = session.begin(Verb::Check, Vec::new(), None)?;
            let cleared = clear_of(Run { session, operation: &operation, verb: Verb::Check }, cpi.as_ref(), &id);
            let failed = usize::from(cleared.is_err());
            let (state, summary) = counted(*cleared.as_ref().unwrap_or(&0), failed, "removed");
            let state = if failed == 0 { OperationState::Done } else { state };
            conclude(session, operation, "recover", state, Some(summary))?;
            let found = cleared.iter().map(|cleared| format!("{cleared} half-made things of it removed")).collect();
            let result = cleared.map(|_| "had ended; what it left is removed".to_owned()).map_err(Into::into);
            rows.push(Recovered { operation: ended, found, unknown: Vec::new(), result });
        }
    }
    Ok(rows)
}

/// The built-in clouds: only they can list half-made things.
fn clouds(session: &Session<'_>) -> Result<BTreeSet<CpiName>> {
    let reader = session.state.reader();
    let disks = reader.disks(None, None)?.into_iter().map(|disk| disk.cpi);
    let instances = reader.instances(None)?.into_iter().map(|instance| instance.cpi);
    Ok(disks.chain(instances).filter(|name| session.cpis.is_builtin(name)).collect())
}
