//! What the clouds have, beside what is known.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Finding, Known, import_again, leftovers};
use crate::cpi::{CloudSnapshot, Cpi, SnapshotState};
use crate::domain::ids::{CpiName, OperationId, SnapshotCid, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, ManagedBy};
use crate::domain::snapshot::{Metadata, Owner, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::ops::session::CpiSource;
use crate::ops::vm_disks::{self, VmDisks};

/// After so many failures a CPI is asked no more: each may have taken an hour.
const ENOUGH: usize = 3;

/// Asks each CPI that is known for what is known to be on it.
pub(super) fn compare(known: &Known, ended: &[OperationId], cpis: &dyn CpiSource) -> Vec<Finding> {
    let names: BTreeSet<&CpiName> = known
        .instances
        .iter()
        .map(|instance| &instance.cpi)
        .chain(known.disks.iter().map(|disk| &disk.cpi))
        .chain(known.snapshots.iter().map(|snapshot| &snapshot.cpi))
        .collect();
    let mut found = Vec::new();
    for name in names {
        match cpis.cpi(name) {
            Err(error) => found.push(unusable(name, &error)),
            Ok(cpi) => {
                let mut asking = Asking { known, cpi, name, found: Vec::new(), failures: 0, cannot: BTreeMap::new() };
                asking.disks();
                asking.vms();
                asking.snapshots();
                found.extend(leftovers::of(asking.cpi.as_ref(), ended));
                found.extend(asking.end());
            }
        }
    }
    found
}

fn unusable(name: &CpiName, error: &Error) -> Finding {
    let message = format!("nothing on it could be looked at: {}", error.in_one_line());
    Finding::problem("cpi_failed", name, message, "snapback manifest")
}

struct Asking<'a> {
    known: &'a Known,
    cpi: Arc<dyn Cpi>,
    name: &'a CpiName,
    found: Vec<Finding>,
    failures: usize,
    /// What the CPI does not support, and how often it was wanted.
    cannot: BTreeMap<&'static str, usize>,
}

impl<'a> Asking<'a> {
    /// The answer, or nothing: then it is noted why there is none.
    fn ask<T>(&mut self, method: &'static str, about: &str, call: impl FnOnce(&dyn Cpi) -> Result<T>) -> Option<T> {
        if self.failures >= ENOUGH || self.cannot.contains_key(method) {
            self.cannot.entry(method).and_modify(|count| *count += 1);
            return None;
        }
        match call(self.cpi.as_ref()) {
            Ok(answer) => Some(answer),
            Err(error) if error.kind() == Kind::Unsupported => {
                self.cannot.insert(method, 1);
                None
            }
            Err(error) => {
                self.failures += 1;
                let message = format!("{about} could not be looked at: {}", error.in_one_line());
                self.found.push(Finding::problem("cpi_failed", self.name, message, "snapback check"));
                None
            }
        }
    }

    fn end(mut self) -> Vec<Finding> {
        if self.failures >= ENOUGH {
            let message = format!("it has failed {ENOUGH} times: it was asked no more, and the rest is not looked at");
            self.found.push(Finding::problem("cpi_failed", self.name, message, "snapback check"));
        }
        for (method, count) in self.cannot {
            let message = format!("it has no {method}: {count} things were not looked at");
            self.found.push(Finding::problem("cannot_tell", self.name, message, "snapback manifest").only_told());
        }
        self.found
    }

    fn disks(&mut self) {
        let known = self.known;
        for disk in known.disks.iter().filter(|disk| disk.cpi == *self.name) {
            let there = self.ask("has_disk", &format!("disk {}", disk.cid), |cpi| Ok(cpi.has_disk(&disk.cid)?));
            if there == Some(false) {
                self.found.push(self.vanished(disk));
            }
        }
    }

    fn vanished(&self, disk: &Disk) -> Finding {
        let of = disk.instance.as_ref().map_or_else(|| "of no known instance".to_owned(), |name| format!("of {name}"));
        let finding = match (disk.state, &disk.instance) {
            (DiskState::Active, Some(name)) => {
                let holder = self.known.all_instances.iter().find(|instance| instance.name == *name);
                let next = match holder {
                    Some(holder) if holder.managed_by == ManagedBy::Director => import_again(holder).to_owned(),
                    _ => format!("snapback -d {} restore --latest {name}", name.deployment),
                };
                Finding::problem("disk_gone", &disk.cid, format!("the cloud no longer has it: the disk {of}"), next)
            }
            _ => Finding::problem(
                "disk_gone",
                &disk.cid,
                format!("the cloud no longer has it: an orphaned disk {of}"),
                format!("snapback check --forget {}", disk.cid),
            ),
        };
        match &disk.instance {
            Some(name) => finding.of(&name.deployment),
            None => finding,
        }
    }

    fn vms(&mut self) {
        let known = self.known;
        let of_here = known.instances.iter().filter(|instance| instance.cpi == *self.name);
        let first: Vec<(&Instance, &VmCid)> = of_here.filter_map(|one| Some((one, one.vm.as_ref()?))).collect();
        let doubted: Vec<_> = first.into_iter().filter(|(instance, vm)| self.is_at_odds(instance, vm)).collect();
        if doubted.is_empty() {
            return;
        }
        // What was changed a moment ago may not be shown yet.
        vm_disks::wait_until_steady(self.cpi.as_ref());
        for (instance, vm) in doubted {
            match self.disks_of(instance, vm) {
                None => {}
                Some(VmDisks::NoVm) => {
                    let message = format!("the cloud has no VM {vm}");
                    let finding = Finding::problem("vm_gone", &instance.name, message, import_again(instance));
                    self.found.push(finding.of(&instance.name.deployment));
                }
                Some(told) => self.compare_disks(instance, &told),
            }
        }
    }

    /// The answer of a CPI that can tell.
    fn disks_of(&mut self, instance: &Instance, vm: &VmCid) -> Option<VmDisks> {
        let told = self.ask("get_disks", &format!("VM {vm} of {}", instance.name), |cpi| vm_disks::look(cpi, vm))?;
        if let VmDisks::CannotTell(_) = told {
            self.cannot.insert("get_disks", 1);
            return None;
        }
        Some(told)
    }

    fn is_at_odds(&mut self, instance: &Instance, vm: &VmCid) -> bool {
        let Some(told) = self.disks_of(instance, vm) else { return false };
        let is_missing = instance.disks.iter().any(|disk| told.has(&disk.cid) != Some(true));
        told == VmDisks::NoVm || is_missing || self.strangers(instance, &told).next().is_some()
    }

    /// The disks of its VM that are known to be another's. Of root disks and the like nobody knows.
    fn strangers(&self, instance: &Instance, told: &VmDisks) -> impl Iterator<Item = &'a Disk> {
        let elsewhere = |disk: &&Disk| {
            disk.cpi == *self.name
                && told.has(&disk.cid) == Some(true)
                && instance.disks.iter().all(|own| own.cid != disk.cid)
        };
        self.known.all_disks.iter().filter(elsewhere)
    }

    fn compare_disks(&mut self, instance: &Instance, told: &VmDisks) {
        let (name, deployment) = (&instance.name, &instance.name.deployment);
        for disk in instance.disks.iter().filter(|disk| told.has(&disk.cid) == Some(false)) {
            let message = format!("it should be attached to the VM of {name}, and is not");
            let finding = Finding::problem("disk_not_attached", &disk.cid, message, attach_again(instance, disk));
            self.found.push(finding.of(deployment));
        }
        let strangers: Vec<&Disk> = self.strangers(instance, told).collect();
        for stranger in strangers {
            let of = stranger.instance.as_ref().filter(|of| *of != name).map(|of| format!(" of {of}"));
            let known_as = format!("{}{}", stranger.state.name(), of.unwrap_or_default());
            let message = format!("the VM of {name} has this disk, which is known as {known_as}");
            let finding = Finding::problem("stranger", &stranger.cid, message, import_again(instance));
            self.found.push(finding.of(deployment));
        }
    }

    fn snapshots(&mut self) {
        let known = self.known;
        let own: Vec<&Snapshot> = known.snapshots.iter().filter(|snapshot| snapshot.cpi == *self.name).collect();
        let can = self.cpi.capabilities();
        if can.list_snapshots {
            let listed =
                self.ask("list_snapshots", "the list of snapshots", |cpi| Ok(cpi.list_snapshots(&Metadata::new())?));
            if let Some(listed) = listed {
                self.compare_lists(&own, &listed);
                return;
            }
        }
        if !can.describe_snapshots {
            self.cannot.insert("describe_snapshot", own.len());
            return;
        }
        for snapshot in own {
            let about = format!("snapshot {}", snapshot.cid);
            let status = self.ask("describe_snapshot", &about, |cpi| Ok(cpi.describe_snapshot(&snapshot.cid)?));
            if let Some(status) = status {
                self.state_of(snapshot, status.state);
            }
        }
    }

    fn compare_lists(&mut self, own: &[&Snapshot], listed: &[CloudSnapshot]) {
        let there: HashMap<&SnapshotCid, SnapshotState> = listed.iter().map(|one| (&one.cid, one.state)).collect();
        for snapshot in own {
            self.state_of(snapshot, there.get(&snapshot.cid).copied().unwrap_or(SnapshotState::Missing));
        }
        let known: HashSet<&SnapshotCid> = own.iter().map(|snapshot| &snapshot.cid).collect();
        for stranger in listed.iter().filter(|one| !known.contains(&one.cid)) {
            self.stranger(stranger);
        }
    }

    fn state_of(&mut self, snapshot: &Snapshot, state: SnapshotState) {
        let (cid, name) = (&snapshot.cid, &snapshot.instance);
        let finding = match (state, snapshot.owner) {
            (SnapshotState::Ready | SnapshotState::Pending, _) => return,
            (SnapshotState::Missing, Owner::Director) if self.known.is_of_orphan(snapshot) => Finding::problem(
                "snapshot_gone",
                cid,
                format!("the cloud no longer has this snapshot of {name}: BOSH deletes its own with an orphaned disk"),
                format!("snapback check --forget {cid}"),
            ),
            (SnapshotState::Missing, Owner::Director) => Finding::problem(
                "snapshot_gone",
                cid,
                format!("the cloud no longer has this snapshot of {name}, and the Director lists it"),
                format!("bosh -d {} delete-snapshot {cid}", name.deployment),
            ),
            (SnapshotState::Missing, Owner::Snapback) => Finding::problem(
                "snapshot_gone",
                cid,
                format!("the cloud no longer has this snapshot of {name}"),
                format!("snapback check --forget {cid}"),
            ),
            (SnapshotState::Failed, owner) => {
                let next = match owner {
                    Owner::Director => format!("bosh -d {} delete-snapshot {cid}", name.deployment),
                    Owner::Snapback => format!("snapback delete {cid}"),
                };
                let message = format!("this snapshot of {name} is damaged in the cloud: no disk can be made of it");
                Finding::problem("snapshot_failed", cid, message, next)
            }
        };
        self.found.push(finding.of(&name.deployment));
    }

    /// A snapshot that only the cloud has. A cloud may be others' as well: only what is of a known disk, or says that it
    /// is of this Director, is told.
    fn stranger(&mut self, listed: &CloudSnapshot) {
        let known = self.known;
        let of = known.all_disks.iter().find(|disk| disk.cid == listed.disk && disk.cpi == *self.name);
        let says = listed.metadata.get("director_uuid") == Some(&known.director_uuid);
        if of.is_none() && !says {
            return;
        }
        let name = of.and_then(|disk| disk.instance.as_ref());
        let of_deployment = known.instances.iter().any(|instance| name == Some(&instance.name));
        if name.is_some() && !of_deployment && known.instances.len() < known.all_instances.len() {
            return;
        }
        let is_own = listed.metadata.contains_key(crate::domain::snapshot::OPERATION_KEY);
        let directors = name.is_some_and(|name| {
            known
                .all_instances
                .iter()
                .any(|instance| instance.name == *name && instance.managed_by == ManagedBy::Director)
        });
        let message = format!("only the cloud has this snapshot of disk {}", listed.disk);
        let orphaned = of.is_some_and(|disk| disk.state == DiskState::Orphaned);
        let finding = |message, next| Finding::problem("snapshot_unknown", &listed.cid, message, next);
        let finding = match directors && !is_own {
            // One that `bosh stop` took, say: no list of the Director's has it any more.
            true if orphaned => finding(
                format!("{message}, which is orphaned: BOSH deletes both together, and lists it no more"),
                "snapback disks --orphaned".to_owned(),
            )
            .only_told(),
            true => finding(message, "snapback import --from-bosh".to_owned()),
            false => finding(message, format!("snapback check --adopt {}", listed.cid)),
        };
        self.found.push(match name {
            Some(name) => finding.of(&name.deployment),
            None => finding,
        });
    }
}

/// The command that attaches a disk which the Director has on record, and its VM lacks: `attach-disk` of the recorded disk
/// works, and does nothing where it is attached. Of others only the operator knows where they belong.
fn attach_again(instance: &Instance, disk: &Disk) -> String {
    match (&instance.uuid, instance.managed_by) {
        (Some(uuid), ManagedBy::Director) => {
            let slug = format!("{}/{uuid}", instance.name.group);
            let bosh = format!("bosh -n -d {}", instance.name.deployment);
            format!(
                "{bosh} stop {slug} --no-converge && {bosh} attach-disk {slug} {} --disk-properties=copy && {bosh} start {slug} \
                 --no-converge",
                disk.cid
            )
        }
        _ => import_again(instance).to_owned(),
    }
}
