//! An operator's statement that a step has happened, checked as far as the cloud and the state file can tell.

use chrono::{DateTime, Utc};

use crate::cpi::{CloudSnapshot, Cpi, CpiErrorKind, CpiResult, DiskMade, SnapshotState, SnapshotTaken};
use crate::domain::facts::Made;
use crate::domain::ids::{BadId, CpiName, DiskCid, SnapshotCid};
use crate::domain::operation::StepRow;
use crate::domain::snapshot::{Consistency, Metadata, name_of};
use crate::domain::step::{Outcome, SnapshotDraft, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::session::CpiSource;
use crate::ops::settle::SKEW;
use crate::state::Reader;

/// Who can be asked.
pub(super) struct Witnesses<'a> {
    pub(super) cpis: &'a dyn CpiSource,
    pub(super) reader: &'a Reader,
    pub(super) now: DateTime<Utc>,
}

impl Witnesses<'_> {
    /// Returns the outcome to record if the step has happened, and how far that was checked.
    ///
    /// # Errors
    /// A CID that cannot be the one, or a cloud that can tell and does not answer.
    pub(super) fn happened(&self, row: &StepRow, cid: &str) -> Result<(Outcome, String)> {
        match &row.step {
            Step::SnapshotDisk { cpi, disk, purpose, draft } => {
                let cid: SnapshotCid = cid.parse().map_err(senseless)?;
                if let Some(known) = self.reader.known_as(cpi, cid.as_str())? {
                    return Err(refused(format!("snapshot {cid} is known already: it is {known}"))
                        .try_command("snapback snapshots --wide"));
                }
                let cloud = self.cpis.cpi(cpi)?;
                let (listed, checked) = look_for_snapshot(cloud.as_ref(), row, disk, &cid)?;
                let torn = if draft.allow_torn { Consistency::Torn } else { Consistency::Crash };
                let taken = SnapshotTaken {
                    cid: cid.clone(),
                    created_at: listed.as_ref().map_or(row.started_at, |listed| listed.created_at),
                    consistency: listed.as_ref().map_or(torn, |listed| listed.consistency),
                    size_mib: listed.and_then(|listed| listed.size_mib),
                };
                let mark = if checked.is_none() { "adopted, unchecked" } else { "adopted" };
                let note = draft.note.as_ref().map_or(mark.to_owned(), |note| format!("{note} ({mark})"));
                let draft = SnapshotDraft { note: Some(note), ..draft.clone() };
                let step = Step::SnapshotDisk { cpi: cpi.clone(), disk: disk.clone(), purpose: *purpose, draft };
                let checked = told(checked, cpi, "list_snapshots, no describe_snapshot");
                Ok((step.made(&Made::Snapshot(taken, row.token.operation.clone())), checked))
            }
            step @ (Step::CreateDisk { cpi, .. } | Step::CreateDiskFromSnapshot { cpi, .. }) => {
                self.disk(step, cpi, cid)
            }
            Step::DeleteSnapshot { cpi, snapshot } => {
                if snapshot.as_str() != cid {
                    return Err(refused(format!("step {} was about snapshot {snapshot}, not {cid}", row.token.step)));
                }
                let cloud = self.cpis.cpi(cpi)?;
                let mut checked = None;
                if cloud.capabilities().describe_snapshots {
                    if cloud.describe_snapshot(snapshot)?.state != SnapshotState::Missing {
                        return Err(refused(format!("the CPI '{cpi}' says that snapshot {snapshot} is still there")));
                    }
                    checked = Some("the CPI no longer has it".to_owned());
                }
                Ok((row.step.happened(), told(checked, cpi, "describe_snapshot")))
            }
            Step::DeleteDisk { cpi, disk } => {
                if disk.as_str() != cid {
                    return Err(refused(format!("step {} was about disk {disk}, not {cid}", row.token.step)));
                }
                let checked = match optional(self.cpis.cpi(cpi)?.has_disk(disk))? {
                    Some(true) => return Err(refused(format!("the CPI '{cpi}' says that disk {disk} is still there"))),
                    Some(false) => Some("the CPI no longer has it".to_owned()),
                    None => None,
                };
                Ok((row.step.happened(), told(checked, cpi, "has_disk")))
            }
            _ => Err(Error::new(Kind::Bug, "a step of which nobody is asked")),
        }
    }

    fn disk(&self, step: &Step, cpi: &CpiName, cid: &str) -> Result<(Outcome, String)> {
        let cid: DiskCid = cid.parse().map_err(senseless)?;
        if let Some(known) = self.reader.known_as(cpi, cid.as_str())? {
            return Err(refused(format!("disk {cid} is known already: it is {known}")).try_command("snapback disks"));
        }
        let checked = match optional(self.cpis.cpi(cpi)?.has_disk(&cid))? {
            Some(true) => Some("the CPI has it".to_owned()),
            Some(false) => return Err(missing(cpi, &format!("disk {cid}"))),
            None => None,
        };
        let made = DiskMade { cid, size_mib: None };
        Ok((step.made(&Made::Disk(made, self.now)), told(checked, cpi, "has_disk")))
    }
}

/// Asks the cloud for a snapshot that the operator has found. Returns it as the cloud lists it, and how it was checked.
fn look_for_snapshot(
    cloud: &dyn Cpi,
    row: &StepRow,
    disk: &DiskCid,
    cid: &SnapshotCid,
) -> Result<(Option<CloudSnapshot>, Option<String>)> {
    let (cpi, can) = (cloud.name(), cloud.capabilities());
    if can.describe_snapshots {
        match cloud.describe_snapshot(cid)?.state {
            SnapshotState::Missing => return Err(missing(cpi, &format!("snapshot {cid}"))),
            SnapshotState::Failed => return Err(refused(format!("snapshot {cid} has failed in the cloud"))),
            SnapshotState::Pending | SnapshotState::Ready => {}
        }
    }
    if !can.list_snapshots {
        return Ok((None, can.describe_snapshots.then(|| "the CPI has it".to_owned())));
    }
    let listed = cloud.list_snapshots(&Metadata::new())?.into_iter().find(|listed| listed.cid == *cid);
    let Some(listed) = listed else { return Err(missing(cpi, &format!("snapshot {cid}"))) };
    if listed.disk != *disk {
        return Err(refused(format!("snapshot {cid} is of disk {}, and not of {disk}", listed.disk)));
    }
    if listed.created_at < row.started_at - SKEW {
        let (made, begun) = (listed.created_at.to_rfc3339(), row.started_at.to_rfc3339());
        return Err(refused(format!("snapshot {cid} was made at {made}, before the step began at {begun}")));
    }
    let own = name_of(&row.token);
    if own.iter().any(|(key, value)| listed.metadata.get(key).is_some_and(|other| other != value)) {
        return Err(refused(format!("snapshot {cid} has another step's name in its metadata")));
    }
    Ok((Some(listed), Some(format!("the CPI lists it as a snapshot of {disk}"))))
}

/// The answer, or `None` if the CPI lacks the method: then it cannot be asked.
fn optional<T>(answer: CpiResult<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn told(checked: Option<String>, cpi: &CpiName, lacks: &str) -> String {
    checked.unwrap_or_else(|| format!("unchecked: the CPI '{cpi}' has no {lacks}"))
}

fn missing(cpi: &CpiName, what: &str) -> Error {
    Error::new(Kind::NotFound, format!("the cloud of '{cpi}' has no {what}")).hint("nothing was recorded")
}

fn senseless(bad: BadId) -> Error {
    Error::new(Kind::Usage, bad.to_string())
}

pub(super) fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message).hint("nothing was recorded")
}
