//! Which disk an instance has, by everyone who can tell: the Director's record, and the cloud.

use super::asked::seen;
use crate::director::InstanceSeen;
use crate::domain::director_act::DirectorAct;
use crate::domain::ids::{CpiName, DiskCid, OperationId, VmCid};
use crate::domain::instance::InstanceName;
use crate::domain::step::Step;
use crate::domain::swap::{Method, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;
use crate::ops::vm_disks::{self, VmDisks};

/// The VM and the disks that an operation is about.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Stake {
    pub cpi: CpiName,
    /// The VM in the plan; the Director may have given the instance another one since.
    pub vm: VmCid,
    /// The disks of the operation: the old one, and each that it has told the Director to attach.
    pub disks: Vec<DiskCid>,
    /// Whether the CPI named the instance's disk when the plan was made. If so, it can tell.
    pub tells: bool,
}

impl Stake {
    pub(in crate::ops) fn of(session: &Session<'_>, operation: &OperationId, plan: &SwapPlan) -> Result<Stake> {
        let mut disks: Vec<DiskCid> = plan.old_disk().into_iter().cloned().collect();
        for row in session.state.reader().steps(operation)? {
            let named = match row.step {
                Step::Director { does: DirectorAct::AttachDisk { disk, .. }, .. } => Some(disk),
                Step::CreateDiskFromSnapshot { .. } => row.result.as_deref().and_then(|cid| cid.parse().ok()),
                _ => None,
            };
            disks.extend(named);
        }
        disks.sort();
        disks.dedup();
        let tells = matches!(&plan.method, Method::Bosh(by) if by.tells);
        Ok(Stake { cpi: plan.cpi.clone(), vm: plan.vm.clone(), disks, tells })
    }

    /// Asks the Director and the cloud about the stake. If the cloud does not answer, the view says so.
    pub(super) fn view(&self, session: &Session<'_>, instance: &InstanceName, slug: &str) -> Result<View> {
        let seen = seen(session.bosh, instance, slug)?;
        let cpi = session.cpis.cpi(&self.cpi)?;
        let vm = seen.vm.as_ref().unwrap_or(&self.vm);
        let told = vm_disks::look_again(cpi.as_ref(), vm);
        let by_cloud = told.map_or_else(
            |error| vec![Err(error.in_one_line())],
            |told| self.disks.iter().map(|disk| Ok(told.has(disk))).collect(),
        );
        Ok(View { by_director: seen.disks, vm: seen.vm, by_cloud })
    }
}

/// The answers of the Director and the cloud about a stake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    by_director: Vec<DiskCid>,
    vm: Option<VmCid>,
    by_cloud: Vec<std::result::Result<Option<bool>, String>>,
}

/// Whether an instance has a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Says {
    /// The Director and the cloud say so, and show none of the operation's other disks.
    Both,
    /// The Director says so; the cloud cannot tell.
    RecordAlone,
    /// It does not.
    No,
}

/// The disks that the instance has.
#[derive(Debug)]
pub(in crate::ops) struct Placed {
    /// The instance in the Director's view.
    pub seen: InstanceSeen,
    /// The VM that the cloud was asked about.
    pub vm: VmCid,
    by_cloud: VmDisks,
    stake: Stake,
}

impl Placed {
    /// Looks until the cloud shows the Director's record, or its lag is over.
    pub(in crate::ops) fn of(session: &Session<'_>, stake: Stake, seen: InstanceSeen) -> Result<Placed> {
        let vm = seen.vm.as_ref().unwrap_or(&stake.vm).clone();
        let cpi = session.cpis.cpi(&stake.cpi)?;
        let agree = |told: &VmDisks| {
            let mut ours = stake.disks.iter();
            ours.all(|disk| told.has(disk).is_none_or(|has| has == seen.disks.contains(disk)))
        };
        let by_cloud = vm_disks::until(cpi.as_ref(), &vm, stake.tells, agree)?;
        match by_cloud {
            VmDisks::CannotTell(why) if stake.tells => {
                let message = format!("the CPI named the disks of VM {vm} before, and does not now: {why}");
                Err(Error::new(Kind::Cpi, message))
            }
            by_cloud => Ok(Placed { seen, vm, by_cloud, stake }),
        }
    }

    pub(in crate::ops) fn says(&self, disk: &DiskCid) -> Says {
        if self.seen.disks != std::slice::from_ref(disk) {
            return Says::No;
        }
        let others_off = || {
            let mut others = self.stake.disks.iter().filter(|other| *other != disk);
            others.all(|other| self.by_cloud.has(other) == Some(false))
        };
        match self.by_cloud.has(disk) {
            None => Says::RecordAlone,
            Some(true) if others_off() => Says::Both,
            Some(_) => Says::No,
        }
    }

    /// Whether the cloud has this disk attached, and the Director does not know it.
    pub(in crate::ops) fn is_astray(&self, disk: &DiskCid) -> bool {
        self.by_cloud.has(disk) == Some(true) && !self.seen.disks.contains(disk)
    }

    /// Whether the cloud can tell which disks the VM has.
    pub(in crate::ops) fn is_told(&self) -> bool {
        !matches!(self.by_cloud, VmDisks::CannotTell(_))
    }

    pub(in crate::ops) fn describe(&self) -> String {
        let by_director = match self.seen.disks.as_slice() {
            [] => "no disk".to_owned(),
            disks => disks.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", "),
        };
        let cloud = match &self.by_cloud {
            VmDisks::CannotTell(_) => format!("the CPI '{}' cannot tell what VM {} has", self.stake.cpi, self.vm),
            told => format!("by the cloud VM {} has {}", self.vm, told.describe()),
        };
        format!("by the Director it has {by_director}; {cloud}")
    }
}
