//! The end of a scratch disk. It is deleted only if this very operation made it, and nobody has used it since.

use crate::domain::ids::DiskCid;
use crate::domain::operation::Verb;
use crate::error::Result;
use crate::ops::made_here::{Made, made};
use crate::ops::perform::Run;
use crate::ops::session::Session;
use crate::ops::settle::{self, WhenInterrupted};
use crate::state::OpenOperation;

/// The fate of the scratch disk.
#[derive(Debug)]
pub(super) enum PutAway {
    /// There was none.
    Nothing,
    /// It is deleted.
    Deleted(DiskCid),
    /// It stays, as an orphaned disk in the state file, for this reason.
    Kept(DiskCid, String),
}

impl PutAway {
    /// The disk that stays, and the reason.
    pub(super) fn kept(self) -> Option<(DiskCid, String)> {
        match self {
            PutAway::Kept(disk, why) => Some((disk, why)),
            PutAway::Nothing | PutAway::Deleted(_) => None,
        }
    }
}

/// Deletes the disk that the operation made, in this life or a former one.
pub(super) fn put_away(session: &Session<'_>, operation: &OpenOperation) -> Result<PutAway> {
    let scratch = match made(session, operation)? {
        Made::Nothing => return Ok(PutAway::Nothing),
        Made::Gone(disk) => return Ok(PutAway::Deleted(disk)),
        Made::Foreign(disk, why) => return Ok(PutAway::Kept(disk, why)),
        Made::There(scratch) => scratch,
    };
    let disk = scratch.cid().clone();
    if let Some(user) = scratch.user(session)? {
        return Ok(PutAway::Kept(disk, user));
    }
    let deleted =
        scratch.delete(Run { session, operation, verb: Verb::Drill }).map(|()| PutAway::Deleted(disk.clone()));
    let why = deleted.as_ref().err().map(|failed| failed.error.in_one_line()).unwrap_or_default();
    Ok(settle::late(session, operation, WhenInterrupted::GoOn, deleted, |_| {
        Ok(Some(match made(session, operation)? {
            Made::There(_) | Made::Foreign(..) => PutAway::Kept(disk, why),
            Made::Nothing | Made::Gone(_) => PutAway::Deleted(disk),
        }))
    })?)
}
