//! Imports an inventory: its content is true from now on, and things that it no longer has are not forgotten.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::super::import::{Change, ChangeKind, Import};
use super::claims::conflict;
use super::error::Broken;
use super::times::{self, Returned};
use super::{director, facts, identity, rows};
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Disk, Instance, InstanceName};
use crate::domain::operation::{Claim, ClaimMode, Resource};

/// Imports all of it, in the open transaction.
pub(super) fn import(
    connection: &Connection,
    import: &Import,
    now: DateTime<Utc>,
) -> std::result::Result<Vec<Change>, Broken> {
    // The import must not exchange a disk that a restore is exchanging.
    let leaving = leaving(connection, import)?;
    let instances = import.instances.iter().map(|instance| Resource::Instance(instance.name.clone()));
    let used = import.instances.iter().flat_map(|instance| &instance.disks);
    let disks = used
        .chain(import.orphans.iter().map(|orphan| &orphan.disk))
        .map(|disk| Resource::Disk(disk.cpi.clone(), disk.cid.clone()))
        .chain(import.gone.iter().map(|(cpi, cid)| Resource::Disk(cpi.clone(), cid.clone())));
    let claims: Vec<Claim> =
        instances.chain(disks).chain(leaving).map(|resource| Claim { resource, mode: ClaimMode::Shared }).collect();
    if let Some(claimed) = conflict(connection, &claims)? {
        return Err(claimed.into());
    }
    let (mut changes, returned) = take_in(connection, import, now)?;
    changes.extend(director::forget_orphans(connection, &import.gone, now)?);
    changes.extend(director::take_in_orphans(connection, &import.orphans, now)?);
    for list in &import.snapshots {
        changes.extend(director::take_in_snapshots(connection, list, &returned, now)?);
    }
    Ok(changes)
}

/// The known instances of the deployments in an import: those that it lacks will vanish.
fn leaving(connection: &Connection, import: &Import) -> Result<Vec<Resource>> {
    let mut find = connection.prepare("SELECT * FROM instances WHERE deployment = ?1 AND vanished_at IS NULL")?;
    let mut found = Vec::new();
    for deployment in import.deployments() {
        for known in find.query_map([deployment], rows::instance)? {
            found.push(Resource::Instance(known?.name));
        }
    }
    Ok(found)
}

fn take_in(connection: &Connection, import: &Import, now: DateTime<Utc>) -> Result<(Vec<Change>, Returned)> {
    let instances = &import.instances;
    let returned = times::returned(connection, instances)?;
    let names: HashSet<&InstanceName> = instances.iter().map(|instance| &instance.name).collect();
    let disks = instances.iter().flat_map(|instance| &instance.disks).map(|disk| (&disk.cid, disk)).collect();
    let new = New { names, disks };
    let (mut changes, mut lost) = (Vec::new(), HashSet::new());
    // Everything that leaves its place does so first: a disk can go from one instance to another in one import.
    for deployment in import.deployments() {
        connection.execute("INSERT OR IGNORE INTO deployments (name) VALUES (?1)", [deployment])?;
        lost.extend(leave(connection, deployment, &new, now, &mut changes)?);
    }
    for instance in instances {
        let kind = match upsert_instance(connection, instance)? {
            ChangeKind::Unchanged if lost.contains(&instance.name) => ChangeKind::Changed,
            kind => kind,
        };
        let what = instance.name.to_string();
        changes.push(Change { deployment: instance.name.deployment.clone(), what, kind });
    }
    Ok((changes, returned))
}

/// The names of instances and the disks in an import.
struct New<'a> {
    names: HashSet<&'a InstanceName>,
    disks: HashMap<&'a DiskCid, &'a Disk>,
}

/// Removes the things that leave from their places. Returns the instances that have lost a disk.
fn leave(
    connection: &Connection,
    deployment: &str,
    new: &New<'_>,
    now: DateTime<Utc>,
    changes: &mut Vec<Change>,
) -> Result<Vec<InstanceName>> {
    let mut change = |what: String, kind| changes.push(Change { deployment: deployment.to_owned(), what, kind });
    let mut known = connection
        .prepare("SELECT * FROM instances WHERE deployment = ?1 AND vanished_at IS NULL ORDER BY grp, idx")?;
    for known in known.query_map([deployment], rows::instance)? {
        let known = known?.name;
        if !new.names.contains(&known) {
            connection.execute(
                "UPDATE instances SET vanished_at = ?4 WHERE deployment = ?1 AND grp = ?2 AND idx = ?3",
                (deployment, &known.group, known.index, now.timestamp_millis()),
            )?;
            change(known.to_string(), ChangeKind::Vanished);
        }
    }
    let mut lost = Vec::new();
    let mut active = connection.prepare("SELECT * FROM disks WHERE deployment = ?1 AND state = 'active'")?;
    for disk in active.query_map([deployment], rows::disk)? {
        let disk = disk?;
        let named = new.disks.get(&disk.cid);
        let stays =
            named.is_some_and(|new| new.cpi == disk.cpi && new.instance == disk.instance && new.slot == disk.slot);
        if !stays {
            facts::orphan(connection, disk.cpi.as_str(), disk.cid.as_str(), now)?;
            if named.is_none() {
                change(format!("disk {}", disk.cid), ChangeKind::Orphaned);
            }
            lost.extend(disk.instance);
        }
    }
    Ok(lost)
}

fn upsert_instance(connection: &Connection, instance: &Instance) -> Result<ChangeKind> {
    let (name, reported) = (&instance.name, &instance.reported);
    let key = (&name.deployment, &name.group, name.index);
    let before = connection
        .query_row("SELECT * FROM instances WHERE deployment = ?1 AND grp = ?2 AND idx = ?3", key, |row| {
            Ok((rows::instance(row)?, row.get::<_, Option<i64>>("vanished_at")?))
        })
        .optional()?;
    identity::name_goes(connection, before.as_ref().map(|(before, _)| before), instance)?;
    let mut find = connection.prepare(
        "SELECT * FROM disks WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND state = 'active' ORDER BY slot",
    )?;
    let disks_before: Vec<_> = find.query_map(key, rows::disk)?.collect::<Result<_>>()?;
    connection.execute(
        "INSERT INTO instances (deployment, grp, idx, uuid, az, cpi, vm_cid, agent_id, managed_by, confirmed_at,
         process_state, ips, desired_state, vm_type, bootstrap, ignored, director_id, installation_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (deployment, grp, idx) DO UPDATE SET uuid = excluded.uuid, az = excluded.az, cpi = excluded.cpi,
         vm_cid = excluded.vm_cid, agent_id = excluded.agent_id, managed_by = excluded.managed_by,
         confirmed_at = excluded.confirmed_at, vanished_at = NULL, process_state = excluded.process_state,
         ips = excluded.ips, desired_state = excluded.desired_state, vm_type = excluded.vm_type,
         bootstrap = excluded.bootstrap, ignored = excluded.ignored, director_id = excluded.director_id,
         installation_id = excluded.installation_id",
        params![
            &name.deployment,
            &name.group,
            name.index,
            &instance.uuid,
            &instance.az,
            instance.cpi.as_str(),
            instance.vm.as_ref().map(|vm| vm.as_str()),
            &instance.agent_id,
            instance.managed_by.name(),
            instance.confirmed_at.timestamp_millis(),
            &reported.process_state,
            (!reported.ips.is_empty()).then(|| reported.ips.join("\n")),
            &reported.desired_state,
            &reported.vm_type,
            reported.bootstrap,
            reported.ignored,
            &instance.state_file.director,
            &instance.state_file.installation,
        ],
    )?;
    identity::follow(connection, instance)?;
    for disk in &instance.disks {
        facts::upsert_disk(connection, disk)?;
    }
    identity::fill(connection, instance)?;
    let disks_after: Vec<_> = find.query_map(key, rows::disk)?.collect::<Result<_>>()?;
    Ok(match before {
        None | Some((_, Some(_))) => ChangeKind::Added,
        Some((before, None)) if before.is_another(instance) => ChangeKind::Replaced,
        Some((mut before, None)) => {
            before.confirmed_at = instance.confirmed_at;
            before.disks = instance.disks.clone();
            if before == *instance && disks_before == disks_after { ChangeKind::Unchanged } else { ChangeKind::Changed }
        }
    })
}
