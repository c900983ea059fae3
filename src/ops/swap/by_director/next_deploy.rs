//! What the next deploy makes of the new disk. `attach-disk --disk-properties=copy` records the former disk's size and
//! properties for it, whatever it has itself; a deploy compares that record with what the manifest and the cloud-config
//! want by then, and copies the disk to another one where they differ (cloudfoundry/bosh
//! `disk/persistent_disk_comparator.rb`).

use super::look::wanted;
use crate::director::Bosh;
use crate::domain::size::ibytes;
use crate::domain::swap::SwapPlan;
use crate::error::Result;
use crate::manifest::WantedDisk;

/// What it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextDeploy {
    /// It leaves the disk in place: this size is on record, and wanted.
    Leaves(String),
    /// It copies the disk.
    Copies {
        /// The size on record, as bosh prints it.
        recorded: String,
        /// What is wanted now.
        wanted: String,
    },
    /// It cannot be told, for this reason.
    Unknown(String),
}

/// Compares what the Director wants now with what it has on record for the new disk: that of the disk which was put away.
///
/// # Errors
/// The Director's.
pub fn next_deploy(bosh: &Bosh, plan: &SwapPlan) -> Result<NextDeploy> {
    let size_mib = match wanted(bosh, &plan.instance)? {
        WantedDisk::One { size_mib, .. } => size_mib,
        WantedDisk::Named | WantedDisk::Untold => {
            return Ok(NextDeploy::Unknown("the manifest does not say which disk it wants".to_owned()));
        }
    };
    let Some(old) = plan.old_disk() else { return Ok(NextDeploy::Unknown("there was no disk before".to_owned())) };
    let Some(recorded) = bosh.orphaned_size(old)? else {
        return Ok(NextDeploy::Unknown(format!(
            "`bosh disks --orphaned` does not list {old}, whose record was copied"
        )));
    };
    let wanted = ibytes(size_mib);
    Ok(if wanted == recorded { NextDeploy::Leaves(recorded) } else { NextDeploy::Copies { recorded, wanted } })
}
