//! `import`: takes over the data of an inventory or of BOSH.

mod create_env;
mod forgotten;
mod from_bosh;
mod world;

use std::collections::{BTreeSet, HashMap};

use super::presence::Presence;
use super::session::CpiSource;
use super::vm_disks;
use crate::domain::findings::Findings;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::zones::Zones;
use crate::error::Result;
use crate::state::{Change, Import, State};
use world::World;

pub use create_env::same_create_env;
pub use from_bosh::{Asked, Question, ask};

/// The outcome of an import.
#[derive(Debug)]
pub struct Imported {
    /// A line for each changed thing.
    pub changes: Vec<Change>,
    /// The sources that were not believed, and why.
    pub kept: Vec<String>,
}

/// Imports the findings. An inventory file is as old as its last edit: if it names other disks than those that
/// snapback's own restores have put in place, and the cloud agrees with snapback, the recorded disks stay.
///
/// # Errors
/// A snapshot of an unknown instance; the errors of the state file.
pub fn import(
    state: &State,
    cpis: &dyn CpiSource,
    presence: &Presence,
    zones: &Zones,
    findings: Findings,
) -> Result<Imported> {
    let known = state.reader().instances(None)?;
    let before = Before::of(&known);
    let mut kept = Vec::new();
    let (gone, not_gone) = forgotten::gone(state.reader(), cpis, presence, &findings)?;
    kept.extend(not_gone);
    let Findings { mut instances, mut incomplete, .. } = findings;
    let said: BTreeSet<String> = instances.iter().chain(&incomplete).filter_map(uuid_of).collect();
    for instance in instances.iter_mut().chain(&mut incomplete).filter(|instance| instance.uuid.is_none()) {
        // A source without UUIDs does not say that it is another instance; if another instance has the UUID, it is.
        let known = before.of_name(instance).filter(|known| uuid_of(known).is_some_and(|uuid| !said.contains(&uuid)));
        instance.uuid = known.and_then(|known| known.uuid.clone());
    }
    instances.extend(incomplete.into_iter().map(|instance| match before.known(&instance) {
        Some(before) => completed(instance, before, zones),
        None => instance,
    }));
    for instance in &mut instances {
        if let Some(before) = before.same(instance) {
            kept.extend(keep_what_the_cloud_has(cpis, before, instance));
        }
    }
    let world = World::after(state.reader(), &known, &instances, &findings.whole)?;
    let (orphans, disbelieved) = world.orphans(&findings.orphans, zones)?;
    kept.extend(disbelieved);
    let lists = findings.snapshots.iter().map(|list| world.snapshots(list));
    let snapshots = lists.collect::<Result<Vec<_>>>()?;
    let changes = state.import(Import { instances, whole: findings.whole, orphans, gone, snapshots })?;
    Ok(Imported { changes, kept })
}

fn uuid_of(instance: &Instance) -> Option<String> {
    instance.uuid.as_ref().map(|uuid| uuid.to_ascii_lowercase())
}

/// The instances that were known before an import.
struct Before<'a> {
    by_name: HashMap<&'a InstanceName, &'a Instance>,
    by_uuid: HashMap<(&'a str, String), &'a Instance>,
}

impl<'a> Before<'a> {
    fn of(known: &'a [Instance]) -> Self {
        let uuid = |known: &'a Instance| Some(((known.name.deployment.as_str(), uuid_of(known)?), known));
        Before {
            by_name: known.iter().map(|known| (&known.name, known)).collect(),
            by_uuid: known.iter().filter_map(uuid).collect(),
        }
    }

    fn of_name(&self, instance: &Instance) -> Option<&'a Instance> {
        self.by_name.get(&instance.name).copied()
    }

    /// The same instance: by its UUID, if it has one; else by its name, if that is not known to be another instance's.
    fn same(&self, instance: &Instance) -> Option<&'a Instance> {
        let by_uuid =
            uuid_of(instance).and_then(|uuid| self.by_uuid.get(&(instance.name.deployment.as_str(), uuid)).copied());
        by_uuid.or_else(|| self.of_name(instance).filter(|known| !known.is_another(instance)))
    }

    /// The same instance, or else the one that had its name: values that a source does not have are assumed to be as
    /// there.
    fn known(&self, instance: &Instance) -> Option<&'a Instance> {
        self.same(instance).or_else(|| self.of_name(instance))
    }
}

/// Adds the values that the source of an incomplete instance does not have. A zone that is known to be on a CPI tells
/// where the instance is now; a disk that it still has is where it was made.
fn completed(mut instance: Instance, before: &Instance, zones: &Zones) -> Instance {
    if zones.cpi(instance.az.as_deref()).is_none() {
        instance.cpi.clone_from(&before.cpi);
    }
    // A list of CIDs has no slots: a disk that stays keeps its own, and a new one takes the slot of one that left.
    let known = |cid: &DiskCid| before.disks.iter().find(|disk| disk.cid == *cid);
    let taken: BTreeSet<u32> = instance.disks.iter().filter_map(|disk| Some(known(&disk.cid)?.slot)).collect();
    let mut free = (0..).filter(|slot| !taken.contains(slot));
    for disk in &mut instance.disks {
        let known = known(&disk.cid);
        disk.cpi.clone_from(known.map_or(&instance.cpi, |known| &known.cpi));
        disk.slot = known.map(|known| known.slot).or_else(|| free.next()).unwrap_or(disk.slot);
    }
    instance.disks.sort_by_key(|disk| disk.slot);
    instance
}

fn keep_what_the_cloud_has(cpis: &dyn CpiSource, before: &Instance, instance: &mut Instance) -> Option<String> {
    if same_disks(before, instance) || before.vm != instance.vm {
        return None;
    }
    let vm = instance.vm.as_ref()?;
    let cpi = cpis.cpi(&instance.cpi).ok()?;
    let matter: Vec<&DiskCid> = before.disks.iter().chain(&instance.disks).map(|disk| &disk.cid).collect();
    let told = vm_disks::steady(cpi.as_ref(), vm, &matter).ok()?;
    let has = |of: &Instance| !of.disks.is_empty() && of.disks.iter().all(|disk| told.has(&disk.cid) == Some(true));
    if !has(before) || has(instance) {
        return None;
    }
    let cids = |instance: &Instance| instance.disks.iter().map(|disk| disk.cid.as_str()).collect::<Vec<_>>().join(", ");
    let reason = format!(
        "{}: VM {vm} has disk {}, as snapback knows, and not {}, as the inventory says: kept; correct the inventory",
        instance.name,
        cids(before),
        cids(instance)
    );
    instance.disks.clone_from(&before.disks);
    Some(reason)
}

fn same_disks(one: &Instance, other: &Instance) -> bool {
    let cids = |instance: &Instance| instance.disks.iter().map(|disk| disk.cid.clone()).collect::<Vec<DiskCid>>();
    cids(one) == cids(other)
}
