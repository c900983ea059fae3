//! Instances with their current disks: all, those of a name, those that a selector means.

use rusqlite::types::Value;
use rusqlite::{Connection, Params, Row, Statement, params_from_iter};

use super::super::StateError;
use super::super::holdings::Holdings;
use super::{Reading, rows};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::selector::Selector;

/// The disks that an instance has now, by their slots.
const DISKS: &str =
    "SELECT * FROM disks WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND state = 'active' ORDER BY slot";

/// As [`Holdings::instances`], in two passes: a look for the disks of each would take longer.
pub(super) fn all(reading: &Reading, deployment: Option<&str>) -> Result<Vec<Instance>, StateError> {
    let mut instances = reading.all(
        "SELECT * FROM instances WHERE vanished_at IS NULL AND (?1 IS NULL OR deployment = ?1)
         ORDER BY deployment, grp, idx",
        [deployment],
        rows::instance,
    )?;
    reading.each_disk(Some("active"), deployment, &mut |disk| {
        if let Some(name) = &disk.instance
            && let Ok(at) = instances.binary_search_by(|instance| instance.name.cmp(name))
        {
            instances[at].disks.push(disk);
        }
        true
    })?;
    Ok(instances)
}

/// As [`Holdings::each_instance`].
pub(super) fn each(
    reading: &Reading,
    deployment: Option<&str>,
    each: &mut dyn FnMut(Instance) -> bool,
) -> Result<(), StateError> {
    let connection = reading.connection();
    let mut disks = connection.prepare(DISKS).map_err(|error| reading.error(&error))?;
    reading.each(
        &connection,
        "SELECT * FROM instances WHERE vanished_at IS NULL AND (?1 IS NULL OR deployment = ?1)
         ORDER BY deployment, grp || '/' || coalesce(uuid, ''), idx",
        [deployment],
        |row| with_disks(row, &mut disks),
        each,
    )
}

/// As [`Holdings::instances_named`].
pub(super) fn named(connection: &Connection, names: &[&InstanceName]) -> rusqlite::Result<Vec<Instance>> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let key = (&name.deployment, &name.group, name.index);
        found.extend(found_by(connection, "deployment = ?1 AND grp = ?2 AND idx = ?3", key)?);
    }
    Ok(found)
}

/// As [`Holdings::instances_of`].
pub(super) fn of(
    connection: &Connection,
    deployment: Option<&str>,
    selector: &Selector,
) -> rusqlite::Result<Vec<Instance>> {
    let mut wanted = vec!["grp = ?1"];
    let mut values: Vec<Value> = vec![selector.group().to_owned().into()];
    match selector {
        Selector::Group(_) => {}
        Selector::Index(_, index) => {
            values.push((*index).into());
            wanted.push("idx = ?2");
        }
        Selector::Uuid(_, uuid) => {
            values.push(uuid.clone().into());
            wanted.push("lower(uuid) = lower(?2)");
        }
    }
    let of_deployment = format!("deployment = ?{}", values.len() + 1);
    if let Some(deployment) = deployment {
        values.push(deployment.to_owned().into());
        wanted.push(&of_deployment);
    }
    found_by(connection, &wanted.join(" AND "), params_from_iter(values))
}

fn found_by(connection: &Connection, condition: &str, params: impl Params) -> rusqlite::Result<Vec<Instance>> {
    let sql =
        format!("SELECT * FROM instances WHERE {condition} AND vanished_at IS NULL ORDER BY deployment, grp, idx");
    let (mut instances, mut disks) = (connection.prepare_cached(&sql)?, connection.prepare_cached(DISKS)?);
    instances.query_map(params, |row| with_disks(row, &mut disks))?.collect()
}

fn with_disks(row: &Row<'_>, disks: &mut Statement<'_>) -> rusqlite::Result<Instance> {
    let mut instance = rows::instance(row)?;
    let name = &instance.name;
    let found = disks.query_map((&name.deployment, &name.group, name.index), rows::disk)?;
    instance.disks = found.collect::<rusqlite::Result<_>>()?;
    Ok(instance)
}
