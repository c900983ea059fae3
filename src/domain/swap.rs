//! The plan of a restore or an undo: an instance gets another disk in the place of its current one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{CpiName, DiskCid, OperationId, SnapshotCid, VmCid};
use super::instance::InstanceName;

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
    /// A disk that exists: the one that an earlier operation put away, or one made by hand.
    Disk {
        /// The disk.
        cid: DiskCid,
    },
}

/// The disk that is to be put away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldDisk {
    /// The disk.
    pub cid: DiskCid,
    /// False where the cloud no longer has it: there is nothing to detach, to keep or to go back to.
    pub exists: bool,
    /// False where it was detached already when the plan was made.
    pub attached: bool,
}

/// A pure plan: it drives `--dry-run`, the confirmation, the execution, and `recover` after a kill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapPlan {
    /// The instance.
    pub instance: InstanceName,
    /// Its availability zone, where known.
    pub az: Option<String>,
    /// The CPI.
    pub cpi: CpiName,
    /// The VM.
    pub vm: VmCid,
    /// The place among the instance's disks.
    pub slot: u32,
    /// What it has now.
    pub old: Option<OldDisk>,
    /// The size of the current disk in MiB, where known: the new one is not smaller.
    pub size_mib: Option<u64>,
    /// The cloud properties of the current disk, where known.
    pub cloud_properties: Option<serde_json::Value>,
    /// What it shall have.
    pub source: Source,
    /// Whether the old disk is snapshotted before it is put away.
    pub safety_snapshot: bool,
    /// Whether a torn copy is acceptable as the safety snapshot.
    pub allow_torn: bool,
    /// The operation that an undo reverses.
    pub undo_of: Option<OperationId>,
    /// Which hooks the manifest has.
    pub hooks: HooksPresent,
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
    /// The old disk, where the cloud has it.
    pub fn old_disk(&self) -> Option<&DiskCid> {
        self.old.as_ref().filter(|old| old.exists).map(|old| &old.cid)
    }

    /// The steps in the operator's words, in order.
    pub fn steps(&self) -> Vec<String> {
        let mut steps = Vec::new();
        let new = match &self.source {
            Source::Snapshot { cid, .. } => {
                steps.push(format!("make a new disk from snapshot {cid}"));
                "the new disk".to_owned()
            }
            Source::Disk { cid } => format!("disk {cid}"),
        };
        if self.hooks.stop {
            steps.push(format!("run the stop hook for {}", self.instance));
        }
        if let Some(old) = self.old_disk() {
            if self.safety_snapshot {
                steps.push(format!("safety snapshot of {old}"));
            }
            if self.old.as_ref().is_some_and(|old| old.attached) {
                steps.push(format!("detach {old} from VM {} (it is kept)", self.vm));
            }
        }
        steps.push(format!("attach {new} to VM {}", self.vm));
        steps.push(format!("confirm with the cloud that VM {} has it", self.vm));
        if self.hooks.verify {
            steps.push(format!("run the verify hook for {}", self.instance));
        }
        if self.hooks.start {
            steps.push(format!("run the start hook for {}", self.instance));
        }
        steps
    }
}
