//! `restore --latest GROUP` and `restore --set ID`: all instances are planned before the first is touched. The same
//! command again continues where it stopped.

use std::collections::BTreeMap;

use super::several::carry_out_all;
use super::{Args, plan_of, which};
use crate::commands::{Outcome, latest, selectors, times};
use crate::context::{Context, Opened, Tools};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::operation::Verb;
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::state::Reader;

/// Several instances that one command restores.
pub(super) enum Several {
    /// Each instance gets its newest snapshot.
    Latest(Vec<Instance>),
    /// Each instance gets its snapshots of the set.
    Set(Vec<(Instance, Vec<Snapshot>)>),
}

/// The instances that `--latest` or `--set` means, if they are several.
///
/// # Errors
/// A bad selector, a name that no instance has, or an option that is for one instance.
pub(super) fn several(context: &mut Context, reader: &Reader, args: &Args) -> Result<Option<Several>> {
    if let Some(set) = &args.set {
        let members = which::whole_set(context, reader, set)?;
        return of_set(context, reader, args, members);
    }
    let Some(latest) = &args.latest else { return Ok(None) };
    let deployment = find::deployment(reader, context.deployment().as_deref())?;
    let mut instances = find::instances(reader, &deployment, &selectors(latest)?)?;
    if instances.len() < 2 {
        return Ok(None);
    }
    let one_only = [("--to", args.to.is_some()), ("--disk", args.disk.is_some()), ("--save", args.save.is_some())];
    if let Some((option, _)) = one_only.into_iter().find(|(_, given)| *given) {
        let message = format!("{option} is for one instance, and '{}' means {}", latest.join(" "), instances.len());
        return Err(Error::new(Kind::Usage, message).hint(format!("name one, as in --latest {}", instances[0].name)));
    }
    instances.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(Several::Latest(instances)))
}

/// The members of a set, by instance.
fn of_set(context: &Context, reader: &Reader, args: &Args, set: Vec<Snapshot>) -> Result<Option<Several>> {
    let mut by_instance: BTreeMap<InstanceName, Vec<Snapshot>> = BTreeMap::new();
    for snapshot in set {
        by_instance.entry(snapshot.instance.clone()).or_default().push(snapshot);
    }
    if by_instance.len() < 2 {
        return Ok(None);
    }
    if args.save.is_some() {
        let message = format!("--save is for one instance, and this set is of {}", by_instance.len());
        return Err(Error::new(Kind::Usage, message).hint("name the snapshots of one instance by their CIDs"));
    }
    let (mut members, mut failed) = (Vec::new(), None);
    for snapshots in by_instance.into_values() {
        match which::to_which(context, reader, args, &snapshots) {
            Ok(instance) => members.push((instance, snapshots)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        None => Ok(Some(Several::Set(members))),
        Some(error) => Err(without(&error, args, &members)),
    }
}

/// Adds to an error about one instance of the set the commands that restore the others, one each.
fn without(error: &Error, args: &Args, members: &[(Instance, Vec<Snapshot>)]) -> Error {
    let done = if error.message().contains("nothing was done") { "" } else { ": nothing was done" };
    let mut told = Error::new(error.kind(), format!("{}{done}", error.in_one_line())).with_hints_of(error);
    for (at, (instance, snapshots)) in members.iter().enumerate() {
        if at == 0 {
            told = told.hint("to put back the others of the set, one after another:");
        }
        let deployment = quoted(&instance.name.deployment);
        let line = args.of(snapshots).again().replacen("snapback ", &format!("snapback -d {deployment} "), 1);
        told = told.try_command(line);
    }
    told
}

/// Plans all, asks once, and carries the plans out until one fails.
///
/// # Errors
/// One of the restores is impossible: nothing has been changed. A restore that fails later is in the outcome.
pub(super) fn run(
    context: &mut Context,
    tools: &Tools,
    opened: Opened,
    args: &Args,
    several: Several,
) -> Result<Outcome> {
    let members = match several {
        Several::Latest(instances) => newest(context, opened.reader(), args, instances)?,
        Several::Set(members) => members,
    };
    let mut plans = Vec::new();
    for (at, (instance, snapshots)) in members.iter().enumerate() {
        if snapshots.iter().all(|snapshot| is_on(instance, snapshot)) {
            let cids: Vec<&str> = snapshots.iter().map(|snapshot| snapshot.cid.as_str()).collect();
            context.ui.say(&format!(
                "{} is already on a disk made from {}: passed over",
                instance.name,
                cids.join(", ")
            ));
        } else {
            let plan = plan_of(context, tools, opened.reader(), args, snapshots, instance.clone());
            plans.push(plan.map_err(|error| match &args.set {
                Some(_) => without(&error, args, &[&members[..at], &members[at + 1..]].concat()),
                None => which::or_older(context, tools, opened.reader(), args, error, snapshots, instance),
            })?);
        }
    }
    carry_out_all(context, tools, opened, Verb::Restore, &plans, &args.again())
}

/// The newest snapshots of each instance.
fn newest(
    context: &mut Context,
    reader: &Reader,
    args: &Args,
    instances: Vec<Instance>,
) -> Result<Vec<(Instance, Vec<Snapshot>)>> {
    let before = times::past("--before", args.before.as_ref(), context)?;
    let mut choices = Vec::new();
    for instance in instances {
        choices.push(latest::choice(context, reader, instance, before)?);
    }
    latest::tell(context, &choices)?;
    Ok(choices
        .into_iter()
        .map(|choice| {
            let snapshots = choice.snapshots();
            (choice.instance, snapshots)
        })
        .collect())
}

/// Whether the instance already has a disk of that very snapshot.
fn is_on(instance: &Instance, snapshot: &Snapshot) -> bool {
    instance.disks.iter().any(|disk| disk.cpi == snapshot.cpi && disk.origin.as_ref() == Some(&snapshot.cid))
}
