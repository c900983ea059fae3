//! Ranks snapshots by age, by the journal, as `restore --latest` does.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::ids::OperationId;
use crate::domain::operation::Operation;
use crate::domain::snapshot::Snapshot;

/// Returns the rank of each snapshot: 0 is the oldest. `operations` are given newest first. The time decides, but a
/// snapshot never ranks as newer than one that a later operation took: a clock may have been corrected in between.
pub(super) fn ranks(snapshots: &[Snapshot], operations: &[Operation]) -> Vec<usize> {
    let numbers: HashMap<&OperationId, usize> =
        operations.iter().rev().enumerate().map(|(number, operation)| (&operation.id, number)).collect();
    let number = |at: usize| snapshots[at].operation.as_ref().and_then(|id| numbers.get(id)).copied();
    let mut taken: Vec<(usize, usize)> = (0..snapshots.len()).filter_map(|at| Some((number(at)?, at))).collect();
    taken.sort_unstable();
    let mut times: Vec<DateTime<Utc>> = snapshots.iter().map(|snapshot| snapshot.created_at).collect();
    // Not later than the one that was taken after it.
    let mut earliest: Option<DateTime<Utc>> = None;
    for of_operation in taken.chunk_by(|one, other| one.0 == other.0).rev() {
        let later = earliest;
        for (_, at) in of_operation {
            earliest = Some(earliest.map_or(times[*at], |earliest| earliest.min(snapshots[*at].created_at)));
            times[*at] = later.map_or(times[*at], |later| later.min(times[*at]));
        }
    }
    let mut order: Vec<usize> = (0..snapshots.len()).collect();
    order.sort_by(|one, other| {
        let key = |at: usize| (times[at], number(at), snapshots[at].created_at, &snapshots[at].cid);
        key(*one).cmp(&key(*other))
    });
    let mut ranks = vec![0; snapshots.len()];
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = rank;
    }
    ranks
}
