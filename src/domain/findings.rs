//! What the sources of an import say, before it is compared with the known state.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::ids::{CpiName, DiskCid, SnapshotCid};
use super::instance::{Instance, InstanceName, ManagedBy};

/// All that one or several sources of an import say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Instances that the source describes completely.
    pub instances: Vec<Instance>,
    /// Instances whose source does not know CPIs and slots, and perhaps not UUIDs. For these, the known values stay,
    /// and the ones here are assumptions.
    pub incomplete: Vec<Instance>,
    /// Deployments that the source describes completely, though they may have no instance.
    pub whole: BTreeSet<String>,
    /// Orphaned disks.
    pub orphans: Vec<FoundDisk>,
    /// How complete the list of orphaned disks is.
    pub orphans_told: OrphansTold,
    /// The Director's lists of snapshots.
    pub snapshots: Vec<SnapshotList>,
}

/// For which deployments a list names all orphaned disks: one that it lacks is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrphansTold {
    /// For none with certainty: a file may be old.
    #[default]
    Some,
    /// For the deployments that the source describes completely.
    OfTheDeployments,
    /// For all that the Director has or had.
    All,
}

/// The name of an instance in an output of the bosh CLI: by index, by UUID, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug {
    /// The instance group.
    pub group: String,
    /// The index in it.
    pub index: Option<u32>,
    /// The UUID.
    pub uuid: Option<String>,
}

/// An orphaned disk, as the Director lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDisk {
    /// The disk.
    pub cid: DiskCid,
    /// The CPI, if nothing better is known.
    pub assumed_cpi: CpiName,
    /// The deployment that had it.
    pub deployment: String,
    /// The instance that had it; it need not exist any more.
    pub instance: Option<Slug>,
    /// The instance, as the list wrote it.
    pub called: Option<String>,
    /// Its availability zone, if told.
    pub az: Option<String>,
    /// Its approximate size in MiB: the source rounds.
    pub about_mib: Option<u64>,
    /// When it was orphaned, UTC.
    pub orphaned_at: Option<DateTime<Utc>>,
}

/// All the snapshots that the Director has of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotList {
    /// The file, or "standard input".
    pub source: String,
    /// The deployment, if the source or the operator names it.
    pub deployment: Option<String>,
    /// The snapshots.
    pub snapshots: Vec<FoundSnapshot>,
    /// Snapshots that exist but cannot be imported, and what the source does not say about them.
    pub untold: Vec<(SnapshotCid, &'static str)>,
}

/// A snapshot, as the Director lists it: without its disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSnapshot {
    /// The snapshot.
    pub cid: SnapshotCid,
    /// The instance that it was taken of.
    pub instance: Slug,
    /// When it was taken, UTC.
    pub created_at: DateTime<Utc>,
    /// True if the instance's processes were stopped.
    pub clean: bool,
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.index, &self.uuid) {
            (Some(index), _) => write!(f, "{}/{index}", self.group),
            (None, Some(uuid)) => write!(f, "{}/{uuid}", self.group),
            (None, None) => f.write_str(&self.group),
        }
    }
}

impl Slug {
    /// True if it means this instance; both belong to the same deployment.
    pub fn means(&self, instance: &Instance) -> bool {
        let same_uuid = |uuid: &str| instance.uuid.as_deref().is_some_and(|have| have.eq_ignore_ascii_case(uuid));
        instance.name.group == self.group
            && match (&self.index, &self.uuid) {
                (Some(index), _) => instance.name.index == *index,
                (None, Some(uuid)) => same_uuid(uuid),
                (None, None) => false,
            }
    }
}

impl Findings {
    /// The findings of an inventory that is complete.
    pub fn of_instances(instances: Vec<Instance>) -> Findings {
        Findings { instances, ..Findings::default() }
    }

    /// All instances that it describes.
    pub fn all_instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().chain(&self.incomplete)
    }

    /// Whether a list of the Director's has this snapshot.
    pub fn lists(&self, cid: &SnapshotCid) -> bool {
        let has = |list: &SnapshotList| {
            list.snapshots.iter().any(|one| one.cid == *cid) || list.untold.iter().any(|(untold, _)| untold == cid)
        };
        self.snapshots.iter().any(has)
    }

    /// Gives the instance of a create-env state file this deployment.
    pub fn name_create_env(&mut self, deployment: &str) {
        let of_file = |one: &&mut Instance| one.managed_by == ManagedBy::CreateEnv;
        for instance in self.incomplete.iter_mut().filter(of_file) {
            deployment.clone_into(&mut instance.name.deployment);
            for disk in &mut instance.disks {
                disk.instance = Some(instance.name.clone());
            }
        }
    }

    /// Adds what another source says.
    pub fn extend(&mut self, other: Findings) {
        self.instances.extend(other.instances);
        self.incomplete.extend(other.incomplete);
        self.whole.extend(other.whole);
        self.orphans.extend(other.orphans);
        self.snapshots.extend(other.snapshots);
    }

    /// The first thing that is listed twice, in words; `None` if there is none. Only one of the two could be imported.
    pub fn said_twice(&self) -> Option<String> {
        let mut names: HashMap<&InstanceName, ()> = HashMap::new();
        let (mut disks, mut vms, mut orphans, mut snapshots) =
            (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        for instance in self.all_instances() {
            let name = &instance.name;
            if names.insert(name, ()).is_some() {
                return Some(format!("{name} of deployment '{}'", name.deployment));
            }
            if let Some(vm) = &instance.vm
                && let Some(other) = vms.insert(vm, name)
            {
                return Some(format!("VM {vm} (of {other} and of {name})"));
            }
            for disk in &instance.disks {
                if let Some(other) = disks.insert(&disk.cid, name) {
                    return Some(format!("disk {} (of {other} and of {name})", disk.cid));
                }
            }
        }
        for disk in &self.orphans {
            if orphans.insert(&disk.cid, ()).is_some() {
                return Some(format!("orphaned disk {}", disk.cid));
            }
        }
        for list in &self.snapshots {
            let untold = list.untold.iter().map(|(cid, _)| cid);
            for cid in list.snapshots.iter().map(|snapshot| &snapshot.cid).chain(untold) {
                if snapshots.insert(cid, ()).is_some() {
                    return Some(format!("snapshot {cid}"));
                }
            }
        }
        None
    }
}
