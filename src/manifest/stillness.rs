//! The settings about how an instance is made to stand still for a snapshot: two hooks, or a preset.

use std::collections::BTreeMap;

use super::settings::argv;
use crate::yaml::{Complaint, View};

/// How long an instance may stand still if the manifest does not say, in seconds.
const MAX_STILL: u64 = 60;
/// The same for `preset: bosh`: jobs drain before they stop.
const MAX_STILL_BOSH: u64 = 1800;
/// How long one run of a resume hook may take if the manifest does not say, in seconds.
const RESUME_TIMEOUT: u64 = 300;
/// The same for `preset: bosh`.
const RESUME_TIMEOUT_BOSH: u64 = 3600;
/// The longest time that can be written, in seconds: a day.
const LONGEST: u64 = 86_400;

/// The keys under `hooks:`, and under each group of `hooks.groups:`.
pub(super) const KEYS: [&str; 8] =
    ["quiesce", "resume", "shared", "preset", "mount_point", "through", "max_still", "resume_timeout"];

const EXAMPLE: &str = "write both `quiesce` and `resume`, or `preset: bosh`, or `preset: fsfreeze` with `mount_point`";

/// How the instances of a group are made to stand still, and to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stillness {
    /// By hooks or by a preset.
    pub by: By,
    /// After how many seconds it goes on again, whatever happens.
    pub max_still: u64,
    /// How many seconds one run of the resume hook may take.
    pub resume_timeout: u64,
}

/// The way to make an instance stand still, and go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The operator's hooks, each a program and its arguments.
    Hooks {
        /// Makes it stand still.
        quiesce: Vec<String>,
        /// Makes it go on.
        resume: Vec<String>,
        /// Whether they stop the same thing for all instances, and not only the instance that they are told.
        shared: bool,
    },
    /// `bosh stop` and `bosh start`, both with `--no-converge`.
    Bosh,
    /// `fsfreeze -f` and `fsfreeze -u`.
    FsFreeze {
        /// The mount point of the file system, as seen from where `fsfreeze` runs.
        mount_point: String,
        /// The words before `fsfreeze`, such as `ssh HOST`; empty if it runs here. `{deployment}`, `{group}` and
        /// `{index}` are replaced by the instance's.
        through: Vec<String>,
    },
}

/// The manifest's settings for standing still, for all groups and for single ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stillnesses {
    all: Option<Stillness>,
    groups: BTreeMap<String, Stillness>,
}

impl Stillnesses {
    /// How the instances of this group are made to stand still; `None` if nothing is set for it.
    pub fn of(&self, group: &str) -> Option<&Stillness> {
        self.groups.get(group).or(self.all.as_ref())
    }

    /// The groups that have their own settings.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &Stillness)> {
        self.groups.iter().map(|(name, stillness)| (name.as_str(), stillness))
    }

    /// The setting for all other groups; `None` if nothing is set.
    pub fn for_all(&self) -> Option<&Stillness> {
        self.all.as_ref()
    }
}

/// Reads the settings from `hooks:`.
pub(super) fn read(hooks: &View<'_>) -> Result<Stillnesses, Complaint> {
    let mut groups = BTreeMap::new();
    if let Some(map) = hooks.get("groups")? {
        for entry in map.map()? {
            let Some(group) = map.get(&entry.key)? else { continue };
            group.only(&KEYS)?;
            let Some(stillness) = stillness(&group, hooks)? else {
                return Err(group.complain("no hooks for this group").hint(EXAMPLE));
            };
            groups.insert(entry.key.clone(), stillness);
        }
    }
    Ok(Stillnesses { all: stillness(hooks, hooks)?, groups })
}

/// Reads the settings at one place. Settings that it leaves out are read from `hooks:`.
fn stillness(at: &View<'_>, hooks: &View<'_>) -> Result<Option<Stillness>, Complaint> {
    let Some(by) = by(at)?.or(by(hooks)?) else { return Ok(None) };
    let bosh = by == By::Bosh;
    let time = |key: &str, otherwise: u64| match at.get(key)?.or(hooks.get(key)?) {
        None => Ok(otherwise),
        Some(time) => match time.as_u64()? {
            seconds @ 1..=LONGEST => Ok(seconds),
            _ => Err(time.complain(format!("expected 1 to {LONGEST} seconds")).hint("write a number of seconds")),
        },
    };
    Ok(Some(Stillness {
        max_still: time("max_still", if bosh { MAX_STILL_BOSH } else { MAX_STILL })?,
        resume_timeout: time("resume_timeout", if bosh { RESUME_TIMEOUT_BOSH } else { RESUME_TIMEOUT })?,
        by,
    }))
}

fn by(at: &View<'_>) -> Result<Option<By>, Complaint> {
    let preset = at.get("preset")?;
    let name = preset.as_ref().map(View::as_str).transpose()?;
    for key in ["mount_point", "through"] {
        if let (Some(stray), true) = (at.get(key)?, name != Some("fsfreeze")) {
            return Err(stray.complain("only `preset: fsfreeze` has it").hint(EXAMPLE));
        }
    }
    let hook = |key: &str| at.get(key)?.map(|hook| Ok((argv(&hook)?, hook))).transpose();
    let (quiesce, resume) = (hook("quiesce")?, hook("resume")?);
    let shared = at.get("shared")?;
    if let (Some(stray), true) = (&shared, quiesce.is_none() || resume.is_none()) {
        return Err(stray.complain("it belongs beside `quiesce` and `resume`").hint(EXAMPLE));
    }
    let shared = shared.map_or(Ok(false), |shared| shared.as_bool())?;
    if let (Some(_), Some((_, hook))) = (&preset, quiesce.as_ref().or(resume.as_ref())) {
        return Err(hook.complain("a hook beside a preset").hint("keep the preset, or the two hooks"));
    }
    match (preset, name, quiesce, resume) {
        (None, _, None, None) => Ok(None),
        (None, _, Some((quiesce, _)), Some((resume, _))) => Ok(Some(By::Hooks { quiesce, resume, shared })),
        (None, _, Some((_, alone)), None) => {
            Err(alone.complain("no `resume` beside it: the instance would stand still for good").hint(EXAMPLE))
        }
        (None, _, None, Some((_, alone))) => Err(alone.complain("no `quiesce` beside it").hint(EXAMPLE)),
        (Some(_), Some("bosh"), ..) => Ok(Some(By::Bosh)),
        (Some(preset), Some("fsfreeze"), ..) => fsfreeze(at, &preset).map(Some),
        (Some(preset), ..) => Err(preset.complain("no such preset: there are `bosh` and `fsfreeze`").hint(EXAMPLE)),
    }
}

fn fsfreeze(at: &View<'_>, preset: &View<'_>) -> Result<By, Complaint> {
    let Some(mount_point) = at.get("mount_point")? else {
        return Err(preset.complain("no `mount_point` beside it").hint("write which file system to freeze"));
    };
    let path = mount_point.as_str()?;
    if !path.starts_with('/') || path.contains('\0') {
        return Err(mount_point.complain("expected an absolute path").hint("write, for example, /var/vcap/store"));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !["", "."].contains(part)).collect();
    if parts.contains(&"..") {
        return Err(mount_point.complain("expected a path without `..`").hint("write where it is mounted, in full"));
    }
    if parts.is_empty() {
        return Err(mount_point
            .complain("freezing the root file system keeps everything from running, and from being thawed")
            .hint("name the mount point of the persistent disk"));
    }
    let through = at.get("through")?.map(|through| argv(&through)).transpose()?.unwrap_or_default();
    Ok(By::FsFreeze { mount_point: format!("/{}", parts.join("/")), through })
}
