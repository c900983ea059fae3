//! The steps of an operation, their possible outcomes, and how an unknown one is settled.

use serde::{Deserialize, Serialize};

use super::create_env::EnvAct;
use super::director_act::DirectorAct;
use super::ids::{CpiName, DiskCid, OperationId, SnapshotCid, VmCid};
use super::instance::{Disk, InstanceName};
use super::snapshot::{Purpose, Snapshot};
use super::time::span;

/// The version of the steps that this program writes. A step of a newer one is refused by `recover`.
pub const STEP_VERSION: u32 = 4;

/// One of the operator's hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// Stops the processes that use the disk.
    Stop,
    /// Starts them again.
    Start,
    /// Checks whether the disk's content is right.
    Verify,
}

impl Hook {
    /// The key under `snapback.hooks`.
    pub fn name(self) -> &'static str {
        match self {
            Hook::Stop => "stop",
            Hook::Start => "start",
            Hook::Verify => "verify",
        }
    }
}

/// One change that an operation makes outside, as the journal holds it. It has all that is needed to find out later
/// whether it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// Make an empty disk.
    CreateDisk {
        /// The CPI.
        cpi: CpiName,
        /// The record to keep once the disk exists; its CID is filled in then.
        disk: DiskDraft,
    },
    /// Snapshot a disk.
    SnapshotDisk {
        /// The CPI.
        cpi: CpiName,
        /// The disk.
        disk: DiskCid,
        /// The purpose of the snapshot.
        purpose: Purpose,
        /// The record to keep once the snapshot exists; its CID is filled in then.
        draft: SnapshotDraft,
    },
    /// Delete a snapshot.
    DeleteSnapshot {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
    },
    /// Make a disk from a snapshot.
    CreateDiskFromSnapshot {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// The record to keep once the disk exists; its CID is filled in then.
        disk: DiskDraft,
    },
    /// Run a hook of the operator's.
    RunHook {
        /// The hook.
        hook: Hook,
        /// The instance that it is run for.
        instance: InstanceName,
    },
    /// Make an instance stand still, for clean snapshots of its disks.
    Quiesce {
        /// The instance.
        instance: InstanceName,
        /// A checksum of its hooks: with different hooks, `recover` would not let the instance go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hooks: Option<String>,
    },
    /// Let an instance go on that was made to stand still.
    Resume {
        /// The instance.
        instance: InstanceName,
        /// The snapshots that were taken meanwhile: they are clean if the instance stood still until then.
        #[serde(default)]
        snapshots: Vec<(CpiName, SnapshotCid)>,
    },
    /// Detach a disk from a VM.
    DetachDisk {
        /// The CPI.
        cpi: CpiName,
        /// The instance.
        instance: InstanceName,
        /// Its VM.
        vm: VmCid,
        /// The disk.
        disk: DiskCid,
    },
    /// Attach a disk to a VM.
    AttachDisk {
        /// The CPI.
        cpi: CpiName,
        /// The instance.
        instance: InstanceName,
        /// Its VM.
        vm: VmCid,
        /// The disk.
        disk: DiskCid,
        /// Its place among the instance's disks.
        slot: u32,
    },
    /// Check that a VM has a disk, and no other one in its place.
    Confirm {
        /// The CPI.
        cpi: CpiName,
        /// The VM.
        vm: VmCid,
        /// The disk.
        disk: DiskCid,
    },
    /// Note in the state file which disk is an instance's current one; nothing outside changes.
    Record {
        /// The CPI.
        cpi: CpiName,
        /// The instance.
        instance: InstanceName,
        /// The disk.
        disk: DiskCid,
        /// Its place among the instance's disks.
        slot: u32,
    },
    /// Check whether the content of a disk that was made from a snapshot is right.
    VerifyDisk {
        /// The CPI.
        cpi: CpiName,
        /// The disk.
        disk: DiskCid,
        /// The snapshot.
        snapshot: SnapshotCid,
    },
    /// Note in the state file that, by the word of its cloud, no disk can be made from a snapshot; nothing outside
    /// changes.
    NoteLost {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
    },
    /// Delete a disk that this operation made.
    DeleteDisk {
        /// The CPI.
        cpi: CpiName,
        /// The disk.
        disk: DiskCid,
    },
    /// Note in the state file a snapshot that only the cloud has; nothing outside changes.
    AdoptSnapshot {
        /// The CPI.
        cpi: CpiName,
        /// The record.
        snapshot: Snapshot,
    },
    /// Remove from the state file a snapshot that the cloud no longer has; nothing outside changes.
    ForgetSnapshot {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
    },
    /// Remove from the state file an orphaned disk that the cloud no longer has; nothing outside changes.
    ForgetDisk {
        /// The CPI.
        cpi: CpiName,
        /// The disk.
        disk: DiskCid,
    },
    /// Note in the state file that a snapshot is held and why, or that it is released; nothing outside changes.
    Hold {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// Why; `None` releases it.
        reason: Option<String>,
    },
    /// Let a snapshot's lifespan begin now; nothing outside changes.
    BeginLifespan {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// For how many seconds it is kept from now on; `None` if it never expires.
        lifespan: Option<u64>,
    },
    /// Change an instance through its Director.
    Director {
        /// The instance.
        instance: InstanceName,
        /// BOSH's UUID of it.
        uuid: String,
        /// The change.
        does: DirectorAct,
    },
    /// Change an instance that create-env manages.
    CreateEnv {
        /// The instance.
        instance: InstanceName,
        /// The change.
        does: EnvAct,
    },
    /// Remove the half-made things of a killed step of this operation.
    ClearLeftovers {
        /// The CPI.
        cpi: CpiName,
        /// The operation.
        operation: OperationId,
    },
}

/// A disk record whose CID is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskDraft {
    /// The instance that it is meant for.
    pub instance: Option<InstanceName>,
    /// Its slot there.
    pub slot: u32,
    /// Its size in MiB, if known before.
    pub size_mib: Option<u64>,
    /// Its availability zone, if known.
    pub az: Option<String>,
    /// The CPI's cloud properties, if known.
    pub cloud_properties: Option<serde_json::Value>,
}

/// A snapshot record whose CID is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotDraft {
    /// The instance.
    pub instance: InstanceName,
    /// Its availability zone, if known.
    pub az: Option<String>,
    /// True if the instance's processes are stopped.
    pub clean: bool,
    /// Whether a torn copy is acceptable.
    pub allow_torn: bool,
    /// The disk's size in MiB, if known.
    pub size_mib: Option<u64>,
    /// The operator's note.
    pub note: Option<String>,
    /// For how many seconds it is kept; `None` if it never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifespan: Option<u64>,
    /// The schedule that takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The change of a deployment before which it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}

/// How snapback finds out whether a step whose outcome is unknown has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// List the CPI's snapshots by the step's token, and adopt the one that is there.
    SnapshotByToken,
    /// Ask the CPI whether the snapshot still exists.
    SnapshotByCid,
    /// Look for the disk by the step's token, and adopt it if it is there.
    DiskByToken,
    /// Ask the CPI whether the disk still exists.
    DiskByCid,
    /// Ask the CPI which disks the VM has.
    DisksOfVm,
    /// Wait until no task of the deployment runs, and ask the Director and the CPI about the present state.
    ByDirector,
    /// Read create-env's state file, and ask the CPI which disks its VM has.
    ByStateFile,
    /// Let the instance go on: it may stand still.
    ByResuming,
    /// It changed nothing permanent, or may be done twice: count it as not done.
    Repeatable,
}

impl Step {
    /// The kind's name in the journal, in fault points and in `operations`.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::CreateDisk { .. } => "create_disk",
            Step::SnapshotDisk { .. } => "snapshot_disk",
            Step::DeleteSnapshot { .. } => "delete_snapshot",
            Step::CreateDiskFromSnapshot { .. } => "create_disk_from_snapshot",
            Step::RunHook { hook: Hook::Stop, .. } => "stop_hook",
            Step::RunHook { hook: Hook::Start, .. } => "start_hook",
            Step::RunHook { hook: Hook::Verify, .. } => "verify_hook",
            Step::Quiesce { .. } => "quiesce",
            Step::Resume { .. } => "resume",
            Step::DetachDisk { .. } => "detach_disk",
            Step::AttachDisk { .. } => "attach_disk",
            Step::Confirm { .. } => "confirm",
            Step::Record { .. } => "record",
            Step::VerifyDisk { .. } => "verify_disk",
            Step::NoteLost { .. } => "note_lost",
            Step::DeleteDisk { .. } => "delete_disk",
            Step::AdoptSnapshot { .. } => "adopt_snapshot",
            Step::ForgetSnapshot { .. } => "forget_snapshot",
            Step::ForgetDisk { .. } => "forget_disk",
            Step::Hold { reason: Some(_), .. } => "hold",
            Step::Hold { reason: None, .. } => "release",
            Step::BeginLifespan { .. } => "begin_lifespan",
            Step::Director { does, .. } => does.kind(),
            Step::CreateEnv { does, .. } => does.kind(),
            Step::ClearLeftovers { .. } => "clear_leftovers",
        }
    }

    /// How an unknown outcome of the step is settled. A new kind without an answer does not compile.
    pub fn settlement(&self) -> Settlement {
        match self {
            Step::SnapshotDisk { .. } => Settlement::SnapshotByToken,
            Step::DeleteSnapshot { .. } => Settlement::SnapshotByCid,
            Step::CreateDisk { .. } | Step::CreateDiskFromSnapshot { .. } => Settlement::DiskByToken,
            Step::DeleteDisk { .. } => Settlement::DiskByCid,
            Step::DetachDisk { .. } | Step::AttachDisk { .. } => Settlement::DisksOfVm,
            Step::Director { does, .. } if !does.is_repeatable() => Settlement::ByDirector,
            Step::CreateEnv { .. } => Settlement::ByStateFile,
            Step::Quiesce { .. } | Step::Resume { .. } => Settlement::ByResuming,
            Step::Director { .. }
            | Step::RunHook { .. }
            | Step::Confirm { .. }
            | Step::Record { .. }
            | Step::VerifyDisk { .. }
            | Step::NoteLost { .. }
            | Step::AdoptSnapshot { .. }
            | Step::ForgetSnapshot { .. }
            | Step::ForgetDisk { .. }
            | Step::Hold { .. }
            | Step::BeginLifespan { .. }
            | Step::ClearLeftovers { .. } => Settlement::Repeatable,
        }
    }

    /// The step in the operator's words, for plans and `operations ID`.
    pub fn describe(&self) -> String {
        match self {
            Step::CreateDisk { disk, .. } => match disk.size_mib {
                Some(size) => format!("make an empty disk of {size} MiB"),
                None => "make an empty disk".to_owned(),
            },
            Step::SnapshotDisk { disk, purpose: Purpose::Take, .. } => format!("snapshot disk {disk}"),
            Step::SnapshotDisk { disk, purpose: Purpose::Safety, .. } => format!("safety snapshot of disk {disk}"),
            Step::DeleteSnapshot { snapshot, .. } => format!("delete snapshot {snapshot}"),
            Step::CreateDiskFromSnapshot { snapshot, .. } => format!("make a new disk from snapshot {snapshot}"),
            Step::RunHook { hook, instance } => format!("run the {} hook for {instance}", hook.name()),
            Step::Quiesce { instance, .. } => format!("make {instance} stand still"),
            Step::Resume { instance, .. } => format!("let {instance} go on"),
            Step::DetachDisk { vm, disk, .. } => format!("detach disk {disk} from VM {vm}"),
            Step::AttachDisk { vm, disk, .. } => format!("attach disk {disk} to VM {vm}"),
            Step::Confirm { vm, disk, .. } => format!("confirm that VM {vm} has disk {disk}"),
            Step::Record { instance, disk, .. } => format!("note that {disk} is the disk of {instance}"),
            Step::VerifyDisk { disk, snapshot, .. } => format!("look at disk {disk}, made from snapshot {snapshot}"),
            Step::NoteLost { snapshot, .. } => format!("note that no disk can be made from snapshot {snapshot}"),
            Step::DeleteDisk { disk, .. } => format!("delete disk {disk}"),
            Step::AdoptSnapshot { snapshot, .. } => format!("note snapshot {} of {}", snapshot.cid, snapshot.instance),
            Step::ForgetSnapshot { snapshot, .. } => format!("forget snapshot {snapshot}, which is gone"),
            Step::ForgetDisk { disk, .. } => format!("forget disk {disk}, which is gone"),
            Step::Hold { snapshot, reason: Some(reason), .. } => format!("hold snapshot {snapshot}: {reason}"),
            Step::Hold { snapshot, reason: None, .. } => format!("release snapshot {snapshot}"),
            Step::BeginLifespan { snapshot, lifespan: Some(lifespan), .. } => {
                format!("keep snapshot {snapshot} for another {}", span(*lifespan))
            }
            Step::BeginLifespan { snapshot, lifespan: None, .. } => format!("keep snapshot {snapshot} for good"),
            Step::Director { instance, uuid, does } => does.describe(&format!("{}/{uuid}", instance.group)),
            Step::CreateEnv { does, .. } => does.describe(),
            Step::ClearLeftovers { operation, .. } => format!("clear what {operation} left half-made"),
        }
    }

    /// The same for somebody who watches several instances at once: with the instance, where the words do not name it. A
    /// `take` may be of several deployments.
    pub fn while_at_work(&self) -> String {
        match self {
            Step::SnapshotDisk { draft: SnapshotDraft { instance, .. }, .. } => {
                format!("{instance} of {}: {}", instance.deployment, self.describe())
            }
            Step::CreateDiskFromSnapshot { disk: DiskDraft { instance: Some(instance), .. }, .. }
            | Step::DetachDisk { instance, .. }
            | Step::AttachDisk { instance, .. } => format!("{instance}: {}", self.describe()),
            _ => self.describe(),
        }
    }
}

/// The outcome of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It happened, with this result.
    Done {
        /// One line for `operations ID`: the CID that was made, for example.
        result: Option<String>,
        /// Facts that the state file records in the same transaction.
        facts: Vec<Fact>,
    },
    /// It did not happen: nothing outside has changed.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// It may have happened. Only `recover` settles it.
    Unknown {
        /// Why it is not known, in one line.
        reason: String,
    },
}

impl Outcome {
    /// The outcome of a step that happened and brought nothing to record.
    pub fn done() -> Self {
        Outcome::Done { result: None, facts: Vec::new() }
    }

    /// The outcome of a step that did not happen, for this reason.
    pub fn failed(reason: impl Into<String>) -> Self {
        Outcome::Failed { reason: reason.into() }
    }

    /// The same outcome; if the step happened, with this line for `operations ID`.
    pub fn telling(self, line: Option<String>) -> Self {
        match self {
            Outcome::Done { facts, .. } => Outcome::Done { result: line, facts },
            other => other,
        }
    }

    /// The same outcome; if the step happened, with this fact.
    pub fn with(mut self, fact: Fact) -> Self {
        if let Outcome::Done { facts, .. } = &mut self {
            facts.push(fact);
        }
        self
    }
}

/// The state of a step in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// The row exists; the effect is under way, or its author is dead.
    Intended,
    /// It happened.
    Done,
    /// It did not happen.
    Failed,
    /// It may have happened.
    Unknown,
}

impl StepState {
    /// The name in the state file and in tables.
    pub fn name(self) -> &'static str {
        match self {
            StepState::Intended => "intended",
            StepState::Done => "done",
            StepState::Failed => "failed",
            StepState::Unknown => "unknown",
        }
    }

    /// The value of [`StepState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [StepState::Intended, StepState::Done, StepState::Failed, StepState::Unknown]
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// True if it is known whether it happened.
    pub fn is_settled(self) -> bool {
        matches!(self, StepState::Done | StepState::Failed)
    }
}

/// Something that is true from now on.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A new snapshot exists. Its CID must not be known before.
    SnapshotExists(Snapshot),
    /// A snapshot that was thought gone exists: the very same one.
    SnapshotBack {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
    },
    /// A snapshot is gone from the cloud.
    SnapshotGone {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
    },
    /// A disk that was made from a snapshot was checked.
    SnapshotVerified {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// Whether its content is right.
        sound: bool,
    },
    /// A snapshot is held from now on, or is released.
    SnapshotHeld {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// Why; `None` releases it.
        reason: Option<String>,
    },
    /// The lifespan of a snapshot begins now.
    LifespanBegins {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// For how many seconds it is kept; `None` if it never expires.
        lifespan: Option<u64>,
    },
    /// The instance stood still from before the snapshot was taken until after it.
    SnapshotClean {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// For how many milliseconds it stood still.
        still_ms: u64,
    },
    /// A snapshot belongs to a change of a deployment.
    SnapshotOfChange {
        /// The CPI.
        cpi: CpiName,
        /// The snapshot.
        snapshot: SnapshotCid,
        /// The change's id.
        change: String,
    },
    /// A new disk exists. Its CID must not be known before.
    DiskExists(Disk),
    /// A disk is gone from the cloud.
    DiskGone {
        /// The CPI.
        cpi: CpiName,
        /// The disk.
        disk: DiskCid,
    },
    /// A disk is the instance's current one in this slot.
    DiskAttached {
        /// The CPI.
        cpi: CpiName,
        /// The instance.
        instance: InstanceName,
        /// The disk.
        disk: DiskCid,
        /// The slot.
        slot: u32,
    },
    /// The instance has another VM.
    VmReplaced {
        /// The instance.
        instance: InstanceName,
        /// Its VM.
        vm: VmCid,
    },
    /// The cloud has just confirmed that the instance's VM has its disk.
    Confirmed(InstanceName),
    /// A disk is no longer attached, and is kept.
    DiskOrphaned {
        /// The CPI.
        cpi: CpiName,
        /// The disk.
        disk: DiskCid,
    },
}
