//! D/orphan_disk_manager.rb

use super::transaction::Transaction;
use crate::world::{Disk, OrphanDisk};

/// orphan_disk_manager.rb:8: the disk's row goes, and its snapshots go with it into another table, which no list shows.
pub fn orphan(database: &mut Transaction, uuid: &str, cid: &str) {
    let (uuid, cid) = (uuid.to_owned(), cid.to_owned());
    database.change(move |world| {
        let now = world.now();
        let (deployment, instance) = world.instance(&uuid).map(|(d, i)| (d.name.clone(), i.clone())).unwrap();
        let disk = instance.disks.iter().find(|disk| disk.cid == cid).unwrap().clone();
        let of_disk = world.snapshots.iter().filter(|snapshot| snapshot.disk_cid == cid);
        world.orphan_disks.push(OrphanDisk {
            cid: cid.clone(),
            size: disk.size,
            cpi: disk.cpi,
            az: instance.az.clone(),
            deployment,
            instance: instance.name(),
            cloud_properties: disk.cloud_properties,
            orphaned_at: now,
            snapshots: of_disk.cloned().collect(),
        });
        world.snapshots.retain(|snapshot| snapshot.disk_cid != cid);
        world.instance_mut(&uuid).disks.retain(|disk| disk.cid != cid);
    });
}

/// orphan_disk_manager.rb:42: an orphan comes back as it was recorded, with its snapshots, whatever is asked for now. Their
/// rows are made anew without their time, and get the present one.
pub fn unorphan(database: &mut Transaction, uuid: &str, cid: &str) -> Option<Disk> {
    let orphan = database.seen.orphan_disks.iter().find(|orphan| orphan.cid == cid)?.clone();
    let disk = Disk {
        cid: orphan.cid.clone(),
        name: String::new(),
        active: true,
        size: orphan.size,
        cloud_properties: orphan.cloud_properties.clone(),
        cpi: orphan.cpi.clone(),
    };
    let (uuid, row) = (uuid.to_owned(), disk.clone());
    database.change(move |world| {
        world.orphan_disks.retain(|other| other.cid != orphan.cid);
        let now = world.now();
        world
            .snapshots
            .extend(orphan.snapshots.iter().cloned().map(|row| crate::world::Snapshot { created_at: now, ..row }));
        world.instance_mut(&uuid).disks.push(row.clone());
    });
    Some(disk)
}
