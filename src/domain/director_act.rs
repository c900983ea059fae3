//! Changes to an instance through its Director.

use serde::{Deserialize, Serialize};

use super::ids::{CpiName, DiskCid, VmCid};

/// One act of the Director, or of the bosh CLI, on the instance, as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum DirectorAct {
    /// `bosh update-resurrection off`: no VM is recreated in the middle of it.
    PauseResurrection,
    /// `bosh update-resurrection on`, if it was on before.
    ResumeResurrection,
    /// `bosh stop`
    Stop,
    /// `bosh attach-disk`: the disk that the Director has on record is detached and orphaned, and this one is attached.
    AttachDisk {
        /// The CPI.
        cpi: CpiName,
        /// The VM.
        vm: VmCid,
        /// The disk.
        disk: DiskCid,
        /// Its place among the instance's disks.
        slot: u32,
    },
    /// Looks whether the disk is mounted, and not empty.
    LookInside {
        /// The disk.
        disk: DiskCid,
    },
    /// `bosh start`
    Start,
}

impl DirectorAct {
    /// The kind's name in the journal, in fault points and in `operations`.
    pub fn kind(&self) -> &'static str {
        match self {
            DirectorAct::PauseResurrection => "bosh_resurrection_off",
            DirectorAct::ResumeResurrection => "bosh_resurrection_on",
            DirectorAct::Stop => "bosh_stop",
            DirectorAct::AttachDisk { .. } => "bosh_attach_disk",
            DirectorAct::LookInside { .. } => "look_inside",
            DirectorAct::Start => "bosh_start",
        }
    }

    /// True if it may be done twice, and leaves nothing that has to be found out.
    pub fn is_repeatable(&self) -> bool {
        matches!(
            self,
            DirectorAct::PauseResurrection | DirectorAct::ResumeResurrection | DirectorAct::LookInside { .. }
        )
    }

    /// A description in the operator's words. `slug` is GROUP/UUID.
    pub fn describe(&self, slug: &str) -> String {
        match self {
            DirectorAct::PauseResurrection => "switch the resurrector off".to_owned(),
            DirectorAct::ResumeResurrection => "switch the resurrector on again".to_owned(),
            DirectorAct::Stop => format!("bosh stop {slug}"),
            DirectorAct::AttachDisk { disk, .. } => format!("bosh attach-disk {slug} {disk}"),
            DirectorAct::LookInside { disk } => format!("look whether {disk} is mounted on {slug}, and not empty"),
            DirectorAct::Start => format!("bosh start {slug}"),
        }
    }
}
