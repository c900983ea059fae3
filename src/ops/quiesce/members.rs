//! How instances are made to stand still, and the state that their Director reports.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::domain::instance::{Instance, InstanceName};
use crate::error::{Error, Kind, Result};
use crate::ops::dead_man::{Kind as HookKind, Member};
use crate::ops::session::{HookRunner, Session};

/// How long to wait for tasks of the Director.
const QUEUE: Duration = Duration::from_secs(120);

/// How each of these instances is made to stand still; instances in `may_lack` need no hooks.
///
/// # Errors
/// [`Kind::Refused`] if one has no hooks; the error says which keys to write.
pub(in crate::ops) fn members<'i>(
    hooks: &dyn HookRunner,
    instances: impl Iterator<Item = &'i Instance>,
    may_lack: bool,
) -> Result<Vec<(InstanceName, Member)>> {
    let (mut members, mut lacking) = (Vec::new(), Vec::<String>::new());
    for instance in instances {
        match hooks.stillness(instance)? {
            Some(member) => members.push((instance.name.clone(), member)),
            None if may_lack || lacking.contains(&instance.name.group) => {}
            None => lacking.push(instance.name.group.clone()),
        }
    }
    let Some(first) = lacking.first() else { return Ok(members) };
    let groups = lacking.join(", ");
    let key = format!("properties.snapback.hooks.groups.{first}");
    Err(Error::new(Kind::Refused, format!("no hooks make these groups stand still: {groups}: nothing was done"))
        .hint(format!("set {key}.quiesce and {key}.resume in the manifest, each a list: a program and its arguments"))
        .hint(format!("or {key}.preset: bosh (`bosh stop` and `bosh start`), or preset: fsfreeze with a mount_point"))
        .hint("if you have stopped their processes already, take them with --assume-clean"))
}

/// Refuses to make instances stand still at once if one would let the other go on.
///
/// # Errors
/// [`Kind::Refused`] if two stop the same thing.
pub(in crate::ops) fn are_apart(members: &[(InstanceName, Member)]) -> Result<()> {
    let mut first: BTreeMap<&str, &InstanceName> = BTreeMap::new();
    for (name, member) in members {
        let Some(thing) = &member.stops else { continue };
        if let Some(other) = first.insert(thing, name) {
            let what = match member.kind {
                HookKind::FsFreeze => "freeze the same file system",
                HookKind::Hooks | HookKind::Bosh => "are stopped by the same hooks (`shared: true`)",
            };
            let message = format!("{other} and {name} {what}, and one would let the other go on: nothing was done");
            return Err(Error::new(Kind::Refused, message)
                .hint("without --quiesce-together they stand still one after the other")
                .hint("if each has its own, say so in the manifest: {deployment}, {group} and {index} in `through`"));
        }
    }
    Ok(())
}

/// Refuses to freeze the file system that has the state file: nothing could be recorded while it is frozen.
///
/// # Errors
/// [`Kind::Refused`]
pub(super) fn can_be_frozen(session: &Session<'_>, member: &Member) -> Result<()> {
    let Some(mount_point) = &member.freezes else { return Ok(()) };
    let state = session.state.path();
    let device = |path: &Path| std::fs::metadata(path).ok().map(|found| found.dev());
    if device(mount_point).is_some_and(|own| device(Path::new("/")) == Some(own)) {
        let message = format!("{} is on the root file system: nothing was done", mount_point.display());
        let hint = "is it mounted? name the mount point of the persistent disk";
        return Err(Error::new(Kind::Refused, message).hint(hint));
    }
    match (device(mount_point), device(state)) {
        (Some(one), Some(other)) if one == other => {
            let (mount_point, state) = (mount_point.display(), state.display());
            let message = format!("{mount_point} has the state file ({state}): it cannot be frozen; nothing was done");
            Err(Error::new(Kind::Refused, message).hint("keep the state file on another file system (--state FILE)"))
        }
        _ => Ok(()),
    }
}

/// Refuses to stop, and so later to start, an instance that its Director does not keep running.
///
/// # Errors
/// The Director does not say that it is started.
pub(in crate::ops) fn may_be_stopped(session: &Session<'_>, instance: &InstanceName, member: &Member) -> Result<()> {
    if member.kind != HookKind::Bosh {
        return Ok(());
    }
    match bosh_state(session, instance)?.as_str() {
        "started" => Ok(()),
        state => Err(Error::new(
            Kind::Failed,
            format!("{instance} is '{state}' according to its Director: no snapshot was taken of it"),
        )
        .hint("preset: bosh would start it in the end; if it is meant to be stopped, take it with --assume-clean")),
    }
}

fn bosh_state(session: &Session<'_>, name: &InstanceName) -> Result<String> {
    let uuid = session.state.reader().instances_named(&[name])?.pop().and_then(|known| known.uuid);
    let slug = format!("{}/{}", name.group, uuid.unwrap_or_default());
    let seen = session.bosh.instance(&name.deployment, &slug)?;
    Ok(seen.map_or_else(|| "unknown".to_owned(), |seen| seen.state))
}

/// Checks that an instance is in the state to which its Director has just stopped or started it.
///
/// # Errors
/// It is not, or the Director does not say so: in words.
pub(super) fn is_by_its_director(
    session: &Session<'_>,
    instance: &InstanceName,
    member: &Member,
    wanted: &str,
) -> std::result::Result<(), String> {
    if member.kind != HookKind::Bosh {
        return Ok(());
    }
    match bosh_state(session, instance) {
        Ok(state) if state == wanted => Ok(()),
        Ok(state) => Err(format!("{instance} is '{state}' according to its Director, and should be '{wanted}'")),
        Err(error) => Err(error.in_one_line()),
    }
}

/// Checks that an instance goes on that was let go on. If it `may_be_stopped_yet`, a `bosh stop` whose client was ended
/// may be in the Director's queue.
///
/// # Errors
/// It does not, or that is not known: in words.
pub(super) fn goes_on(
    session: &Session<'_>,
    instance: &InstanceName,
    member: &Member,
    may_be_stopped_yet: bool,
) -> std::result::Result<(), String> {
    if may_be_stopped_yet && member.kind == HookKind::Bosh {
        wait_for_tasks(session, instance)?;
    }
    is_by_its_director(session, instance, member, "started")
}

fn wait_for_tasks(session: &Session<'_>, instance: &InstanceName) -> std::result::Result<(), String> {
    let until = Instant::now() + QUEUE;
    loop {
        let tasks = session.bosh.tasks(&instance.deployment).map_err(|error| error.to_string())?;
        match tasks.iter().find(|task| !task.only_looks()) {
            None => return Ok(()),
            Some(task) if Instant::now() > until => {
                return Err(format!("the Director is still at work on it: task {}, {}", task.id, task.description));
            }
            Some(_) => std::thread::sleep(session.bosh.pause()),
        }
    }
}
