//! Who a CPI's name means: snapback itself, an executable, or both.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::place::chosen;
use super::{CallOptions, Clouds};
use crate::cpi::Side;
use crate::cpi::registry::{self, Builtin, ByName, Settings};
use crate::cpi::trace::Traced;
use crate::domain::ids::CpiName;
use crate::error::Error;
use crate::manifest::ManifestError;
use crate::secret::Secret;

/// Who does what is asked of a CPI.
#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// snapback itself.
    Native(&'static Builtin),
    /// The executable alone.
    Executable,
    /// The executable, and snapback's own side of its cloud beside it.
    Pair {
        /// That side.
        builtin: &'static Builtin,
        /// See [`ByName::Beside`].
        names_late: bool,
    },
    /// `--cpi native` asks for a side that this CPI has not.
    Nothing,
}

impl CallOptions {
    /// Refuses a side that cannot be.
    ///
    /// # Errors
    /// [`crate::error::Kind::Unsupported`], [`crate::error::Kind::Usage`].
    pub fn check_side(&self) -> crate::error::Result<()> {
        let Some(forced) = &self.forced else { return Ok(()) };
        let name = &self.default;
        let of_it = |(of, _): &&(Option<CpiName>, PathBuf)| of.as_ref().is_none_or(|of| of == name);
        forced.check(name, self.native_of(name), self.paths.iter().find(of_it).map(|(_, path)| path))
    }

    /// The built-in cloud of this name, or of the type that a cpi-config gives it.
    fn native_of(&self, name: &CpiName) -> Option<&'static Builtin> {
        let by_job = || {
            let configured = self.config.find(name, Some(&self.default))?;
            registry::builtin(&CpiName::new(&configured.job)).filter(|builtin| builtin.by_name != ByName::Itself)
        };
        registry::builtin(name).or_else(by_job)
    }
}

impl Clouds {
    /// Who this name means.
    pub fn meaning(&self, name: &CpiName) -> Meaning {
        let native = self.options.native_of(name);
        let forced = self.options.forced.as_ref().and_then(|forced| forced.of(name));
        match (forced, native) {
            (Some(Side::Native), Some(builtin)) => Meaning::Native(builtin),
            (Some(Side::Native), None) => Meaning::Nothing,
            (Some(Side::Executable), _) | (None, None) => Meaning::Executable,
            (None, Some(builtin)) => self.by_name(name, builtin),
        }
    }

    fn by_name(&self, name: &CpiName, builtin: &'static Builtin) -> Meaning {
        let places = self.places(name);
        match builtin.by_name {
            // A path that somebody has named means the executable.
            ByName::Itself if places.iter().any(|place| place.is_order) => Meaning::Executable,
            ByName::Itself => Meaning::Native(builtin),
            ByName::Beside { .. } if !self.has_settings(name, builtin) => Meaning::Executable,
            ByName::Beside { names_late } => match chosen(&places) {
                Some(_) => Meaning::Pair { builtin, names_late },
                None => Meaning::Native(builtin),
            },
        }
    }

    /// Without any, credentials would be looked for that nobody has meant for this.
    fn has_settings(&self, name: &CpiName, builtin: &Builtin) -> bool {
        // What is wrong with them shows when they are needed.
        let is_some = |said: &Result<Secret<Map<String, Value>>, ManifestError>| {
            said.as_ref().map_or(true, |said| !said.expose().is_empty())
        };
        is_some(&self.manifest.of_builtin(builtin.section))
            || self.configured(name).is_some_and(|cpi| is_some(&cpi.properties))
    }

    /// Why only snapback itself does what this CPI can, where an executable could, too.
    pub fn why_native(&self, name: &CpiName) -> Option<String> {
        if self.is_forced(name) {
            return Some("--cpi asks for the native side".to_owned());
        }
        let has_two = self.options.native_of(name).is_some_and(|native| native.by_name != ByName::Itself);
        has_two.then(|| "no executable of it was found".to_owned())
    }

    /// Why only the executable does, where snapback has that cloud built in.
    pub fn why_executable(&self, name: &CpiName) -> Option<String> {
        let native = self.options.native_of(name)?;
        Some(match (self.is_forced(name), native.by_name) {
            (true, _) => "--cpi asks for the executable".to_owned(),
            (false, ByName::Itself) => "a path is named for it".to_owned(),
            (false, ByName::Beside { .. }) => {
                format!("neither the manifest nor a cpi-config has settings of it (`{}`)", native.section)
            }
        })
    }

    fn is_forced(&self, name: &CpiName) -> bool {
        self.options.forced.as_ref().and_then(|forced| forced.of(name)).is_some()
    }

    /// Whether it keeps its things on this machine.
    pub fn is_local(&self, name: &CpiName) -> bool {
        self.builtin_place(name).is_some()
    }

    /// Where a built-in cloud keeps its things, in words and as a path, where that is on this machine.
    pub fn builtin_place(&self, name: &CpiName) -> Option<(&'static str, PathBuf)> {
        let Meaning::Native(builtin) = self.meaning(name) else { return None };
        (builtin.place)(&self.settings(name, builtin).ok()?)
    }

    /// How to get the built-in cloud of the name of an executable that is not there.
    pub fn other_side(&self, name: &CpiName) -> Option<String> {
        let native = self.options.native_of(name)?;
        let section = native.section;
        Some(format!(
            "snapback has a CPI of that name built in: write --cpi native:{name} (its settings are `{section}` in the manifest)"
        ))
    }

    /// snapback's own side of this CPI's cloud.
    ///
    /// # Errors
    /// One of its settings is wrong.
    pub fn native(&self, name: &CpiName, builtin: &'static Builtin) -> crate::error::Result<Traced> {
        Ok(builtin.traced(&self.settings(name, builtin)?)?)
    }

    /// Those of the manifest; what the cpi-config says counts more, as in the executable.
    fn settings(&self, name: &CpiName, builtin: &Builtin) -> crate::error::Result<Settings> {
        let mut properties = self.manifest.of_builtin(builtin.section)?;
        let mut redactor = self.redactor();
        if let Some(cpi) = self.configured(name).filter(|_| builtin.by_name != ByName::Itself) {
            let given = cpi.properties.clone()?;
            redactor.learn(&Value::Object(given.expose().clone()));
            let mut all = properties.expose().clone();
            let nested = given.expose().get(builtin.section).and_then(Value::as_object);
            all.extend(nested.unwrap_or(given.expose()).clone());
            properties = Secret::new(all);
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
        })
    }

    /// Why there is nothing behind a name.
    pub fn nothing(&self, name: &CpiName) -> Error {
        match &self.options.forced {
            Some(forced) => forced.not_built_in(name),
            None => self.not_found(name, &self.places(name)),
        }
    }
}
