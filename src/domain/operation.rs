//! Operations: one run of a mutating command each, journalled.

use chrono::{DateTime, Utc};

use super::create_env::{DONE, TO_DO};
use super::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token};
use super::instance::InstanceName;
use super::step::{Step, StepState};
use super::swap::SwapPlan;

/// The mutating commands that are journalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `demo`
    Demo,
    /// `take`
    Take,
    /// `delete`
    Delete,
    /// `delete-all`
    DeleteAll,
    /// `delete-disk`
    DeleteDisk,
    /// `promote`
    Promote,
    /// `drill`
    Drill,
    /// `check`, if it was told to repair something.
    Check,
    /// `restore`
    Restore,
    /// `undo`
    Undo,
    /// `prune`
    Prune,
    /// `hold`
    Hold,
    /// `release`
    Release,
}

impl Verb {
    /// All of them.
    pub const ALL: [Verb; 13] = [
        Verb::Demo,
        Verb::Take,
        Verb::Delete,
        Verb::DeleteAll,
        Verb::DeleteDisk,
        Verb::Promote,
        Verb::Drill,
        Verb::Check,
        Verb::Restore,
        Verb::Undo,
        Verb::Prune,
        Verb::Hold,
        Verb::Release,
    ];

    /// The command's name.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Demo => "demo",
            Verb::Take => "take",
            Verb::Delete => "delete",
            Verb::DeleteAll => "delete-all",
            Verb::DeleteDisk => "delete-disk",
            Verb::Promote => "promote",
            Verb::Drill => "drill",
            Verb::Check => "check",
            Verb::Restore => "restore",
            Verb::Undo => "undo",
            Verb::Prune => "prune",
            Verb::Hold => "hold",
            Verb::Release => "release",
        }
    }

    /// The value of [`Verb::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }
}

/// The state of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationState {
    /// It is under way, or its author is dead.
    Pending,
    /// All of it was done.
    Done,
    /// A part of it was done.
    Partly,
    /// It failed; what it had begun was undone, or is recorded.
    Failed,
    /// It failed or was interrupted, and the instance was put back on its old disk.
    RolledBack,
}

impl OperationState {
    /// The name in the state file and in tables.
    pub fn name(self) -> &'static str {
        match self {
            OperationState::Pending => "pending",
            OperationState::Done => "done",
            OperationState::Partly => "partly",
            OperationState::Failed => "failed",
            OperationState::RolledBack => "rolled back",
        }
    }

    /// The value of [`OperationState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [
            OperationState::Pending,
            OperationState::Done,
            OperationState::Partly,
            OperationState::Failed,
            OperationState::RolledBack,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

/// A thing that an operation uses, and keeps other operations from using.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The thing.
    pub resource: Resource,
    /// Whether others may claim it at the same time.
    pub mode: ClaimMode,
}

impl Claim {
    /// A claim that nobody else may have.
    pub fn exclusive(resource: Resource) -> Claim {
        Claim { resource, mode: ClaimMode::Exclusive }
    }

    /// A claim that others may share.
    pub fn shared(resource: Resource) -> Claim {
        Claim { resource, mode: ClaimMode::Shared }
    }
}

/// A thing that can be claimed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// An instance.
    Instance(InstanceName),
    /// A disk.
    Disk(CpiName, DiskCid),
    /// A snapshot.
    Snapshot(CpiName, SnapshotCid),
    /// The Director's resurrector: one switch for all of its instances.
    Resurrector,
}

impl Resource {
    /// The key in the state file.
    pub fn key(&self) -> String {
        match self {
            Resource::Instance(name) => format!("instance {} {}/{}", name.deployment, name.group, name.index),
            Resource::Disk(cpi, cid) => format!("disk {cpi} {cid}"),
            Resource::Snapshot(cpi, cid) => format!("snapshot {cpi} {cid}"),
            Resource::Resurrector => "resurrector".to_owned(),
        }
    }
}

/// Whether a claim lets others in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimMode {
    /// Others may claim it as shared: several `take`s of one instance.
    Shared,
    /// Nobody else may.
    Exclusive,
}

impl ClaimMode {
    /// The name in the state file.
    pub fn name(self) -> &'static str {
        match self {
            ClaimMode::Shared => "shared",
            ClaimMode::Exclusive => "exclusive",
        }
    }
}

/// Who runs an operation, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// The user's name.
    pub user: String,
    /// The host's name.
    pub host: String,
    /// The id that tells this host from others of the same name (`/etc/machine-id`); empty if there is none.
    pub host_id: String,
    /// The process id, only for the reader: snapback decides nothing by it.
    pub pid: u32,
}

/// An operation as the state file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its name, unique among all state files.
    pub id: OperationId,
    /// The command.
    pub verb: Verb,
    /// The command line, without secrets.
    pub arguments: String,
    /// Who ran it, and where.
    pub author: Author,
    /// When it began, UTC.
    pub started_at: DateTime<Utc>,
    /// When it ended, UTC.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its state.
    pub state: OperationState,
    /// How it ended, in one line.
    pub summary: Option<String>,
    /// The plan of a restore or an undo.
    pub plan: Option<SwapPlan>,
    /// The state of its checklist, if there is something to do by hand afterwards.
    pub checklist: Option<Checklist>,
}

/// The state of an operation's checklist. Its restore has put a Director on an old database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checklist {
    /// Nobody has said yet that it is done.
    Open,
    /// It is done.
    Done,
}

impl Checklist {
    /// The name in the state file.
    pub fn name(self) -> &'static str {
        match self {
            Checklist::Open => "open",
            Checklist::Done => "done",
        }
    }

    /// The value of [`Checklist::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Checklist::Open, Checklist::Done].into_iter().find(|value| value.name() == name)
    }
}

impl Operation {
    /// Whether the operation has put a Director on an old database, and its checklist is still to be done.
    pub fn has_to_do(&self) -> bool {
        self.checklist == Some(Checklist::Open)
    }

    /// Whether it decides if its instance is on an old database: it has given the instance another disk, or may have.
    pub fn decides_what_to_do(&self) -> bool {
        self.state == OperationState::Done || self.checklist.is_some()
    }

    /// Its summary once the checklist is done.
    pub fn checked_off(&self) -> String {
        let summary = self.summary.as_deref().unwrap_or_default();
        format!("{}{DONE}", summary.strip_suffix(TO_DO).unwrap_or(summary))
    }
}

/// A step as the state file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// Its name.
    pub token: Token,
    /// The effect that it stands for.
    pub step: Step,
    /// Its state.
    pub state: StepState,
    /// The CID that was made, or why it failed.
    pub result: Option<String>,
    /// Attempts that failed and were repeated, a line each.
    pub notes: Option<String>,
    /// When the row was committed, UTC.
    pub started_at: DateTime<Utc>,
    /// When the outcome was committed, UTC.
    pub ended_at: Option<DateTime<Utc>>,
}
