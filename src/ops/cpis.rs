//! `cpis`: where each CPI was looked for, and what each that was found says of itself.

use std::path::PathBuf;

use super::clouds::{Clouds, Meaning, chosen};
use super::interrupt::Interrupt;
use crate::cpi::executable::{ExecutableCpi, Manner};
use crate::cpi::registry::Builtin;
use crate::cpi::{Capabilities, Queries, Roles};
pub use crate::cpi::{Role, Side};
use crate::domain::ids::CpiName;
use crate::error::{Error, Kind, Result};

/// What names a CPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownFrom {
    /// It is the default: the manifest's, or that of `--cpi`.
    Default,
    /// The cpi-config.
    CpiConfig,
    /// The state file: something that is recorded there is on it.
    StateFile,
}

impl KnownFrom {
    /// The name in the answer.
    pub fn name(self) -> &'static str {
        match self {
            KnownFrom::Default => "default",
            KnownFrom::CpiConfig => "cpi_config",
            KnownFrom::StateFile => "state_file",
        }
    }
}

/// Whether a place of a CPI is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is there, and is used.
    Used,
    /// It is there, but another one takes precedence.
    PassedOver,
    /// It is not there.
    Missing,
}

/// A place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Where the path comes from, in the operator's words.
    pub named_by: String,
    /// The path.
    pub path: PathBuf,
    /// Whether it is there, and is used.
    pub found: Found,
    /// Whether the next run of create-env deletes it.
    pub is_fleeting: bool,
    /// Whether it is not an executable, but the place where snapback itself keeps a cloud's things.
    pub is_native: bool,
}

/// A CPI's answer about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The version of the CPI API that its calls use; `None` if it told none.
    pub api_version: Option<u64>,
    /// The version of the recovery extension.
    pub extension: Option<u64>,
    /// Its capabilities. Before the first `take`, it is not known whether an executable takes snapshots.
    pub can: Capabilities,
    /// The side that does each method.
    pub roles: Roles,
    /// Why there is only one side; `None` if both are there, or if there is no other one.
    pub why_alone: Option<String>,
}

impl Said {
    /// Whether snapback itself does this method.
    pub fn is_native(&self, method: &str) -> bool {
        self.roles.of_method(method) == Some(Side::Native)
    }
}

/// One CPI.
#[derive(Debug)]
pub struct Looking {
    /// Its name.
    pub name: CpiName,
    /// What names it.
    pub known_from: Vec<KnownFrom>,
    /// The places, in the order in which they are tried.
    pub places: Vec<Looked>,
    /// Its answer, or why there is none.
    pub said: Result<Said>,
}

/// Looks for each CPI that the manifest and the cpi-config name, and for `known`, which the state file names. Asks each
/// that is found only for its `info`.
///
/// # Errors
/// A signal. If something is wrong with a CPI, its row says so.
pub fn look(clouds: &Clouds, known: Vec<CpiName>, interrupt: &Interrupt) -> Result<Vec<Looking>> {
    let mut names: Vec<(CpiName, Vec<KnownFrom>)> = Vec::new();
    let mut learn = |name: CpiName, from: KnownFrom| match names.iter_mut().find(|(known, _)| *known == name) {
        Some((_, sources)) => sources.push(from),
        None => names.push((name, vec![from])),
    };
    learn(clouds.default_name().clone(), KnownFrom::Default);
    clouds.configured_names().for_each(|name| learn(name.clone(), KnownFrom::CpiConfig));
    known.into_iter().for_each(|name| learn(name, KnownFrom::StateFile));
    names
        .into_iter()
        .map(|(name, known_from)| {
            interrupt.check()?;
            let said = ask(clouds, &name);
            Ok(Looking { places: places(clouds, &name), said, name, known_from })
        })
        .collect()
}

fn ask(clouds: &Clouds, name: &CpiName) -> Result<Said> {
    let (api_version, extension) = (None, None);
    let native =
        |builtin: &'static Builtin| clouds.native(name, builtin).map(|cpi| (cpi.capabilities(), builtin.lacks));
    let (roles, api_version, extension, why_alone) = match clouds.meaning(name) {
        Meaning::Nothing => return Err(clouds.nothing(name)),
        Meaning::Native(builtin) => {
            (Roles::of(None, Some(native(builtin)?)), api_version, extension, clouds.why_native(name))
        }
        Meaning::Executable => {
            let cpi = executable(clouds, name)?;
            let roles = Roles::of(Some(cpi.capabilities()), None);
            (roles, cpi.api_version(), cpi.extension(), clouds.why_executable(name))
        }
        Meaning::Pair { builtin, .. } => {
            let cpi = executable(clouds, name)?;
            let (native, why) = match native(builtin) {
                Ok(native) => (Some(native), None),
                Err(error) => (None, Some(format!("the native side cannot be used: {}", error.in_one_line()))),
            };
            (Roles::of(Some(cpi.capabilities()), native), cpi.api_version(), cpi.extension(), why)
        }
    };
    Ok(Said { api_version, extension, can: roles.together(), roles, why_alone })
}

fn executable(clouds: &Clouds, name: &CpiName) -> Result<ExecutableCpi> {
    if chosen(&clouds.places(name)).is_none() {
        let error = Error::new(Kind::Unsupported, format!("no executable of the CPI '{name}' was found"))
            .hint(format!("say where it is with --cpi-path {name}=PATH; docs/cpis.md says how to get one"));
        return Err(match clouds.other_side(name) {
            Some(hint) => error.hint(hint),
            None => error,
        });
    }
    Ok(clouds.executable(name)?.1)
}

fn places(clouds: &Clouds, name: &CpiName) -> Vec<Looked> {
    let meaning = clouds.meaning(name);
    if matches!(meaning, Meaning::Native(_)) && clouds.is_local(name) {
        let looked = |(named_by, path): (&str, PathBuf)| {
            let found = if path.is_dir() { Found::Used } else { Found::Missing };
            Looked { named_by: named_by.to_owned(), path, found, is_fleeting: false, is_native: true }
        };
        return clouds.builtin_place(name).map(looked).into_iter().collect();
    }
    let places = clouds.places(name);
    let chosen = if let Meaning::Native(_) = meaning { None } else { chosen(&places) };
    let looked = places.iter().map(|place| Looked {
        is_native: false,
        is_fleeting: matches!(place.manner, Manner::CreateEnv { .. }),
        named_by: place.named_by.clone(),
        path: place.path.clone(),
        found: match (place.path.exists(), chosen == Some(place)) {
            (false, _) => Found::Missing,
            (true, true) => Found::Used,
            (true, false) => Found::PassedOver,
        },
    });
    looked.collect()
}
