//! The Director's manifest: whether snapshots are allowed, the CPI, and snapback's own settings.
//!
//! snapback reads the forms of bosh-deployment (`instance_groups[].properties.director`, the same of one of its jobs,
//! and the older `jobs[]`) and of BOSH 1 (`properties.director`); the most specific one counts. It also reads the
//! `director.yml` that BOSH renders on a Director's VM.

mod cloud;
mod cloud_config;
mod cpi_config;
mod director;
mod disk_type;
mod environment;
mod error;
mod filled;
mod inputs;
mod installation;
mod ops_files;
mod readings;
mod rendered;
mod schedule;
mod setting;
mod settings;
mod stillness;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::domain::ids::CpiName;
use crate::secret::Secret;
use crate::yaml::{self, Complaint, Node, View};

pub use cloud_config::zones;
pub use cpi_config::{ConfiguredCpi, CpiConfig};
pub use disk_type::{WantedDisk, wanted_disk};
pub use environment::{DISARMING_MARK, EnvironmentManifest, environment};
pub use error::ManifestError;
pub use inputs::Inputs;
pub use installation::Installation;
pub use readings::{Reading, Shown};
pub use setting::{Place, Setting};
pub use settings::{Action, CpiSettings, Hooks, Job, Schedules, Settings, is_schedule_name};
pub use stillness::{By, Stillness, Stillnesses};

use filled::Filled;
use readings::Places;

/// The commented manifest that `snapback init` writes for the local backend.
pub const EXAMPLE_MANIFEST: &str = include_str!("example.yml");

/// The local backend's directory if the manifest names none; it is beside the manifest.
pub const DEFAULT_LOCAL_PATH: &str = "snapback-disks";

/// The section of the local backend, which has a default and can be in more places.
const LOCAL: &str = "local";

/// The settings that snapback takes from a manifest.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file, as it was named.
    pub path: PathBuf,
    /// `director.name`.
    pub director_name: Option<String>,
    /// `director.enable_snapshots`, off if it is not written (jobs/director/spec of cloudfoundry/bosh);
    /// `snapshots.enabled` of the rendered form.
    pub enable_snapshots: Setting<bool>,
    /// The CPI: `cloud_provider.template.name`, the one among `cloud_provider.templates`, `director.cpi_job`, or
    /// `cloud.provider.name` of the rendered form.
    pub cpi: Option<CpiName>,
    /// `cloud_provider.properties` or `cloud.properties`; if neither exists, the top-level `properties` without
    /// `director` and `snapback`. They hold credentials.
    pub properties: Secret<serde_json::Value>,
    /// The CPI's executable, from `cloud.provider.path` of the rendered form.
    pub provider_path: Option<PathBuf>,
    /// The settings under `snapback:`.
    pub settings: Settings,
    /// Warnings about odd but harmless settings, a sentence each.
    pub warnings: Vec<String>,
    second_documents: Vec<String>,
    places: Places,
    schedules: [Result<Setting<Option<String>>, ManifestError>; 2],
    local: Result<String, ManifestError>,
    ops_files: Vec<PathBuf>,
    state: Result<PathBuf, ManifestError>,
}

impl Manifest {
    /// Reads a manifest as it is.
    ///
    /// # Errors
    /// [`ManifestError`]: missing, unreadable, not YAML, or with a setting that snapback cannot understand.
    pub fn load(path: &Path) -> Result<Manifest, ManifestError> {
        Manifest::load_with(path, &Inputs::default())
    }

    /// Reads a manifest and fills it in.
    ///
    /// # Errors
    /// [`ManifestError`], of the manifest or of the files and variables that fill it in.
    pub fn load_with(path: &Path, inputs: &Inputs) -> Result<Manifest, ManifestError> {
        let filled = Filled::read(path, inputs)?;
        let Filled { text, tree, .. } = &filled;
        let blame = |complaint: Complaint| filled.blame(complaint);
        let mut manifest = Manifest::understand(path, tree, &blame).map_err(blame)?;
        manifest.local = cloud::local_path(&View::root(tree)).map_err(blame);
        manifest.state = state_path(path, text).map_err(blame);
        manifest.ops_files = filled.ops_files;
        manifest.second_documents = filled.second_documents;
        Ok(manifest)
    }

    /// All odd but harmless things, a sentence each with the file in front: those of the manifest, and those of the
    /// files and variables that fill it in.
    pub fn odd(&self) -> impl Iterator<Item = String> {
        let file = self.path.display();
        self.second_documents
            .iter()
            .cloned()
            .chain(self.warnings.iter().map(move |warning| format!("{file}: {warning}")))
    }

    /// The file that has the switch, or would have it: the manifest, or an ops file.
    pub fn switch_file(&self) -> &Path {
        self.file_of(&self.enable_snapshots.place)
    }

    /// The file that has a setting, or would have it: the manifest, or an ops file.
    pub fn file_of(&self, place: &Place) -> &Path {
        ops_files::file(&self.path, &self.ops_files, place.origin)
    }

    /// `director.snapshot_schedule`, as written: when the Director takes snapshots of all deployments' disks. `None` if
    /// it never does.
    ///
    /// # Errors
    /// [`ManifestError`] if the value of a variable is missing.
    pub fn snapshot_schedule(&self) -> Result<Setting<Option<String>>, ManifestError> {
        self.schedules[0].clone()
    }

    /// `director.self_snapshot_schedule`, as written: when the Director takes snapshots of its own disk. `None` if it
    /// never does.
    ///
    /// # Errors
    /// [`ManifestError`] if the value of a variable is missing.
    pub fn self_snapshot_schedule(&self) -> Result<Setting<Option<String>>, ManifestError> {
        self.schedules[1].clone()
    }

    /// The directory of the local backend's disks: `cloud_provider.properties.local.path`, else
    /// `properties.local.path`, relative to the manifest's directory.
    ///
    /// # Errors
    /// [`ManifestError`] if it is written and is not a path.
    pub fn local_path(&self) -> Result<PathBuf, ManifestError> {
        Ok(self.home().join(self.local.as_ref().map_err(Clone::clone)?))
    }

    /// The directory that its relative paths start from.
    pub fn home(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The settings of the built-in cloud whose section of `properties` is `section`. They may hold credentials.
    ///
    /// # Errors
    /// [`ManifestError`]: one of them has a wrong type or value.
    pub fn of_builtin(&self, section: &str) -> Result<Secret<Map<String, Value>>, ManifestError> {
        let said = self.properties.expose().get(section).and_then(Value::as_object);
        let mut said = said.cloned().unwrap_or_default();
        if section == LOCAL {
            said.insert("path".to_owned(), Value::from(self.local.clone()?));
        }
        Ok(Secret::new(said))
    }

    /// The installation that create-env has left beside the manifest; `None` if there is none.
    pub fn installation(&self) -> Option<Installation> {
        installation::beside(&self.path)
    }

    /// create-env's state file beside it, if that file names no installation, or cannot be read.
    pub fn unusable_installation(&self) -> Option<PathBuf> {
        if self.installation().is_some() { None } else { installation::candidate(&self.path) }
    }

    /// The default path of the state file: beside the manifest, `<stem>-snapshots.db`.
    ///
    /// # Errors
    /// [`ManifestError`] if the manifest is a pipe, or a `director.yml` that BOSH rendered: none of our files belongs
    /// beside it.
    pub fn default_state_path(&self) -> Result<PathBuf, ManifestError> {
        self.state.clone()
    }

    /// The same for a manifest that cannot be understood because variables are missing.
    ///
    /// # Errors
    /// Those of [`Manifest::default_state_path`]; it cannot be read.
    pub fn state_path_beside(path: &Path) -> Result<PathBuf, ManifestError> {
        let text = yaml::read(path).map_err(|error| ManifestError::unreadable(path, &error))?;
        state_path(path, &text).map_err(|complaint| ManifestError::new(path, complaint))
    }

    fn understand(path: &Path, tree: &Node, blame: &dyn Fn(Complaint) -> ManifestError) -> Result<Manifest, Complaint> {
        let root = View::root(tree);
        if tree.is_null() {
            return Err(Complaint::new("empty").hint("write a manifest here").try_command("snapback init"));
        }
        if let yaml::Value::List(_) = tree.value {
            let complaint = root.complain("expected a mapping at the top, found a list");
            return Err(complaint.hint("an ops file is not a manifest: name the manifest that it changes"));
        }
        root.map().map_err(|_| {
            root.complain(format!("expected a mapping at the top, found {}", tree.kind()))
                .hint("name the Director's manifest with --manifest")
        })?;
        let is_rendered = rendered::is(&root);
        if let Some(lost) = root.get("snapback")?.filter(|_| !is_rendered) {
            return Err(lost.complain("out of place").hint("it belongs under `properties:`, beside `director:`"));
        }
        let found = if is_rendered { rendered::find(&root)? } else { director::find(&root)? };
        let settings = found.snapback.as_ref().map(settings::read).transpose()?.unwrap_or_default();
        // A value that only a schedule needs may be missing: everything else still works.
        let schedule = |read: Result<_, Complaint>| match read {
            Err(complaint) if !complaint.lacks_variable => Err(complaint),
            read => Ok(read.map_err(blame)),
        };
        let schedules = [schedule(found.snapshot_schedule)?, schedule(found.self_snapshot_schedule)?];
        let cpi = cloud::cpi(&root, found.cpi_job.as_ref())?;
        let properties = cloud::properties(&root, cpi.as_ref().map(|cpi| &cpi.value))?;
        let mut warnings = root.double_keys();
        warnings.extend(found.warnings);
        Ok(Manifest {
            path: path.to_owned(),
            places: Places {
                name: found.name.as_ref().map(|name| name.place.clone()),
                cpi: cpi.as_ref().map(|cpi| cpi.place.clone()),
                properties: properties.place,
                hooks: readings::places_of_hooks(found.snapback.as_ref())?,
                keeping: readings::places_of_keeping(found.snapback.as_ref())?,
                schedule: found
                    .snapback
                    .as_ref()
                    .map(|snapback| snapback.get("schedule"))
                    .transpose()?
                    .flatten()
                    .as_ref()
                    .map(Place::of),
            },
            director_name: found.name.map(|name| name.value),
            enable_snapshots: found.enable_snapshots,
            schedules,
            cpi: cpi.map(|cpi| cpi.value),
            properties: Secret::new(properties.value),
            provider_path: cloud::provider_path(&root)?,
            settings,
            warnings,
            local: Ok(String::new()),
            ops_files: Vec::new(),
            second_documents: Vec::new(),
            state: Ok(PathBuf::new()),
        })
    }
}

fn state_path(manifest: &Path, text: &yaml::Text) -> Result<PathBuf, Complaint> {
    let ask = |message: &str| Err(Complaint::new(message).hint("say where the state file is, with --state FILE"));
    let (Some(stem), true) = (manifest.file_stem(), text.regular) else {
        return ask("not an ordinary file, so the state file cannot be beside it");
    };
    let rendered = text.text.trim_start().starts_with('{');
    if rendered && manifest.file_name().is_some_and(|name| name == "director.yml") {
        return ask("rendered by BOSH, which may replace the directory: the state file cannot be beside it");
    }
    let mut name = stem.to_owned();
    name.push("-snapshots.db");
    Ok(manifest.with_file_name(name))
}
