//! Changes to an instance that `bosh create-env` manages.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ids::{CpiName, DiskCid, VmCid};

/// The facts that a restore needs about an instance that create-env manages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByCreateEnv {
    /// create-env's own state file, by its absolute path.
    pub state_file: PathBuf,
    /// The id of the disk's record in that file. It stays: create-env deletes the disk of each record that is not the
    /// current one (bosh-cli `deployment/disk/manager.go`, `DeleteUnused`).
    pub record: String,
    /// The ops file that the command line needs, so that a Director with an old database deletes and recreates nothing.
    pub disarmed_by: Option<PathBuf>,
    /// Whether the record could be compared with the manifest's disk, and is the same.
    pub is_compared: bool,
}

/// The end of an operation's summary while a Director's database is an old one and nobody has said that the checklist
/// is done.
pub const TO_DO: &str = "; to do: bosh cck --report, compare, re-arm";
/// The end of the summary once the checklist is done.
pub const DONE: &str = "; checklist done";

/// One change of such an instance, as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum EnvAct {
    /// Put another disk's CID into the record of create-env's state file.
    ReplaceCid {
        /// The state file.
        file: PathBuf,
        /// The record.
        record: String,
        /// The CID in the record now.
        old: DiskCid,
        /// The CID that the record gets.
        new: DiskCid,
        /// The VM in the state file at that time. Once create-env has made another one, a disk of the record belongs to
        /// it.
        #[serde(default)]
        vm: Option<VmCid>,
    },
    /// The operator's own `bosh create-env`: it makes a new VM with the disk of the record.
    Run {
        /// The state file.
        file: PathBuf,
        /// The CPI.
        cpi: CpiName,
        /// The VM before the run.
        vm: VmCid,
        /// The disk of the record.
        disk: DiskCid,
        /// Its place among the instance's disks.
        slot: u32,
    },
}

impl EnvAct {
    /// The kind's name in the journal, in fault points and in `operations`.
    pub fn kind(&self) -> &'static str {
        match self {
            EnvAct::ReplaceCid { .. } => "replace_cid",
            EnvAct::Run { .. } => "create_env",
        }
    }

    /// A description in the operator's words, without the command line, which can hold credentials.
    pub fn describe(&self) -> String {
        match self {
            EnvAct::ReplaceCid { file, old, new, .. } => {
                format!("replace the disk's CID in {}: {old} by {new}", file.display())
            }
            EnvAct::Run { disk, .. } => format!("bosh create-env: a new VM with disk {disk}"),
        }
    }
}
