//! Foresees what the next deploy does to the new disk. `attach-disk --disk-properties=copy` records the former disk's
//! size and properties for it, whatever its own are. A deploy compares that record with the disk that the manifest and
//! the cloud-config want then. If they differ, it copies the disk to another one (cloudfoundry/bosh
//! `disk/persistent_disk_comparator.rb`).

use serde_json::Value;

use super::look::{wanted, wanted_by};
use crate::director::Bosh;
use crate::domain::cloud_properties::differing;
use crate::domain::size::ibytes;
use crate::domain::swap::{Source, SwapPlan};
use crate::error::Result;
use crate::manifest::WantedDisk;

/// The effect of the next deploy on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextDeploy {
    /// It leaves the disk in place: this size is on record, and is wanted.
    Leaves(String),
    /// It copies the disk.
    Copies {
        /// The size on record, as bosh prints it.
        recorded: String,
        /// The size that is wanted now.
        wanted: String,
    },
    /// It is not known, for this reason.
    Unknown(String),
}

/// Foresees the next deploy after this plan: compares the disk that the Director wants now with the record that it will
/// have. An orphaned disk that comes back has its own record. A new disk gets the record of the current one. The
/// Director does not show that record, but it has the values that the deployment was deployed with.
///
/// # Errors
/// Those of the Director.
pub fn next_deploy_after(bosh: &Bosh, plan: &SwapPlan) -> Result<NextDeploy> {
    let wanted = wanted(bosh, &plan.instance)?;
    let WantedDisk::One { size_mib, .. } = &wanted else { return Ok(untold()) };
    if let Source::Disk { cid, .. } = &plan.only().source
        && let Some(own) = bosh.orphaned(cid.as_str())?
    {
        return Ok(compared(own.size, own.cloud_properties.as_ref(), &wanted));
    }
    let Some(configs) = bosh.deployed_cloud_configs(&plan.instance.deployment)? else {
        return Ok(NextDeploy::Leaves(ibytes(*size_mib)));
    };
    Ok(match wanted_by(bosh, &plan.instance, &configs)? {
        WantedDisk::One { size_mib, cloud_properties } => compared(size_mib, cloud_properties.as_ref(), &wanted),
        WantedDisk::Named | WantedDisk::Untold => untold(),
    })
}

/// Compares the disk that the Director wants now with its record for a new disk: that of the disk that was replaced.
///
/// # Errors
/// Those of the Director.
pub fn next_deploy(bosh: &Bosh, plan: &SwapPlan) -> Result<NextDeploy> {
    let wanted = wanted(bosh, &plan.instance)?;
    let Some(old) = plan.old_disk() else { return Ok(NextDeploy::Unknown("there was no disk before".to_owned())) };
    let Some(recorded) = bosh.orphaned(old.as_str())? else {
        let why = format!("the Director does not list {old}, whose record was copied, as orphaned");
        return Ok(NextDeploy::Unknown(why));
    };
    Ok(compared(recorded.size, recorded.cloud_properties.as_ref(), &wanted))
}

fn untold() -> NextDeploy {
    NextDeploy::Unknown("the manifest does not say which disk it wants".to_owned())
}

/// Compares size and properties. Properties that are `None` are not known.
fn compared(size: u64, properties: Option<&Value>, wanted: &WantedDisk) -> NextDeploy {
    let WantedDisk::One { size_mib, cloud_properties } = wanted else { return untold() };
    let recorded = ibytes(size);
    let others = properties.zip(cloud_properties.as_ref()).map(|(one, other)| differing(one, other));
    match others {
        Some(others) if size == *size_mib && others.is_empty() => NextDeploy::Leaves(recorded),
        None if size == *size_mib => {
            let why = "the size is the same, and the cloud_properties cannot be compared: they have variables that only the \
                       Director fills in";
            NextDeploy::Unknown(why.to_owned())
        }
        others => {
            let others = others.filter(|others| !others.is_empty());
            let others =
                others.map_or(String::new(), |keys| format!(" with other cloud_properties ({})", keys.join(", ")));
            NextDeploy::Copies { recorded, wanted: format!("{}{others}", ibytes(*size_mib)) }
        }
    }
}
