//! The clouds that are built in, by their names. One more is a folder in `builtin` and a line here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::builtin::{aws, local, openstack};
use super::trace::{Trace, Traced};
use super::{Copied, Cpi, CpiResult};
use crate::clock::{Clock, Ids};
use crate::domain::ids::CpiName;
use crate::fault::Faults;
use crate::process::Stop;
use crate::secret::{Redactor, Secret};

/// All of them.
const BUILTINS: [&Builtin; 3] = [&local::BUILTIN, &aws::BUILTIN, &openstack::BUILTIN];

/// The CPI where nothing names one.
pub const DEFAULT: &str = local::BUILTIN.name;

/// A cloud that needs no executable.
#[derive(Debug)]
pub struct Builtin {
    /// The name of its CPI. An executable may have the same.
    pub name: &'static str,
    /// The meaning of the name alone.
    pub by_name: ByName,
    /// The key of its settings, below `properties` of the manifest.
    pub section: &'static str,
    /// The keys in there that hold no secret, and may be told.
    pub public: &'static [&'static str],
    /// The methods that this has not, and only an executable has.
    pub lacks: &'static [&'static str],
    /// In words, what nobody can do with a disk that has snapshots; `None` if snapshots are in nobody's way.
    pub blocked_by_snapshots: Option<&'static str>,
    /// Makes it. Nothing is asked of the cloud, and nothing changed.
    pub open: Factory,
    /// Where it keeps its things, in words and as a path, where that is on this machine.
    pub place: fn(&Settings) -> Option<(&'static str, PathBuf)>,
}

/// The meaning of a built-in cloud's name if nobody says which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByName {
    /// This. A path that somebody has named means the executable there, alone.
    Itself,
    /// The CPI's executable, with this beside it ([`Pair`](super::Pair)); this alone where no executable is found.
    Beside {
        /// Whether the executable names a snapshot (`snapback_operation`, `snapback_step`) only after it has made it: of a
        /// call that dies in between, the snapshot has no name.
        names_late: bool,
    },
}

/// Makes a cloud, or says which of its settings is wrong.
pub type Factory = fn(&Settings) -> CpiResult<Box<dyn Cpi>>;

/// The parts that a cloud is made of. They include credentials: no `Debug`.
#[derive(Clone)]
pub struct Settings {
    /// The name under which it is asked for.
    pub name: CpiName,
    /// The properties in its section of the manifest.
    pub properties: Secret<Map<String, Value>>,
    /// The directory from which paths in there are seen.
    pub home: PathBuf,
    /// Hides the secrets of the settings in logs and errors. A cloud itself hides those that it gets later, such as the
    /// token of a session.
    pub redactor: Redactor,
    /// The operator's environment: proxies, certificates, credentials.
    pub environment: BTreeMap<String, String>,
    /// How long a call may take; the backend has to see to it.
    pub deadline: Duration,
    /// For how long the cloud may show an attach or a detach late.
    pub lag: Duration,
    /// Whether calls that change nothing are to be ended; the backend looks while it waits.
    pub stop: Stop,
    /// Who hears of each call. The registry tells; a backend may add what it asks its cloud meanwhile.
    pub trace: Arc<dyn Trace>,
    /// The time.
    pub clock: Clock,
    /// Fresh identifiers.
    pub ids: Ids,
    /// The faults of a test.
    pub faults: Faults,
    /// Who is told how far a copy is.
    pub copied: Copied,
}

/// The built-in cloud of this name, if there is one.
pub fn builtin(name: &CpiName) -> Option<&'static Builtin> {
    BUILTINS.into_iter().find(|builtin| builtin.name == name.as_str())
}

/// The names of all.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.into_iter().map(|builtin| builtin.name)
}

impl Builtin {
    /// Makes it, with its calls told.
    ///
    /// # Errors
    /// One of its settings is wrong.
    pub fn traced(&self, settings: &Settings) -> CpiResult<Traced> {
        let backend = (self.open)(settings)?;
        Ok(Traced::new(backend, Arc::clone(&settings.trace), settings.redactor.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_and_each_section_is_there_once_and_can_be_chosen() {
        for (at, one) in BUILTINS.into_iter().enumerate() {
            assert!(BUILTINS[..at].iter().all(|other| other.name != one.name && other.section != one.section));
            assert!(!one.name.contains([':', '/', '=']), "{}", one.name);
        }
        assert!(builtin(&CpiName::new(DEFAULT)).is_some_and(|default| default.by_name == ByName::Itself));
    }
}
