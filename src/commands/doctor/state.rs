//! The state file: whether it is there, whole and at home, and what is open in it.

use std::path::PathBuf;

use rustix::fs::Access;

use super::files::owner;
use super::line::Part;
use super::{command, say};
use crate::context::Context;
use crate::domain::count::counted;
use crate::domain::time::age;
use crate::error::{Error, Hint, Result};
use crate::manifest::{Manifest, Shown};
use crate::state::{Binding, LockState, Reader, SnapshotFilter, StateError};

/// Checks the state file. Returns its part of the report, and its reader if the file can be read.
pub(super) fn state(context: &Context, manifest: Option<&Manifest>) -> (Part, Option<Reader>) {
    let mut part = Part::new("State", &context.called);
    let path = match path(context, manifest) {
        Ok(path) => path,
        // The part above tells what is wrong with the manifest.
        Err(_) if manifest.is_none() => {
            let next =
                [say("correct the manifest, which names the state file; or name it with --state or SNAPBACK_STATE")];
            part.note("state file", "not looked for: the manifest cannot be read", &next);
            return (part, None);
        }
        Err(error) => {
            part.error("state file", &error);
            return (part, None);
        }
    };
    let reader = match Reader::open(&path) {
        Ok(reader) => reader,
        Err(error) => {
            part.error("state file", &Error::from(error));
            return (part, None);
        }
    };
    part.ok("state file", format!("{} ({})", reader.path().display(), owner(&path)));
    if rustix::fs::access(&path, Access::WRITE_OK).is_err() {
        part.note("writing", "you may only read it: snapback refuses every command that changes something", &[]);
    }
    let told = content(&mut part, &reader, manifest, context);
    if let Err(error) = told {
        part.error("content", &Error::from(error));
        return (part, None);
    }
    (part, Some(reader))
}

/// Where it is: named, or beside the manifest, even if that cannot be understood.
fn path(context: &Context, manifest: Option<&Manifest>) -> Result<PathBuf> {
    match (context.named_state(), manifest) {
        (Some((path, _)), _) => Ok(path),
        (None, Some(manifest)) => Ok(manifest.default_state_path()?),
        (None, None) => {
            context.manifest_place().trusted()?;
            Ok(Manifest::state_path_beside(&context.manifest_path())?)
        }
    }
}

fn content(
    part: &mut Part,
    reader: &Reader,
    manifest: Option<&Manifest>,
    context: &Context,
) -> std::result::Result<(), StateError> {
    let health = reader.health()?;
    part.ok("size", format!("{} bytes", health.bytes));
    part.last_has_bytes(health.bytes);
    if health.schema == health.known {
        part.ok("schema", health.schema);
    } else {
        part.note("schema", format!("{}; the next change makes it {}", health.schema, health.known), &[]);
    }
    if health.faults.is_empty() {
        part.ok("integrity", "ok");
    } else {
        let next = [say("put the file aside, and use the newest copy that `snapback state backup FILE` made")];
        part.problem("integrity", health.faults.join("; "), &next);
    }
    match reader.binding()? {
        Binding::Home => {}
        Binding::Moved => part.note("place", "it was moved here; the next change records that", &[]),
        Binding::Copy(why) => {
            let next = [say("if the original is gone, go on with this copy:"), command("snapback recover --resume")];
            part.problem("place", format!("not where it belongs: {why}"), &next);
        }
    }
    let director = reader.director()?.name;
    match manifest.filter(|manifest| manifest.director_name.as_ref().is_some_and(|name| *name != director)) {
        Some(manifest) => {
            let next = [say("name the right --manifest, or another --state")];
            let found = format!("the file belongs to '{director}', the manifest to {}", shown_name(manifest));
            part.problem("Director", found, &next);
        }
        None => part.ok("Director", director),
    }
    let pending = reader.pending_operations()?;
    if pending.is_empty() {
        part.ok("open operations", "none");
    }
    for operation in pending {
        let what = format!("{} {}", operation.verb.name(), operation.id);
        match reader.lock_state(&operation.id) {
            LockState::Held => part.note(what, "at work", &[]),
            LockState::Free => part.problem(what, "interrupted", &[command("snapback recover")]),
            LockState::Unknown(doubt) => {
                let next = [command(format!("snapback operations {}", operation.id))];
                part.problem(what, format!("may be at work: {}", doubt.describe()), &next);
            }
        }
    }
    inventory(part, reader, context)
}

/// The name of the manifest's Director, unless a variable gave it.
fn shown_name(manifest: &Manifest) -> String {
    let name = manifest.readings().into_iter().find(|reading| reading.setting == "director_name");
    match name.map(|name| name.shown) {
        Some(Shown::Value(name)) => format!("'{name}'"),
        _ => "another one".to_owned(),
    }
}

fn inventory(part: &mut Part, reader: &Reader, context: &Context) -> std::result::Result<(), StateError> {
    let instances = reader.instances(None)?;
    let mut snapshots = 0_usize;
    reader.each_snapshot(&SnapshotFilter::default(), |_| {
        snapshots += 1;
        Ok::<bool, StateError>(true)
    })?;
    part.ok("snapshots", snapshots);
    let import: [Hint; 2] =
        [say("ask the Director, or name an inventory (snapback help import):"), command("snapback import --from-bosh")];
    let Some(oldest) = instances.iter().map(|instance| instance.confirmed_at).min() else {
        part.problem("inventory", "no instance is known", &import);
        return Ok(());
    };
    let now = context.clock.now();
    let found = format!(
        "{}, {}confirmed {} ago",
        counted(instances.len(), "instance"),
        if instances.len() == 1 { "" } else { "the oldest one " },
        age(oldest, now)
    );
    let freshness = context.freshness();
    if instances.iter().all(|instance| freshness.too_old(instance).is_none()) {
        part.ok("inventory", found);
    } else {
        part.note("inventory", format!("{found}: more than --max-inventory-age"), &import);
    }
    part.last_has_age((now - oldest).num_seconds());
    Ok(())
}
