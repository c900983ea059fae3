//! Whether the cloud shows the disk that create-env's state file names.

use crate::domain::ids::{CpiName, DiskCid, VmCid};
use crate::error::Result;
use crate::ops::session::Session;
use crate::ops::vm_disks::{VmDisks, or_cannot_tell, until};

/// The cloud's answer to whether a VM has the right disk.
pub(in crate::ops) enum Shown {
    /// The VM has the disk, and not the other one.
    Yes,
    /// It does not have it; with the disks that it has.
    No(String),
    /// It cannot tell, for this reason.
    CannotTell(String),
}

/// Whether the cloud shows the disk at the VM, and not `other`. It waits, since a new attachment may show late. A CPI
/// that fails counts as one that cannot tell: then the state file decides.
///
/// # Errors
/// There is no such CPI.
pub(in crate::ops) fn shows(
    session: &Session<'_>,
    cpi: &CpiName,
    vm: &VmCid,
    disk: &DiskCid,
    other: Option<&DiskCid>,
) -> Result<Shown> {
    let cloud = session.cpis.cpi(cpi)?;
    let is_so = |told: &VmDisks| {
        told.has(disk) == Some(true) && other.is_none_or(|other| other == disk || told.has(other) != Some(true))
    };
    Ok(match or_cannot_tell(until(cloud.as_ref(), vm, false, is_so)) {
        VmDisks::CannotTell(why) => Shown::CannotTell(why),
        told if is_so(&told) => Shown::Yes,
        told => Shown::No(told.describe()),
    })
}
