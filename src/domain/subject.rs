//! What a step is about: its CPI, its instance, and its call.

use super::ids::CpiName;
use super::instance::InstanceName;
use super::step::Step;

impl Step {
    /// The CPI that it calls, if it calls one.
    pub fn cpi(&self) -> Option<&CpiName> {
        match self {
            Step::CreateDisk { cpi, .. }
            | Step::SnapshotDisk { cpi, .. }
            | Step::DeleteSnapshot { cpi, .. }
            | Step::CreateDiskFromSnapshot { cpi, .. }
            | Step::DetachDisk { cpi, .. }
            | Step::AttachDisk { cpi, .. }
            | Step::Confirm { cpi, .. }
            | Step::VerifyDisk { cpi, .. }
            | Step::DeleteDisk { cpi, .. }
            | Step::ClearLeftovers { cpi, .. } => Some(cpi),
            Step::Director { .. }
            | Step::CreateEnv { .. }
            | Step::RunHook { .. }
            | Step::Quiesce { .. }
            | Step::Resume { .. }
            | Step::Record { .. }
            | Step::NoteLost { .. }
            | Step::AdoptSnapshot { .. }
            | Step::ForgetSnapshot { .. }
            | Step::ForgetDisk { .. }
            | Step::Hold { .. }
            | Step::BeginLifespan { .. } => None,
        }
    }

    /// The instance that it is for, if it names one.
    pub fn instance(&self) -> Option<&InstanceName> {
        match self {
            Step::SnapshotDisk { draft, .. } => Some(&draft.instance),
            Step::CreateDisk { disk, .. } | Step::CreateDiskFromSnapshot { disk, .. } => disk.instance.as_ref(),
            Step::RunHook { instance, .. }
            | Step::Quiesce { instance, .. }
            | Step::Resume { instance, .. }
            | Step::DetachDisk { instance, .. }
            | Step::AttachDisk { instance, .. }
            | Step::Director { instance, .. }
            | Step::CreateEnv { instance, .. }
            | Step::Record { instance, .. } => Some(instance),
            Step::AdoptSnapshot { snapshot, .. } => Some(&snapshot.instance),
            Step::DeleteSnapshot { .. }
            | Step::Confirm { .. }
            | Step::VerifyDisk { .. }
            | Step::NoteLost { .. }
            | Step::DeleteDisk { .. }
            | Step::ForgetSnapshot { .. }
            | Step::ForgetDisk { .. }
            | Step::Hold { .. }
            | Step::BeginLifespan { .. }
            | Step::ClearLeftovers { .. } => None,
        }
    }

    /// The call that it makes, in the operator's words: method, CPI, and the thing that it is about.
    pub fn as_call(&self) -> String {
        let what = match (self.instance(), self) {
            (_, Step::RunHook { .. } | Step::Director { .. } | Step::CreateEnv { .. }) | (None, _) => self.describe(),
            (Some(instance), _) => format!("{} of {instance}", self.describe()),
        };
        match self.cpi() {
            Some(cpi) => format!("{} on the CPI '{cpi}' ({what})", self.kind()),
            None => what,
        }
    }
}
