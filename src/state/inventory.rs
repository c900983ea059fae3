//! Taking an inventory in: what it says is true from now on, and what it no longer says is not forgotten.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::claims::conflict;
use super::times::{self, Returned};
use super::{State, StateError, director, facts, identity, rows};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::instance::{Disk, Instance, InstanceName, ListedDisk};
use crate::domain::operation::{Claim, ClaimMode, Resource};
use crate::domain::snapshot::Snapshot;

/// What happened to one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Something about it is new.
    Changed,
    /// Another instance has its name now: one with another UUID. Its snapshots and disks stay its own.
    Replaced,
    /// It is no longer there; its disks are orphaned.
    Vanished,
    /// A disk that is no longer the instance's: kept as orphaned.
    Orphaned,
    /// A snapshot of the Director's that the Director no longer has.
    Gone,
    /// Nothing.
    Unchanged,
}

impl ChangeKind {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Replaced => "replaced",
            ChangeKind::Vanished => "vanished",
            ChangeKind::Orphaned => "orphaned",
            ChangeKind::Gone => "gone",
            ChangeKind::Unchanged => "unchanged",
        }
    }
}

/// One line of an import's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The deployment.
    pub deployment: String,
    /// The instance, the disk or the snapshot.
    pub what: String,
    /// What happened to it.
    pub kind: ChangeKind,
}

/// What an import takes in.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The instances of whole deployments: an instance of theirs that is not among them vanishes.
    pub instances: Vec<Instance>,
    /// Deployments that are whole as well, though they may have no instance.
    pub whole: BTreeSet<String>,
    /// Orphaned disks, each of a known instance or of none. A size in it is rounded.
    pub orphans: Vec<ListedDisk>,
    /// Orphaned disks that their Director no longer has: their rows are kept.
    pub gone: Vec<(CpiName, DiskCid)>,
    /// The Director's lists.
    pub snapshots: Vec<DirectorsSnapshots>,
}

/// All snapshots that the Director has of a deployment: one of its own that is not among them is gone.
#[derive(Debug, Clone)]
pub struct DirectorsSnapshots {
    /// The deployment.
    pub deployment: String,
    /// The snapshots.
    pub snapshots: Vec<Snapshot>,
    /// Those that it has as well, and says too little of: where they are known, they stay as they are.
    pub untold: HashSet<SnapshotCid>,
}

impl Import {
    /// The deployments that all is said of.
    fn deployments(&self) -> BTreeSet<&str> {
        let with_instances = self.instances.iter().map(|instance| instance.name.deployment.as_str());
        with_instances.chain(self.whole.iter().map(String::as_str)).collect()
    }
}

impl State {
    /// Takes it in.
    ///
    /// # Errors
    /// What writing met; all of it is taken in, or nothing.
    pub fn import(&self, import: Import) -> Result<Vec<Change>, StateError> {
        let (path, now) = (self.path.clone(), self.clock.now());
        let taken_in = self.writer.transact(move |connection| {
            let of = |error: rusqlite::Error| StateError::of(&path, &error);
            // What a restore is exchanging must not be exchanged under its hands.
            let leaving = leaving(connection, &import).map_err(of)?;
            let instances = import.instances.iter().map(|instance| Resource::Instance(instance.name.clone()));
            let used = import.instances.iter().flat_map(|instance| &instance.disks);
            let disks = used
                .chain(import.orphans.iter().map(|orphan| &orphan.disk))
                .map(|disk| Resource::Disk(disk.cpi.clone(), disk.cid.clone()))
                .chain(import.gone.iter().map(|(cpi, cid)| Resource::Disk(cpi.clone(), cid.clone())));
            let claims: Vec<Claim> = instances
                .chain(disks)
                .chain(leaving)
                .map(|resource| Claim { resource, mode: ClaimMode::Shared })
                .collect();
            if let Some(claimed) = conflict(connection, &claims).map_err(of)? {
                return Err(claimed);
            }
            let (mut changes, returned) = take_in(connection, &import, now).map_err(of)?;
            changes.extend(director::forget_orphans(connection, &import.gone, now).map_err(of)?);
            changes.extend(director::take_in_orphans(connection, &import.orphans, now).map_err(of)?);
            for list in &import.snapshots {
                changes.extend(director::take_in_snapshots(connection, list, &returned, now).map_err(of)?);
            }
            Ok(changes)
        });
        taken_in.map_err(|error| self.by_the_living(error))
    }
}

/// The instances that are known of the deployments which an import tells of: those that it lacks will vanish.
fn leaving(connection: &Connection, import: &Import) -> Result<Vec<Resource>> {
    let mut find = connection
        .prepare(&format!("SELECT {} FROM instances WHERE deployment = ?1 AND vanished_at IS NULL", rows::INSTANCE))?;
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
    // All that leaves its place leaves it first: a disk can go from one instance to another in one import.
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

/// What an import names.
struct New<'a> {
    names: HashSet<&'a InstanceName>,
    disks: HashMap<&'a DiskCid, &'a Disk>,
}

/// Takes what leaves from its place, and tells which instances have lost a disk.
fn leave(
    connection: &Connection,
    deployment: &str,
    new: &New<'_>,
    now: DateTime<Utc>,
    changes: &mut Vec<Change>,
) -> Result<Vec<InstanceName>> {
    let mut change = |what: String, kind| changes.push(Change { deployment: deployment.to_owned(), what, kind });
    let mut known = connection.prepare(&format!(
        "SELECT {} FROM instances WHERE deployment = ?1 AND vanished_at IS NULL ORDER BY grp, idx",
        rows::INSTANCE
    ))?;
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
    let mut active =
        connection.prepare(&format!("SELECT {} FROM disks WHERE deployment = ?1 AND state = 'active'", rows::DISK))?;
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
        .query_row(
            &format!(
                "SELECT {}, vanished_at FROM instances WHERE deployment = ?1 AND grp = ?2 AND idx = ?3",
                rows::INSTANCE
            ),
            key,
            |row| Ok((rows::instance(row)?, row.get::<_, Option<i64>>("vanished_at")?)),
        )
        .optional()?;
    identity::name_goes(connection, before.as_ref().map(|(before, _)| before), instance)?;
    let mut find = connection.prepare(&format!(
        "SELECT {} FROM disks WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND state = 'active' ORDER BY slot",
        rows::DISK
    ))?;
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
