//! The clouds that a manifest leads to.

use std::path::PathBuf;
use std::sync::Arc;

use super::session::CpiSource;
use crate::clock::{Clock, Ids};
use crate::cpi::Cpi;
use crate::cpi::builtin::local::LocalCpi;
use crate::domain::ids::CpiName;
use crate::error::{Error, Kind, Result};
use crate::fault::Faults;
use crate::manifest::{Manifest, ManifestError};

/// The late child of a test, which causes one effect after its snapback is dead.
#[cfg(debug_assertions)]
pub use crate::cpi::builtin::local::outlive as late;

/// The name of the local backend.
pub const LOCAL: &str = "local_cpi";

/// Makes CPIs by the manifest's settings.
pub struct Clouds {
    local: std::result::Result<PathBuf, ManifestError>,
    clock: Clock,
    ids: Ids,
    faults: Faults,
}

impl Clouds {
    /// The clouds of this manifest.
    pub fn new(manifest: &Manifest, clock: Clock, ids: Ids, faults: Faults) -> Self {
        Clouds { local: manifest.local_path(), clock, ids, faults }
    }
}

impl CpiSource for Clouds {
    fn cpi(&self, name: &CpiName) -> Result<Arc<dyn Cpi>> {
        if name.as_str() != LOCAL {
            return Err(Error::new(
                Kind::Unsupported,
                format!("the CPI '{name}' cannot be driven by this version: it drives '{LOCAL}' only"),
            )
            .hint("CPI executables come with a later version; nothing was done"));
        }
        let root = self.local.clone()?;
        let local = LocalCpi::new(name.clone(), root, self.clock.clone(), self.ids.clone(), self.faults.clone());
        #[cfg(debug_assertions)]
        let local = crate::cpi::builtin::local::outlive::Outliving::new(local);
        Ok(Arc::new(local))
    }
}
