//! The known instances and disks, in the form that retention needs.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::retention::{Entry, Need, Quality};
use crate::domain::selector::{Selector, Selectors};
use crate::domain::snapshot::{Consistency, Purpose, Snapshot};
use crate::error::Result;
use crate::state::Reader;

/// The known instances and disks.
pub(super) struct World {
    instances: HashMap<InstanceName, Instance>,
    /// The instances by deployment and UUID.
    by_uuid: HashMap<(String, String), InstanceName>,
    slots: HashMap<InstanceName, Vec<u32>>,
    /// The disks, also those that are gone: the instance and the slot of each.
    of_disks: HashMap<(CpiName, DiskCid), (Option<InstanceName>, u32)>,
    /// Since when the instances are gone that are in no inventory, by name, with their UUIDs.
    vanished: HashMap<InstanceName, (Option<String>, DateTime<Utc>)>,
    vanished_by_uuid: HashMap<(String, String), DateTime<Utc>>,
}

impl World {
    /// Reads the newest inventories, and the records of these snapshots' disks.
    ///
    /// # Errors
    /// Those of the state file.
    pub(super) fn of(reader: &Reader, deployment: Option<&str>, snapshots: &[Snapshot]) -> Result<World> {
        let (mut by_uuid, mut slots) = (HashMap::new(), HashMap::new());
        let mut instances = HashMap::new();
        for instance in reader.instances(deployment)? {
            let name = instance.name.clone();
            if let Some(uuid) = &instance.uuid {
                by_uuid.insert((name.deployment.clone(), uuid.to_lowercase()), name.clone());
            }
            slots.insert(name.clone(), instance.disks.iter().map(|disk| disk.slot).collect());
            instances.insert(name, instance);
        }
        let disks = reader.disks(None, deployment)?;
        let mut of_disks: HashMap<_, _> =
            disks.into_iter().map(|disk| ((disk.cpi, disk.cid), (disk.instance, disk.slot))).collect();
        let mut looked_for = HashSet::new();
        for (cpi, cid) in snapshots.iter().filter_map(|one| Some((&one.cpi, one.disk.as_ref()?))) {
            let key = (cpi.clone(), cid.clone());
            if !of_disks.contains_key(&key)
                && looked_for.insert(key.clone())
                && let Some(disk) = reader.ever_had_disk(cpi, cid)?
            {
                of_disks.insert(key, (disk.instance, disk.slot));
            }
        }
        let (mut vanished, mut vanished_by_uuid) = (HashMap::new(), HashMap::new());
        for (instance, since) in reader.vanished(deployment)? {
            if let Some(uuid) = &instance.uuid {
                let latest = vanished_by_uuid.entry((instance.name.deployment.clone(), uuid.to_lowercase()));
                let latest = latest.or_insert(since);
                *latest = since.max(*latest);
            }
            vanished.insert(instance.name, (instance.uuid, since));
        }
        Ok(World { instances, by_uuid, slots, of_disks, vanished, vanished_by_uuid })
    }

    /// The instance of a snapshot in its present state; `None` if it is gone.
    fn instance(&self, snapshot: &Snapshot) -> Option<&Instance> {
        let by_uuid = snapshot
            .instance_uuid
            .as_ref()
            .and_then(|uuid| self.by_uuid.get(&(snapshot.instance.deployment.clone(), uuid.to_lowercase())));
        let by_name = (!snapshot.of_another).then_some(&snapshot.instance);
        self.instances.get(by_uuid.or(by_name)?)
    }

    /// Since when the instance of a snapshot is in no inventory, if known.
    fn gone_since(&self, snapshot: &Snapshot) -> Option<DateTime<Utc>> {
        let name = &snapshot.instance;
        match &snapshot.instance_uuid {
            Some(uuid) => {
                let by_uuid = self.vanished_by_uuid.get(&(name.deployment.clone(), uuid.to_lowercase())).copied();
                by_uuid.or_else(|| self.vanished.get(name).filter(|(uuid, _)| uuid.is_none()).map(|(_, since)| *since))
            }
            None => self.vanished.get(name).map(|(_, since)| *since),
        }
    }

    /// The slot of a snapshot's disk, if the disk is the instance's, now or earlier.
    fn slot(&self, snapshot: &Snapshot, instance: &InstanceName) -> Option<u32> {
        let (of, slot) = self.of_disks.get(&(snapshot.cpi.clone(), snapshot.disk.clone()?))?;
        (of.as_ref() == Some(instance)).then_some(*slot)
    }

    /// A snapshot, as retention sees it.
    pub(super) fn entry<'a>(&'a self, snapshot: &'a Snapshot, rank: usize, needs: Vec<Need>) -> Entry<'a> {
        let instance = self.instance(snapshot);
        let uuid = snapshot.instance_uuid.as_ref().or(instance.and_then(|instance| instance.uuid.as_ref()));
        let name = &snapshot.instance;
        let who = match uuid {
            Some(uuid) => format!("{} {}", name.deployment, uuid.to_lowercase()),
            None => format!("{} {name}", name.deployment),
        };
        let has = |instance: &Instance| {
            instance.disks.iter().any(|disk| disk.cpi == snapshot.cpi && Some(&disk.cid) == snapshot.disk.as_ref())
        };
        Entry {
            cid: snapshot.cid.as_str(),
            who,
            group: &name.group,
            schedule: snapshot.schedule.as_deref(),
            set: snapshot.operation.as_ref().map(|id| (id.as_str(), snapshot.purpose == Purpose::Safety)),
            slot: self.slot(snapshot, instance.map_or(name, |instance| &instance.name)),
            current: instance.is_some_and(has),
            slots: instance.and_then(|instance| self.slots.get(&instance.name)).map_or(&[], Vec::as_slice),
            named: instance.is_some_and(|instance| instance.name == *name),
            gone: instance.is_none(),
            gone_since: self.gone_since(snapshot),
            rank,
            taken_at: snapshot.created_at,
            time_trusted: !snapshot.time_untrusted,
            expires_at: snapshot.expires_at,
            quality: quality(snapshot),
            verified: snapshot.verified_at.is_some(),
            held: snapshot.held.as_deref(),
            needs,
        }
    }

    /// Whether selectors mean the instance of a snapshot. A name can be given again: it means the instance that has it
    /// now.
    pub(super) fn is_meant(&self, snapshot: &Snapshot, selectors: &Selectors) -> bool {
        let name = &snapshot.instance;
        selectors.means(|selector| match selector {
            Selector::Group(group) => name.group == *group && !snapshot.of_another,
            Selector::Index(group, index) => name.group == *group && name.index == *index && !snapshot.of_another,
            Selector::Uuid(group, uuid) => {
                let of = self.instance(snapshot).and_then(|instance| instance.uuid.as_ref());
                let of = snapshot.instance_uuid.as_ref().or(of);
                name.group == *group && of.is_some_and(|of| of.eq_ignore_ascii_case(uuid))
            }
        })
    }
}

fn quality(snapshot: &Snapshot) -> Quality {
    match (snapshot.consistency, snapshot.purpose) {
        (Consistency::Torn, _) => Quality::Torn,
        (_, Purpose::Safety) => Quality::Safety,
        _ if snapshot.unsound_at.is_some() => Quality::Unsound,
        (Consistency::Crash, Purpose::Take) => Quality::Good,
    }
}
