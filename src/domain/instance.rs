//! Instances and their persistent disks, as the inventory gives them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{CpiName, DiskCid, SnapshotCid, VmCid};

/// How many days a Director keeps an orphaned disk, and its own snapshots of it (cloudfoundry/bosh `jobs/director/spec`,
/// `director.disks.max_orphaned_age_in_days`, by default 5).
pub const ORPHANED_DAYS: i64 = 5;

/// Who manages an instance. It decides how the instance gets another disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagedBy {
    /// A living Director.
    Director,
    /// `bosh create-env`.
    CreateEnv,
    /// Nobody: snapback may attach and detach through the CPI.
    Nobody,
}

impl ManagedBy {
    /// The name in the inventory and the state file.
    pub fn name(self) -> &'static str {
        match self {
            ManagedBy::Director => "director",
            ManagedBy::CreateEnv => "create-env",
            ManagedBy::Nobody => "nobody",
        }
    }

    /// The value of [`ManagedBy::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [ManagedBy::Director, ManagedBy::CreateEnv, ManagedBy::Nobody].into_iter().find(|who| who.name() == name)
    }
}

/// The name of an instance: deployment, group (BOSH 1: job) and index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstanceName {
    /// The deployment.
    pub deployment: String,
    /// The instance group.
    pub group: String,
    /// The index in the group.
    pub index: u32,
}

impl fmt::Display for InstanceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.index)
    }
}

/// An instance as the state file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: InstanceName,
    /// BOSH's UUID of the instance, if known.
    pub uuid: Option<String>,
    /// Its availability zone, if known.
    pub az: Option<String>,
    /// The CPI that its VM and disks live on.
    pub cpi: CpiName,
    /// Its VM; an instance without one has no disk attached, and nothing is taken of it.
    pub vm: Option<VmCid>,
    /// BOSH's agent id, if known.
    pub agent_id: Option<String>,
    /// Who manages it.
    pub managed_by: ManagedBy,
    /// When an import last confirmed it, UTC.
    pub confirmed_at: DateTime<Utc>,
    /// Its current persistent disks, by slot.
    pub disks: Vec<Disk>,
    /// Facts from its Director's list that snapback only shows.
    pub reported: Reported,
    /// The ids of the state file that it was read from, if `create-env` manages it.
    pub state_file: StateFileIds,
}

impl Instance {
    /// Whether this is known to be another instance than one with the same name: the UUID identifies an instance, if it
    /// has one.
    pub fn is_another(&self, other: &Instance) -> bool {
        match (&self.uuid, &other.uuid) {
            (Some(one), Some(other)) => !one.eq_ignore_ascii_case(other),
            _ => false,
        }
    }
}

/// The ids that distinguish the state files of two `create-env` installations (cloudfoundry/bosh-cli
/// `deployment/config/deployment_state_service.go`); empty if they are unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateFileIds {
    /// `director_id`: made with the file.
    pub director: Option<String>,
    /// `installation_id`: made with the first installation of its CPI.
    pub installation: Option<String>,
}

impl StateFileIds {
    /// Whether these are known to belong to two files: one of the ids is known of both, and differs.
    pub fn differ(&self, other: &StateFileIds) -> bool {
        let differs = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
        differs(&self.director, &other.director) || differs(&self.installation, &other.installation)
    }
}

/// Facts from a Director's list of instances that snapback only shows; empty if the list does not have them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reported {
    /// The state of its processes: `running`, `failing`, `unresponsive agent`.
    pub process_state: Option<String>,
    /// Its addresses.
    pub ips: Vec<String>,
    /// The desired state: `started`, `stopped`, `detached`.
    pub desired_state: Option<String>,
    /// The type of its VM.
    pub vm_type: Option<String>,
    /// Whether it is the first of its group.
    pub bootstrap: Option<bool>,
    /// Whether the Director ignores it.
    pub ignored: Option<bool>,
}

/// Whether a disk is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskState {
    /// It is an instance's current disk.
    Active,
    /// Detached and kept.
    Orphaned,
}

impl DiskState {
    /// The name in the state file and in tables.
    pub fn name(self) -> &'static str {
        match self {
            DiskState::Active => "active",
            DiskState::Orphaned => "orphaned",
        }
    }

    /// The value of [`DiskState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [DiskState::Active, DiskState::Orphaned].into_iter().find(|state| state.name() == name)
    }
}

/// A disk in a list, with BOSH's name of its instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDisk {
    /// The disk.
    pub disk: Disk,
    /// The deployment that has it or had it last; it need not be known otherwise.
    pub deployment: Option<String>,
    /// The instance that has it or had it last, as BOSH wrote it.
    pub instance: Option<String>,
}

/// A disk that was made: the answer of `create_disk` and `create_disk_from_snapshot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskMade {
    /// Its CID.
    pub cid: DiskCid,
    /// Its size in MiB, if the CPI tells.
    pub size_mib: Option<u64>,
}

/// A persistent disk as the state file holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// The cloud's name of it.
    pub cid: DiskCid,
    /// The CPI that made it.
    pub cpi: CpiName,
    /// The instance that has it, or had it last.
    pub instance: Option<InstanceName>,
    /// Its place among the instance's disks. A disk that replaces another takes over its place.
    pub slot: u32,
    /// Whether it is in use.
    pub state: DiskState,
    /// Its size in MiB, if known.
    pub size_mib: Option<u64>,
    /// Its availability zone, if known.
    pub az: Option<String>,
    /// The CPI's cloud properties that it was made with, if known.
    pub cloud_properties: Option<serde_json::Value>,
    /// The snapshot that it was made from, if snapback made it.
    pub origin: Option<SnapshotCid>,
    /// When it was orphaned, UTC.
    pub orphaned_at: Option<DateTime<Utc>>,
}
