//! The manifest, and the programs that it names.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::line::Part;
use super::{command, say};
use crate::context::Context;
use crate::domain::shell::quoted;
use crate::error::Error;
use crate::manifest::{By, Manifest, Shown, Stillness};
use crate::ops::clouds::trouble_of_builtin;

/// The mode and owner, for example `0600, uid 1000`.
pub(super) fn owner(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(found) => format!("mode {:04o}, uid {}, gid {}", found.mode() & 0o7777, found.uid(), found.gid()),
        Err(error) => error.to_string(),
    }
}

/// Where the manifest is, and what is read from it.
pub(super) fn manifest(context: &Context) -> (Part, Option<Manifest>) {
    let mut part = Part::new("Manifest", &context.called);
    let place = context.manifest_place();
    part.ok("found by", place.found.describe());
    let manifest = match context.load_manifest() {
        Err(error) => {
            part.error("manifest", &Error::from(error));
            return (part, None);
        }
        Ok(manifest) => manifest,
    };
    let path = std::path::absolute(&manifest.path).unwrap_or_else(|_| manifest.path.clone());
    part.ok("file", format!("{} ({})", path.display(), owner(&path)));
    if fs::metadata(&path).is_ok_and(|found| found.is_file() && found.mode() & 0o002 != 0) {
        let next = [
            say("anybody could name programs there for snapback to run"),
            say(format!("chmod o-w {}", quoted(&path.to_string_lossy()))),
        ];
        part.problem("mode", "every user may write to the manifest", &next);
    }
    let mut defaults = 0;
    for reading in manifest.readings() {
        let written = reading.place.as_ref().and_then(|place| Some((manifest.file_of(place), place.line?)));
        let Some((file, line)) = written else {
            defaults += usize::from(!matches!(reading.shown, Shown::Nothing));
            continue;
        };
        let at = format!("({}:{line})", file.display());
        match reading.shown {
            Shown::Value(value) => part.ok(reading.setting, format!("{value} {at}")),
            Shown::Given => part.ok(reading.setting, format!("given by a variable {at}")),
            Shown::Nothing => part.ok(reading.setting, at),
            Shown::Unknown(why) => {
                part.problem(reading.setting, format!("{why} {at}"), &[command("snapback manifest")])
            }
        }
    }
    part.ok("defaults", format!("{defaults} other settings have their built-in values: `snapback manifest`"));
    if !manifest.enable_snapshots.value {
        let key = &manifest.enable_snapshots.place.key;
        let next = [say(format!("set {key}: true in {}", manifest.switch_file().display()))];
        part.problem("snapshots", "the manifest does not allow snapshots, so snapback refuses to take any", &next);
    }
    for warning in manifest.odd() {
        part.note("warning", warning, &[]);
    }
    if let Some(error) = trouble_of_builtin(&manifest) {
        part.error("cloud", &Error::from(error));
    }
    (part, Some(manifest))
}

/// The programs that the manifest names: hooks, and the notify hook.
pub(super) fn programs(context: &Context, manifest: &Manifest) -> Part {
    let mut part = Part::new("Hooks", &context.called);
    let hooks = &manifest.settings.hooks;
    let mut named: Vec<(String, &[String])> = Vec::new();
    for (name, words) in [
        ("stop", &hooks.stop),
        ("verify", &hooks.verify),
        ("start", &hooks.start),
        ("notify", &manifest.settings.notify),
    ] {
        named.extend(words.as_ref().map(|words| (name.to_owned(), words.as_slice())));
    }
    let for_all = hooks.still.for_all().map(|still| (String::new(), still));
    let of_groups = hooks.still.groups().map(|(group, still)| (format!(" of {group}"), still));
    let stills: Vec<(String, &Stillness)> = for_all.into_iter().chain(of_groups).collect();
    for (whose, still) in &stills {
        match &still.by {
            By::Hooks { quiesce, resume, .. } => {
                named.push((format!("quiesce{whose}"), quiesce));
                named.push((format!("resume{whose}"), resume));
            }
            By::FsFreeze { through, .. } if !through.is_empty() => named.push((format!("fsfreeze{whose}"), through)),
            By::FsFreeze { .. } | By::Bosh => {}
        }
    }
    for (name, words) in named {
        let Some(program) = words.first() else { continue };
        match found(context, manifest.home(), program) {
            Ok(path) => part.ok(name, path.display()),
            Err(why) => part.problem(
                name,
                format!("{program}: {why}"),
                &[say("put the program there, or change the manifest:"), command("snapback manifest")],
            ),
        }
    }
    part
}

/// The path of a program, starting from the manifest's directory or from `PATH`; or why it cannot be run.
fn found(context: &Context, home: &Path, program: &str) -> Result<PathBuf, &'static str> {
    let runs = |path: &Path| path.is_file() && rustix::fs::access(path, Access::EXEC_OK).is_ok();
    if program.contains('/') {
        let path = home.join(program);
        return match (path.exists(), runs(&path)) {
            (false, _) => Err("not there"),
            (true, false) => Err("not executable"),
            (true, true) => Ok(path),
        };
    }
    let path = context.environment.get("PATH").unwrap_or_default();
    path.split(':').map(|directory| Path::new(directory).join(program)).find(|path| runs(path)).ok_or("not in PATH")
}
