//! Lists that can be long, given row by row. What takes the rows must not ask the same reader.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params, Row, params_from_iter};

use super::{Reader, StateError, rows};
use crate::domain::instance::{Disk, Instance, ListedDisk};
use crate::domain::snapshot::Snapshot;

/// Which snapshots to list.
#[derive(Debug, Clone, Default)]
pub struct SnapshotFilter {
    /// Only of this deployment.
    pub deployment: Option<String>,
    /// Only of this group.
    pub group: Option<String>,
    /// Only of this index in it.
    pub index: Option<u32>,
    /// Only of the instance with this UUID; one whose UUID is not known is told by the index. Before schema 5 none is.
    pub uuid: Option<String>,
    /// Only taken before this time (exclusive).
    pub before: Option<DateTime<Utc>>,
    /// Only taken at or after this time.
    pub after: Option<DateTime<Utc>>,
    /// Only clean ones.
    pub clean: bool,
    /// In the order of the journal where it contradicts the clock: what was taken before something else is not newer than it,
    /// whatever a clock said that was corrected in between.
    pub by_the_journal: bool,
    /// Where all that is found is the Director's, in the Director's order.
    pub as_the_director: bool,
}

/// The time of a snapshot, or an earlier one of something that was taken after it.
const JOURNAL: &str = "coalesce(min(created_at, (SELECT min(later.created_at) FROM snapshots AS later
     JOIN operations AS taken ON taken.id = later.operation WHERE later.deployment = snapshots.deployment
     AND later.grp = snapshots.grp AND later.idx = snapshots.idx
     AND taken.number > (SELECT number FROM operations WHERE id = snapshots.operation))), created_at),
     (SELECT number FROM operations WHERE id = snapshots.operation), ";

impl Reader {
    /// Gives each snapshot that exists to `each`, until it says false: in the order of instance and time, or as
    /// [`SnapshotFilter::as_the_director`] says.
    ///
    /// # Errors
    /// What reading it met.
    pub fn each_snapshot<E: From<StateError>>(
        &self,
        filter: &SnapshotFilter,
        each: impl FnMut(Snapshot) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut wanted = vec!["gone_at IS NULL".to_owned()];
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        let mut want = |condition: &str, value: rusqlite::types::Value| {
            values.push(value);
            wanted.push(condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(deployment) = &filter.deployment {
            want("deployment = ?", deployment.clone().into());
        }
        if let Some(group) = &filter.group {
            want("grp = ?", group.clone().into());
        }
        let uuid = filter.uuid.as_ref().filter(|_| self.schema() >= 5);
        match (uuid, filter.index) {
            (None, Some(index)) => want("idx = ?", index.into()),
            (None, None) => {}
            (Some(uuid), index) => {
                let by_index = index.map_or("0".to_owned(), |index| format!("instance_uuid IS NULL AND idx = {index}"));
                want(&format!("(lower(instance_uuid) = lower(?) OR {by_index})"), uuid.clone().into());
            }
        }
        if let Some(before) = filter.before {
            want("created_at < ?", before.timestamp_millis().into());
        }
        if let Some(after) = filter.after {
            want("created_at >= ?", after.timestamp_millis().into());
        }
        if filter.clean {
            want("clean = ?", 1.into());
        }
        let wanted = wanted.join(" AND ");
        let connection = self.connection();
        let own = format!("SELECT EXISTS (SELECT 1 FROM snapshots WHERE owner = 'snapback' AND {wanted})");
        let position = filter.as_the_director
            && self.schema() >= 2
            && !connection
                .query_row(&own, params_from_iter(&values), |row| row.get(0))
                .map_err(|error| self.error(&error))?;
        let sql = format!(
            "SELECT {} FROM snapshots WHERE {wanted} ORDER BY deployment, {}grp, idx, {}created_at, cid",
            rows::snapshot_columns(self.schema()),
            if position { "position, " } else { "" },
            if filter.by_the_journal { JOURNAL } else { "" }
        );
        self.each(&connection, &sql, params_from_iter(values), rows::snapshot, each)
    }

    /// Gives each instance that the newest import had to `each`, with its current disks, until it says false: by
    /// deployment, and in that in the order of the bosh CLI, which is that of the instances' names in BOSH.
    ///
    /// # Errors
    /// What reading it met.
    pub fn each_instance<E: From<StateError>>(
        &self,
        deployment: Option<&str>,
        mut each: impl FnMut(Instance) -> Result<bool, E>,
    ) -> Result<(), E> {
        let sql = format!(
            "SELECT {} FROM instances WHERE vanished_at IS NULL AND (?1 IS NULL OR deployment = ?1)
             ORDER BY deployment, grp || '/' || coalesce(uuid, ''), idx",
            rows::instance_columns(self.schema())
        );
        let connection = self.connection();
        let mut disks = connection
            .prepare(&format!(
                "SELECT {} FROM disks WHERE deployment = ?1 AND grp = ?2 AND idx = ?3 AND state = 'active' ORDER BY slot",
                rows::DISK
            ))
            .map_err(|error| self.error(&error))?;
        self.each(&connection, &sql, [deployment], rows::instance, |mut instance| {
            let name = &instance.name;
            let found = disks.query_map((&name.deployment, &name.group, name.index), rows::disk);
            instance.disks =
                found.and_then(Iterator::collect::<rusqlite::Result<_>>).map_err(|error| self.error(&error))?;
            each(instance)
        })
    }

    /// Gives each disk to `each`, until it says false, in the order of their instances and slots; `state` is `active` or
    /// `orphaned`.
    ///
    /// # Errors
    /// What reading it met.
    pub fn each_disk<E: From<StateError>>(
        &self,
        state: Option<&str>,
        deployment: Option<&str>,
        each: impl FnMut(Disk) -> Result<bool, E>,
    ) -> Result<(), E> {
        let sql = format!(
            "SELECT {} FROM disks WHERE {} AND (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR deployment = ?2)
             ORDER BY deployment, grp, idx, slot, orphaned_at, cid",
            rows::DISK,
            rows::disk_is_there(self.schema())
        );
        self.each(&self.connection(), &sql, [state, deployment], rows::disk, each)
    }

    /// Gives each orphaned disk to `each`, until it says false: the last one orphaned first, as the bosh CLI does.
    ///
    /// # Errors
    /// What reading it met.
    pub fn each_orphaned_disk<E: From<StateError>>(
        &self,
        each: impl FnMut(ListedDisk) -> Result<bool, E>,
    ) -> Result<(), E> {
        // Since it was orphaned, the instance's name may have been given to another one.
        let last = if self.schema() < 2 { ["NULL"; 2] } else { ["last_deployment", "last_instance"] };
        let sql = format!(
            "SELECT {}, coalesce({}, deployment), coalesce({}, grp || '/' || coalesce((SELECT uuid FROM instances AS i
             WHERE i.deployment = disks.deployment AND i.grp = disks.grp AND i.idx = disks.idx), idx))
             FROM disks WHERE state = 'orphaned' AND {} ORDER BY orphaned_at DESC, rowid",
            rows::DISK,
            last[0],
            last[1],
            rows::disk_is_there(self.schema())
        );
        let listed =
            |row: &Row<'_>| Ok(ListedDisk { disk: rows::disk(row)?, deployment: row.get(12)?, instance: row.get(13)? });
        self.each(&self.connection(), &sql, [], listed, each)
    }

    fn each<T, E: From<StateError>>(
        &self,
        connection: &Connection,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut each: impl FnMut(T) -> Result<bool, E>,
    ) -> Result<(), E> {
        let of = |error: rusqlite::Error| self.error(&error);
        let mut statement = connection.prepare(sql).map_err(of)?;
        let mut found = statement.query(params).map_err(of)?;
        while let Some(row) = found.next().map_err(of)? {
            if !each(read(row).map_err(of)?)? {
                break;
            }
        }
        Ok(())
    }
}
