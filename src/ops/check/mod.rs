//! `check`: what the state file knows, compared with what the clouds have and, where asked for, with what the Director
//! says. It reads, and changes nothing.

pub mod attach;
mod cloud;
mod director;
mod known;
mod leftovers;
pub mod repair;
mod snapshots;

use chrono::{DateTime, Utc};

use super::presence::Presence;
use super::session::CpiSource;
use crate::domain::findings::Findings;
use crate::domain::freshness::Freshness;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Disk, DiskState, Instance};
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::state::{Reader, SnapshotFilter};

/// Whether something has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Yes.
    Problem,
    /// It is only told.
    Note,
}

impl Severity {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Problem => "problem",
            Severity::Note => "note",
        }
    }
}

/// What is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is, for programs.
    pub kind: &'static str,
    /// Whether something has to be done.
    pub severity: Severity,
    /// The deployment, where it is of one.
    pub deployment: Option<String>,
    /// The instance, disk, snapshot, operation or CPI.
    pub about: String,
    /// In the operator's words.
    pub message: String,
    /// The next command to type.
    pub next: String,
}

impl Finding {
    fn problem(
        kind: &'static str,
        about: impl ToString,
        message: impl Into<String>,
        next: impl Into<String>,
    ) -> Finding {
        Finding {
            kind,
            severity: Severity::Problem,
            deployment: None,
            about: about.to_string(),
            message: message.into(),
            next: next.into(),
        }
    }

    fn of(mut self, deployment: &str) -> Finding {
        self.deployment = Some(deployment.to_owned());
        self
    }

    fn only_told(mut self) -> Finding {
        self.severity = Severity::Note;
        self
    }
}

/// What is compared.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Only this deployment.
    pub deployment: Option<&'a str>,
    /// What the Director says, where it was asked.
    pub director: Option<&'a Findings>,
    /// What is fresh enough.
    pub freshness: Freshness,
}

/// What the state file knows, as far as the question goes.
struct Known {
    instances: Vec<Instance>,
    disks: Vec<Disk>,
    snapshots: Vec<Snapshot>,
    /// All instances and disks, of whatever deployment.
    all_instances: Vec<Instance>,
    all_disks: Vec<Disk>,
    director_uuid: String,
    now: DateTime<Utc>,
}

impl Known {
    fn is_of_orphan(&self, snapshot: &Snapshot) -> bool {
        is_of_orphan(&self.all_disks, snapshot)
    }
}

/// Looks at everything. What cannot be looked at is a finding, and hides nothing else.
///
/// # Errors
/// The state file's.
pub fn check(
    reader: &Reader,
    cpis: &dyn CpiSource,
    presence: &Presence,
    question: Question<'_>,
) -> Result<Vec<Finding>> {
    let deployment = question.deployment;
    let mut snapshots = Vec::new();
    let filter = SnapshotFilter { deployment: deployment.map(str::to_owned), ..SnapshotFilter::default() };
    reader.each_snapshot(&filter, |snapshot| {
        snapshots.push(snapshot);
        Ok::<bool, Error>(true)
    })?;
    let known = Known {
        instances: reader.instances(deployment)?,
        disks: reader.disks(None, deployment)?,
        snapshots,
        all_instances: reader.instances(None)?,
        all_disks: reader.disks(None, None)?,
        director_uuid: reader.director()?.uuid,
        now: question.freshness.now,
    };
    let mut found = known::operations(reader)?;
    found.extend(known::checklists(reader)?);
    found.extend(known::stale(&known, question.freshness));
    found.extend(known::orphans(&known));
    let ended = reader.operations(None)?.into_iter().filter(|operation| operation.ended_at.is_some());
    let ended: Vec<_> = ended.map(|operation| operation.id).collect();
    found.extend(cloud::compare(&known, &ended, cpis, (reader, presence))?);
    if let Some(says) = question.director {
        found.extend(director::compare(&known, says, deployment));
    }
    Ok(found)
}

/// Whether a snapshot's disk is put away, or forgotten since: a Director lists no snapshots of its orphaned disks.
fn is_of_orphan(disks: &[Disk], snapshot: &Snapshot) -> bool {
    let is_active = |cid: &DiskCid| {
        let same = |disk: &Disk| disk.cpi == snapshot.cpi && disk.cid == *cid;
        disks.iter().any(|disk| same(disk) && disk.state == DiskState::Active)
    };
    snapshot.disk.as_ref().is_some_and(|cid| !is_active(cid))
}

/// The command that brings the inventory up to date, by who manages the instance.
fn import_again(instance: &Instance) -> &'static str {
    match instance.managed_by {
        crate::domain::instance::ManagedBy::Director => "snapback import --from-bosh",
        crate::domain::instance::ManagedBy::CreateEnv => "snapback import bosh-state.json",
        _ => "snapback import inventory.yml",
    }
}
