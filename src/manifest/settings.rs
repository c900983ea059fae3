//! snapback's own settings, below `snapback:`.

mod keeping;
mod limits;
mod schedules;
mod units;

use std::path::PathBuf;
use std::time::Duration;

use super::stillness::{self, Stillnesses};
use crate::domain::limits::{Catalogues, Lifespans, Limits};
use crate::domain::retention::Policy;
use crate::yaml::{Complaint, Scalar, Value, View};

pub use schedules::{Action, Job, Schedules, is_name as is_schedule_name};

/// snapback's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `hooks:`
    pub hooks: Hooks,
    /// `cpi:`
    pub cpi: CpiSettings,
    /// `lifespan:`
    pub lifespans: Lifespans,
    /// `warn_age:`; `None` for the default.
    pub warn_age: Option<Duration>,
    /// `retention:`
    pub retention: Policy,
    /// `limits:`
    pub limits: Limits,
    /// `notify:`, the program that hears of runs that failed.
    pub notify: Option<Vec<String>>,
    /// `backup_catalogue:`
    pub catalogues: Catalogues,
    /// `schedule:`
    pub schedule: Schedules,
}

/// The settings about how long snapshots are kept, the limits and the notify hook, in the order in which they are
/// shown.
pub(super) const KEEPING: [&str; 6] = ["lifespan", "warn_age", "retention", "limits", "backup_catalogue", "notify"];

/// How the manifest's CPI is called, if snapback cannot find it out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpiSettings {
    /// The executable, relative to the manifest's directory.
    pub path: Option<PathBuf>,
    /// The API version of the VMs' stemcell. Some CPIs attach disks differently, depending on it.
    pub stemcell_api_version: Option<u64>,
    /// For how many seconds after an attach or a detach `get_disks` may show the state before.
    pub lag: Option<u64>,
}

/// Commands that snapback runs around a change of disks, each as a program and its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Stops the processes that use the disk.
    pub stop: Option<Vec<String>>,
    /// Starts them again.
    pub start: Option<Vec<String>>,
    /// Says, by its exit status, whether the disk's content is good.
    pub verify: Option<Vec<String>>,
    /// The ways to make instances stand still for a clean snapshot.
    pub still: Stillnesses,
}

pub(super) fn read(snapback: &View<'_>) -> Result<Settings, Complaint> {
    snapback.only(&[&["hooks", "cpi", "schedule"][..], &KEEPING].concat())?;
    let lifespans = read_if_any(snapback, "lifespan", keeping::lifespans)?;
    let schedule: Schedules = read_if_any(snapback, "schedule", |schedule| schedules::read(schedule, &lifespans))?;
    Ok(Settings {
        hooks: read_if_any(snapback, "hooks", hooks)?,
        cpi: read_if_any(snapback, "cpi", cpi_settings)?,
        lifespans,
        warn_age: read_if_any(snapback, "warn_age", |age| units::length(age).map(Some))?,
        retention: read_if_any(snapback, "retention", |retention| keeping::policy(retention, &schedule))?,
        limits: read_if_any(snapback, "limits", limits::limits)?,
        notify: read_if_any(snapback, "notify", |notify| argv(notify).map(Some))?,
        catalogues: read_if_any(snapback, "backup_catalogue", limits::catalogues)?,
        schedule,
    })
}

/// Reads the value of a key, or returns the default if the key is missing.
fn read_if_any<T: Default>(
    of: &View<'_>,
    key: &str,
    read: impl Fn(&View<'_>) -> Result<T, Complaint>,
) -> Result<T, Complaint> {
    Ok(of.get(key)?.map(|view| read(&view)).transpose()?.unwrap_or_default())
}

fn hooks(hooks: &View<'_>) -> Result<Hooks, Complaint> {
    hooks.only(&[&["stop", "start", "verify", "groups"], &stillness::KEYS[..]].concat())?;
    let hook = |name: &str| hooks.get(name)?.map(|hook| argv(&hook)).transpose();
    let still = stillness::read(hooks)?;
    Ok(Hooks { stop: hook("stop")?, start: hook("start")?, verify: hook("verify")?, still })
}

fn cpi_settings(cpi: &View<'_>) -> Result<CpiSettings, Complaint> {
    cpi.only(&["path", "stemcell_api_version", "lag"])?;
    let path = cpi.get("path")?.map(|path| match path.as_str()?.trim() {
        "" => Err(path.complain("expected the path of an executable").hint("write it, or remove the key")),
        text => Ok(PathBuf::from(text)),
    });
    let version = cpi.get("stemcell_api_version")?.map(|version| version.as_u64());
    let lag = cpi.get("lag")?.map(|lag| match lag.as_u64()? {
        0..=600 => lag.as_u64(),
        _ => Err(lag.complain("expected at most 600 seconds").hint("write how long the cloud takes to show an attach")),
    });
    Ok(CpiSettings { path: path.transpose()?, stemcell_api_version: version.transpose()?, lag: lag.transpose()? })
}

pub(super) fn argv(hook: &View<'_>) -> Result<Vec<String>, Complaint> {
    const EXAMPLE: &str = "write the program and each argument as elements of a list, for example [\"systemctl\", \
                           \"stop\", \"postgresql\"]; no shell reads it";
    if let Value::Scalar(Scalar::Text(_)) = hook.node().value {
        return Err(hook.complain("expected a list, found text").hint(EXAMPLE));
    }
    let list = hook.as_string_list().map_err(|complaint| complaint.hint(EXAMPLE))?;
    match list.first() {
        None => Err(hook.complain("an empty list: there is no program to run").hint(EXAMPLE)),
        Some(program) if program.trim().is_empty() => {
            Err(hook.complain("the program, the list's first element, is empty").hint(EXAMPLE))
        }
        Some(_) => match list.iter().any(|part| part.contains('\0')) {
            true => Err(hook.complain("an argument holds a NUL, which no program can be given").hint(EXAMPLE)),
            false => Ok(list),
        },
    }
}
