//! The end of a scratch disk. Only a disk that this very operation has made, and that nobody uses since, is deleted.

use crate::cpi::CpiErrorKind;
use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::DiskState;
use crate::domain::operation::Verb;
use crate::domain::step::{Fact, Outcome, Step, StepState};
use crate::error::Result;
use crate::ops::perform::perform;
use crate::ops::recover::settle::{self, WhenInterrupted};
use crate::ops::session::Session;
use crate::state::OpenOperation;

/// What became of the scratch disk.
#[derive(Debug)]
pub(super) enum PutAway {
    /// There was none.
    Nothing,
    /// It is deleted.
    Deleted(DiskCid),
    /// It stays, as an orphaned disk of the state file, for this reason.
    Kept(DiskCid, String),
}

impl PutAway {
    /// The disk that stays, and why.
    pub(super) fn kept(self) -> Option<(DiskCid, String)> {
        match self {
            PutAway::Kept(disk, why) => Some((disk, why)),
            PutAway::Nothing | PutAway::Deleted(_) => None,
        }
    }
}

/// Deletes the disk that the operation has made, in this life or a former one.
pub(super) fn put_away(session: &Session<'_>, operation: &OpenOperation) -> Result<PutAway> {
    let (cpi, disk) = match made(session, operation)? {
        Made::Nothing => return Ok(PutAway::Nothing),
        Made::Gone(disk) => return Ok(PutAway::Deleted(disk)),
        Made::There(cpi, disk) => (cpi, disk),
    };
    let known = session.state.reader().disks_by_cid(&disk)?;
    if known.iter().any(|known| known.cpi == cpi && known.state == DiskState::Active) {
        return Ok(PutAway::Kept(disk, "an instance has it now".to_owned()));
    }
    let cloud = session.cpis.cpi(&cpi)?;
    let deleted = perform(
        session,
        operation,
        Verb::Drill,
        &Step::DeleteDisk { cpi: cpi.clone(), disk: disk.clone() },
        |intent| match cloud.delete_disk(intent, &disk) {
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(()),
            other => other,
        },
        |(), _| Outcome::Done { result: None, facts: vec![Fact::DiskGone { cpi: cpi.clone(), disk: disk.clone() }] },
    );
    match deleted {
        Ok(()) => Ok(PutAway::Deleted(disk)),
        Err(failed) if failed.unknown => {
            settle::open_steps(session, operation, WhenInterrupted::GoOn)?;
            Ok(match made(session, operation)? {
                Made::There(_, disk) => PutAway::Kept(disk, failed.error.in_one_line()),
                _ => PutAway::Deleted(disk),
            })
        }
        Err(failed) => Ok(PutAway::Kept(disk, failed.error.in_one_line())),
    }
}

enum Made {
    Nothing,
    There(CpiName, DiskCid),
    Gone(DiskCid),
}

fn made(session: &Session<'_>, operation: &OpenOperation) -> Result<Made> {
    let steps = session.state.reader().steps(operation.id())?;
    let mut made = Made::Nothing;
    for row in steps.into_iter().filter(|row| row.state == StepState::Done) {
        match (row.step, row.result) {
            (Step::CreateDiskFromSnapshot { cpi, .. }, Some(cid)) => made = Made::There(cpi, DiskCid::new(cid)),
            (Step::DeleteDisk { disk, .. }, _) => made = Made::Gone(disk),
            _ => {}
        }
    }
    Ok(made)
}
