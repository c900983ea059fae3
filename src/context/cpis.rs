//! What the command line says of CPIs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Context;
use crate::domain::ids::{BadId, CpiName};
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::manifest::{CpiConfig, Manifest, zones};
use crate::ops::clouds::{CallOptions, DEADLINE, DEFAULT_CPI, Forced, Policy, Trace};

/// How often a call is tried again where nobody says.
pub const RETRIES: usize = 5;
/// The pause before the first new attempt; the others double it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Context {
    /// The CPI of whatever does not say which one it is on: `--cpi`, the manifest's, or that of `--cpi-path`.
    ///
    /// # Errors
    /// [`Kind::Usage`]: a name that cannot be one.
    pub fn default_cpi(&self, manifest: &Manifest) -> Result<CpiName> {
        if let Some(name) = self.named_cpi() {
            return parsed("--cpi", name);
        }
        if let Some(name) = &manifest.cpi {
            return Ok(name.clone());
        }
        let unnamed = self.global.cpi_path.iter().rev().map(|word| split(word)).find(|(name, _)| name.is_none());
        match unnamed {
            Some((_, path)) => parsed("--cpi-path", &name_of(&path)),
            None => Ok(CpiName::new(DEFAULT_CPI)),
        }
    }

    /// The name in `--cpi`, where there is one besides a side.
    fn named_cpi(&self) -> Option<&str> {
        Forced::split(self.global.cpi.as_ref()?).1
    }

    /// Whether the manifest or the command line names a CPI.
    pub fn names_a_cpi(&self, manifest: &Manifest) -> bool {
        manifest.cpi.is_some()
            || self.named_cpi().is_some()
            || self.global.cpi_path.iter().any(|word| split(word).0.is_none())
    }

    /// The zones of these cloud-configs, whose warnings are printed.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn zones(&mut self, files: &[PathBuf]) -> Result<Zones> {
        let (zones, warnings) = zones(files, &self.inputs())?;
        warnings.iter().for_each(|warning| self.ui.warn(warning));
        Ok(zones)
    }

    pub(super) fn call_options(&self, manifest: &Manifest, trace: Arc<dyn Trace>) -> Result<CallOptions> {
        let mut paths = Vec::new();
        for word in &self.global.cpi_path {
            let (name, path) = split(word);
            if path.as_os_str().is_empty() {
                return Err(Error::new(Kind::Usage, "--cpi-path: no path").hint("write --cpi-path [NAME=]PATH"));
            }
            paths.push((name.map(|name| parsed("--cpi-path", name)).transpose()?, path));
        }
        let default = self.default_cpi(manifest)?;
        let forced = self.global.cpi.as_ref().and_then(|word| {
            let (side, name) = Forced::split(word);
            Some(Forced { side: side?, only: name.map(|_| default.clone()), word: word.clone() })
        });
        let retries = self.global.retries.map_or(RETRIES, usize::from);
        let options = CallOptions {
            paths,
            default,
            forced,
            config: CpiConfig::load(&self.global.cpi_config, &self.inputs())?,
            environment: self.environment.variables.clone(),
            through: Some(self.environment.program.clone()),
            deadline: self.global.timeout.map_or(DEADLINE, Duration::from_secs),
            policy: Policy { retries, first: self.first_pause(), longest: LONGEST_PAUSE },
            trace,
            director_uuid: Arc::clone(&self.director_uuid),
        };
        options.check_side()?;
        Ok(options)
    }

    /// A debug build lets a test be less patient.
    #[cfg(debug_assertions)]
    fn first_pause(&self) -> Duration {
        let told = self.environment.get("SNAPBACK_TEST_PAUSE_MS").and_then(|text| text.parse().ok());
        told.map_or(FIRST_PAUSE, Duration::from_millis)
    }

    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "the debug build uses it")]
    fn first_pause(&self) -> Duration {
        FIRST_PAUSE
    }
}

/// NAME=PATH, or a path alone: what stands before a `=` is a name where it has no `/`.
fn split(word: &str) -> (Option<&str>, PathBuf) {
    match word.split_once('=') {
        Some((name, path)) if !name.is_empty() && !name.contains('/') => (Some(name), path.into()),
        _ => (None, word.into()),
    }
}

/// The job that an executable is of, `JOB/bin/cpi`; or else its own name.
fn name_of(path: &Path) -> String {
    let job = path.ends_with("bin/cpi").then(|| path.ancestors().nth(2)).flatten().and_then(Path::file_name);
    let name = job.or_else(|| path.file_stem()).unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn parsed(option: &str, name: &str) -> Result<CpiName> {
    name.parse().map_err(|bad: BadId| Error::new(Kind::Usage, format!("{option}: {bad}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_a_name() {
        assert_eq!(split("aws_cpi=/x/cpi"), (Some("aws_cpi"), "/x/cpi".into()));
        assert_eq!(split("/x/a=b/cpi"), (None, "/x/a=b/cpi".into()));
        assert_eq!(split("=x"), (None, "=x".into()));
        assert_eq!(name_of(Path::new("/jobs/aws_cpi/bin/cpi")), "aws_cpi");
        assert_eq!(name_of(Path::new("./my_cpi.sh")), "my_cpi");
        assert_eq!(name_of(Path::new("bin/cpi")), "cpi");
    }
}
