//! Compares the Director's lists with the state file. An import takes over every difference.

use std::collections::HashSet;

use super::advice::{IMPORT, difference, forgotten};
use super::finding::{Finding, Known};
use crate::domain::findings::Findings;
use crate::domain::ids::SnapshotCid;
use crate::domain::instance::{DiskState, Instance, ManagedBy};
use crate::domain::snapshot::Owner;

pub(super) fn compare(known: &Known<'_>, says: &Findings, deployment: Option<&str>) -> Vec<Finding> {
    let mut found = instances(known, says, deployment);
    found.extend(snapshots(known, says));
    found.extend(orphans(known, says, deployment));
    found
}

fn differs(about: impl ToString, message: impl Into<String>, deployment: &str) -> Finding {
    Finding::problem("director_differs", about, message, IMPORT).of(deployment)
}

fn instances(known: &Known<'_>, says: &Findings, deployment: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    let told: Vec<&Instance> = says.all_instances().collect();
    let directors = || known.instances.iter().filter(|known| known.managed_by == ManagedBy::Director);
    for instance in &told {
        let name = &instance.name;
        match known.all_instances.iter().find(|known| known.name == *name) {
            None => found.push(differs(
                name,
                "the Director has this instance, but snapback does not know it",
                &name.deployment,
            )),
            Some(here) => {
                found.extend(difference(here, instance).map(|difference| differs(name, difference, &name.deployment)))
            }
        }
    }
    for instance in directors().filter(|known| told.iter().all(|told| told.name != known.name)) {
        let name = &instance.name;
        if deployment.is_some_and(|deployment| deployment != name.deployment) {
            continue;
        }
        if says.whole.contains(&name.deployment) {
            found.push(differs(name, "the Director no longer has this instance", &name.deployment));
            continue;
        }
        let message = "the Director does not list its deployment. If this client may not see it, ask as one that may. If it was \
                       deleted, the next command takes its instances off the list; their disks become orphaned";
        let next = forgotten(&name.deployment);
        found.push(Finding::problem("director_differs", name, message, next).of(&name.deployment));
    }
    found
}

fn snapshots(known: &Known<'_>, says: &Findings) -> Vec<Finding> {
    let mut found = Vec::new();
    for list in &says.snapshots {
        let Some(deployment) = &list.deployment else { continue };
        let mut there: HashSet<&SnapshotCid> = list.snapshots.iter().map(|snapshot| &snapshot.cid).collect();
        there.extend(list.untold.iter().map(|(cid, _)| cid));
        let here: HashSet<&SnapshotCid> = known
            .snapshots
            .iter()
            .filter(|snapshot| snapshot.instance.deployment == *deployment)
            .map(|snapshot| &snapshot.cid)
            .collect();
        for snapshot in list.snapshots.iter().filter(|snapshot| !here.contains(&snapshot.cid)) {
            let message =
                format!("the Director has this snapshot of {}, but snapback does not know it", snapshot.instance);
            found.push(differs(&snapshot.cid, message, deployment));
        }
        // The Director lists no snapshots of disks that it has orphaned.
        let directors = known
            .snapshots
            .iter()
            .filter(|snapshot| snapshot.owner == Owner::Director && !known.is_of_orphan(snapshot));
        for gone in directors.filter(|one| one.instance.deployment == *deployment && !there.contains(&one.cid)) {
            let message = format!("the Director no longer has this snapshot of {}", gone.instance);
            found.push(differs(&gone.cid, message, deployment));
        }
    }
    found
}

fn orphans(known: &Known<'_>, says: &Findings, deployment: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    for disk in says.orphans.iter().filter(|disk| deployment.is_none_or(|deployment| deployment == disk.deployment)) {
        let here = known.all_disks.iter().find(|known| known.cid == disk.cid);
        let message = match here {
            Some(here) if here.state == DiskState::Orphaned => continue,
            Some(_) => "the Director has this disk as orphaned, but snapback knows it as the disk of an instance",
            None => "the Director has this orphaned disk, but snapback does not know it",
        };
        found.push(differs(&disk.cid, message, &disk.deployment));
    }
    found
}
