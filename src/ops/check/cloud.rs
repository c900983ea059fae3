//! Compares the clouds with the state file.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::advice;
use super::finding::{Finding, Known};
use super::leftovers;
use crate::cpi::Cpi;
use crate::domain::ids::{CpiName, OperationId, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance};
use crate::error::{Error, Kind, Result};
use crate::ops::presence::{Presence, Thing};
use crate::ops::session::CpiSource;
use crate::ops::vm_disks::{self, VmDisks};
use crate::state::Reader;

/// After so many failures, a CPI is not asked any more: each may have taken an hour.
const ENOUGH: usize = 3;

/// Asks each known CPI for the things that are known to be on it.
///
/// # Errors
/// Those of the state file.
pub(super) fn compare(
    known: &Known<'_>,
    ended: &[OperationId],
    cpis: &dyn CpiSource,
    (reader, presence): (&Reader, &Presence),
) -> Result<Vec<Finding>> {
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
                let mut asking = Asking {
                    known,
                    reader,
                    cpi,
                    name,
                    found: Vec::new(),
                    answers: 0,
                    failed: Vec::new(),
                    there: HashSet::new(),
                    cannot: BTreeMap::new(),
                };
                asking.disks()?;
                asking.vms()?;
                asking.snapshots()?;
                asking.doubt(reader, presence)?;
                found.extend(leftovers::of(asking.cpi.as_ref(), ended));
                found.extend(asking.end());
            }
        }
    }
    if presence.is_believed() {
        // Else what is forgotten by this word is refused without it.
        for finding in &mut found {
            finding.next = finding.next.replace("snapback check --forget ", "snapback --believe-empty check --forget ");
        }
    }
    Ok(found)
}

fn unusable(name: &CpiName, error: &Error) -> Finding {
    let message = format!("snapback could not check anything on it: {}", error.in_one_line());
    Finding::problem("cpi_failed", name, message, "snapback cpis")
}

pub(super) struct Asking<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) reader: &'a Reader,
    pub(super) cpi: Arc<dyn Cpi>,
    pub(super) name: &'a CpiName,
    pub(super) found: Vec<Finding>,
    /// How many questions were answered.
    answers: usize,
    /// Findings about the calls that failed.
    failed: Vec<Finding>,
    /// The kinds of things of which at least one exists.
    pub(super) there: HashSet<Thing>,
    /// The methods that the CPI does not support, each with the number of times it was wanted.
    pub(super) cannot: BTreeMap<&'static str, usize>,
}

impl Asking<'_> {
    /// The answer, or `None`: then the reason is noted.
    pub(super) fn ask<T>(
        &mut self,
        method: &'static str,
        about: &str,
        call: impl FnOnce(&dyn Cpi) -> Result<T>,
    ) -> Option<T> {
        if self.failed.len() >= ENOUGH || self.cannot.contains_key(method) {
            self.cannot.entry(method).and_modify(|count| *count += 1);
            return None;
        }
        match call(self.cpi.as_ref()) {
            Ok(answer) => {
                self.answers += 1;
                Some(answer)
            }
            Err(error) if error.kind() == Kind::Unsupported => {
                self.cannot.insert(method, 1);
                None
            }
            Err(error) => {
                let message = format!("snapback could not check {about}: {}", error.in_one_line());
                self.failed.push(Finding::problem("cpi_failed", self.name, message, "snapback --verbose check"));
                None
            }
        }
    }

    fn end(mut self) -> Vec<Finding> {
        let enough = self.failed.len() >= ENOUGH;
        if self.answers == 0 {
            // One reason is enough if nothing at all was seen.
            self.failed.truncate(1);
        }
        self.found.append(&mut self.failed);
        if enough {
            let message = format!("it failed {ENOUGH} times, so snapback asked it no more and did not check the rest");
            match self.found.last_mut().filter(|_| self.answers == 0) {
                Some(first) => first.message = format!("{message}; {}", first.message),
                None => self.found.push(Finding::problem("cpi_failed", self.name, message, "snapback --verbose check")),
            }
        }
        for (method, count) in self.cannot {
            let alone = self.cpi.why_alone().map_or_else(String::new, |why| format!(" ({})", why.in_one_line()));
            let message = format!("it has no {method}: {count} things were not checked{alone}");
            self.found.push(Finding::problem("cannot_tell", self.name, message, "snapback cpis").only_told());
        }
        self.found
    }

    fn disks(&mut self) -> Result<()> {
        let known = self.known;
        for disk in known.disks.iter().filter(|disk| disk.cpi == *self.name) {
            let there = self.ask("has_disk", &format!("disk {}", disk.cid), |cpi| Ok(cpi.has_disk(&disk.cid)?));
            match there {
                Some(true) => drop(self.there.insert(Thing::Disk)),
                Some(false) if self.disk_is_in_change(disk)? => {}
                Some(false) => self.found.push(self.vanished(disk)?),
                None => {}
            }
        }
        Ok(())
    }

    fn vanished(&self, disk: &Disk) -> Result<Finding> {
        let of = disk.instance.as_ref().map_or_else(|| "of no known instance".to_owned(), |name| format!("of {name}"));
        let finding = match (disk.state, &disk.instance) {
            (DiskState::Active, Some(name)) => {
                let holder = self.known.all_instances.iter().find(|instance| instance.name == *name);
                let (end, next) = match holder {
                    Some(holder) => advice::disk_gone(self.known, self.reader, holder, disk)?,
                    None => (String::new(), "snapback instances --details".to_owned()),
                };
                let message = format!("the cloud no longer has it: the disk {of}{end}");
                Finding::problem("disk_gone", &disk.cid, message, next)
            }
            _ => {
                let (end, next) = advice::orphan_gone(self.known, disk);
                let message = format!("the cloud no longer has it: an orphaned disk {of}{end}");
                Finding::problem("disk_gone", &disk.cid, message, next)
            }
        };
        Ok(match &disk.instance {
            Some(name) => finding.of(&name.deployment),
            None => finding,
        })
    }

    fn vms(&mut self) -> Result<()> {
        let known = self.known;
        let of_here = known.instances.iter().filter(|instance| instance.cpi == *self.name);
        let first: Vec<(&Instance, &VmCid)> = of_here.filter_map(|one| Some((one, one.vm.as_ref()?))).collect();
        let doubted: Vec<_> = first.into_iter().filter(|(instance, vm)| self.is_at_odds(instance, vm)).collect();
        if doubted.is_empty() {
            return Ok(());
        }
        // A change of a moment ago may not be shown yet.
        vm_disks::wait_until_steady(self.cpi.as_ref());
        for (instance, vm) in doubted {
            match self.disks_of(instance, vm) {
                Some(_) if self.instance_is_in_change(instance)? => {}
                None => {}
                Some(VmDisks::NoVm) => {
                    let (end, next) = advice::vm_gone(known, instance);
                    let message = format!("the cloud has no VM {vm}{end}");
                    let finding = Finding::problem("vm_gone", &instance.name, message, next);
                    self.found.push(finding.of(&instance.name.deployment));
                }
                Some(told) => self.compare_disks(instance, vm, &told),
            }
        }
        Ok(())
    }

    /// The answer of a CPI that can tell.
    fn disks_of(&mut self, instance: &Instance, vm: &VmCid) -> Option<VmDisks> {
        let told = self.ask("get_disks", &format!("VM {vm} of {}", instance.name), |cpi| vm_disks::look(cpi, vm))?;
        match &told {
            VmDisks::CannotTell(_) => {
                self.cannot.insert("get_disks", 1);
                return None;
            }
            VmDisks::Listed(disks) if !disks.is_empty() => drop(self.there.insert(Thing::Disk)),
            VmDisks::Listed(_) | VmDisks::NoVm => {}
        }
        Some(told)
    }

    fn is_at_odds(&mut self, instance: &Instance, vm: &VmCid) -> bool {
        let Some(told) = self.disks_of(instance, vm) else { return false };
        let is_missing = instance.disks.iter().any(|disk| told.has(&disk.cid) != Some(true));
        told == VmDisks::NoVm || is_missing || !told.strangers(&self.known.all_disks, instance, &[]).is_empty()
    }

    fn compare_disks(&mut self, instance: &Instance, vm: &VmCid, told: &VmDisks) {
        let (name, deployment) = (&instance.name, &instance.name.deployment);
        for disk in instance.disks.iter().filter(|disk| told.has(&disk.cid) == Some(false)) {
            let (end, next) = advice::not_attached(self.known, instance, disk);
            let message = format!("it should be attached to the VM of {name}, but is not{end}");
            let finding = Finding::problem("disk_not_attached", &disk.cid, message, next);
            self.found.push(finding.of(deployment));
        }
        for stranger in told.strangers(&self.known.all_disks, instance, &[]) {
            let of = stranger.instance.as_ref().filter(|of| *of != name).map(|of| format!(" of {of}"));
            let known_as = format!("{}{}", stranger.state.name(), of.unwrap_or_default());
            let (end, next) = advice::stranger(self.known, instance, self.name, vm, stranger);
            let message = format!("the VM of {name} has this disk, which is known as {known_as}{end}");
            let finding = Finding::problem("stranger", &stranger.cid, message, next);
            self.found.push(finding.of(deployment));
        }
    }

    /// A cloud that has none of the known things is hardly the right one: it gets one finding, instead of one for each
    /// thing.
    fn doubt(&mut self, reader: &Reader, presence: &Presence) -> Result<()> {
        const GONE: [(&str, Thing); 4] = [
            ("disk_gone", Thing::Disk),
            ("vm_gone", Thing::Disk),
            ("disk_not_attached", Thing::Disk),
            ("snapshot_gone", Thing::Snapshot),
        ];
        let gone = |finding: &Finding| GONE.iter().find(|(kind, _)| *kind == finding.kind).map(|(_, thing)| *thing);
        let lost = self.found.iter().filter_map(gone).max_by_key(|thing| *thing == Thing::Snapshot);
        let nothing = self.there.is_empty();
        let Some(thing) = lost.filter(|lost| nothing || (*lost == Thing::Snapshot && !self.there.contains(lost)))
        else {
            return Ok(());
        };
        let Some(why) = presence.absent(reader, self.cpi.as_ref(), thing)? else { return Ok(()) };
        self.found.retain(|finding| gone(finding).is_none_or(|of| !nothing && of != Thing::Snapshot));
        let message = format!(
            "{why} Look at the manifest's credentials and paths; if it is true that all is gone, see each with \
             `snapback check --believe-empty`"
        );
        self.found.push(Finding::problem("cloud_absent", self.name, message, "snapback manifest"));
        Ok(())
    }
}
