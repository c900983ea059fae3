//! Writes the facts that an outcome brings, in the transaction of the outcome.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Result, params};

use crate::domain::facts::ends;
use crate::domain::instance::{Disk, DiskState};
use crate::domain::snapshot::Snapshot;
use crate::domain::step::Fact;

/// The SET clause for a disk that its instance loses. It keeps BOSH's name of that instance, since another instance may
/// get the name later.
const ORPHANED: &str = "state = 'orphaned', last_deployment = deployment, last_instance = grp || '/' || coalesce(
    (SELECT uuid FROM instances AS i WHERE i.deployment = disks.deployment AND i.grp = disks.grp AND i.idx = disks.idx),
    idx)";

pub(super) fn apply(connection: &Connection, fact: &Fact, now: DateTime<Utc>) -> Result<()> {
    match fact {
        Fact::SnapshotExists(snapshot) => insert_snapshot(connection, snapshot),
        Fact::SnapshotBack { cpi, snapshot } => connection
            .execute(
                "UPDATE snapshots SET gone_at = NULL WHERE cpi = ?1 AND cid = ?2",
                (cpi.as_str(), snapshot.as_str()),
            )
            .map(drop),
        Fact::SnapshotGone { cpi, snapshot } => connection
            .execute(
                "UPDATE snapshots SET gone_at = ?3 WHERE cpi = ?1 AND cid = ?2 AND gone_at IS NULL",
                (cpi.as_str(), snapshot.as_str(), now.timestamp_millis()),
            )
            .map(drop),
        Fact::SnapshotVerified { cpi, snapshot, sound } => connection
            .execute(
                "UPDATE snapshots SET verified_at = iif(?3, ?4, NULL), unsound_at = iif(?3, NULL, ?4)
                 WHERE cpi = ?1 AND cid = ?2",
                (cpi.as_str(), snapshot.as_str(), sound, now.timestamp_millis()),
            )
            .map(drop),
        Fact::SnapshotHeld { cpi, snapshot, reason } => connection
            .execute(
                "UPDATE snapshots SET held = ?3 WHERE cpi = ?1 AND cid = ?2",
                (cpi.as_str(), snapshot.as_str(), reason),
            )
            .map(drop),
        Fact::LifespanBegins { cpi, snapshot, lifespan } => {
            let ends = lifespan.and_then(|lifespan| ends(now, lifespan)).map(|ends| ends.timestamp_millis());
            connection
                .execute(
                    "UPDATE snapshots SET lifespan = ?3, expires_at = ?4 WHERE cpi = ?1 AND cid = ?2",
                    (cpi.as_str(), snapshot.as_str(), lifespan, ends),
                )
                .map(drop)
        }
        Fact::SnapshotClean { cpi, snapshot, still_ms } => connection
            .execute(
                "UPDATE snapshots SET clean = 1, still_ms = ?3 WHERE cpi = ?1 AND cid = ?2",
                (cpi.as_str(), snapshot.as_str(), still_ms),
            )
            .map(drop),
        Fact::SnapshotOfChange { cpi, snapshot, change } => connection
            .execute(
                "UPDATE snapshots SET change = ?3 WHERE cpi = ?1 AND cid = ?2",
                (cpi.as_str(), snapshot.as_str(), change),
            )
            .map(drop),
        Fact::DiskExists(disk) => upsert_disk(connection, disk),
        Fact::DiskGone { cpi, disk } => disk_gone(connection, cpi.as_str(), disk.as_str(), now),
        Fact::DiskOrphaned { cpi, disk } => orphan(connection, cpi.as_str(), disk.as_str(), now),
        Fact::VmReplaced { instance, vm } => connection
            .execute(
                "UPDATE instances SET vm_cid = ?4, confirmed_at = max(confirmed_at, ?5)
                 WHERE deployment = ?1 AND grp = ?2 AND idx = ?3",
                (&instance.deployment, &instance.group, instance.index, vm.as_str(), now.timestamp_millis()),
            )
            .map(drop),
        Fact::Confirmed(instance) => connection
            .execute(
                "UPDATE instances SET confirmed_at = max(confirmed_at, ?4)
                 WHERE deployment = ?1 AND grp = ?2 AND idx = ?3",
                (&instance.deployment, &instance.group, instance.index, now.timestamp_millis()),
            )
            .map(drop),
        Fact::DiskAttached { cpi, instance, disk, slot } => {
            connection.execute(
                &format!(
                    "UPDATE disks SET {ORPHANED}, orphaned_at = ?6
                     WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND slot = ?4 AND cid <> ?5 AND state = 'active'"
                ),
                (&instance.deployment, &instance.group, instance.index, slot, disk.as_str(), now.timestamp_millis()),
            )?;
            connection
                .execute(
                    "INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state, instance_uuid)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'active',
                     (SELECT uuid FROM instances WHERE deployment = ?3 AND grp = ?4 AND idx = ?5))
                     ON CONFLICT (cpi, cid) DO UPDATE SET deployment = excluded.deployment, grp = excluded.grp,
                     idx = excluded.idx, slot = excluded.slot, state = 'active', orphaned_at = NULL, gone_at = NULL,
                     instance_uuid = excluded.instance_uuid,
                     size_mib = nullif(size_mib, 0),
                     last_deployment = NULL, last_instance = NULL",
                    (cpi.as_str(), disk.as_str(), &instance.deployment, &instance.group, instance.index, slot),
                )
                .map(drop)
        }
    }
}

/// Inserts a snapshot that was not known before.
pub(super) fn insert_snapshot(connection: &Connection, snapshot: &Snapshot) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, az, owner, purpose, created_at, clean,
             consistency, size_mib, note, operation, instance_uuid, time_untrusted,
             lifespan, expires_at, held, schedule, change, still_ms, operation_number)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
             coalesce(?16, (SELECT instance_uuid FROM disks WHERE cpi = ?1 AND cid = ?3 AND deployment = ?4
             AND grp = ?5 AND idx = ?6)), ?17, ?18, ?19, ?20, ?21, ?22, ?23,
             (SELECT number FROM operations WHERE id = ?15))",
        )?
        .execute(params![
            snapshot.cpi.as_str(),
            snapshot.cid.as_str(),
            snapshot.disk.as_ref().map(|disk| disk.as_str()),
            &snapshot.instance.deployment,
            &snapshot.instance.group,
            snapshot.instance.index,
            &snapshot.az,
            snapshot.owner.name(),
            snapshot.purpose.name(),
            snapshot.created_at.timestamp_millis(),
            snapshot.clean,
            snapshot.consistency.name(),
            snapshot.size_mib,
            &snapshot.note,
            snapshot.operation.as_ref().map(|operation| operation.as_str()),
            &snapshot.instance_uuid,
            snapshot.time_untrusted,
            snapshot.lifespan,
            snapshot.expires_at.map(|ends| ends.timestamp_millis()),
            &snapshot.held,
            &snapshot.schedule,
            &snapshot.change,
            snapshot.still_ms,
        ])
        .map(drop)
}

/// Writes all that is known of a disk; a missing value keeps its former one. BOSH lists an orphaned disk as `0 B` if it
/// never knew the size: snapback shows that, but it is not a size for a disk in use.
pub(super) fn upsert_disk(connection: &Connection, disk: &Disk) -> Result<()> {
    let instance = disk.instance.as_ref();
    connection
        .execute(
            "INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state, size_mib, az, cloud_properties, origin,
             orphaned_at, instance_uuid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
             coalesce((SELECT instance_uuid FROM snapshots WHERE ?7 = 'orphaned' AND cpi = ?1 AND cid = ?11
             AND deployment = ?3 AND grp = ?4 AND idx = ?5),
             (SELECT uuid FROM instances WHERE deployment = ?3 AND grp = ?4 AND idx = ?5)))
             ON CONFLICT (cpi, cid) DO UPDATE SET deployment = excluded.deployment, grp = excluded.grp,
             idx = excluded.idx, slot = excluded.slot, state = excluded.state, orphaned_at = excluded.orphaned_at,
             gone_at = NULL, instance_uuid = iif(excluded.state = 'active', excluded.instance_uuid,
             coalesce(instance_uuid, excluded.instance_uuid)),
             size_mib = coalesce(excluded.size_mib, iif(excluded.state = 'active', nullif(size_mib, 0), size_mib)), az = coalesce(excluded.az, az),
             cloud_properties = coalesce(excluded.cloud_properties, cloud_properties),
             origin = coalesce(excluded.origin, origin),
             last_deployment = iif(excluded.state = 'active', NULL, last_deployment),
             last_instance = iif(excluded.state = 'active', NULL, last_instance)",
            (
                disk.cpi.as_str(),
                disk.cid.as_str(),
                instance.map(|name| &name.deployment),
                instance.map(|name| &name.group),
                instance.map(|name| name.index),
                disk.slot,
                disk.state.name(),
                disk.size_mib,
                &disk.az,
                disk.cloud_properties.as_ref().map(serde_json::Value::to_string),
                disk.origin.as_ref().map(|origin| origin.as_str()),
                (disk.state == DiskState::Orphaned)
                    .then(|| disk.orphaned_at.map(|time| time.timestamp_millis()))
                    .flatten(),
            ),
        )
        .map(drop)
}

/// Marks a disk as gone, and keeps its row, which tells later when it went.
pub(super) fn disk_gone(connection: &Connection, cpi: &str, cid: &str, now: DateTime<Utc>) -> Result<()> {
    orphan(connection, cpi, cid, now)?;
    connection
        .execute(
            "UPDATE disks SET gone_at = ?3 WHERE cpi = ?1 AND cid = ?2 AND gone_at IS NULL",
            (cpi, cid, now.timestamp_millis()),
        )
        .map(drop)
}

pub(super) fn orphan(connection: &Connection, cpi: &str, cid: &str, now: DateTime<Utc>) -> Result<()> {
    connection
        .execute(
            &format!("UPDATE disks SET {ORPHANED}, orphaned_at = ?3 WHERE cpi = ?1 AND cid = ?2 AND state = 'active'"),
            (cpi, cid, now.timestamp_millis()),
        )
        .map(drop)
}
