//! Snapshots, in the state file and in the calls of a cloud.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token};
use super::instance::{Instance, InstanceName};

/// The owner of a snapshot, who may delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The Director's database lists it.
    Director,
    /// snapback made it.
    Snapback,
}

impl Owner {
    /// The name in the state file and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Owner::Director => "director",
            Owner::Snapback => "snapback",
        }
    }

    /// The value of [`Owner::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Owner::Director, Owner::Snapback].into_iter().find(|owner| owner.name() == name)
    }
}

/// How far a snapshot's bytes can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// Of one instant: the bytes that a power cut would have left.
    Crash,
    /// Copied while something could write (`--allow-torn`): its parts may be of different instants.
    Torn,
}

impl Consistency {
    /// The name in the state file and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Consistency::Crash => "crash",
            Consistency::Torn => "torn",
        }
    }

    /// The value of [`Consistency::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Consistency::Crash, Consistency::Torn].into_iter().find(|value| value.name() == name)
    }
}

/// Why a snapshot was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Somebody asked for it.
    Take,
    /// A restore keeps the content of the disk that it orphans in this way: that disk may be the damaged one.
    Safety,
}

impl Purpose {
    /// The name in the state file and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Take => "take",
            Purpose::Safety => "safety",
        }
    }

    /// The value of [`Purpose::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Purpose::Take, Purpose::Safety].into_iter().find(|purpose| purpose.name() == name)
    }
}

/// A snapshot that was taken: the answer of `snapshot_disk`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotTaken {
    /// Its CID.
    pub cid: SnapshotCid,
    /// When it was taken, UTC: an instant during the call, and not later than the one in the cloud's list. BOSH's
    /// answer is only the CID; then it is the caller's clock before the call.
    pub created_at: DateTime<Utc>,
    /// How far its bytes can be trusted.
    pub consistency: Consistency,
    /// The disk's size, in MiB, if the CPI tells.
    pub size_mib: Option<u64>,
}

/// A snapshot as the state file holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The cloud's name of it.
    pub cid: SnapshotCid,
    /// The CPI that made it, and must delete it.
    pub cpi: CpiName,
    /// The disk that it was taken of; `None` if the source of the row does not tell.
    pub disk: Option<DiskCid>,
    /// The instance that had that disk.
    pub instance: InstanceName,
    /// The availability zone, if known.
    pub az: Option<String>,
    /// The owner, who may delete it.
    pub owner: Owner,
    /// Why it was taken.
    pub purpose: Purpose,
    /// When it was taken, UTC.
    pub created_at: DateTime<Utc>,
    /// True if the instance's processes were stopped.
    pub clean: bool,
    /// How far its bytes can be trusted.
    pub consistency: Consistency,
    /// The disk's size at that time, in MiB, if known.
    pub size_mib: Option<u64>,
    /// The operator's note.
    pub note: Option<String>,
    /// The operation that took it, if snapback took it.
    pub operation: Option<OperationId>,
    /// When a drill last made a disk from it and found the content right, UTC.
    #[serde(default)]
    pub verified_at: Option<DateTime<Utc>>,
    /// BOSH's UUID of its instance, if known: the name can be given to another one.
    #[serde(default)]
    pub instance_uuid: Option<String>,
    /// True if its time is known to be wrong: a Director that takes an orphaned disk back lists the disk's snapshots as
    /// made at that moment (cloudfoundry/bosh `orphan_disk_manager.rb`).
    #[serde(default)]
    pub time_untrusted: bool,
    /// When a drill found its content wrong, UTC; `None` if none did, or if a later one found it right.
    #[serde(default)]
    pub unsound_at: Option<DateTime<Utc>>,
    /// How long it was to be kept when it was taken, in seconds; `None` if that was not said.
    #[serde(default)]
    pub lifespan: Option<u64>,
    /// When its lifespan is over and `prune` may delete it, UTC; `None` if it never expires.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why an operator holds it: nobody deletes it until it is released. `None` if it is not held.
    #[serde(default)]
    pub held: Option<String>,
    /// The schedule that took it.
    #[serde(default)]
    pub schedule: Option<String>,
    /// The change of a deployment (`guard`) before or during which it was taken.
    #[serde(default)]
    pub change: Option<String>,
    /// For how many milliseconds its instance stood still for it, if snapback quiesced it.
    #[serde(default)]
    pub still_ms: Option<u64>,
    /// True if another instance has the name now: it was taken of one with another UUID.
    #[serde(skip)]
    pub of_another: bool,
}

/// The metadata that a cloud keeps with a snapshot or a disk: keys and values as BOSH sends them.
pub type Metadata = BTreeMap<String, String>;

/// The metadata key of the operation's id.
pub const OPERATION_KEY: &str = "snapback_operation";
/// The metadata key of the step's number.
pub const STEP_KEY: &str = "snapback_step";

/// The Director that a state file belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DirectorIdentity {
    /// `director.name` of the manifest.
    pub name: String,
    /// The Director's UUID, if known; else a UUID that snapback made for this state file.
    pub uuid: String,
}

/// The deployment, and the agent, of the Director's own VM.
pub const SELF: &str = "self";

/// The metadata of a `snapshot_disk` call: the Director's whole set (cloudfoundry/bosh
/// `src/bosh-director/lib/bosh/director/api/snapshot_manager.rb`), since AWS's CPI breaks without `job` and
/// `instance_id`; and the token by which a lost snapshot is found again.
pub fn snapshot_metadata(director: &DirectorIdentity, instance: &Instance, token: &Token) -> Metadata {
    let name = &instance.name;
    // The Director has no record of its own VM, and uses that name (`jobs/snapshot_self.rb`).
    let vm = instance.vm.as_ref().filter(|_| instance.agent_id.as_deref() == Some(SELF));
    let fallback = || vm.map_or_else(|| instance.name.to_string(), ToString::to_string);
    let mut metadata = name_of(token);
    metadata.extend([
        ("deployment".to_owned(), name.deployment.clone()),
        ("job".to_owned(), name.group.clone()),
        ("index".to_owned(), name.index.to_string()),
        ("director_name".to_owned(), director.name.clone()),
        ("director_uuid".to_owned(), director.uuid.clone()),
        ("agent_id".to_owned(), instance.agent_id.clone().unwrap_or_default()),
        ("instance_id".to_owned(), instance.uuid.clone().unwrap_or_else(fallback)),
    ]);
    metadata
}

/// The metadata by which a step's snapshot is found again.
pub fn name_of(token: &Token) -> Metadata {
    Metadata::from([
        (OPERATION_KEY.to_owned(), token.operation.to_string()),
        (STEP_KEY.to_owned(), token.step.to_string()),
    ])
}
