//! The state file that `bosh create-env` leaves beside a manifest: it names its installation.

use std::path::{Path, PathBuf};

use super::ManifestError;
use crate::yaml::{self, View};

/// An installation of `bosh create-env` (bosh-cli `deployment/config`, `installation/target.go`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The state file that names it.
    pub state: PathBuf,
    /// `installation_id`: the directory below `~/.bosh/installations`.
    pub id: String,
    /// `director_id`
    pub director_id: Option<String>,
    /// The `api_version` of the running stemcell, if it is recorded.
    pub stemcell_api_version: Option<u64>,
}

impl Installation {
    /// The text of its state file.
    ///
    /// # Errors
    /// [`ManifestError`]: it cannot be read any more.
    pub fn text(&self) -> Result<String, ManifestError> {
        yaml::read(&self.state).map(|text| text.text).map_err(|error| ManifestError::unreadable(&self.state, &error))
    }
}

/// The installation whose state file is beside the manifest: `<stem>-state.json`, which is create-env's default, or
/// `state.json`. A file that cannot be understood counts as none, since there are other places to look.
pub fn beside(manifest: &Path) -> Option<Installation> {
    candidates(manifest).into_iter().find_map(read)
}

/// The first of the possible paths of a state file at which there is something.
pub fn candidate(manifest: &Path) -> Option<PathBuf> {
    candidates(manifest).into_iter().find(|path| path.symlink_metadata().is_ok())
}

fn candidates(manifest: &Path) -> Vec<PathBuf> {
    let Some(stem) = manifest.file_stem() else { return Vec::new() };
    let mut own = stem.to_owned();
    own.push("-state.json");
    vec![manifest.with_file_name(own), manifest.with_file_name("state.json")]
}

fn read(state: PathBuf) -> Option<Installation> {
    let tree = yaml::parse(&yaml::read(&state).ok()?.text).ok()?;
    let root = View::root(&tree);
    let text = |view: &View<'_>, key: &str| Some(view.get(key).ok()??.as_str().ok()?.to_owned());
    let id = text(&root, "installation_id")?;
    // It becomes a part of a path.
    if id.is_empty() || id.contains('/') || id.starts_with('.') {
        return None;
    }
    let current = text(&root, "current_stemcell_id");
    let stemcells = root.get("stemcells").ok().flatten().and_then(|list| list.list().ok()).unwrap_or_default();
    let running = stemcells.iter().find(|stemcell| text(stemcell, "id") == current);
    let version = running.and_then(|stemcell| stemcell.get("api_version").ok()??.as_u64().ok());
    Some(Installation { director_id: text(&root, "director_id"), stemcell_api_version: version, state, id })
}
