//! The options of the command line that concern CPIs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Context;
use crate::domain::ids::{BadId, CpiName};
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::manifest::{CpiConfig, Manifest, ManifestError, zones};
use crate::ops::clouds::{CallOptions, DEADLINE, DEFAULT_CPI, Forced, Policy, Trace};

/// How often a call is tried again if no option says.
pub const RETRIES: usize = 5;
/// The pause before the first new attempt; the others double it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The environment variables that stand for `--cpi-path` and `--cpi-config`; `:` separates several.
const PATH_VARIABLE: &str = "SNAPBACK_CPI_PATH";
const CONFIG_VARIABLE: &str = "SNAPBACK_CPI_CONFIG";

impl Context {
    /// The executables of CPIs that are named, each `[NAME=]PATH`, and what names them: the option, or else the
    /// environment.
    pub fn cpi_paths(&self) -> (Vec<String>, &'static str) {
        match (&self.global.cpi_path[..], self.environment.get(PATH_VARIABLE)) {
            ([], Some(words)) => (words.split(':').map(str::to_owned).collect(), PATH_VARIABLE),
            (words, _) => (words.to_owned(), "--cpi-path"),
        }
    }

    /// The cpi-configs that are named, and what names them.
    pub fn cpi_configs(&self) -> (Vec<PathBuf>, &'static str) {
        match (&self.global.cpi_config[..], self.environment.get(CONFIG_VARIABLE)) {
            ([], Some(files)) => (files.split(':').map(PathBuf::from).collect(), CONFIG_VARIABLE),
            (files, _) => (files.to_owned(), "--cpi-config"),
        }
    }

    /// Reads the cpi-configs that are named.
    ///
    /// # Errors
    /// A cpi-config cannot be read, or is wrong. If the environment named the files, the error names the variable.
    pub fn cpi_config(&self) -> Result<CpiConfig> {
        let (files, named_by) = self.cpi_configs();
        Ok(CpiConfig::load(&files, &self.inputs()).map_err(|error| match named_by {
            CONFIG_VARIABLE => ManifestError { file: format!("{CONFIG_VARIABLE}: {}", error.file), ..error },
            _ => error,
        })?)
    }

    /// The CPI of disks and VMs that name none: `--cpi`, the manifest's, or that of `--cpi-path`.
    ///
    /// # Errors
    /// [`Kind::Usage`]: the name is not valid.
    pub fn default_cpi(&self, manifest: &Manifest) -> Result<CpiName> {
        if let Some(name) = self.named_cpi() {
            return parsed("--cpi", name);
        }
        if let Some(name) = &manifest.cpi {
            return Ok(name.clone());
        }
        let (words, named_by) = self.cpi_paths();
        let unnamed = words.iter().rev().map(|word| split(word)).find(|(name, _)| name.is_none());
        match unnamed {
            Some((_, path)) => parsed(named_by, &name_of(&path)),
            None => Ok(CpiName::new(DEFAULT_CPI)),
        }
    }

    /// The name in `--cpi`, if it has one besides a side.
    fn named_cpi(&self) -> Option<&str> {
        Forced::split(self.global.cpi.as_ref()?).1
    }

    /// Whether the manifest or the command line names a CPI.
    pub fn names_a_cpi(&self, manifest: &Manifest) -> bool {
        manifest.cpi.is_some()
            || self.named_cpi().is_some()
            || self.cpi_paths().0.iter().any(|word| split(word).0.is_none())
    }

    /// The zones of these cloud-configs. Prints their warnings.
    ///
    /// # Errors
    /// A cloud-config cannot be read, or is wrong.
    pub fn zones(&mut self, files: &[PathBuf]) -> Result<Zones> {
        let (zones, warnings) = zones(files, &self.inputs())?;
        warnings.iter().for_each(|warning| self.ui.warn(warning));
        Ok(zones)
    }

    pub(super) fn call_options(&self, manifest: &Manifest, trace: Arc<dyn Trace>) -> Result<CallOptions> {
        let mut paths = Vec::new();
        let (words, named_by) = self.cpi_paths();
        for word in &words {
            let (name, path) = split(word);
            if path.as_os_str().is_empty() {
                let form = if named_by == PATH_VARIABLE { "[NAME=]PATH[:[NAME=]PATH...]" } else { "[NAME=]PATH" };
                return Err(
                    Error::new(Kind::Usage, format!("{named_by}: no path")).hint(format!("write {named_by} as {form}"))
                );
            }
            paths.push((name.map(|name| parsed(named_by, name)).transpose()?, path));
        }
        let default = self.default_cpi(manifest)?;
        let forced = self.global.cpi.as_ref().and_then(|word| {
            let (side, name) = Forced::split(word);
            Some(Forced { side: side?, only: name.map(|_| default.clone()), word: word.clone() })
        });
        let retries = self.global.retries.map_or(RETRIES, usize::from);
        let options = CallOptions {
            paths,
            paths_named_by: named_by,
            default,
            forced,
            config: self.cpi_config()?,
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

    /// In a debug build, a test can shorten the pause.
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

/// Splits NAME=PATH; without a name it is a path alone. The text before a `=` is a name if it has no `/`.
fn split(word: &str) -> (Option<&str>, PathBuf) {
    match word.split_once('=') {
        Some((name, path)) if !name.is_empty() && !name.contains('/') => (Some(name), path.into()),
        _ => (None, word.into()),
    }
}

/// The job that an executable belongs to, `JOB/bin/cpi`; else its own name.
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
