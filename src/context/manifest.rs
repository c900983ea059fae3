//! The manifest: where it is, and what is read from it.

use std::path::PathBuf;

use super::{Context, FoundBy, ManifestPlace};
use crate::error::Result;
use crate::manifest::{Inputs, Manifest, ManifestError};

impl Context {
    /// The place of the manifest: named, or found in the working directory or above it.
    pub fn manifest_place(&self) -> ManifestPlace {
        ManifestPlace::find(self.global.manifest.as_deref(), &self.environment)
    }

    /// The file of [`Context::manifest_place`].
    pub fn manifest_path(&self) -> PathBuf {
        self.manifest_place().path
    }

    /// Says which manifest was found, once: if it is not in the working directory, and with `--verbose`.
    pub fn tell_manifest(&mut self) {
        let place = self.manifest_place();
        let is_told = self.global.verbose || place.found == FoundBy::Above;
        if is_told && !std::mem::replace(&mut self.told_manifest, true) {
            self.ui.say(&format!("Using the manifest {} ({})", place.path.display(), place.found.describe()));
        }
    }

    /// Reads the manifest, and prints its warnings.
    ///
    /// # Errors
    /// The manifest cannot be read, or is wrong.
    pub fn manifest(&mut self) -> Result<Manifest> {
        self.tell_manifest();
        let manifest = self.load_manifest()?;
        Ok(self.warned(manifest))
    }

    /// Reads the manifest, and leaves its warnings to the caller.
    ///
    /// # Errors
    /// The manifest cannot be read, or is wrong.
    pub fn load_manifest(&self) -> std::result::Result<Manifest, ManifestError> {
        let place = self.manifest_place();
        place.trusted()?;
        Manifest::load_with(&place.path, &self.inputs()).map_err(|error| place.explain(error))
    }

    pub(super) fn warned(&mut self, manifest: Manifest) -> Manifest {
        for warning in manifest.odd() {
            self.ui.warn(&warning);
        }
        manifest
    }

    pub(super) fn inputs(&self) -> Inputs {
        Inputs {
            vars: self.global.var.clone(),
            var_files: self.global.var_file.clone(),
            vars_files: self.global.vars_file.clone(),
            vars_env: self.global.vars_env.clone(),
            vars_store: self.global.vars_store.clone(),
            ops_files: self.global.ops_file.clone(),
            environment: self.environment.variables.clone(),
        }
    }
}
