//! CPI executables: each call is a child process, as the Director and the bosh CLI make it.

mod answer;
mod call;
mod effects;
mod info;
mod queries;
mod raw;
mod setting;
mod tail;

use crate::clock::{Clock, Ids};
use crate::cpi::{Capabilities, Costs, CpiResult};
use crate::domain::ids::CpiName;

use call::Caller;
use info::{Info, Method};

pub use setting::{Manner, Setting};

/// A CPI executable that has answered `info`.
pub struct ExecutableCpi {
    caller: Caller,
    info: Info,
    clock: Clock,
}

impl ExecutableCpi {
    /// Asks the executable for its `info`: which version of the API it speaks, and whether it has the recovery
    /// extension.
    ///
    /// # Errors
    /// It cannot be started, or did not answer in time or not as a CPI. An executable that does not know `info` is an
    /// old one, which is not an error.
    pub fn open(setting: Setting, clock: Clock, ids: Ids) -> CpiResult<Self> {
        let mut caller = Caller::new(setting, ids);
        let info = info::ask(&caller)?;
        caller.agree_on(info.api_version);
        Ok(ExecutableCpi { caller, info, clock })
    }

    /// The version of the API that its calls use, if it told one.
    pub fn api_version(&self) -> Option<u64> {
        self.info.api_version
    }

    /// The version of the recovery extension that it has.
    pub fn extension(&self) -> Option<u64> {
        self.info.extension.as_ref().map(|extension| extension.version)
    }

    fn has(&self, method: Method) -> bool {
        self.info.extension.as_ref().is_some_and(|extension| extension.methods.contains(&method))
    }

    fn can(&self) -> Capabilities {
        let keeps_metadata = self.info.extension.as_ref().is_some_and(|extension| extension.stores_metadata);
        Capabilities {
            // The first answer shows whether it is true: the protocol cannot tell.
            snapshots: true,
            promote: self.has(Method::CreateDiskFromSnapshot),
            list_snapshots: self.has(Method::ListSnapshots),
            find_snapshots: self.has(Method::ListSnapshots) && keeps_metadata,
            find_disks: self.has(Method::FindDisk),
            describe_snapshots: self.has(Method::DescribeSnapshot),
            attach: true,
            lag: self.caller.setting.lag,
            costs: Costs::default(),
        }
    }

    fn name(&self) -> &CpiName {
        &self.caller.setting.name
    }
}

impl std::fmt::Debug for ExecutableCpi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExecutableCpi({}, {})", self.name(), self.caller.setting.program.display())
    }
}

/// The additions to a call's arguments, for a CPI with the recovery extension.
type ExtensionContext = Option<serde_json::Value>;
