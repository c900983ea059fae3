//! The costs of a restore or a promotion: things made or left behind that the operator pays or waits for. They are
//! shown before they arise.

use crate::cpi::{Cpi, CpiErrorKind, DiskRequest, Foreseen};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::size::ibytes;
use crate::domain::swap::{DiskSwap, Source, SwapPlan};
use crate::error::Result;

/// One thing that costs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// A new disk.
    Disk {
        /// The snapshot that it is made from.
        of: SnapshotCid,
        /// The properties of the disk, as far as they are known in advance.
        foreseen: Foreseen,
    },
    /// Its bytes are loaded when they are first read.
    LazyReads,
    /// A snapshot of the old disk.
    Safety(DiskCid),
    /// The old disk stays until somebody deletes it.
    Left {
        /// The disk.
        disk: DiskCid,
        /// The cloud deletes it only after its snapshots.
        held: bool,
    },
}

impl Cost {
    /// The cost in one line.
    pub fn in_words(&self) -> String {
        match self {
            Cost::Disk { of, foreseen } => {
                let size = foreseen.size_mib.map_or(String::new(), |size| format!(" of {}", ibytes(size)));
                let kind = foreseen.kind.as_ref().map_or(String::new(), |kind| format!(" ({kind})"));
                let zone = foreseen.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
                format!("makes a disk{size}{kind}{zone} from {of}: you pay for it until it is deleted")
            }
            Cost::LazyReads => {
                "the cloud loads the new disk's bytes when they are first read: these reads are slow, for hours on a large disk"
                    .to_owned()
            }
            Cost::Safety(disk) => format!("makes a snapshot of {disk}: you pay for it until `snapback delete CID` deletes it"),
            Cost::Left { disk, held } => {
                let held = if *held { ", which the cloud refuses as long as there are snapshots of it" } else { "" };
                format!("leaves {disk} behind: you pay for it until `snapback delete-disk {disk}`{held}")
            }
        }
    }
}

/// The costs of a plan; empty if the cloud bills nothing for the things that it keeps.
///
/// # Errors
/// The cloud would not make such a disk. Nothing was done.
pub fn of_plan(cpi: &dyn Cpi, plan: &SwapPlan) -> Result<Vec<Cost>> {
    if !cpi.capabilities().costs.billed {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for one in plan.disks() {
        if let Source::Snapshot { cid, .. } = &one.source {
            let request = DiskRequest {
                size_mib: one.size_mib,
                cloud_properties: one.cloud_properties.clone(),
                az: plan.az.clone(),
                vm: Some(plan.vm.clone()),
            };
            all.extend(of_disk(cpi, cid, &request)?);
        }
    }
    let held = cpi.capabilities().costs.snapshots_hold_disks;
    for (one, old) in plan.disks().filter_map(|one: &DiskSwap| Some((one, one.old_disk()?))) {
        all.extend(one.safety_snapshot.then(|| Cost::Safety(old.clone())));
        all.push(Cost::Left { disk: old.clone(), held });
    }
    Ok(all)
}

/// The costs of one disk made from a snapshot; empty if the cloud bills nothing for the things that it keeps.
///
/// # Errors
/// As [`of_plan`].
pub fn of_disk(cpi: &dyn Cpi, snapshot: &SnapshotCid, request: &DiskRequest) -> Result<Vec<Cost>> {
    let costs = cpi.capabilities().costs;
    if !costs.billed {
        return Ok(Vec::new());
    }
    let foreseen = match cpi.foresee(snapshot, request) {
        Ok(foreseen) => foreseen,
        Err(error) if error.kind == CpiErrorKind::InvalidRequest => return Err(error.into()),
        // The call that needs it will report the error.
        Err(_) => None,
    };
    let foreseen = foreseen.unwrap_or(Foreseen { size_mib: request.size_mib, ..Foreseen::default() });
    let lazy = costs.lazy_reads.then_some(Cost::LazyReads);
    Ok(std::iter::once(Cost::Disk { of: snapshot.clone(), foreseen }).chain(lazy).collect())
}
