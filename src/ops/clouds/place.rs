//! The places where the executable of a CPI may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cpi::executable::Manner;
use crate::domain::ids::CpiName;
use crate::manifest::{ConfiguredCpi, Installation, Manifest};

/// Where BOSH puts jobs on a VM that it manages.
const JOBS: &str = "/var/vcap/jobs";
/// The executable in a job's directory.
const EXECUTABLE: &str = "bin/cpi";

/// One place to look for an executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where the path comes from, in the operator's words.
    pub named_by: String,
    /// The path.
    pub path: PathBuf,
    /// Whether the operator has named it: if it is not there, no other place is tried.
    pub is_order: bool,
    /// The manner in which it is called.
    pub manner: Manner,
    /// The Director in whose name it is called, if the place tells.
    pub director_uuid: Option<String>,
    /// The stemcell's API version, if the place tells.
    pub stemcell_api_version: Option<u64>,
}

impl Place {
    fn of_director(named_by: impl Into<String>, path: impl Into<PathBuf>, is_order: bool) -> Self {
        Place {
            named_by: named_by.into(),
            path: path.into(),
            is_order,
            manner: Manner::Director,
            director_uuid: None,
            stemcell_api_version: None,
        }
    }
}

/// The inputs that determine the places of one CPI.
pub(super) struct Question<'a> {
    pub(super) name: &'a CpiName,
    /// `--cpi-path`, if it is for this CPI.
    pub(super) ordered: Option<&'a Path>,
    /// Where that path comes from: the option, or an environment variable.
    pub(super) ordered_by: &'static str,
    /// Its part of the cpi-config.
    pub(super) configured: Option<&'a ConfiguredCpi>,
    /// Whether it is the manifest's own CPI.
    pub(super) is_default: bool,
    pub(super) manifest: &'a Manifest,
    pub(super) environment: &'a BTreeMap<String, String>,
}

/// The places, in the order in which they are tried.
pub(super) fn places(question: &Question<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    places.extend(question.ordered.map(|path| Place::of_director(question.ordered_by, path, true)));
    let manifest = question.manifest;
    if question.is_default && question.configured.is_none() {
        let home = manifest.path.parent().unwrap_or(Path::new(""));
        let own = manifest.settings.cpi.path.as_ref().map(|path| home.join(path));
        places.extend(own.map(|path| Place::of_director("properties.snapback.cpi.path", path, true)));
        let rendered = manifest.provider_path.as_ref();
        places.extend(rendered.map(|path| Place::of_director("cloud.provider.path", path, false)));
    }
    if let Some(cpi) = question.configured {
        places.push(match &cpi.exec_path {
            Some(path) => Place::of_director("exec_path of the cpi-config", path, true),
            None => Place::of_director("type of the cpi-config", in_job(Path::new(JOBS), &cpi.job), false),
        });
    }
    let job = question.configured.map_or(question.name.as_str(), |cpi| cpi.job.as_str());
    if is_plain(job) {
        let here = in_job(Path::new(JOBS), job);
        if places.iter().all(|place| place.path != here) {
            places.push(Place::of_director("BOSH's directory of jobs", here, false));
        }
        let installation = manifest.installation();
        places.extend(installation.and_then(|found| of_create_env(&found, job, question.environment)));
    }
    places
}

/// Whether a name is a single directory: a name that leads elsewhere is not a job.
fn is_plain(job: &str) -> bool {
    !job.contains('/') && !job.starts_with('.')
}

fn in_job(jobs: &Path, job: &str) -> PathBuf {
    jobs.join(job).join(EXECUTABLE)
}

/// A job that create-env has rendered. create-env deletes it at the end of each run, and keeps the packages (bosh-cli
/// `cpi/release/installer.go`, "Cleaning up rendered CPI jobs").
fn of_create_env(found: &Installation, job: &str, environment: &BTreeMap<String, String>) -> Option<Place> {
    let home = environment.get("HOME").filter(|home| !home.is_empty())?;
    let root = Path::new(home).join(".bosh/installations").join(&found.id);
    let jobs = root.join("jobs");
    Some(Place {
        named_by: format!("create-env's installation ({})", found.state.display()),
        path: in_job(&jobs, job),
        is_order: false,
        manner: Manner::CreateEnv { packages: root.join("packages"), jobs },
        director_uuid: found.director_id.clone(),
        stemcell_api_version: found.stemcell_api_version,
    })
}

/// The place to use: the first that the operator has named, or else the first where there is something.
pub fn chosen(places: &[Place]) -> Option<&Place> {
    places.iter().find(|place| place.is_order).or_else(|| places.iter().find(|place| place.path.exists()))
}
