//! Imports the other lists of the Director besides its instances: orphaned disks, and its snapshots.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result};

use super::super::import::{Change, ChangeKind, DirectorsSnapshots};
use super::times::{Returned, Times};
use super::{facts, identity, rows};
use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::{DiskState, ListedDisk};
use crate::domain::snapshot::{Owner, Snapshot};

/// Removes orphaned disks from the list that their Director has deleted, with its own snapshots of them.
pub(super) fn forget_orphans(
    connection: &Connection,
    disks: &[(CpiName, DiskCid)],
    now: DateTime<Utc>,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (cpi, disk) in disks {
        let key = (cpi.as_str(), disk.as_str());
        let deployment: String = connection.query_row(
            "SELECT coalesce(last_deployment, deployment, '') FROM disks WHERE cpi = ?1 AND cid = ?2",
            key,
            |row| row.get(0),
        )?;
        facts::disk_gone(connection, key.0, key.1, now)?;
        changes.push(Change { deployment: deployment.clone(), what: format!("disk {disk}"), kind: ChangeKind::Gone });
        let mut own = connection.prepare_cached(
            "UPDATE snapshots SET gone_at = ?3 WHERE cpi = ?1 AND disk = ?2 AND owner = 'director' AND gone_at IS NULL
             RETURNING cid",
        )?;
        for cid in own.query_map((key.0, key.1, now.timestamp_millis()), |row| row.get::<_, String>(0))? {
            let what = format!("snapshot {}", cid?);
            changes.push(Change { deployment: deployment.clone(), what, kind: ChangeKind::Gone });
        }
    }
    Ok(changes)
}

/// Imports orphaned disks. More exact known values stay: the size, the instance, the zone.
pub(super) fn take_in_orphans(
    connection: &Connection,
    disks: &[ListedDisk],
    now: DateTime<Utc>,
) -> Result<Vec<Change>> {
    let mut find = connection.prepare("SELECT * FROM disks WHERE cpi = ?1 AND cid = ?2")?;
    let mut call =
        connection.prepare("UPDATE disks SET last_deployment = ?3, last_instance = ?4 WHERE cpi = ?1 AND cid = ?2")?;
    let mut changes = Vec::new();
    for listed in disks {
        let disk = &listed.disk;
        let before = find.query_row((disk.cpi.as_str(), disk.cid.as_str()), rows::disk).optional()?;
        let mut after = disk.clone();
        if let Some(before) = &before {
            after.instance = before.instance.clone().or(after.instance);
            after.slot = before.slot;
            after.size_mib = before.size_mib.or(after.size_mib);
            after.az = before.az.clone().or(after.az);
            after.cloud_properties.clone_from(&before.cloud_properties);
            after.origin.clone_from(&before.origin);
            after.orphaned_at = after.orphaned_at.or(before.orphaned_at);
        }
        after.orphaned_at.get_or_insert(now);
        let kind = match &before {
            None => ChangeKind::Added,
            Some(before) if before.state == DiskState::Active => ChangeKind::Orphaned,
            Some(before) if *before == after => ChangeKind::Unchanged,
            Some(_) => ChangeKind::Changed,
        };
        facts::upsert_disk(connection, &after)?;
        call.execute((disk.cpi.as_str(), disk.cid.as_str(), &listed.deployment, &listed.instance))?;
        identity::of_listed(connection, disk)?;
        let known = after.instance.map(|name| name.deployment);
        let deployment = known.or_else(|| listed.deployment.clone()).unwrap_or_default();
        changes.push(Change { deployment, what: format!("disk {}", disk.cid), kind });
    }
    Ok(changes)
}

/// Imports all the snapshots that the Director has of a deployment. Snapshots that snapback made stay as they are,
/// listed or not.
pub(super) fn take_in_snapshots(
    connection: &Connection,
    list: &DirectorsSnapshots,
    returned: &Returned,
    now: DateTime<Utc>,
) -> Result<Vec<Change>> {
    let change = |snapshot: &Snapshot, kind| Change {
        deployment: list.deployment.clone(),
        what: format!("snapshot {}", snapshot.cid),
        kind,
    };
    let mut changes = Vec::new();
    let mut find = connection.prepare(&format!(
        "SELECT {} FROM snapshots WHERE deployment = ?1 AND owner = 'director' AND gone_at IS NULL
         ORDER BY grp, idx, created_at, cid",
        rows::SNAPSHOT
    ))?;
    let known: Vec<Snapshot> = find.query_map([&list.deployment], rows::snapshot)?.collect::<Result<_>>()?;
    let listed: HashSet<_> = list.snapshots.iter().map(|snapshot| (&snapshot.cpi, &snapshot.cid)).collect();
    // A snapshot is orphaned with its disk, and is in no list until it is deleted with the disk (cloudfoundry/bosh
    // `orphan_disk_manager.rb`): until then a disk can be made from it.
    let mut of_orphans =
        connection.prepare("SELECT cpi, cid FROM disks WHERE state = 'orphaned' AND gone_at IS NULL")?;
    let orphans: HashSet<(String, String)> =
        of_orphans.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    let of_orphan = |known: &Snapshot| {
        let disk = known.disk.as_ref().map(|disk| (known.cpi.to_string(), disk.to_string()));
        disk.is_some_and(|disk| orphans.contains(&disk))
    };
    let gone = |known: &&Snapshot| {
        !listed.contains(&(&known.cpi, &known.cid)) && !list.untold.contains(&known.cid) && !of_orphan(known)
    };
    for gone in known.iter().filter(gone) {
        connection.prepare_cached("UPDATE snapshots SET gone_at = ?3 WHERE cpi = ?1 AND cid = ?2")?.execute((
            gone.cpi.as_str(),
            gone.cid.as_str(),
            now.timestamp_millis(),
        ))?;
        changes.push(change(gone, ChangeKind::Gone));
    }
    let mut place = connection.prepare("UPDATE snapshots SET position = ?3 WHERE cpi = ?1 AND cid = ?2")?;
    let times = Times::of(connection, list, returned, now)?;
    for (position, snapshot) in list.snapshots.iter().enumerate() {
        changes.push(change(snapshot, take_in_snapshot(connection, snapshot, &times)?));
        place.execute((snapshot.cpi.as_str(), snapshot.cid.as_str(), i64::try_from(position).ok()))?;
    }
    Ok(changes)
}

/// Imports a snapshot that a Director lists. Known facts stay, above all its time: a Director that takes an orphaned
/// disk back has forgotten when the disk's snapshots were taken, and lists them as made at that moment.
fn take_in_snapshot(connection: &Connection, snapshot: &Snapshot, times: &Times) -> Result<ChangeKind> {
    let key = (snapshot.cpi.as_str(), snapshot.cid.as_str());
    let before = connection
        .prepare_cached(&format!("SELECT {}, gone_at FROM snapshots WHERE cpi = ?1 AND cid = ?2", rows::SNAPSHOT))?
        .query_row(key, |row| Ok((rows::snapshot(row)?, row.get::<_, Option<i64>>("gone_at")?)))
        .optional()?;
    let (before, gone) = match before {
        None => {
            let time_untrusted = times.are_doubtful(snapshot);
            facts::insert_snapshot(connection, &Snapshot { time_untrusted, ..snapshot.clone() })?;
            return Ok(ChangeKind::Added);
        }
        Some((before, _)) if before.owner == Owner::Snapback => return Ok(ChangeKind::Unchanged),
        Some((before, gone)) => (before, gone),
    };
    // Its disk does not change when the instance gets another one, and its instance does not change when another one
    // gets the name.
    let is_of = |uuid: &String| snapshot.instance_uuid.as_ref().is_none_or(|told| told.eq_ignore_ascii_case(uuid));
    let same = before.instance_uuid.as_ref().is_none_or(is_of);
    let after = Snapshot {
        disk: before.disk.clone().or_else(|| snapshot.disk.clone()),
        az: before.az.clone().or_else(|| snapshot.az.clone()),
        instance: if same { snapshot.instance.clone() } else { before.instance.clone() },
        instance_uuid: before.instance_uuid.clone().or_else(|| snapshot.instance_uuid.clone()),
        clean: snapshot.clean,
        ..before.clone()
    };
    connection
        .prepare_cached(
            "UPDATE snapshots SET disk = ?3, az = ?4, deployment = ?5, grp = ?6, idx = ?7, instance_uuid = ?8, clean = ?9,
             gone_at = NULL WHERE cpi = ?1 AND cid = ?2",
        )?
        .execute((
            key.0,
            key.1,
            after.disk.as_ref().map(|disk| disk.as_str()),
            &after.az,
            &after.instance.deployment,
            &after.instance.group,
            after.instance.index,
            &after.instance_uuid,
            after.clean,
        ))?;
    Ok(match gone {
        Some(_) => ChangeKind::Added,
        None if before == after => ChangeKind::Unchanged,
        None => ChangeKind::Changed,
    })
}
