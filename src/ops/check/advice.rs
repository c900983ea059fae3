//! The way out of a finding about an instance or its disk: by who manages it and, of a Director's, by what the Director says of it if it was
//! asked. An import helps only where the Director says something else.

use std::collections::BTreeSet;

use super::finding::{Known, import_again};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid, VmCid};
use crate::domain::instance::{Disk, Instance, ManagedBy};
use crate::domain::look_for::disk_detached;
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::error::{Kind, Result};
use crate::ops::choose::choose;
use crate::state::Reader;

/// Takes in what the Director says, and looks with its words at what is left.
pub(super) const ASK: &str = "snapback import --from-bosh && snapback check --from-bosh";
/// Takes in what the Director says.
pub(super) const IMPORT: &str = "snapback import --from-bosh";
/// create-env makes a new VM, which gets the disk of its record; then the new VM is known.
pub(super) const CREATE_ENV: &str = "bosh create-env MANIFEST --state FILE ... --recreate && snapback import FILE";

/// The end of a message, and the next command.
pub(super) type Advice = (String, String);

/// What the Director says of an instance, beside what is known of it.
enum Word {
    /// It was not asked.
    Unasked,
    /// Something else.
    Other,
    /// It does not list the deployment.
    Nothing,
    /// The same.
    Same,
}

fn word(known: &Known<'_>, instance: &Instance) -> Word {
    let Some(says) = known.director else { return Word::Unasked };
    match says.all_instances().find(|one| one.name == instance.name) {
        Some(there) if difference(instance, there).is_none() => Word::Same,
        Some(_) => Word::Other,
        None if says.whole.contains(&instance.name.deployment) => Word::Other,
        None => Word::Nothing,
    }
}

/// How what is known of an instance differs from what the Director says.
pub(super) fn difference(here: &Instance, there: &Instance) -> Option<String> {
    let disks = |instance: &Instance| instance.disks.iter().map(|disk| disk.cid.clone()).collect::<BTreeSet<DiskCid>>();
    let listed = |disks: &BTreeSet<DiskCid>| {
        let list: Vec<&str> = disks.iter().map(DiskCid::as_str).collect();
        if list.is_empty() { "none".to_owned() } else { list.join(", ") }
    };
    let (own, its) = (disks(here), disks(there));
    if own != its {
        return Some(format!("the Director says disk {}, but snapback knows {}", listed(&its), listed(&own)));
    }
    let vm = |instance: &Instance| instance.vm.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    (here.vm != there.vm).then(|| format!("the Director says VM {}, but snapback knows {}", vm(there), vm(here)))
}

/// Of an instance of a Director's, which has a UUID if the Director says the same.
fn by_the_director(known: &Known<'_>, instance: &Instance, same: impl FnOnce(&str) -> Advice) -> Advice {
    match (word(known, instance), &instance.uuid) {
        (Word::Unasked, _) => (String::new(), ASK.to_owned()),
        (Word::Other, _) | (Word::Same, None) => (String::new(), IMPORT.to_owned()),
        (Word::Nothing, _) => {
            (", and the Director does not list its deployment".to_owned(), forgotten(&instance.name.deployment))
        }
        (Word::Same, Some(uuid)) => same(&format!("{}/{uuid}", instance.name.group)),
    }
}

/// The command that takes all instances of a deployment off the list.
pub(super) fn forgotten(deployment: &str) -> String {
    let inventory = format!("deployments: [{{name: {deployment}, instances: []}}]");
    format!("printf %s {} | snapback import -", quoted(&inventory))
}

/// Of an instance whose VM the cloud does not have.
pub(super) fn vm_gone(known: &Known<'_>, instance: &Instance) -> Advice {
    let again = import_again(instance).to_owned();
    match instance.managed_by {
        ManagedBy::Director => by_the_director(known, instance, |slug| {
            let bosh = format!("bosh -d {} recreate {slug} --no-converge --fix", quoted(&instance.name.deployment));
            (", and the Director has no other: let it make one".to_owned(), format!("{bosh} && {IMPORT}"))
        }),
        ManagedBy::CreateEnv => (": if create-env has not made another since, let it do so first".to_owned(), again),
        ManagedBy::Nobody => (": write its VM of now into the inventory first".to_owned(), again),
    }
}

/// Of an orphaned disk that the cloud does not have. A Director lists its own until it has come to delete them.
pub(super) fn orphan_gone(known: &Known<'_>, disk: &Disk) -> Advice {
    let holder = disk.instance.as_ref().and_then(|name| known.all_instances.iter().find(|one| one.name == *name));
    let is_a_directors = |instance: &Instance| instance.managed_by == ManagedBy::Director;
    let may_be_listed = holder.map_or_else(|| known.all_instances.iter().any(is_a_directors), is_a_directors);
    let cid = quoted(disk.cid.as_str());
    match known.director.map(|says| says.orphans.iter().any(|orphan| orphan.cid == disk.cid)) {
        Some(true) => (
            ". The Director lists it. Look in the cloud first: if the disk is there after all, the command deletes it"
                .to_owned(),
            format!("bosh delete-disk {cid} && {IMPORT}"),
        ),
        None if may_be_listed => (String::new(), ASK.to_owned()),
        None | Some(false) => (String::new(), format!("snapback check --forget {cid}")),
    }
}

/// Of an instance whose current disk the cloud does not have. The lost one is orphaned by what helps.
///
/// # Errors
/// The state file cannot be read.
pub(super) fn disk_gone(known: &Known<'_>, reader: &Reader, instance: &Instance, disk: &Disk) -> Result<Advice> {
    let (name, deployment) = (&instance.name, quoted(&instance.name.deployment));
    let newest = newest(known, reader, instance, disk)?;
    let forget = format!("snapback check --forget {}", quoted(disk.cid.as_str()));
    let none = ", and there is no snapshot to make another one from";
    Ok(match (instance.managed_by, newest) {
        (ManagedBy::Director, newest) => by_the_director(known, instance, |slug| match newest {
            Some(cid) => {
                let made = format!("disk=$(snapback promote {} --output cid)", quoted(cid.as_str()));
                let exchanged = exchanged(&deployment, slug, "\"$disk\"");
                (
                    ", and the Director has no other: put a new one in its place, made from the newest snapshot. If `bosh stop` \
                     fails to take a snapshot of it: delete its reference by `bosh cck`, deploy, import, and restore"
                        .to_owned(),
                    format!("{made} && {exchanged} && {IMPORT}"),
                )
            }
            None => (
                format!("{none}: what was on it is lost, and the Director can give up the disk, and make an empty one"),
                format!("bosh -d {deployment} cck && {IMPORT}"),
            ),
        }),
        (ManagedBy::CreateEnv, Some(_)) => (
            ". The last words are create-env's own command line; restore says which ops file to add".to_owned(),
            format!(
                "snapback -d {deployment} restore --latest {name} -- bosh create-env MANIFEST --state FILE ... --recreate && \
                 {forget}"
            ),
        ),
        (ManagedBy::Nobody, Some(_)) => {
            (String::new(), format!("snapback -d {deployment} restore --latest {name} && {forget}"))
        }
        (ManagedBy::CreateEnv | ManagedBy::Nobody, None) => (
            format!("{none}: give it another one, then import that"),
            format!("{} && {forget}", import_again(instance)),
        ),
    })
}

/// The snapshot from which a restore would make the disk again; `None` if there is none.
fn newest(known: &Known<'_>, reader: &Reader, instance: &Instance, disk: &Disk) -> Result<Option<SnapshotCid>> {
    let choice = match choose(reader, instance.clone(), None, known.now) {
        Ok(choice) => choice,
        Err(error) if error.kind() == Kind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_only = instance.disks.len() == 1;
    let of_it = |one: &Snapshot| one.cpi == disk.cpi && (is_only || one.disk.as_ref() == Some(&disk.cid));
    Ok(choice.snapshots().into_iter().find(of_it).map(|one| one.cid))
}

/// The commands by which the Director gives an instance a disk. `attach-disk` of the recorded disk works as well, and does nothing
/// where it is attached.
fn exchanged(deployment: &str, slug: &str, disk: &str) -> String {
    let bosh = format!("bosh -n -d {deployment}");
    format!(
        "{bosh} stop {slug} --no-converge && {bosh} attach-disk {slug} {disk} --disk-properties=copy && {bosh} start {slug} \
         --no-converge"
    )
}

/// Of an instance whose VM does not have its current disk.
pub(super) fn not_attached(known: &Known<'_>, instance: &Instance, disk: &Disk) -> Advice {
    let cid = quoted(disk.cid.as_str());
    let next = match instance.managed_by {
        // The disk that is known may be an old one: nobody attaches that in the place of the present one.
        ManagedBy::Director => {
            return by_the_director(known, instance, |slug| {
                (String::new(), exchanged(&quoted(&instance.name.deployment), slug, &cid))
            });
        }
        ManagedBy::CreateEnv => CREATE_ENV.to_owned(),
        ManagedBy::Nobody => format!("snapback check --attach {cid}"),
    };
    (String::new(), next)
}

/// Of an instance whose VM has a disk of another one, or one that was put away.
pub(super) fn stranger(known: &Known<'_>, instance: &Instance, cpi: &CpiName, vm: &VmCid, disk: &Disk) -> Advice {
    const DETACH: &str = "unmount it there, and detach it in the cloud";
    let again = import_again(instance).to_owned();
    match instance.managed_by {
        ManagedBy::Director => by_the_director(known, instance, |_| {
            let next = disk_detached(cpi, vm, &disk.cid).unwrap_or_else(|| "snapback check".to_owned());
            (format!(". The Director does not have it there: {DETACH}"), next)
        }),
        ManagedBy::CreateEnv => {
            (format!(". If create-env's state file does not have it there, either: {DETACH}"), again)
        }
        ManagedBy::Nobody => {
            (format!(". If it belongs there, write it into the inventory first; if not: {DETACH}"), again)
        }
    }
}
