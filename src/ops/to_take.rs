//! The disks of which a `take` would make snapshots, the lost ones, and the skipped ones.

use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::{Disk, Instance, InstanceName};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::limits::{Limit, Limited};
use crate::state::Reader;

/// The request to take snapshots.
#[derive(Debug, Clone, Default)]
pub struct TakeRequest {
    /// The instances, with all their disks.
    pub instances: Vec<Instance>,
    /// How many disks at once, at least 1.
    pub parallel: usize,
    /// The operator's note.
    pub note: Option<String>,
    /// Whether the operator says that the processes are stopped.
    pub clean: bool,
    /// Set if the instances are made to stand still meanwhile, by their hooks.
    pub still: Option<Still>,
    /// Accept a copy taken while something could write.
    pub allow_torn: bool,
    /// Also take the disks of instances that have no VM.
    pub include_detached: bool,
    /// The limits that the operator sets.
    pub limits: Limited,
    /// For how many seconds the snapshots are kept; `None` if they never expire.
    pub lifespan: Option<u64>,
    /// The schedule that takes them.
    pub schedule: Option<String>,
    /// The change of a deployment before which they are taken.
    pub change: Option<String>,
    /// Disks that its schedule has taken already: they are skipped.
    pub taken: Vec<(CpiName, DiskCid)>,
}

/// How instances are made to stand still.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Still {
    /// Whether all of them stand still at once, and none is let go on before all are taken.
    pub together: bool,
    /// Whether an instance that does not stand still is taken all the same. Then its snapshots are not clean.
    pub fallback: bool,
    /// Whether instances without hooks are taken as they are.
    pub where_there_are_hooks: bool,
}

/// The outcome for one disk.
#[derive(Debug)]
pub struct Taken {
    /// The instance.
    pub instance: InstanceName,
    /// The disk.
    pub disk: DiskCid,
    /// Its snapshot, or why there is none.
    pub result: Result<Snapshot>,
}

/// One disk to take a snapshot of.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its instance.
    pub instance: Instance,
    /// The disk.
    pub disk: Disk,
}

/// The plan of a take.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// The disks of which snapshots would be taken.
    pub targets: Vec<Target>,
    /// Disks that their instances have lost, with nothing in their place: each counts as a failure.
    pub lost: Vec<Disk>,
    /// Disks that the operator's limits forbid to take, each with the reason.
    pub refused: Vec<(Target, Limit)>,
    /// Disks of instances without a VM, which are skipped.
    pub detached: Vec<Target>,
}

/// The disks of which snapshots would be taken. An instance that never had a persistent disk is skipped, as BOSH does.
///
/// # Errors
/// [`Kind::NotFound`] if there is no disk to take: taking nothing is not a success. The state file cannot be read.
pub fn plan(reader: &Reader, request: &TakeRequest) -> Result<Planned> {
    let target = |instance: &Instance, disk: &Disk| Target { instance: instance.clone(), disk: disk.clone() };
    let mut planned = Planned { lost: reader.lost_disks(&request.instances)?, ..Planned::default() };
    for instance in &request.instances {
        let disks = instance.disks.iter().filter(|disk| !request.has_taken(disk)).map(|disk| target(instance, disk));
        if !request.takes(instance) {
            planned.detached.extend(disks);
            continue;
        }
        let of_all = request.limits.of_instance(reader, instance)?;
        for target in disks {
            match of_all.clone().or_else(|| request.limits.of_disk(&target.disk)) {
                Some(limit) => planned.refused.push((target, limit)),
                None => planned.targets.push(target),
            }
        }
    }
    if planned.is_empty() && request.taken.is_empty() {
        let names: Vec<String> = request.instances.iter().map(|instance| instance.name.to_string()).collect();
        let message = format!("nothing to snapshot: no VM with a persistent disk among {}", names.join(", "));
        let mut error = Error::new(Kind::NotFound, message);
        if !planned.detached.is_empty() {
            error = error.hint("there are disks of instances without a VM; --include-detached takes these");
        }
        return Err(error.hint("to see what is known of them:").try_command("snapback instances"));
    }
    Ok(planned)
}

impl Planned {
    /// Whether there is nothing to take, to refuse or to miss: a schedule may have taken all of it already.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.lost.is_empty() && self.refused.is_empty()
    }

    /// The refusal, if there is only one disk and nothing may be taken of it: then there is nothing else to report.
    pub fn only_refusal(&self, request: &TakeRequest) -> Option<Error> {
        let is_only = self.targets.is_empty() && self.lost.is_empty() && self.refused.len() == 1;
        self.refused_rows(request).pop().filter(|_| is_only)?.result.err()
    }

    /// True if all disks that are meant can be taken.
    pub(super) fn is_all(&self) -> bool {
        self.lost.is_empty() && self.refused.is_empty()
    }

    /// The rows of the disks that may not be taken, each with the refusal.
    pub fn refused_rows(&self, request: &TakeRequest) -> Vec<Taken> {
        self.refused.iter().map(|one| refused(request, one)).collect()
    }
}

impl TakeRequest {
    fn has_taken(&self, disk: &Disk) -> bool {
        self.taken.iter().any(|(cpi, cid)| *cpi == disk.cpi && *cid == disk.cid)
    }

    /// Whether the disks of an instance are taken.
    pub(super) fn takes(&self, instance: &Instance) -> bool {
        instance.vm.is_some() || self.include_detached && !instance.disks.is_empty()
    }
}

/// The row of a disk that its instance has lost.
pub(super) fn lost(disk: &Disk) -> Option<Taken> {
    let instance = disk.instance.clone()?;
    let since = disk.orphaned_at.map_or(String::new(), |at| format!(" since {}", at.format("%Y-%m-%d %H:%M:%S UTC")));
    let message =
        format!("{instance} has lost its disk {}{since}, and has no other: no snapshot was taken of it", disk.cid);
    let error = Error::new(Kind::Failed, message)
        .hint("to see what the clouds have:")
        .try_command(format!("snapback -d {} check", quoted(&instance.deployment)))
        .hint("if it has a disk, import that; if it no longer needs one, delete the disk that it had");
    Some(Taken { instance, disk: disk.cid.clone(), result: Err(error) })
}

/// The row of a disk that may not be taken.
fn refused(request: &TakeRequest, (target, limit): &(Target, Limit)) -> Taken {
    let Target { instance, disk } = target;
    let error = request.limits.refusal(limit, instance, disk);
    Taken { instance: instance.name.clone(), disk: disk.cid.clone(), result: Err(error) }
}
