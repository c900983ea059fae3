//! The clouds that a manifest configures.

mod alone;
mod environment;
mod meaning;
mod options;
mod patience;
mod place;
mod side;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::session::CpiSource;
use crate::clock::{Clock, Ids};
use crate::cpi::executable::{ExecutableCpi, Manner, Setting};
use crate::cpi::registry::{Builtin, ByName, Settings};
use crate::cpi::retry::Retrying;
use crate::cpi::trace::Traced;
use crate::cpi::{Alone, Copied, Cpi, Far, Pair};
use crate::domain::ids::CpiName;
use crate::error::{Error, Kind, Result};
use crate::fault::Faults;
use crate::manifest::{ConfiguredCpi, Manifest};
use crate::secret::{Redactor, Secret};

/// The late child of a test, which causes one effect after its snapback is dead.
#[cfg(debug_assertions)]
pub use crate::cpi::builtin::local::outlive as late;
pub use crate::cpi::registry::DEFAULT as DEFAULT_CPI;
pub use crate::cpi::retry::Policy;
pub use crate::cpi::trace::{Called, Trace};
pub use meaning::{Meaning, trouble_of_builtin};
pub use options::CallOptions;
pub use patience::Patience;
pub use place::{Place, chosen};
pub use side::Forced;

/// How long a call may take if no option says: the AWS CPI waits 27 minutes for a snapshot.
pub const DEADLINE: Duration = Duration::from_secs(60 * 60);

/// How long a cloud may take to show an attach or a detach if no setting says: EC2 takes seconds.
pub const LAG: Duration = Duration::from_secs(30);

/// Makes CPIs from the manifest's settings, each once.
pub struct Clouds {
    manifest: Manifest,
    options: CallOptions,
    patience: Patience,
    clock: Clock,
    ids: Ids,
    faults: Faults,
    made: Mutex<BTreeMap<CpiName, Arc<dyn Cpi>>>,
}

impl Clouds {
    /// The clouds of this manifest.
    pub fn new(
        manifest: &Manifest,
        options: CallOptions,
        patience: Patience,
        clock: Clock,
        ids: Ids,
        faults: Faults,
    ) -> Self {
        Clouds { manifest: manifest.clone(), options, patience, clock, ids, faults, made: Mutex::default() }
    }

    /// The CPI of disks and VMs that name none.
    pub fn default_name(&self) -> &CpiName {
        &self.options.default
    }

    /// The CPIs of the cpi-config.
    pub fn configured_names(&self) -> impl Iterator<Item = &CpiName> {
        self.options.config.cpis().iter().map(|cpi| &cpi.name)
    }

    /// What this name means.
    pub fn meaning(&self, name: &CpiName) -> Meaning {
        let has_settings = |builtin: &Builtin| {
            meaning::is_some(&self.manifest.of_builtin(builtin.section))
                || self.configured(name).is_some_and(|cpi| meaning::is_some(&cpi.properties))
        };
        let options = &self.options;
        meaning::of(options.native_of(name), options.side_of(name), &self.places(name), has_settings)
    }

    /// Why only snapback itself works for this CPI, though an executable could, too.
    pub fn why_native(&self, name: &CpiName) -> Option<String> {
        meaning::why_native(self.options.native_of(name)?, self.options.side_of(name).is_some())
    }

    /// Why only the executable works, though snapback has that cloud built in.
    pub fn why_executable(&self, name: &CpiName) -> Option<String> {
        let native = self.options.native_of(name)?;
        Some(meaning::why_executable(native, self.options.side_of(name).is_some()))
    }

    /// Whether it keeps its things on this machine.
    pub fn is_local(&self, name: &CpiName) -> bool {
        self.builtin_place(name).is_some()
    }

    /// Where a built-in cloud keeps its things, in words and as a path, if that is on this machine.
    pub fn builtin_place(&self, name: &CpiName) -> Option<(&'static str, PathBuf)> {
        let Meaning::Native(builtin) = self.meaning(name) else { return None };
        (builtin.place)(&self.settings(name, builtin).ok()?)
    }

    /// How to use the built-in cloud instead of an executable of its name that is not there.
    pub fn other_side(&self, name: &CpiName) -> Option<String> {
        let section = self.options.native_of(name)?.section;
        Some(format!(
            "snapback has a CPI of that name built in: write --cpi native:{name} (its settings are `{section}` in the manifest)"
        ))
    }

    /// snapback's own side of this CPI's cloud.
    ///
    /// # Errors
    /// One of its settings is wrong.
    pub fn native(&self, name: &CpiName, builtin: &'static Builtin) -> Result<Traced> {
        let made = self.settings(name, builtin).and_then(|settings| Ok(builtin.traced(&settings)?));
        let configured = self.configured(name).map(|cpi| &cpi.name);
        made.map_err(|error| error.hint(alone::place_of_settings(builtin, &self.manifest.path, configured)))
    }

    /// What nobody can do with a disk that has snapshots in this cloud, in words; `None` if snapshots block nothing.
    pub fn blocked_by_snapshots(&self, name: &CpiName) -> Option<&'static str> {
        self.options.native_of(name)?.blocked_by_snapshots
    }

    /// The error if a name means nothing.
    pub fn nothing(&self, name: &CpiName) -> Error {
        match &self.options.forced {
            Some(forced) => forced.not_built_in(name),
            None => self.not_found(name, &self.places(name)),
        }
    }

    fn settings(&self, name: &CpiName, builtin: &Builtin) -> Result<Settings> {
        let mut properties = self.manifest.of_builtin(builtin.section)?;
        let mut redactor = self.redactor();
        if let Some(cpi) = self.configured(name).filter(|_| builtin.by_name != ByName::Itself) {
            let given = cpi.properties.clone()?;
            redactor.learn(&serde_json::Value::Object(given.expose().clone()));
            properties = Secret::new(meaning::with_config(properties.expose(), given.expose(), builtin.section));
        }
        builtin.public.iter().filter_map(|key| properties.expose().get(*key)).for_each(|value| redactor.spare(value));
        Ok(Settings {
            name: name.clone(),
            properties,
            home: self.manifest.home().to_owned(),
            redactor,
            environment: self.options.environment.clone(),
            deadline: self.options.deadline,
            lag: self.lag(),
            stop: self.patience.stop(),
            trace: Arc::clone(&self.options.trace),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            faults: self.faults.clone(),
            copied: {
                let progress = Arc::clone(&self.patience.progress);
                Copied::to(move |done, total| progress.copied(done, total))
            },
        })
    }

    /// The places of its executable, in the order in which they are tried.
    pub fn places(&self, name: &CpiName) -> Vec<Place> {
        place::places(&place::Question {
            name,
            ordered: self.ordered(name),
            ordered_by: self.options.paths_named_by,
            configured: self.configured(name),
            is_default: *name == self.options.default,
            manifest: &self.manifest,
            environment: &self.options.environment,
        })
    }

    /// The job of create-env's own installation, if that is this CPI: the next run of create-env deletes it.
    pub fn deleted_by_create_env(&self, name: &CpiName) -> Option<Place> {
        if let Meaning::Native(_) = self.meaning(name) {
            return None;
        }
        let places = self.places(name);
        let is_of_create_env = |place: &&Place| matches!(place.manner, Manner::CreateEnv { .. });
        place::chosen(&places).filter(is_of_create_env).cloned()
    }

    /// The executable, after a look at its path and its `info`.
    ///
    /// # Errors
    /// There is none, its settings are wrong, or it does not answer.
    pub fn executable(&self, name: &CpiName) -> Result<(Place, ExecutableCpi)> {
        let places = self.places(name);
        let place = place::chosen(&places).cloned().ok_or_else(|| self.not_found(name, &places))?;
        let setting = self.setting(name, &place)?;
        let _asking = self.patience.interrupt.calling(None, format!("info on the CPI '{name}'"));
        let cpi = ExecutableCpi::open(setting, self.clock.clone(), self.ids.clone())?;
        Ok((place, cpi))
    }

    fn ordered(&self, name: &CpiName) -> Option<&Path> {
        let is_default = *name == self.options.default;
        let paths = self.options.paths.iter().rev();
        let mut meant = paths.filter(|(of, _)| of.as_ref().map_or(is_default, |of| of == name));
        meant.next().map(|(_, path)| path.as_path())
    }

    fn configured(&self, name: &CpiName) -> Option<&ConfiguredCpi> {
        self.options.config.find(name, Some(&self.options.default))
    }

    fn setting(&self, name: &CpiName, place: &Place) -> Result<Setting> {
        let options = &self.options;
        let mut redactor = self.redactor();
        let properties = match self.configured(name) {
            None => Secret::default(),
            Some(cpi) => {
                let properties = cpi.properties.clone()?;
                redactor.learn(&serde_json::Value::Object(properties.expose().clone()));
                properties
            }
        };
        let known = || options.director_uuid.get().cloned();
        Ok(Setting {
            name: name.clone(),
            program: std::path::absolute(&place.path).unwrap_or_else(|_| place.path.clone()),
            through: options.through.clone(),
            environment: environment::of(&options.environment, &place.manner),
            manner: place.manner.clone(),
            properties,
            redactor,
            director_uuid: place.director_uuid.clone().or_else(known).unwrap_or_else(|| self.ids.uuid()),
            stemcell_api_version: self.manifest.settings.cpi.stemcell_api_version.or(place.stemcell_api_version),
            deadline: options.deadline,
            lag: self.lag(),
            trace: Arc::clone(&options.trace),
            stop: self.patience.stop(),
        })
    }

    fn lag(&self) -> Duration {
        self.manifest.settings.cpi.lag.map_or(LAG, Duration::from_secs)
    }

    fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::of(self.manifest.properties.expose());
        redactor.learn_environment(&self.options.environment);
        redactor
    }

    fn not_found(&self, name: &CpiName, places: &[Place]) -> Error {
        let mut error = Error::new(Kind::Unsupported, format!("no executable of the CPI '{name}' was found"));
        for place in places {
            error = error.hint(format!("looked for {} ({})", place.path.display(), place.named_by));
        }
        if places.iter().any(|place| matches!(place.manner, Manner::CreateEnv { .. })) {
            error = error.hint("create-env deletes its rendered job after each run: docs/cpis.md says how to get one");
        }
        if let Some(hint) = self.other_side(name) {
            error = error.hint(hint);
        }
        let error = error.hint(format!("nothing was done; say where it is with --cpi-path {name}=PATH"));
        error.try_command("snapback cpis")
    }

    /// The CPI without the wrappers that all of them get.
    fn bare(&self, name: &CpiName) -> Result<Box<dyn Cpi>> {
        match self.meaning(name) {
            Meaning::Native(builtin) => Ok(Box::new(self.native(name, builtin)?)),
            Meaning::Executable => {
                let executable = Box::new(self.executable(name)?.1);
                let (is_forced, file) = (self.options.side_of(name).is_some(), &self.manifest.path);
                Ok(match self.options.native_of(name) {
                    Some(native) => Box::new(Alone::new(executable, alone::no_native(name, native, is_forced, file))),
                    None => executable,
                })
            }
            Meaning::Pair { builtin, names_late } => {
                let executable = Box::new(self.executable(name)?.1);
                let progress = Arc::clone(&self.patience.progress);
                let far: Far = Arc::new(move |what, percent| progress.far(what, percent));
                Ok(match self.native(name, builtin) {
                    Ok(native) => Box::new(Pair::new(executable, Arc::new(native), builtin.lacks, names_late, far)),
                    Err(wrong) => {
                        let why = alone::unusable(name, &wrong);
                        self.patience.progress.note(&format!("Warning: {}", why.message()));
                        Box::new(Alone::new(executable, why))
                    }
                })
            }
            Meaning::Nothing => Err(self.nothing(name)),
        }
    }
}

impl CpiSource for Clouds {
    fn is_builtin(&self, name: &CpiName) -> bool {
        matches!(self.meaning(name), Meaning::Native(_))
    }

    fn cpi(&self, name: &CpiName) -> Result<Arc<dyn Cpi>> {
        // Held while the executable is asked for its info: it is asked once in a run.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cpi) = made.get(name) {
            return Ok(Arc::clone(cpi));
        }
        let retrying = Retrying::new(self.bare(name)?, self.patience.clone(), self.options.policy);
        let cpi: Arc<dyn Cpi> = Arc::new(retrying);
        made.insert(name.clone(), Arc::clone(&cpi));
        Ok(cpi)
    }
}
