//! The plan of a restore or an undo: an instance gets another disk in place of its current one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::create_env::{ByCreateEnv, TO_DO};
use super::ids::{CpiName, DiskCid, OperationId, SnapshotCid, VmCid};
use super::instance::{Instance, InstanceName};

/// Where the disk to attach comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// A new disk is made from this snapshot.
    Snapshot {
        /// The snapshot.
        cid: SnapshotCid,
        /// When it was taken, UTC.
        created_at: DateTime<Utc>,
        /// Whether the processes were stopped then.
        clean: bool,
    },
    /// A disk that exists: one that an earlier operation orphaned, or one made by hand.
    Disk {
        /// The disk.
        cid: DiskCid,
        /// The snapshot that it was made from, if it was made by hand.
        #[serde(default)]
        of: Option<SnapshotCid>,
    },
}

/// The disk that will be orphaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldDisk {
    /// The disk.
    pub cid: DiskCid,
    /// False if the cloud no longer has it: there is nothing to detach, to keep or to go back to.
    pub exists: bool,
    /// False if it was already detached when the plan was made.
    pub attached: bool,
}

/// How an instance gets its disk. It depends on who manages the instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Method {
    /// Through the CPI: nobody manages it.
    #[default]
    Cpi,
    /// Through its Director.
    Bosh(ByDirector),
    /// By `bosh create-env`.
    CreateEnv(ByCreateEnv),
}

/// The facts that a restore needs about an instance that a Director manages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByDirector {
    /// BOSH's UUID of the instance: `bosh attach-disk` accepts nothing else (cloudfoundry/bosh `jobs/attach_disk.rb`).
    pub uuid: String,
    /// Whether it is to run afterwards. An instance that was stopped stays stopped.
    pub start: bool,
    /// Whether the resurrector is on, and is switched off meanwhile.
    pub pause_resurrection: bool,
    /// Whether a snapshot of the new disk is taken at the end, which the Director cannot delete.
    pub protect: bool,
    /// Whether the CPI named the instance's disk when the plan was made. If so, it can tell which disks the VM has.
    #[serde(default)]
    pub tells: bool,
}

/// One disk of an instance, and the one that replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskSwap {
    /// The place among the instance's disks.
    pub slot: u32,
    /// The disk in the slot now.
    pub old: Option<OldDisk>,
    /// The size of the current disk in MiB, if known: the new one is not smaller.
    pub size_mib: Option<u64>,
    /// The cloud properties of the current disk, if known.
    pub cloud_properties: Option<serde_json::Value>,
    /// The source of the new disk.
    pub source: Source,
    /// Whether a snapshot of the old disk is taken before it is orphaned.
    pub safety_snapshot: bool,
}

impl DiskSwap {
    /// The disks that are known in advance: the old one, and the new one if it exists already.
    pub fn cids(&self) -> impl Iterator<Item = &DiskCid> {
        let new = match &self.source {
            Source::Disk { cid, .. } => Some(cid),
            Source::Snapshot { .. } => None,
        };
        self.old.as_ref().map(|old| &old.cid).into_iter().chain(new)
    }

    /// Whether the operation itself makes the disk to attach.
    pub fn is_new(&self) -> bool {
        matches!(self.source, Source::Snapshot { .. })
    }

    /// The old disk, if the cloud has it.
    pub fn old_disk(&self) -> Option<&DiskCid> {
        self.old.as_ref().filter(|old| old.exists).map(|old| &old.cid)
    }
}

/// A plan, without effects: `--dry-run`, the confirmation, the execution, and `recover` after a kill all use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapPlan {
    /// The instance.
    pub instance: InstanceName,
    /// BOSH's UUID of it, if known: the name may be given to another instance.
    #[serde(default)]
    pub instance_uuid: Option<String>,
    /// Its availability zone, if known.
    pub az: Option<String>,
    /// The CPI.
    pub cpi: CpiName,
    /// The VM.
    pub vm: VmCid,
    /// The disk that is exchanged; if there are several, that of the lowest slot. Older plans had one disk, stored
    /// here.
    #[serde(flatten)]
    pub first: DiskSwap,
    /// The other disks that are exchanged in the same stop, by slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<DiskSwap>,
    /// Whether a torn copy is acceptable as the safety snapshot.
    pub allow_torn: bool,
    /// The operation that an undo reverses.
    pub undo_of: Option<OperationId>,
    /// The first operation of the run of a command that this one belongs to; `None` if it is that first one itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<OperationId>,
    /// Which hooks the manifest has.
    pub hooks: HooksPresent,
    /// How the instance gets its disk.
    #[serde(default)]
    pub method: Method,
}

/// Which hooks the manifest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HooksPresent {
    /// `snapback.hooks.stop`
    pub stop: bool,
    /// `snapback.hooks.start`
    pub start: bool,
    /// `snapback.hooks.verify`
    pub verify: bool,
}

impl SwapPlan {
    /// All disks that are exchanged, by slot.
    pub fn disks(&self) -> impl DoubleEndedIterator<Item = &DiskSwap> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The disk, for a method that exchanges only one.
    pub fn only(&self) -> &DiskSwap {
        &self.first
    }

    /// The old disk of [`SwapPlan::only`], if the cloud has it.
    pub fn old_disk(&self) -> Option<&DiskCid> {
        self.first.old_disk()
    }

    /// The same plan, as a part of a run of a command that began with another operation.
    #[must_use]
    pub fn part_of(&self, command: Option<&OperationId>) -> SwapPlan {
        SwapPlan { command: command.cloned(), ..self.clone() }
    }

    /// Whether an instance with the plan's name is known to be another one.
    pub fn is_of_another_than(&self, instance: &Instance) -> bool {
        let planned = match &self.method {
            Method::Bosh(by) => Some(&by.uuid),
            Method::Cpi | Method::CreateEnv(_) => self.instance_uuid.as_ref(),
        };
        planned.zip(instance.uuid.as_ref()).is_some_and(|(planned, now)| !planned.eq_ignore_ascii_case(now))
    }

    /// Whether the instance is started at the end.
    pub fn starts(&self) -> bool {
        match &self.method {
            Method::Cpi => self.hooks.start,
            Method::Bosh(by) => by.start,
            Method::CreateEnv(_) => true,
        }
    }

    /// Whether the instance is stopped while its disks are exchanged.
    pub fn stops(&self) -> bool {
        match &self.method {
            Method::Cpi => self.hooks.stop,
            Method::Bosh(_) => true,
            // create-env stops it, long after the safety snapshot.
            Method::CreateEnv(_) => false,
        }
    }

    /// How the operation ended, in one line: the disks that the instance has now.
    pub fn summary(&self, disks: &[&DiskCid]) -> String {
        let to_do = if let Method::CreateEnv(_) = self.method { TO_DO } else { "" };
        let word = if disks.len() > 1 { "disks" } else { "disk" };
        let disks = disks.iter().map(|disk| disk.as_str()).collect::<Vec<_>>().join(", ");
        format!("{} has {word} {disks}{to_do}", self.instance)
    }

    /// The steps in the operator's words, in order.
    pub fn steps(&self) -> Vec<String> {
        let mut steps = Vec::new();
        let mut names = Vec::new();
        for one in self.disks() {
            names.push(match &one.source {
                Source::Snapshot { cid, .. } => {
                    steps.push(format!("make a new disk from snapshot {cid}"));
                    if self.others.is_empty() { "the new disk".to_owned() } else { format!("the new disk of {cid}") }
                }
                Source::Disk { cid, .. } => format!("disk {cid}"),
            });
        }
        let new = names.first().cloned().unwrap_or_default();
        if let Method::Bosh(by) = &self.method {
            self.steps_by_director(by, &new, &mut steps);
            return steps;
        }
        if let Method::CreateEnv(by) = &self.method {
            self.steps_by_create_env(by, &new, &mut steps);
            return steps;
        }
        if self.hooks.stop {
            steps.push(format!("run the stop hook for {}", self.instance));
        }
        for one in self.disks().filter(|one| one.safety_snapshot) {
            steps.extend(one.old_disk().map(|old| format!("safety snapshot of {old}")));
        }
        for old in self.disks().filter_map(|one| one.old.as_ref()) {
            steps.extend(match (old.exists, old.attached) {
                (true, true) => Some(format!("detach {} from VM {} (it is kept)", old.cid, self.vm)),
                (true, false) => Some(format!("make sure that {} is off VM {} (it is kept)", old.cid, self.vm)),
                (false, true) => Some(format!("detach {} from VM {}: it is gone, and this may fail", old.cid, self.vm)),
                (false, false) => None,
            });
        }
        for new in &names {
            steps.push(format!("attach {new} to VM {}", self.vm));
        }
        let them = if names.len() > 1 { "them" } else { "it" };
        steps.push(format!("confirm with the cloud that VM {} has {them}", self.vm));
        if self.hooks.verify {
            steps.push(format!("run the verify hook for {}", self.instance));
        }
        if self.hooks.start {
            steps.push(format!("run the start hook for {}", self.instance));
        }
        steps
    }

    fn steps_by_create_env(&self, by: &ByCreateEnv, new: &str, steps: &mut Vec<String>) {
        if let Some(old) = self.old_disk().filter(|_| self.first.safety_snapshot) {
            steps.push(format!("safety snapshot of {old}"));
        }
        let (file, record) = (by.state_file.display(), &by.record);
        steps.push(format!("put {new} into the disk's record {record} of {file}, and keep a copy of that file"));
        steps.push(format!("run your `bosh create-env`: it deletes VM {}, and makes one with {new}", self.vm));
        steps.push(format!("confirm by {file} and with the cloud that the new VM has it, and no other"));
        if self.hooks.verify {
            steps.push(format!("run the verify hook for {}", self.instance));
        }
    }

    fn steps_by_director(&self, by: &ByDirector, new: &str, steps: &mut Vec<String>) {
        let slug = by.slug(&self.instance);
        if by.pause_resurrection {
            steps.push("bosh update-resurrection off".to_owned());
        }
        if by.start {
            steps.push(format!("bosh stop {slug} --no-converge"));
        }
        if let Some(old) = self.old_disk().filter(|_| self.first.safety_snapshot) {
            steps.push(format!("safety snapshot of {old}, now that nothing writes to it"));
        }
        let old = self.old_disk().map_or(String::new(), |old| format!(" ({old} is orphaned, and kept for a time)"));
        steps.push(format!("bosh attach-disk {slug}: {new}{old}"));
        steps.push(if by.tells {
            format!("confirm with the Director and with the cloud that VM {} has it", self.vm)
        } else {
            format!("confirm with the Director, and by a look inside, that VM {} has it (the CPI cannot tell)", self.vm)
        });
        steps.push(if self.hooks.verify {
            format!("run the verify hook for {}", self.instance)
        } else {
            "look with `bosh ssh` whether it is mounted, and not empty".to_owned()
        });
        if by.start {
            steps.push(format!("bosh start {slug} --no-converge, and see its processes running"));
        }
        if by.pause_resurrection {
            steps.push("bosh update-resurrection on".to_owned());
        }
        if by.protect {
            steps.push(format!("snapshot of {new}, which BOSH does not know and does not delete"));
        }
    }
}

impl ByDirector {
    /// GROUP/UUID, the form that bosh wants.
    pub fn slug(&self, instance: &InstanceName) -> String {
        format!("{}/{}", instance.group, self.uuid)
    }
}
