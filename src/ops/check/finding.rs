//! Findings, and the records of the state file that lead to them.

use chrono::{DateTime, Utc};

use crate::domain::findings::Findings;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Disk, DiskState, Instance, ManagedBy};
use crate::domain::snapshot::Snapshot;

/// Whether something has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Yes.
    Problem,
    /// No: it is only mentioned.
    Note,
}

impl Severity {
    /// The word for it in tables.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Problem => "problem",
            Severity::Note => "note",
        }
    }
}

/// A thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of finding, for programs.
    pub kind: &'static str,
    /// Whether something has to be done.
    pub severity: Severity,
    /// The deployment, if it belongs to one.
    pub deployment: Option<String>,
    /// The instance, disk, snapshot, operation or CPI.
    pub about: String,
    /// The finding in the operator's words.
    pub message: String,
    /// The next command to type.
    pub next: String,
}

impl Finding {
    pub(super) fn problem(
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

    pub(super) fn of(mut self, deployment: &str) -> Finding {
        self.deployment = Some(deployment.to_owned());
        self
    }

    pub(super) fn only_told(mut self) -> Finding {
        self.severity = Severity::Note;
        self
    }
}

/// The records of the state file that the question covers, and the Director's lists.
pub(super) struct Known<'a> {
    pub(super) instances: Vec<Instance>,
    pub(super) disks: Vec<Disk>,
    pub(super) snapshots: Vec<Snapshot>,
    /// All instances and disks of all deployments.
    pub(super) all_instances: Vec<Instance>,
    pub(super) all_disks: Vec<Disk>,
    pub(super) director_uuid: String,
    /// If it was asked.
    pub(super) director: Option<&'a Findings>,
    pub(super) now: DateTime<Utc>,
}

impl Known<'_> {
    pub(super) fn is_of_orphan(&self, snapshot: &Snapshot) -> bool {
        is_of_orphan(&self.all_disks, snapshot)
    }
}

/// Whether a snapshot's disk is orphaned, or has been forgotten since: a Director lists no snapshots of its orphaned
/// disks.
pub(super) fn is_of_orphan(disks: &[Disk], snapshot: &Snapshot) -> bool {
    let is_active = |cid: &DiskCid| {
        let same = |disk: &Disk| disk.cpi == snapshot.cpi && disk.cid == *cid;
        disks.iter().any(|disk| same(disk) && disk.state == DiskState::Active)
    };
    snapshot.disk.as_ref().is_some_and(|cid| !is_active(cid))
}

/// The command that updates the inventory, depending on who manages the instance.
pub(super) fn import_again(instance: &Instance) -> &'static str {
    match instance.managed_by {
        ManagedBy::Director => "snapback import --from-bosh",
        ManagedBy::CreateEnv => "snapback import bosh-state.json",
        ManagedBy::Nobody => "snapback import inventory.yml",
    }
}
