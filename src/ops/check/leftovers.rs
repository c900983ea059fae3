//! Things that ended operations left half-made in a cloud.

use super::finding::Finding;
use crate::cpi::Cpi;
use crate::domain::ids::OperationId;

/// A finding for each of these operations. The state file itself tells about operations under way. If the cloud does
/// not answer, other questions show it.
pub(super) fn of(cpi: &dyn Cpi, ended: &[OperationId]) -> Vec<Finding> {
    let left = cpi.leftovers().unwrap_or_default();
    left.iter()
        .filter(|id| ended.contains(id))
        .map(|id| {
            let message =
                "it has ended, and left something half-made or half-deleted in the cloud, which takes up room";
            Finding::problem("leftover", id, message, format!("snapback recover {id}"))
        })
        .collect()
}
