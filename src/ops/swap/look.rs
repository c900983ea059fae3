//! A check of an instance that is to get another disk, whoever manages it: for the plan of a restore, for that of an
//! undo, and again once the instance is claimed.

use super::looking::{Glance, Looked, Looking, Old, Options};
use super::{by_cpi, by_create_env, by_director};
use crate::cpi::Cpi;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::swap::OldDisk;
use crate::error::Result;

/// Checks, and refuses a plan that cannot be carried out. `ours` are disks that may be on its VM besides its own.
///
/// # Errors
/// The reason, with what to do about it.
pub(super) fn look(
    looking: Looking<'_>,
    instance: &Instance,
    options: Options,
    glance: Glance,
    ours: &[&DiskCid],
) -> Result<Looked> {
    match instance.managed_by {
        ManagedBy::Director => by_director::look(looking, instance, options, glance),
        ManagedBy::CreateEnv => by_create_env::look(looking, instance),
        ManagedBy::Nobody => by_cpi::look(looking, instance, ours),
    }
}

impl Looked {
    /// The state of a current disk of the instance.
    ///
    /// # Errors
    /// Those of the CPI.
    pub(super) fn old_disk(&self, cpi: &dyn Cpi, disk: &DiskCid) -> Result<OldDisk> {
        match &self.old {
            Old::Only(old) => Ok(old.clone()),
            Old::Shown(told) => by_cpi::look_at(cpi, told, disk),
        }
    }
}
