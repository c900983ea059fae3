//! Describes what to look for if not even the cloud can tell the outcome of a step.

use chrono::{DateTime, Utc};

use crate::cpi::CloudSnapshot;
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::InstanceName;
use crate::domain::look_for::snapshots_of;
use crate::domain::operation::StepRow;
use crate::domain::snapshot::{Metadata, name_of};
use crate::domain::step::{Settlement, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::session::CpiSource;
use crate::ops::settle::SKEW;
use crate::state::Reader;

/// How many steps are described in full, and how many candidates of each; a program gets all.
const MOST: usize = 5;

/// A step of which it is not known whether it has happened.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// The step, from the journal.
    pub row: StepRow,
    /// Its CPI.
    pub cpi: CpiName,
    /// The instance that it was for, if it was for one.
    pub instance: Option<InstanceName>,
    /// The disk that it was about.
    pub disk: Option<DiskCid>,
    /// The snapshot that it was about.
    pub snapshot: Option<SnapshotCid>,
    /// It was not begun before this instant, UTC.
    pub after: DateTime<Utc>,
    /// It has not happened after this one, UTC.
    pub before: DateTime<Utc>,
    /// The metadata that the cloud got with it, if the protocol has a place for that.
    pub metadata: Metadata,
    /// The answer of a cloud that can tell, but does not at present; `None` if it cannot tell at all.
    pub silent: Option<String>,
    /// Snapshots that may be the one, if the CPI lists them; `None` if it does not.
    pub candidates: Option<Vec<CloudSnapshot>>,
}

/// Describes an open step; `said` is the cloud's present answer. `None` if only the cloud can tell about the step, or
/// if it may be done twice.
///
/// # Errors
/// Those of the state file.
pub fn of(
    cpis: &dyn CpiSource,
    reader: &Reader,
    row: &StepRow,
    said: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Unknown>> {
    let mut unknown = match &row.step {
        Step::SnapshotDisk { cpi, disk, draft, .. } => Unknown {
            disk: Some(disk.clone()),
            instance: Some(draft.instance.clone()),
            metadata: metadata(row, &draft.instance),
            ..nothing_of(row, cpi, now)
        },
        Step::DeleteSnapshot { cpi, snapshot } => {
            Unknown { snapshot: Some(snapshot.clone()), ..nothing_of(row, cpi, now) }
        }
        Step::DeleteDisk { cpi, disk } => Unknown { disk: Some(disk.clone()), ..nothing_of(row, cpi, now) },
        Step::CreateDisk { cpi, disk } => Unknown { instance: disk.instance.clone(), ..nothing_of(row, cpi, now) },
        Step::CreateDiskFromSnapshot { cpi, snapshot, disk } => {
            Unknown { instance: disk.instance.clone(), snapshot: Some(snapshot.clone()), ..nothing_of(row, cpi, now) }
        }
        _ => return Ok(None),
    };
    if can_tell(cpis, &unknown.cpi, &row.step) {
        unknown.silent = Some(said.unwrap_or("it was not asked").to_owned());
    } else if let Step::SnapshotDisk { disk, .. } = &row.step {
        unknown.candidates = candidates(cpis, reader, &unknown, disk)?;
    }
    Ok(Some(unknown))
}

fn nothing_of(row: &StepRow, cpi: &CpiName, now: DateTime<Utc>) -> Unknown {
    Unknown {
        row: row.clone(),
        cpi: cpi.clone(),
        instance: None,
        disk: None,
        snapshot: None,
        after: row.started_at,
        before: now.max(row.started_at),
        metadata: Metadata::new(),
        silent: None,
        candidates: None,
    }
}

/// Whether the cloud can tell about a step, if everything works.
fn can_tell(cpis: &dyn CpiSource, cpi: &CpiName, step: &Step) -> bool {
    let Ok(cloud) = cpis.cpi(cpi) else { return true };
    let can = cloud.capabilities();
    match step.settlement() {
        Settlement::SnapshotByToken => can.find_snapshots,
        Settlement::SnapshotByCid => can.describe_snapshots,
        Settlement::DiskByToken => can.find_disks,
        Settlement::DiskByCid
        | Settlement::DisksOfVm
        | Settlement::ByDirector
        | Settlement::ByStateFile
        | Settlement::ByResuming
        | Settlement::Repeatable => true,
    }
}

fn metadata(row: &StepRow, instance: &InstanceName) -> Metadata {
    let mut metadata = name_of(&row.token);
    metadata.extend([
        ("deployment".to_owned(), instance.deployment.clone()),
        ("job".to_owned(), instance.group.clone()),
        ("index".to_owned(), instance.index.to_string()),
    ]);
    metadata
}

/// The unknown snapshots of the disk from the time of the step.
fn candidates(
    cpis: &dyn CpiSource,
    reader: &Reader,
    unknown: &Unknown,
    disk: &DiskCid,
) -> Result<Option<Vec<CloudSnapshot>>> {
    // If the cloud does not answer, it lists nothing; the step's message says that it does not.
    let listed = cpis.cpi(&unknown.cpi).ok().filter(|cloud| cloud.capabilities().list_snapshots);
    let Some(Ok(all)) = listed.map(|cloud| cloud.list_snapshots(&Metadata::new())) else { return Ok(None) };
    let mut found = Vec::new();
    for snapshot in all {
        let in_time = snapshot.created_at >= unknown.after - SKEW && snapshot.created_at <= unknown.before + SKEW;
        if snapshot.disk == *disk && in_time && !reader.ever_had_snapshot(&unknown.cpi, &snapshot.cid)? {
            found.push(snapshot);
        }
    }
    found.sort_by_key(|snapshot| snapshot.created_at);
    Ok(Some(found))
}

impl Unknown {
    /// The command that says that it has happened; `CID` stands for the thing that the operator finds.
    pub fn adopt(&self, alone: bool) -> String {
        match (&self.row.step, self.candidates.as_deref()) {
            (Step::DeleteSnapshot { snapshot, .. }, _) => self.adopt_cid(snapshot.as_str(), alone),
            (Step::DeleteDisk { disk, .. }, _) => self.adopt_cid(disk.as_str(), alone),
            (_, Some([one])) => self.adopt_cid(one.cid.as_str(), alone),
            _ => self.adopt_cid("CID", alone),
        }
    }

    fn adopt_cid(&self, cid: &str, alone: bool) -> String {
        let number = if alone { String::new() } else { format!("{}=", self.row.token.step) };
        format!("snapback recover {} --adopt {}", self.row.token.operation, quoted(&format!("{number}{cid}")))
    }

    /// The command that says that it has not.
    pub fn abandon(&self, alone: bool) -> String {
        let number = if alone { String::new() } else { format!(" {}", self.row.token.step) };
        format!("snapback recover {} --abandon{number}", self.row.token.operation)
    }

    /// The metadata as `key=value`; the step's own token comes first.
    pub fn metadata_lines(&self) -> Vec<String> {
        let (own, others): (Vec<_>, Vec<_>) = self.metadata.iter().partition(|(key, _)| key.starts_with("snapback_"));
        own.into_iter().chain(others).map(|(key, value)| format!("{key}={value}")).collect()
    }

    /// Adds to an error what to look for, and what to type then.
    fn explained(&self, mut error: Error, alone: bool) -> Error {
        let step = format!("step {}, {}", self.row.token.step, self.row.step.describe());
        let of = self.instance.as_ref().map_or(String::new(), |name| format!(" of {} in {}", name, name.deployment));
        let why = self.row.result.as_ref().map_or(String::new(), |why| format!(": {why}"));
        error = error.hint(format!("{step}{of}{why}"));
        if let Some(silent) = &self.silent {
            error = error
                .hint(format!("the CPI '{}' can tell, but did not: {silent}; when it answers again:", self.cpi))
                .try_command(format!("snapback recover {}", self.row.token.operation))
                .hint("if it never will:");
        }
        if self.silent.is_none() && matches!(self.row.step, Step::DeleteSnapshot { .. }) {
            error = error
                .hint("`recover` deletes it again, since a deletion may be done twice; when the cloud answers again:")
                .try_command(format!("snapback recover {}", self.row.token.operation))
                .hint("if you do not want to wait for that:");
        }
        let times = format!("from {} to {} UTC", clock(self.after), clock(self.before));
        let (look, then) = match (&self.row.step, &self.candidates) {
            (Step::SnapshotDisk { disk, .. }, None) => {
                let told = self.metadata_lines();
                (
                    format!(
                        "look in the cloud for a snapshot of disk {disk}, made {times}, with {} if it keeps metadata",
                        told.join(" ")
                    ),
                    "if it is there",
                )
            }
            (Step::SnapshotDisk { disk, .. }, Some(found)) if found.is_empty() => (
                format!("the CPI lists no unknown snapshot of disk {disk}, made {times}"),
                "if it is there all the same",
            ),
            (Step::SnapshotDisk { disk, .. }, Some(found)) => {
                error = error.hint(format!("snapshots of disk {disk} that the CPI lists, made {times}, unknown here:"));
                for candidate in found.iter().take(MOST) {
                    error = error.hint(format!("  {}  {} UTC", candidate.cid, clock(candidate.created_at)));
                }
                let more = found.len().saturating_sub(MOST);
                (if more > 0 { format!("  and {more} more") } else { String::new() }, "if one of them is it")
            }
            (Step::DeleteSnapshot { snapshot, .. }, _) => {
                (format!("look in the cloud whether snapshot {snapshot} is gone"), "if it is")
            }
            (Step::DeleteDisk { disk, .. }, _) => {
                (format!("look in the cloud whether disk {disk} is gone"), "if it is")
            }
            (Step::CreateDiskFromSnapshot { snapshot, .. }, _) => (
                format!(
                    "look in the cloud for a disk made from snapshot {snapshot} {times} (token {})",
                    self.row.token
                ),
                "if it is there",
            ),
            _ => (format!("look in the cloud for a disk made {times} (token {})", self.row.token), "if it is there"),
        };
        if !look.is_empty() {
            error = error.hint(look);
        }
        if let Step::SnapshotDisk { cpi, disk, .. } = &self.row.step
            && let Some(by_hand) = snapshots_of(cpi, disk)
        {
            let told = by_hand.told;
            error =
                error.hint(format!("to see all snapshots of that disk (the cloud shows what it was told as {told}):"));
            error = error.try_command(by_hand.command);
        }
        error = error.hint(format!("{then}:")).try_command(self.adopt(alone));
        error.hint("if not:").try_command(self.abandon(alone))
    }
}

/// The error of an operation that stays pending until an operator says whether these steps have happened; or, if
/// `others` wait for that, until the cloud answers.
pub fn error(operation: &OperationId, steps: &[Unknown], others: usize) -> Error {
    let count = match steps.len() + others {
        1 => "the outcome of one step is unknown".to_owned(),
        several => format!("the outcomes of {several} steps are unknown"),
    };
    let nobody = others == 0 && steps.iter().all(|step| step.silent.is_none());
    let mut error = Error::new(Kind::Cpi, if nobody { format!("{count}, and the cloud cannot tell") } else { count });
    if others > 0 {
        error = error
            .hint(format!("only the cloud can tell about {others}; when it answers again:"))
            .try_command(format!("snapback recover {operation}"));
    }
    for step in steps.iter().take(MOST) {
        error = step.explained(error, steps.len() == 1);
    }
    if steps.len() > MOST {
        error = error
            .hint(format!("and {} steps more; all of them:", steps.len() - MOST))
            .try_command(format!("snapback recover {operation} --output json"));
    }
    error.hint("its steps:").try_command(format!("snapback operations {operation}"))
}

fn clock(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Quoted for a shell: Azure's CIDs have semicolons.
fn quoted(word: &str) -> String {
    if word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
