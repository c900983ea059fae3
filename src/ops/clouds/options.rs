//! The options of the command line that concern CPIs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::meaning;
use super::side::Forced;
use crate::cpi::Side;
use crate::cpi::registry::Builtin;
use crate::cpi::retry::Policy;
use crate::cpi::trace::Trace;
use crate::domain::ids::CpiName;
use crate::error::Result;
use crate::manifest::CpiConfig;

/// The options of the command line that concern CPIs.
#[derive(Clone)]
pub struct CallOptions {
    /// `--cpi-path`: for the CPI of this name, or for the manifest's.
    pub paths: Vec<(Option<CpiName>, PathBuf)>,
    /// Where the paths come from: the option, or an environment variable.
    pub paths_named_by: &'static str,
    /// The CPI of disks and VMs that name none.
    pub default: CpiName,
    /// The side that a name means, if `--cpi` says so.
    pub forced: Option<Forced>,
    /// `--cpi-config`
    pub config: CpiConfig,
    /// The operator's environment variables.
    pub environment: BTreeMap<String, String>,
    /// snapback itself: see [`Setting::through`](crate::cpi::executable::Setting::through).
    pub through: Option<PathBuf>,
    /// How long a call may take.
    pub deadline: Duration,
    /// How often and when it is repeated.
    pub policy: Policy,
    /// Hears of each call.
    pub trace: Arc<dyn Trace>,
    /// The Director of the state file, once that is open.
    pub director_uuid: Arc<OnceLock<String>>,
}

impl CallOptions {
    /// Refuses a side that does not exist.
    ///
    /// # Errors
    /// [`Kind::Unsupported`], [`Kind::Usage`].
    pub fn check_side(&self) -> Result<()> {
        let Some(forced) = &self.forced else { return Ok(()) };
        let name = &self.default;
        let of_it = |(of, _): &&(Option<CpiName>, PathBuf)| of.as_ref().is_none_or(|of| of == name);
        forced.check(
            name,
            self.native_of(name),
            self.paths.iter().find(of_it).map(|(_, path)| (self.paths_named_by, path)),
        )
    }

    pub(super) fn native_of(&self, name: &CpiName) -> Option<&'static Builtin> {
        meaning::native_of(name, self.config.find(name, Some(&self.default)))
    }

    pub(super) fn side_of(&self, name: &CpiName) -> Option<Side> {
        self.forced.as_ref().and_then(|forced| forced.of(name))
    }
}
