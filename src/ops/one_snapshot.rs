//! One snapshot: its call, its row in the journal, and its record.

use super::perform::{StepError, perform};
use super::seen;
use super::session::Session;
use crate::cpi::{Cpi, SnapshotOptions, SnapshotTaken};
use crate::domain::ids::{CpiName, DiskCid, Token};
use crate::domain::instance::Instance;
use crate::domain::operation::Verb;
use crate::domain::snapshot::{Owner, Purpose, Snapshot, snapshot_metadata};
use crate::domain::step::{Fact, Outcome, SnapshotDraft, Step};
use crate::error::{Error, Kind};
use crate::state::OpenOperation;

/// One snapshot, with its row in the journal and in the state. `answered` is told when the call is over, before the
/// outcome is written down.
#[expect(clippy::too_many_arguments, reason = "each is one plain fact of the call")]
pub(super) fn snapshot_disk(
    session: &Session<'_>,
    operation: &OpenOperation,
    verb: Verb,
    cpi: &dyn Cpi,
    instance: &Instance,
    disk: &DiskCid,
    purpose: Purpose,
    draft: SnapshotDraft,
    answered: impl FnOnce(),
) -> Result<Snapshot, StepError> {
    let director = session.state.director().map_err(|error| StepError { error: error.into(), unknown: false })?;
    let options = SnapshotOptions { allow_torn: draft.allow_torn };
    let step = Step::SnapshotDisk { cpi: cpi.name().clone(), disk: disk.clone(), purpose, draft: draft.clone() };
    let mut made = None;
    perform(
        session,
        operation,
        verb,
        &step,
        |intent| {
            let metadata = snapshot_metadata(&director, instance, intent.token());
            let taken = cpi.snapshot_disk(intent, disk, &metadata, options);
            answered();
            seen::snapshot(cpi, taken?)
        },
        |taken, token| {
            let snapshot = record(cpi.name(), disk, purpose, &draft, taken, token);
            made = Some(snapshot.clone());
            Outcome::made(snapshot.cid.clone(), Fact::SnapshotExists(snapshot))
        },
    )?;
    made.ok_or_else(|| StepError { error: Error::new(Kind::Bug, "a snapshot without a record"), unknown: true })
}

/// The record of a snapshot that exists.
pub(super) fn record(
    cpi: &CpiName,
    disk: &DiskCid,
    purpose: Purpose,
    draft: &SnapshotDraft,
    taken: &SnapshotTaken,
    token: &Token,
) -> Snapshot {
    Snapshot {
        cid: taken.cid.clone(),
        cpi: cpi.clone(),
        disk: Some(disk.clone()),
        instance: draft.instance.clone(),
        az: draft.az.clone(),
        owner: Owner::Snapback,
        purpose,
        created_at: taken.created_at,
        clean: draft.clean,
        consistency: taken.consistency,
        size_mib: taken.size_mib.or(draft.size_mib),
        note: draft.note.clone(),
        operation: Some(token.operation.clone()),
        verified_at: None,
        instance_uuid: None,
        time_untrusted: false,
        of_another: false,
    }
}
