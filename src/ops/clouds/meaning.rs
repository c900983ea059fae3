//! What a CPI's name means: snapback itself, an executable, or both.

use serde_json::{Map, Value};

use super::place::{Place, chosen};
use crate::cpi::Side;
use crate::cpi::registry::{self, Builtin, ByName};
use crate::domain::ids::CpiName;
use crate::manifest::{ConfiguredCpi, Manifest, ManifestError};
use crate::secret::Secret;

/// Who does the work of a CPI.
#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// snapback itself.
    Native(&'static Builtin),
    /// The executable alone.
    Executable,
    /// The executable, and snapback's own side of its cloud beside it.
    Pair {
        /// snapback's own side.
        builtin: &'static Builtin,
        /// See [`ByName::Beside`].
        names_late: bool,
    },
    /// `--cpi native` asks for a side that this CPI does not have.
    Nothing,
}

/// The built-in cloud of this name, or of the type that a cpi-config has for it.
pub(super) fn native_of(name: &CpiName, configured: Option<&ConfiguredCpi>) -> Option<&'static Builtin> {
    let by_job =
        || registry::builtin(&CpiName::new(&configured?.job)).filter(|builtin| builtin.by_name != ByName::Itself);
    registry::builtin(name).or_else(by_job)
}

/// What a name means. `forced` is the command line's word, `has_settings` tells whether the native side has any
/// settings. Without them, snapback would look for credentials that were not meant for this.
pub(super) fn of(
    native: Option<&'static Builtin>,
    forced: Option<Side>,
    places: &[Place],
    has_settings: impl FnOnce(&Builtin) -> bool,
) -> Meaning {
    match (forced, native) {
        (Some(Side::Native), Some(builtin)) => Meaning::Native(builtin),
        (Some(Side::Native), None) => Meaning::Nothing,
        (Some(Side::Executable), _) | (None, None) => Meaning::Executable,
        (None, Some(builtin)) => match builtin.by_name {
            // A path that the operator has named means the executable.
            ByName::Itself if places.iter().any(|place| place.is_order) => Meaning::Executable,
            ByName::Itself => Meaning::Native(builtin),
            ByName::Beside { .. } if !has_settings(builtin) => Meaning::Executable,
            ByName::Beside { names_late } => match chosen(places) {
                Some(_) => Meaning::Pair { builtin, names_late },
                None => Meaning::Native(builtin),
            },
        },
    }
}

/// Whether there are settings. Errors in them show when they are needed.
pub(super) fn is_some(said: &Result<Secret<Map<String, Value>>, ManifestError>) -> bool {
    said.as_ref().map_or(true, |said| !said.expose().is_empty())
}

/// The manifest's settings, overridden by those of the cpi-config, as for the executable.
pub(super) fn with_config(own: &Map<String, Value>, given: &Map<String, Value>, section: &str) -> Map<String, Value> {
    let mut all = own.clone();
    all.extend(given.get(section).and_then(Value::as_object).unwrap_or(given).clone());
    all
}

/// Why only the executable works for a CPI, though snapback has that cloud built in, too.
pub(super) fn why_executable(native: &Builtin, is_forced: bool) -> String {
    match (is_forced, native.by_name) {
        (true, _) => "--cpi asks for the executable".to_owned(),
        (false, ByName::Itself) => "a path is named for it".to_owned(),
        (false, ByName::Beside { .. }) => {
            format!("neither the manifest nor a cpi-config has settings of it (`{}`)", native.section)
        }
    }
}

/// Why only snapback itself works, though an executable could, too.
pub(super) fn why_native(native: &Builtin, is_forced: bool) -> Option<String> {
    match (is_forced, native.by_name) {
        (true, _) => Some("--cpi asks for the native side".to_owned()),
        (false, ByName::Itself) => None,
        (false, ByName::Beside { .. }) => Some("no executable of it was found".to_owned()),
    }
}

/// The error in the manifest's settings of a built-in cloud. `None` if there is none, or if the manifest's CPI is not a
/// built-in cloud.
pub fn trouble_of_builtin(manifest: &Manifest) -> Option<ManifestError> {
    let name = manifest.cpi.clone().unwrap_or_else(|| CpiName::new(registry::DEFAULT));
    let builtin = registry::builtin(&name).filter(|builtin| builtin.by_name == ByName::Itself)?;
    manifest.of_builtin(builtin.section).err()
}
