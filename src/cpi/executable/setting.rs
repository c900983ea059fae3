//! The settings of an executable, which must be known before the first call.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::cpi::trace::Trace;
use crate::domain::ids::CpiName;
use crate::process::Stop;
use crate::secret::{Redactor, Secret};

/// The manner in which an executable is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// The Director's (cloudfoundry/bosh `src/bosh-director/lib/clouds/external_cpi.rb`): with only TMPDIR and HOME of
    /// the environment, and its own PATH.
    Director,
    /// The manner of `bosh create-env` (bosh-cli `cloud/cpi_cmd_runner.go`): with the whole environment, and the
    /// directories of the installation's packages and jobs.
    CreateEnv {
        /// `BOSH_PACKAGES_DIR`
        packages: PathBuf,
        /// `BOSH_JOBS_DIR`
        jobs: PathBuf,
    },
}

impl Manner {
    /// The newest version of the CPI API that such a caller speaks: the Director's `max_supported_api_version` (its
    /// `jobs/director/templates/director.yml.erb`), the CLI's `MaxCpiApiVersionSupported` (`cloud/cloud.go`).
    pub fn newest_api_version(&self) -> u64 {
        match self {
            Manner::Director => 3,
            Manner::CreateEnv { .. } => 2,
        }
    }

    /// The version in the call of `info` itself. The Director names none; some CPIs refuse one that is above theirs.
    pub(super) fn version_of_info(&self) -> Option<u64> {
        match self {
            Manner::Director => None,
            Manner::CreateEnv { .. } => Some(1),
        }
    }
}

/// An executable and how it is called. It holds credentials: no `Debug`.
#[derive(Clone)]
pub struct Setting {
    /// The name under which the manifest or the cpi-config knows it.
    pub name: CpiName,
    /// The executable.
    pub program: PathBuf,
    /// The manner in which it is called.
    pub manner: Manner,
    /// snapback itself, which starts it without a terminal.
    pub through: Option<PathBuf>,
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// The properties of a cpi-config, which go into the context of each call.
    pub properties: Secret<Map<String, Value>>,
    /// Hides the secrets in its logs and errors.
    pub redactor: Redactor,
    /// The Director in whose name it is called.
    pub director_uuid: String,
    /// The API version of the VMs' stemcell, if known.
    pub stemcell_api_version: Option<u64>,
    /// How long a call may take.
    pub deadline: Duration,
    /// For how long after an attach or a detach its `get_disks` may show the state before.
    pub lag: Duration,
    /// Hears of each call.
    pub trace: Arc<dyn Trace>,
    /// Tells whether calls that change nothing are to end.
    pub stop: Stop,
}
