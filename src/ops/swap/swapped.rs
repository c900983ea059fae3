//! How a swap ended: forward, or back.

use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::swap::{DiskSwap, SwapPlan};
use crate::error::Result;
use crate::ops::find::known_instance;
use crate::state::Reader;

/// The result of a restore or an undo that ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The operation.
    pub operation: OperationId,
    /// The disk that the instance has now.
    pub disk: DiskCid,
    /// The disk that was orphaned, and is kept.
    pub old_disk: Option<DiskCid>,
    /// The safety snapshot of that disk.
    pub safety: Option<SnapshotCid>,
    /// Why there is no snapshot of the new disk, if one was to be taken at the end.
    pub unprotected: Option<String>,
    /// A problem after everything was done, which changes nothing of it.
    pub remark: Option<String>,
    /// The other disks that were exchanged in the same stop.
    pub others: Vec<Exchanged>,
}

impl Swapped {
    /// The disks that the instance has now.
    pub fn disks(&self) -> Vec<&DiskCid> {
        std::iter::once(&self.disk).chain(self.others.iter().map(|other| &other.disk)).collect()
    }

    /// The disks that were orphaned.
    pub fn old_disks(&self) -> Vec<&DiskCid> {
        let others = self.others.iter().filter_map(|other| other.old_disk.as_ref());
        self.old_disk.iter().chain(others).collect()
    }
}

/// One disk of several that were exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// The disk that the instance has now.
    pub disk: DiskCid,
    /// The disk that was orphaned, and is kept.
    pub old_disk: Option<DiskCid>,
    /// The safety snapshot of that disk.
    pub safety: Option<SnapshotCid>,
}

/// The outcome of going back.
#[derive(Debug)]
pub(crate) struct Back {
    /// Whether anything of the instance was touched.
    pub touched: bool,
    /// Disks that were made for nothing, and are kept.
    pub spare: Vec<DiskCid>,
    /// Why it was not started, if it was not: the start hook failed, or an old disk does not exist. All else is as it
    /// was, so the instance need not be kept from others until `recover`.
    pub not_started: Option<String>,
    /// Whether each old disk is on its VM again. One that was off before, or is gone, still is.
    pub whole: bool,
}

impl Back {
    /// Nothing of the instance was touched.
    pub(super) fn untouched(spare: Vec<DiskCid>) -> Back {
        Back { touched: false, spare, not_started: None, whole: true }
    }

    /// The disks that the instance has now, by the state file, in one line for the operator.
    ///
    /// # Errors
    /// Those of the state file.
    pub(crate) fn describe(&self, reader: &Reader, plan: &SwapPlan) -> Result<String> {
        let name = &plan.instance;
        let list = |disks: &[&DiskCid]| disks.iter().map(|disk| disk.as_str()).collect::<Vec<_>>().join(", ");
        let spare: Vec<&DiskCid> = self.spare.iter().collect();
        let spare = match spare.as_slice() {
            [] => String::new(),
            [disk] => format!("; the new disk {disk} is kept as an orphaned disk"),
            disks => format!("; the new disks {} are kept as orphaned disks", list(disks)),
        };
        if !self.touched {
            return Ok(format!("{name} was not touched{spare}"));
        }
        let disks = known_instance(reader, name)?.map(|known| known.disks).unwrap_or_default();
        let recorded = |slot| disks.iter().find(|disk| disk.slot == slot).map(|disk| &disk.cid);
        let now: Vec<&DiskCid> = plan.disks().filter_map(|one| recorded(one.slot)).collect();
        let had: Vec<&DiskCid> = plan.disks().filter_map(DiskSwap::old_disk).collect();
        let started = match &self.not_started {
            Some(why) => format!(", but is not started: {why}"),
            None if plan.starts() => ", and was started".to_owned(),
            None => String::new(),
        };
        Ok(match (now.as_slice(), now == had) {
            ([], true) => format!("{name} has no disk, as before{spare}"),
            ([], false) => format!("{name} has no disk now, and had {}{spare}", list(&had)),
            (disks, true) if !self.whole => {
                format!("{name} is as it was, with disk {} on record{started}{spare}", list(disks))
            }
            ([disk], true) => format!("{name} is back on its old disk {disk}{started}{spare}"),
            (disks, true) => format!("{name} is back on its old disks {}{started}{spare}", list(disks)),
            (disks, false) => format!("{name} has disk {} now{started}{spare}", list(disks)),
        })
    }
}

/// In one line, for the operator: what an instance has on record, if it could go neither on nor back.
///
/// # Errors
/// The state file's.
pub(super) fn left_with(reader: &Reader, plan: &SwapPlan) -> Result<String> {
    let name = &plan.instance;
    let disks = known_instance(reader, name)?.map(|known| known.disks).unwrap_or_default();
    let each: Vec<String> = plan
        .disks()
        .map(|one| match (disks.iter().find(|disk| disk.slot == one.slot), one.old_disk()) {
            (Some(disk), _) => format!("{name} has disk {} now", disk.cid),
            (None, Some(old)) => format!("{name} has no disk now: its old disk {old} is kept, but not attached"),
            (None, None) => format!("{name} has no disk now, as before"),
        })
        .collect();
    let stopped = if plan.starts() { "; it was not started" } else { "" };
    Ok(format!("as far as snapback has seen, {}{stopped}", each.join(", and ")))
}
