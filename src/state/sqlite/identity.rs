//! The owners of snapshots and disks: the UUID identifies an instance, and its name (GROUP/INDEX) can be given to
//! others.

use rusqlite::{Connection, Result};

use crate::domain::instance::{Disk, Instance};

/// Before another instance takes a name: records that are left there without a UUID belong to instances that had the
/// name before, and stay with the last of them.
pub(super) fn name_goes(connection: &Connection, before: Option<&Instance>, after: &Instance) -> Result<()> {
    let Some(before) = before.filter(|before| before.is_another(after)) else { return Ok(()) };
    let name = &before.name;
    for table in ["snapshots", "disks"] {
        connection.execute(
            &format!(
                "UPDATE {table} SET instance_uuid = ?4
                 WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND instance_uuid IS NULL"
            ),
            (&name.deployment, &name.group, name.index, &before.uuid),
        )?;
    }
    Ok(())
}

/// Moves an instance's snapshots and orphaned disks to its present name. BOSH may give an instance another index, never
/// another UUID.
pub(super) fn follow(connection: &Connection, instance: &Instance) -> Result<()> {
    let Some(uuid) = &instance.uuid else { return Ok(()) };
    let name = &instance.name;
    for table in ["snapshots", "disks"] {
        let which = if table == "disks" { "state = 'orphaned'" } else { "1" };
        connection.execute(
            &format!(
                "UPDATE {table} SET grp = ?2, idx = ?3 WHERE deployment = ?1 AND lower(instance_uuid) = lower(?4)
                 AND (grp <> ?2 OR idx <> ?3) AND {which}"
            ),
            (&name.deployment, &name.group, name.index, uuid),
        )?;
    }
    Ok(())
}

/// Once an instance has its disks: snapshots that were taken of them while its UUID was not known are its own.
pub(super) fn fill(connection: &Connection, instance: &Instance) -> Result<()> {
    let Some(uuid) = &instance.uuid else { return Ok(()) };
    let name = &instance.name;
    connection
        .execute(
            "UPDATE snapshots SET instance_uuid = ?4
             WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND instance_uuid IS NULL AND disk IN
             (SELECT cid FROM disks WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND state = 'active'
             AND disks.cpi = snapshots.cpi)",
            (&name.deployment, &name.group, name.index, uuid),
        )
        .map(drop)
}

/// A disk that its Director lists as orphaned names its former instance itself, even if that instance is no longer
/// known.
pub(super) fn of_listed(connection: &Connection, disk: &Disk) -> Result<()> {
    connection
        .execute(
            "UPDATE disks SET instance_uuid = lower(substr(last_instance, instr(last_instance, '/') + 1))
             WHERE cpi = ?1 AND cid = ?2 AND instance_uuid IS NULL
             AND last_instance LIKE '%/________-____-____-____-____________'",
            (disk.cpi.as_str(), disk.cid.as_str()),
        )
        .map(drop)
}
