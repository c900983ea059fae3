//! The inputs and the result of the check before the first effect.

use std::time::Duration;

use crate::cpi::Cpi;
use crate::director::Bosh;
use crate::domain::ids::VmCid;
use crate::domain::swap::{HooksPresent, Method, OldDisk, SwapPlan};
use crate::manifest::WantedDisk;
use crate::ops::vm_disks::VmDisks;
use crate::state::Reader;

/// The sources that a plan is made from.
#[derive(Clone, Copy)]
pub struct Looking<'a> {
    /// The state file.
    pub reader: &'a Reader,
    /// The cloud.
    pub cpi: &'a dyn Cpi,
    /// The Director.
    pub bosh: &'a Bosh,
    /// The operator's hooks.
    pub hooks: HooksPresent,
}

/// The operator's options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Accept a torn copy as the safety snapshot.
    pub allow_torn: bool,
    /// Take a snapshot of the old disk.
    pub safety_snapshot: bool,
    /// Take a snapshot of the new disk, if a Director manages the instance.
    pub protect: bool,
    /// Leave the Director's resurrector as it is.
    pub leave_resurrection: bool,
    /// How long to wait for the Director's present work.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            allow_torn: false,
            safety_snapshot: true,
            protect: true,
            leave_resurrection: false,
            wait: Duration::ZERO,
        }
    }
}

impl Options {
    /// The options that a plan was made with.
    pub(super) fn of(plan: &SwapPlan) -> Options {
        let options =
            Options { allow_torn: plan.allow_torn, safety_snapshot: plan.only().safety_snapshot, ..Options::default() };
        match &plan.method {
            Method::Bosh(by) => Options { protect: by.protect, leave_resurrection: !by.pause_resurrection, ..options },
            Method::Cpi | Method::CreateEnv(_) => options,
        }
    }
}

/// Which check it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glance {
    /// The one for the plan.
    First,
    /// The one after the instance was claimed: it is known that snapback can look inside.
    Again,
}

/// The result of checking an instance that is to get another disk.
pub(super) struct Looked {
    /// The method to use.
    pub method: Method,
    /// Its VM.
    pub vm: VmCid,
    /// The disk that the manager of the instance wants.
    pub wanted: WantedDisk,
    /// The disks that it has.
    pub old: Old,
}

/// The disks that an instance has.
pub(super) enum Old {
    /// One, by the manager's word.
    Only(OldDisk),
    /// The disks that the cloud shows at its VM.
    Shown(VmDisks),
}
