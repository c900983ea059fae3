//! What became of something that the Director was told to do. Its task lives on when its client dies: nothing is decided
//! while one of the deployment is at work.

use std::thread::sleep;
use std::time::Instant;

use crate::director::{Bosh, InstanceSeen, Task};
use crate::domain::director_act::DirectorAct;
use crate::domain::ids::{CpiName, DiskCid, VmCid};
use crate::domain::instance::InstanceName;
use crate::domain::operation::StepRow;
use crate::domain::step::{Fact, Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::right_disk::attached;
use crate::ops::session::Session;

/// Finds out what became of a step that the Director was to do.
///
/// # Errors
/// The Director or the cloud cannot be asked, or a task does not come to its end in time.
pub(in crate::ops) fn settle(session: &Session<'_>, row: &StepRow) -> Result<Outcome> {
    let Step::Director { instance, uuid, does } = &row.step else {
        return Ok(Outcome::Failed { reason: "no such step".to_owned() });
    };
    wait_for_tasks(session, &instance.deployment)?;
    let slug = format!("{}/{uuid}", instance.group);
    let seen = seen(session.bosh, instance, &slug)?;
    let not_done = |reason: String| Ok(Outcome::Failed { reason });
    match does {
        DirectorAct::Stop if seen.state == "started" => not_done(format!("the Director has {slug} as started")),
        DirectorAct::Start if seen.state != "started" || seen.process_state != "running" => {
            not_done(format!("the Director has {slug} as {}, its processes {}", seen.state, seen.process_state))
        }
        DirectorAct::AttachDisk { cpi, vm, disk, slot } => {
            let placed = Placed::of(session, cpi, seen, vm)?;
            if !placed.is(disk) {
                return not_done(placed.describe());
            }
            let (cpi, instance, disk, slot) = (cpi.clone(), instance.clone(), disk.clone(), *slot);
            Ok(Outcome::Done { result: None, facts: vec![Fact::DiskAttached { cpi, instance, disk, slot }] })
        }
        _ => Ok(Outcome::done()),
    }
}

/// The instance as the Director has it.
pub(super) fn seen(bosh: &Bosh, instance: &InstanceName, slug: &str) -> Result<InstanceSeen> {
    bosh.instance(&instance.deployment, slug)?.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("the Director has no instance {slug} in deployment '{}'", instance.deployment),
        )
        .hint("the inventory is out of date: import what the Director says now:")
        .try_command("snapback import --from-bosh")
    })
}

/// The task of the deployment that is at work, if one is that does more than look.
pub(super) fn working(bosh: &Bosh, deployment: &str) -> Result<Option<Task>> {
    Ok(bosh.tasks(deployment)?.into_iter().find(|task| !task.only_looks()))
}

/// Waits until no task of the deployment is at work, twice in a row: a request may have been on its way when its client
/// died.
fn wait_for_tasks(session: &Session<'_>, deployment: &str) -> Result<()> {
    let until = Instant::now() + session.bosh.acting_deadline();
    let (mut quiet, mut told) = (0, None);
    while quiet < 2 {
        match working(session.bosh, deployment)? {
            None => quiet += 1,
            Some(task) if Instant::now() >= until => {
                let message = format!(
                    "the Director's task {} ({}) is still {}: nothing is decided before it ends",
                    task.id, task.description, task.state
                );
                return Err(Error::new(Kind::Locked, message).try_command(format!("bosh task {}", task.id)));
            }
            Some(task) => {
                quiet = 0;
                if told.as_ref() != Some(&task.id) {
                    session.progress.note(&format!("waiting for the Director's task {}", task.id));
                    told = Some(task.id);
                }
            }
        }
        if quiet < 2 {
            sleep(session.bosh.pause());
        }
    }
    Ok(())
}

/// Which disks the instance has, by all who can tell.
#[derive(Debug)]
pub(in crate::ops) struct Placed {
    /// As the Director has it.
    pub seen: InstanceSeen,
    /// The VM that the cloud was asked about.
    pub vm: VmCid,
    /// By the cloud; none where the CPI cannot tell.
    pub by_cloud: Option<Vec<DiskCid>>,
}

impl Placed {
    pub(super) fn of(session: &Session<'_>, cpi: &CpiName, seen: InstanceSeen, vm: &VmCid) -> Result<Placed> {
        // The resurrector may have given it another VM.
        let vm = seen.vm.as_ref().unwrap_or(vm).clone();
        let by_cloud = attached(session.cpis.cpi(cpi)?.as_ref(), &vm)?;
        Ok(Placed { seen, vm, by_cloud })
    }

    /// Whether the instance has this disk and no other, by all of them.
    pub(super) fn is(&self, disk: &DiskCid) -> bool {
        let only = std::slice::from_ref(disk);
        self.seen.disks == only && self.by_cloud.as_ref().is_none_or(|attached| attached == only)
    }

    /// Whether the cloud has this disk attached, and the Director does not know of it.
    pub(super) fn is_astray(&self, disk: &DiskCid) -> bool {
        self.by_cloud.as_ref().is_some_and(|attached| attached.contains(disk)) && !self.seen.disks.contains(disk)
    }

    pub(super) fn describe(&self) -> String {
        let list = |disks: &[DiskCid]| match disks {
            [] => "no disk".to_owned(),
            disks => disks.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", "),
        };
        let cloud = self.by_cloud.as_ref().map(|disks| format!("; by the cloud VM {} has {}", self.vm, list(disks)));
        format!("by the Director it has {}{}", list(&self.seen.disks), cloud.unwrap_or_default())
    }
}
