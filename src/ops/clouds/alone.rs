//! Why an executable works alone though snapback has its cloud built in: what is wrong or missing, where, and how to
//! change it.

use std::path::Path;

use super::meaning;
use crate::cpi::registry::{Builtin, ByName};
use crate::domain::ids::CpiName;
use crate::error::{Error, Kind};

/// The place of the native side's settings: this manifest, and the cpi-config if it has the CPI.
pub(super) fn place_of_settings(builtin: &Builtin, manifest: &Path, configured: Option<&CpiName>) -> String {
    let (section, file) = (builtin.section, manifest.display());
    let place = format!("the settings are `{section}` below `cloud_provider.properties` or `properties` of {file}");
    match configured.filter(|_| builtin.by_name != ByName::Itself) {
        Some(name) => format!("{place}, and the properties of '{name}' in the cpi-config"),
        None => place,
    }
}

/// Why only the executable is asked, if nothing asks for the native side.
pub(super) fn no_native(name: &CpiName, native: &Builtin, is_forced: bool, manifest: &Path) -> Error {
    let (section, file) = (native.section, manifest.display());
    let error = Error::new(Kind::Unsupported, meaning::why_executable(native, is_forced));
    let by_itself = "snapback can make it by itself:";
    let own = format!("write --cpi native:{name} (docs/clouds)");
    match (is_forced, native.by_name) {
        (true, ByName::Beside { .. }) => error.hint(format!("{by_itself} leave `--cpi executable` out, or {own}")),
        (false, ByName::Beside { .. }) => error
            .hint(format!("{by_itself} write the settings of the cloud into {file}, as `properties.{section}`"))
            .hint(format!("or {own}")),
        (_, ByName::Itself) => error.hint(format!("{by_itself} {own}")),
    }
}

/// Why the executable works alone if the native side's settings are wrong. It cannot do what only the native side can.
pub(super) fn unusable(name: &CpiName, wrong: &Error) -> Error {
    let message = format!(
        "CPI '{name}': snapback's own side cannot be used, so the executable works alone: {}",
        wrong.in_one_line()
    );
    Error::new(wrong.kind(), message).with_hints_of(wrong)
}
