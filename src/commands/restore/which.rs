//! Which snapshots are restored, and which instance gets each.

use super::Args;
use crate::commands::{abbreviated, latest, selectors, times};
use crate::context::{Context, Tools};
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::Instance;
use crate::domain::selector::Selectors;
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::choose::{Wish, choose_by};
use crate::ops::{CpiSource, find, promote};
use crate::state::Reader;

pub(super) fn no_snapshot() -> Error {
    Error::new(Kind::Usage, "which snapshot? name its CID, or --latest INSTANCE")
}

pub(super) fn which(context: &mut Context, reader: &Reader, args: &Args) -> Result<Vec<Snapshot>> {
    if let Some(latest) = &args.latest {
        return latest::latest(context, reader, latest, args.before.as_ref());
    }
    if let Some(set) = &args.set {
        return whole_set(context, reader, set);
    }
    let named = |cid: &SnapshotCid| {
        find::snapshot(reader, cid).map_err(|error| match cid.as_str().contains('/') {
            true => error
                .hint(format!("'{cid}' looks like an instance; to restore its newest snapshot:"))
                .try_command(format!("snapback restore --latest {}", quoted(cid.as_str()))),
            false => error,
        })
    };
    args.cid.iter().chain(&args.others).map(named).collect()
}

/// The snapshots of a set. A set that would restore only a part of an instance's disks is refused.
///
/// # Errors
/// [`Kind::Refused`] in that case; there is no such set.
pub(super) fn whole_set(context: &mut Context, reader: &Reader, set: &OperationId) -> Result<Vec<Snapshot>> {
    let snapshots = find::set(reader, set)?;
    let missing = find::missing_of_set(reader, &snapshots)?.into_iter();
    for (instance, disk) in missing.chain(find::not_tried_of_set(reader, &snapshots)?) {
        let Some(left) = snapshots.iter().find(|snapshot| snapshot.instance == instance) else {
            context.ui.warn(&format!("the set has no snapshot of {instance} any more: that instance stays as it is"));
            continue;
        };
        let message = format!(
            "the set has no snapshot of disk {disk} of {instance}, but has some of its other disks: nothing was done"
        );
        return Err(Error::new(Kind::Refused, message)
            .hint("the contents of the disks would not fit each other; to put back what is left of it anyway:")
            .try_command(format!(
                "snapback -d {} restore {}",
                quoted(&instance.deployment),
                quoted(left.cid.as_str())
            )));
    }
    Ok(snapshots)
}

pub(super) fn to_which(context: &Context, reader: &Reader, args: &Args, snapshots: &[Snapshot]) -> Result<Instance> {
    let Some((snapshot, others)) = snapshots.split_first() else { return Err(no_snapshot()) };
    match &args.to {
        Some(to) => {
            let named = context.deployment();
            let deployment = match named {
                Some(_) => find::deployment(reader, named.as_deref())?,
                None => snapshot.instance.deployment.clone(),
            };
            find::instance(reader, &deployment, &selectors(std::slice::from_ref(to))?)
        }
        None if snapshots.iter().any(|snapshot| snapshot.of_another) => Err(of_another(snapshot)),
        None => {
            let name = &snapshot.instance;
            if let Some(other) = others.iter().find(|other| other.instance != *name) {
                let message = format!(
                    "snapshot {} is of {name}, and {} is of {}: one restore is for one instance",
                    snapshot.cid, other.cid, other.instance
                );
                return Err(Error::new(Kind::Usage, message).hint("--to INSTANCE puts both on it"));
            }
            find::instance(reader, &name.deployment, &Selectors::of(name))
        }
    }
}

/// The disk of `--disk`. If the cloud has a disk by the CID as you typed it, that one is meant, known or not.
///
/// # Errors
/// Several known CIDs begin so; the errors of the state file.
pub(super) fn whole_disk(
    context: &mut Context,
    tools: &Tools,
    reader: &Reader,
    typed: &DiskCid,
    snapshot: &SnapshotCid,
) -> Result<DiskCid> {
    if !context.may_abbreviate()? || reader.disks_beginning(typed.as_str())?.is_empty() {
        return Ok(typed.clone());
    }
    let cpi = tools.clouds.cpi(&find::snapshot(reader, snapshot)?.cpi)?;
    match cpi.has_disk(typed) {
        Ok(false) => abbreviated::disk(context, reader, typed),
        _ => Ok(typed.clone()),
    }
}

/// Adds the snapshot before to the error, if the cloud has lost the newest.
pub(super) fn or_older(
    context: &Context,
    tools: &Tools,
    reader: &Reader,
    args: &Args,
    error: Error,
    newest: &[Snapshot],
    instance: &Instance,
) -> Error {
    let is_lost = |snapshot: &Snapshot| {
        tools.clouds.cpi(&snapshot.cpi).is_ok_and(|cpi| promote::lost(cpi.as_ref(), snapshot).is_some())
    };
    // It was read once before, so it can be read.
    let before = args.before.as_ref().and_then(|before| times::moment("--before", before, context).ok());
    let mut wish = Wish { before, ..Wish::default() };
    let mut next = newest.to_vec();
    while next.iter().any(is_lost) {
        wish.not_ready.extend(next.iter().filter(|one| is_lost(one)).map(|one| (one.cpi.clone(), one.cid.clone())));
        match choose_by(reader, instance.clone(), &wish, context.clock.now()) {
            Ok(choice) => next = choice.snapshots(),
            Err(_) => return error,
        }
    }
    if wish.not_ready.is_empty() {
        return error;
    }
    let cids: Vec<String> = next.iter().map(|snapshot| quoted(snapshot.cid.as_str())).collect();
    let deployment = quoted(&instance.name.deployment);
    error
        .hint("to restore the newest one that the cloud still has:")
        .try_command(format!("snapback -d {deployment} restore {}", cids.join(" ")))
        .hint("to have the loss recorded, so that --latest passes over that one:")
        .try_command(format!("snapback -d {deployment} drill --latest {}", instance.name))
}

/// The refusal of another machine's data, which is restored only if you ask for it.
fn of_another(snapshot: &Snapshot) -> Error {
    let Snapshot { cid, instance: name, .. } = snapshot;
    let uuid = snapshot.instance_uuid.as_deref().unwrap_or_default();
    let message = format!(
        "snapshot {cid} is of the instance {}/{uuid}, which was {name}; {name} is another instance now: nothing was done",
        name.group
    );
    Error::new(Kind::Refused, message)
        .hint(format!("to put the data of that instance on {name} anyway, say so:"))
        .try_command(format!("snapback -d {} restore {} --to {name}", quoted(&name.deployment), quoted(cid.as_str())))
}
