//! The facts that are true once a step has happened: for the code that does it, and for the code that finds out later
//! that it was done.

use chrono::{DateTime, TimeDelta, Utc};

use super::create_env::EnvAct;
use super::director_act::DirectorAct;
use super::ids::{CpiName, DiskCid, OperationId, SnapshotCid, VmCid};
use super::instance::{Disk, DiskMade, DiskState, InstanceName};
use super::snapshot::{Owner, Purpose, Snapshot, SnapshotTaken};
use super::step::{DiskDraft, Fact, Outcome, SnapshotDraft, Step};

/// The result of a step that nobody could know before: the new thing, with the CID that the cloud gave it.
#[derive(Debug, Clone)]
pub enum Made {
    /// Nothing.
    Nothing,
    /// A snapshot, made by this operation.
    Snapshot(SnapshotTaken, OperationId),
    /// A disk, and when snapback learnt of it, UTC.
    Disk(DiskMade, DateTime<Utc>),
    /// A VM.
    Vm(VmCid),
    /// Whether the content that was looked at is right.
    Sound(bool),
    /// An instance stood still until it was let go on, for so many milliseconds.
    StoodStill(u64),
}

impl Step {
    /// The outcome of a step that has happened, and has made nothing that was not known before.
    pub fn happened(&self) -> Outcome {
        self.made(&Made::Nothing)
    }

    /// The outcome of a step that has happened, and has made this. Its result is the CID of a new disk or snapshot.
    pub fn made(&self, made: &Made) -> Outcome {
        let result = match made {
            Made::Snapshot(taken, _) => Some(taken.cid.to_string()),
            Made::Disk(disk, _) => Some(disk.cid.to_string()),
            Made::StoodStill(ms) => Some(format!("stood still for {}.{:03} s", ms / 1000, ms % 1000)),
            Made::Nothing | Made::Vm(_) | Made::Sound(_) => None,
        };
        Outcome::Done { result, facts: self.facts(made) }
    }

    /// The facts for the state file once the step has happened and has made this.
    pub fn facts(&self, made: &Made) -> Vec<Fact> {
        match (self, made) {
            (Step::CreateDisk { cpi, disk }, Made::Disk(made, now)) => {
                vec![Fact::DiskExists(disk.made(cpi, made, None, *now))]
            }
            (Step::CreateDiskFromSnapshot { cpi, snapshot, disk }, Made::Disk(made, now)) => {
                vec![Fact::DiskExists(disk.made(cpi, made, Some(snapshot), *now))]
            }
            (Step::SnapshotDisk { cpi, disk, purpose, draft }, Made::Snapshot(taken, operation)) => {
                vec![Fact::SnapshotExists(draft.taken(cpi, disk, *purpose, taken, operation))]
            }
            (Step::AdoptSnapshot { snapshot, .. }, _) => vec![Fact::SnapshotExists(snapshot.clone())],
            (Step::DeleteSnapshot { cpi, snapshot } | Step::ForgetSnapshot { cpi, snapshot }, _) => {
                vec![Fact::SnapshotGone { cpi: cpi.clone(), snapshot: snapshot.clone() }]
            }
            (Step::DeleteDisk { cpi, disk } | Step::ForgetDisk { cpi, disk }, _) => {
                vec![Fact::DiskGone { cpi: cpi.clone(), disk: disk.clone() }]
            }
            (Step::VerifyDisk { cpi, snapshot, .. } | Step::NoteLost { cpi, snapshot }, Made::Sound(sound)) => {
                vec![Fact::SnapshotVerified { cpi: cpi.clone(), snapshot: snapshot.clone(), sound: *sound }]
            }
            (Step::Resume { snapshots, .. }, Made::StoodStill(still_ms)) => snapshots
                .iter()
                .map(|(cpi, snapshot)| Fact::SnapshotClean {
                    cpi: cpi.clone(),
                    snapshot: snapshot.clone(),
                    still_ms: *still_ms,
                })
                .collect(),
            (Step::DetachDisk { cpi, disk, .. }, _) => {
                vec![Fact::DiskOrphaned { cpi: cpi.clone(), disk: disk.clone() }]
            }
            (Step::AttachDisk { cpi, instance, disk, slot, .. } | Step::Record { cpi, instance, disk, slot }, _)
            | (Step::Director { instance, does: DirectorAct::AttachDisk { cpi, disk, slot, .. }, .. }, _) => {
                vec![attached(cpi, instance, disk, *slot)]
            }
            (Step::CreateEnv { instance, does: EnvAct::Run { cpi, disk, slot, .. } }, Made::Vm(vm)) => {
                let vm = Fact::VmReplaced { instance: instance.clone(), vm: vm.clone() };
                vec![vm, attached(cpi, instance, disk, *slot)]
            }
            (Step::Hold { cpi, snapshot, reason }, _) => {
                vec![Fact::SnapshotHeld { cpi: cpi.clone(), snapshot: snapshot.clone(), reason: reason.clone() }]
            }
            (Step::BeginLifespan { cpi, snapshot, lifespan }, _) => {
                vec![Fact::LifespanBegins { cpi: cpi.clone(), snapshot: snapshot.clone(), lifespan: *lifespan }]
            }
            (
                Step::CreateDisk { .. }
                | Step::CreateDiskFromSnapshot { .. }
                | Step::SnapshotDisk { .. }
                | Step::VerifyDisk { .. }
                | Step::NoteLost { .. }
                | Step::Director { .. }
                | Step::CreateEnv { .. }
                | Step::RunHook { .. }
                | Step::Quiesce { .. }
                | Step::Resume { .. }
                | Step::Confirm { .. }
                | Step::ClearLeftovers { .. },
                _,
            ) => Vec::new(),
        }
    }
}

/// The disk is the instance's current one in this slot.
pub fn attached(cpi: &CpiName, instance: &InstanceName, disk: &DiskCid, slot: u32) -> Fact {
    Fact::DiskAttached { cpi: cpi.clone(), instance: instance.clone(), disk: disk.clone(), slot }
}

/// When a lifespan of so many seconds that begins at a time is over, UTC; `None` if that is beyond the calendar.
pub fn ends(begins: DateTime<Utc>, lifespan: u64) -> Option<DateTime<Utc>> {
    begins.checked_add_signed(TimeDelta::try_seconds(i64::try_from(lifespan).ok()?)?)
}

impl DiskDraft {
    /// The record of a disk that exists and is attached to nothing. snapback learnt of it at `now`.
    pub fn made(&self, cpi: &CpiName, made: &DiskMade, origin: Option<&SnapshotCid>, now: DateTime<Utc>) -> Disk {
        Disk {
            cid: made.cid.clone(),
            cpi: cpi.clone(),
            instance: self.instance.clone(),
            slot: self.slot,
            state: DiskState::Orphaned,
            size_mib: made.size_mib.or(self.size_mib),
            az: self.az.clone(),
            cloud_properties: self.cloud_properties.clone(),
            origin: origin.cloned(),
            orphaned_at: Some(now),
        }
    }
}

impl SnapshotDraft {
    /// The record of a snapshot that exists.
    pub fn taken(
        &self,
        cpi: &CpiName,
        disk: &DiskCid,
        purpose: Purpose,
        taken: &SnapshotTaken,
        operation: &OperationId,
    ) -> Snapshot {
        Snapshot {
            cid: taken.cid.clone(),
            cpi: cpi.clone(),
            disk: Some(disk.clone()),
            instance: self.instance.clone(),
            az: self.az.clone(),
            owner: Owner::Snapback,
            purpose,
            created_at: taken.created_at,
            clean: self.clean,
            consistency: taken.consistency,
            size_mib: taken.size_mib.or(self.size_mib),
            note: self.note.clone(),
            operation: Some(operation.clone()),
            verified_at: None,
            instance_uuid: None,
            time_untrusted: false,
            unsound_at: None,
            lifespan: self.lifespan,
            expires_at: self.lifespan.and_then(|lifespan| ends(taken.created_at, lifespan)),
            held: None,
            schedule: self.schedule.clone(),
            change: self.change.clone(),
            still_ms: None,
            of_another: false,
        }
    }
}
