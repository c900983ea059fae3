//! Reads the Director's lists together with the known instances and those of the same import.

use std::collections::{BTreeSet, HashMap};

use crate::domain::findings::{FoundDisk, Slug, SnapshotList};
use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::{Disk, DiskState, Instance, ListedDisk, ManagedBy};
use crate::domain::snapshot::{Consistency, Owner, Purpose, Snapshot};
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::state::{DirectorsSnapshots, Reader};

/// The instances as they will be after the import.
pub(super) struct World<'a> {
    reader: &'a Reader,
    instances: Vec<&'a Instance>,
    deployments: BTreeSet<String>,
    /// The deployments whose instances this import has.
    told: BTreeSet<&'a str>,
    /// The instance that will have each disk.
    holders: HashMap<&'a DiskCid, &'a Instance>,
}

impl<'a> World<'a> {
    /// `whole` are the deployments that the import describes completely, though they may have no instance.
    pub(super) fn after(
        reader: &'a Reader,
        known: &'a [Instance],
        new: &'a [Instance],
        whole: &'a BTreeSet<String>,
    ) -> Result<Self> {
        let mut told: BTreeSet<&str> = new.iter().map(|instance| instance.name.deployment.as_str()).collect();
        told.extend(whole.iter().map(String::as_str));
        let stays = known.iter().filter(|known| !told.contains(known.name.deployment.as_str()));
        let instances: Vec<&Instance> = new.iter().chain(stays).collect();
        let mut deployments: BTreeSet<String> = reader.deployments()?.into_iter().collect();
        deployments.extend(told.iter().map(|told| (*told).to_owned()));
        let pairs = instances.iter().flat_map(|instance| instance.disks.iter().map(|disk| (&disk.cid, *instance)));
        let holders = pairs.collect();
        Ok(World { reader, instances, deployments, told, holders })
    }

    /// The disks as they will be recorded; and the reasons where the Director's word does not count.
    pub(super) fn orphans(&self, list: &[FoundDisk], zones: &Zones) -> Result<(Vec<ListedDisk>, Vec<String>)> {
        if list.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let known = self.reader.disks(None, None)?;
        let mut cpis: HashMap<&DiskCid, Vec<&CpiName>> = HashMap::new();
        for disk in &known {
            cpis.entry(&disk.cid).or_default().push(&disk.cpi);
        }
        let of_uuid = self.instances.iter().filter_map(|instance| {
            let uuid = instance.uuid.as_ref()?.to_ascii_lowercase();
            Some(((instance.name.deployment.as_str(), uuid), *instance))
        });
        let by_uuid: HashMap<_, _> = of_uuid.collect();
        let (mut disks, mut disbelieved) = (Vec::with_capacity(list.len()), Vec::new());
        for found in list {
            if let Some(holder) = self.holders.get(&found.cid).filter(|holder| !self.counts_against(holder)) {
                disbelieved.push(format!(
                    "disk {} is a disk of {} in deployment '{}', and not orphaned as the list says: kept",
                    found.cid, holder.name, holder.name.deployment
                ));
                continue;
            }
            // An index is not enough: instances come and go, and it is given again.
            let slug = found.instance.as_ref().and_then(|slug| Some((slug, slug.uuid.as_ref()?)));
            let instance = match slug {
                None => None,
                Some((slug, uuid)) => match by_uuid.get(&(found.deployment.as_str(), uuid.clone())) {
                    Some(instance) => Some((*instance).clone()).filter(|instance| slug.means(instance)),
                    None => {
                        self.reader.ever_of_uuid(&found.deployment, uuid)?.into_iter().find(|past| slug.means(past))
                    }
                },
            };
            let cpi = match cpis.get(&found.cid).map(Vec::as_slice) {
                Some([only]) => (*only).clone(),
                // The instance may have moved meanwhile.
                _ => {
                    let of_instance = || instance.as_ref().map(|instance| &instance.cpi);
                    zones.cpi(found.az.as_deref()).or_else(of_instance).unwrap_or(&found.assumed_cpi).clone()
                }
            };
            let disk = Disk {
                cid: found.cid.clone(),
                cpi,
                instance: instance.map(|instance| instance.name),
                slot: 0,
                state: DiskState::Orphaned,
                size_mib: found.about_mib,
                az: found.az.clone(),
                cloud_properties: None,
                origin: None,
                orphaned_at: found.orphaned_at,
            };
            let deployment = Some(found.deployment.clone());
            disks.push(ListedDisk { disk, deployment, instance: found.called.clone() });
        }
        Ok((disks, disbelieved))
    }

    /// Whether a list counts against a record. A list is as old as its file, so it counts only against an older word of
    /// the same Director.
    fn counts_against(&self, holder: &Instance) -> bool {
        holder.managed_by == ManagedBy::Director && !self.told.contains(holder.name.deployment.as_str())
    }

    /// The snapshots of a list, and the deployment that they all belong to.
    pub(super) fn snapshots(&self, list: &SnapshotList) -> Result<DirectorsSnapshots> {
        let deployment = self.deployment_of(list)?;
        let by_index: HashMap<_, _> = self
            .instances
            .iter()
            .filter(|instance| instance.name.deployment == deployment)
            .map(|instance| ((instance.name.group.as_str(), instance.name.index), *instance))
            .collect();
        let find = |slug: &Slug| match slug.index {
            Some(index) => by_index.get(&(slug.group.as_str(), index)).copied(),
            None => by_index.values().find(|instance| slug.means(instance)).copied(),
        };
        let mut snapshots = Vec::with_capacity(list.snapshots.len());
        for found in &list.snapshots {
            let instance = find(&found.instance).ok_or_else(|| {
                let message = format!(
                    "{}: snapshot {} is of {}, which is not known in deployment '{deployment}'",
                    list.source, found.cid, found.instance
                );
                instances_first(Error::new(Kind::NotFound, message), &deployment)
            })?;
            // BOSH does not tell the disk. Its list no longer has the snapshots of disks that were exchanged.
            let disk = match instance.disks.as_slice() {
                [only] => Some(only.cid.clone()),
                _ => None,
            };
            snapshots.push(Snapshot {
                cid: found.cid.clone(),
                cpi: instance.cpi.clone(),
                disk,
                instance: instance.name.clone(),
                az: instance.az.clone(),
                owner: Owner::Director,
                purpose: Purpose::Take,
                created_at: found.created_at,
                clean: found.clean,
                consistency: Consistency::Crash,
                size_mib: None,
                note: None,
                operation: None,
                verified_at: None,
                instance_uuid: instance.uuid.clone(),
                time_untrusted: false,
                unsound_at: None,
                lifespan: None,
                expires_at: None,
                held: None,
                schedule: None,
                change: None,
                still_ms: None,
                of_another: false,
            });
        }
        let untold = list.untold.iter().map(|(cid, _)| cid.clone()).collect();
        Ok(DirectorsSnapshots { deployment, snapshots, untold })
    }

    fn deployment_of(&self, list: &SnapshotList) -> Result<String> {
        let known: Vec<&String> = self.deployments.iter().collect();
        match (&list.deployment, known.as_slice()) {
            (Some(said), _) if self.deployments.contains(said) => Ok(said.clone()),
            (Some(said), _) => {
                let message = format!("{}: snapshots of deployment '{said}', which is not known", list.source);
                Err(instances_first(Error::new(Kind::NotFound, message), said))
            }
            (None, [only]) => Ok((*only).clone()),
            (None, []) => {
                let message = format!("{}: snapshots, and no deployment is known yet", list.source);
                Err(instances_first(Error::new(Kind::NotFound, message), "NAME"))
            }
            (None, several) => {
                let message = format!("{}: it does not say which deployment its snapshots belong to", list.source);
                let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
                Err(Error::new(Kind::Usage, message)
                    .hint(format!("name it with -d/--deployment; deployments: {}", names.join(", "))))
            }
        }
    }
}

fn instances_first(error: Error, deployment: &str) -> Error {
    error
        .hint("import its instances first, or in the same call:")
        .try_command(format!("bosh -d '{deployment}' instances --details --json > instances.json"))
        .try_command("snapback import instances.json")
}
