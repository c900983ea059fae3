//! Turns the manifest's settings for standing still into the two commands of one instance.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::instance::{Instance, ManagedBy};
use crate::error::{Error, Kind, Result};
use crate::manifest::{By, Stillness};
use crate::ops::dead_man::{Kind as HookKind, Member};

/// The surroundings that all hooks share.
pub(super) struct Around<'a> {
    pub environment: BTreeMap<String, String>,
    pub home: &'a Option<PathBuf>,
    pub through: &'a Option<PathBuf>,
    pub deadline: Option<Duration>,
    /// The first words of a command of bosh.
    pub bosh: &'a [String],
}

/// The two commands of an instance.
///
/// # Errors
/// [`Kind::Refused`] if the preset does not fit the instance.
pub(super) fn member(still: &Stillness, instance: &Instance, around: Around<'_>) -> Result<Member> {
    let name = &instance.name;
    let mut env = around.environment;
    let (quiesce, resume, kind) = match &still.by {
        By::Hooks { quiesce, resume, .. } => (quiesce.clone(), resume.clone(), HookKind::Hooks),
        By::Bosh => {
            let slug = slug(instance)?;
            let words = |act: &str| {
                let rest = ["-d", &name.deployment, act, &slug, "--no-converge"].map(str::to_owned);
                around.bosh.iter().cloned().chain(rest).collect()
            };
            (words("stop"), words("start"), HookKind::Bosh)
        }
        By::FsFreeze { mount_point, through } => {
            // snapback reads its messages.
            env.insert("LC_ALL".to_owned(), "C".to_owned());
            let words = |option: &str| {
                let through = through.iter().map(|word| filled(word, instance));
                through.chain(["fsfreeze", option, mount_point].map(str::to_owned)).collect()
            };
            (words("-f"), words("-u"), HookKind::FsFreeze)
        }
    };
    let freezes = match &still.by {
        By::FsFreeze { mount_point, through } if through.is_empty() => Some(PathBuf::from(mount_point)),
        _ => None,
    };
    let looks = match &still.by {
        By::FsFreeze { mount_point, through } => {
            let through = through.iter().map(|word| filled(word, instance));
            through.chain(["mountpoint", "-q", mount_point].map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let stops = match &still.by {
        By::FsFreeze { .. } => Some(thing(freezes.as_deref(), &quiesce)),
        By::Hooks { shared: true, .. } => Some(format!("hooks\0{}", quiesce.join("\0"))),
        By::Hooks { .. } | By::Bosh => None,
    };
    let told = around.deadline.map(|told| told.as_secs());
    Ok(Member {
        name: name.to_string(),
        quiesce,
        resume,
        kind,
        env: env.into_iter().collect(),
        // Where snapback's own bosh runs: a relative path in its environment means the same there.
        cwd: around.home.clone().filter(|_| kind != HookKind::Bosh),
        through: around.through.clone(),
        freezes,
        max_still_ms: still.max_still.saturating_mul(1000),
        resume_ms: told.unwrap_or(still.resume_timeout).saturating_mul(1000),
        looks,
        stops,
        locks: Vec::new(),
    })
}

/// The key of a file system. If it is mounted here, the key is the device, since a device can have many names.
fn thing(here: Option<&Path>, quiesce: &[String]) -> String {
    match here.and_then(|path| std::fs::metadata(path).ok()) {
        Some(found) => format!("device\0{}", found.dev()),
        None => format!("fsfreeze\0{}", quiesce.join("\0")),
    }
}

fn filled(word: &str, instance: &Instance) -> String {
    let name = &instance.name;
    word.replace("{deployment}", &name.deployment)
        .replace("{group}", &name.group)
        .replace("{index}", &name.index.to_string())
}

fn slug(instance: &Instance) -> Result<String> {
    let name = &instance.name;
    match (&instance.uuid, instance.managed_by) {
        (Some(uuid), ManagedBy::Director) => Ok(format!("{}/{uuid}", name.group)),
        (_, ManagedBy::Director) => {
            Err(Error::new(Kind::Refused, format!("preset: bosh cannot stop {name}: its UUID is not known"))
                .hint("import it from the Director first:")
                .try_command("snapback import --from-bosh"))
        }
        (_, by) => {
            let message = format!("preset: bosh cannot stop {name}: no Director manages it, but {}", by.name());
            Err(Error::new(Kind::Refused, message)
                .hint(format!("give its group hooks of its own: properties.snapback.hooks.groups.{}", name.group)))
        }
    }
}
