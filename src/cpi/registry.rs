//! The built-in clouds, by name. To add one, add a folder in `builtin` and a line here.

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

/// All built-in clouds.
const BUILTINS: [&Builtin; 3] = [&local::BUILTIN, &aws::BUILTIN, &openstack::BUILTIN];

/// The CPI if nothing names one.
pub const DEFAULT: &str = local::BUILTIN.name;

/// A cloud that needs no executable.
#[derive(Debug)]
pub struct Builtin {
    /// The name of its CPI. An executable may have the same.
    pub name: &'static str,
    /// What the name means if no side is given.
    pub by_name: ByName,
    /// The key of its settings below `properties` in the manifest.
    pub section: &'static str,
    /// The keys in that section that hold no secret, and may be shown.
    pub public: &'static [&'static str],
    /// The methods that this cloud lacks, and only an executable has.
    pub lacks: &'static [&'static str],
    /// What nobody can do with a disk that has snapshots, in words; `None` if snapshots block nothing.
    pub blocked_by_snapshots: Option<&'static str>,
    /// Makes the cloud. It asks the cloud nothing, and changes nothing.
    pub open: Factory,
    /// Where it keeps its things, in words and as a path, if that is on this machine.
    pub place: fn(&Settings) -> Option<(&'static str, PathBuf)>,
}

/// What a built-in cloud's name means if no side is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByName {
    /// The built-in cloud. A path that the operator has named means the executable there, alone.
    Itself,
    /// The CPI's executable, with the built-in cloud beside it ([`Pair`](super::Pair)); only the built-in cloud if no
    /// executable is found.
    Beside {
        /// Whether the executable names a snapshot (`snapback_operation`, `snapback_step`) only after it has made it.
        /// If a call dies in between, the snapshot has no name.
        names_late: bool,
    },
}

/// A function that makes a cloud, or says which of its settings is wrong.
pub type Factory = fn(&Settings) -> CpiResult<Box<dyn Cpi>>;

/// The parts that a cloud is made of. They include credentials: no `Debug`.
#[derive(Clone)]
pub struct Settings {
    /// The name under which it is asked for.
    pub name: CpiName,
    /// The properties in its section of the manifest.
    pub properties: Secret<Map<String, Value>>,
    /// The directory that relative paths in the properties start from.
    pub home: PathBuf,
    /// Hides the secrets of the settings in logs and errors. A cloud itself hides those that it gets later, such as the
    /// token of a session.
    pub redactor: Redactor,
    /// The operator's environment: proxies, certificates, credentials.
    pub environment: BTreeMap<String, String>,
    /// How long a call may take; the backend must keep to it.
    pub deadline: Duration,
    /// For how long the cloud may show an attach or a detach late.
    pub lag: Duration,
    /// Tells whether calls that change nothing are to end; the backend looks while it waits.
    pub stop: Stop,
    /// Hears of each call. The registry reports calls; a backend may add its own requests to the cloud.
    pub trace: Arc<dyn Trace>,
    /// The time.
    pub clock: Clock,
    /// Fresh identifiers.
    pub ids: Ids,
    /// The faults of a test.
    pub faults: Faults,
    /// Hears of the progress of a copy.
    pub copied: Copied,
}

/// The built-in cloud of this name, if there is one.
pub fn builtin(name: &CpiName) -> Option<&'static Builtin> {
    BUILTINS.into_iter().find(|builtin| builtin.name == name.as_str())
}

/// The names of all built-in clouds.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.into_iter().map(|builtin| builtin.name)
}

impl Builtin {
    /// Makes the cloud, with a trace of its calls.
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
