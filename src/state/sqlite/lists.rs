//! The lists of the state file.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params_from_iter};

use super::super::StateError;
use super::super::holdings::Holdings;
use super::super::lists::{Newest, SnapshotFilter, SnapshotsOf};
use super::{Reading, changes, instances, known, newest, rows};
use crate::domain::guarded::GuardedChange;
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::instance::{Disk, Instance, InstanceName, ListedDisk};
use crate::domain::selector::Selector;
use crate::domain::snapshot::{DirectorIdentity, Snapshot};

type Result<T> = std::result::Result<T, StateError>;

/// The CIDs with a beginning that is not a CID itself.
const BEGINNING: &str = "SELECT DISTINCT cid FROM {table} WHERE cid > ?1 AND substr(cid, 1, length(?1)) = ?1
     AND gone_at IS NULL AND NOT EXISTS (SELECT 1 FROM snapshots WHERE cid = ?1)
     AND NOT EXISTS (SELECT 1 FROM disks WHERE cid = ?1) ORDER BY cid";

impl Reading {
    fn snapshots_where(&self, condition: &str, params: impl rusqlite::Params) -> Result<Vec<Snapshot>> {
        self.all(&format!("SELECT {} FROM snapshots WHERE {condition}", rows::SNAPSHOT), params, rows::snapshot)
    }
}

impl Holdings for Reading {
    fn director(&self) -> Result<DirectorIdentity> {
        self.one("SELECT director_name, director_uuid FROM identity", |row| {
            Ok(DirectorIdentity { name: row.get("director_name")?, uuid: row.get("director_uuid")? })
        })
    }

    fn state_id(&self) -> Result<String> {
        self.one("SELECT state_id FROM identity", |row| row.get("state_id"))
    }

    fn changes(&self) -> Result<Vec<GuardedChange>> {
        self.all(changes::LIST, [], rows::change)
    }

    fn deployments(&self) -> Result<Vec<String>> {
        self.all("SELECT name FROM deployments ORDER BY name", [], |row| row.get("name"))
    }

    fn instances(&self, deployment: Option<&str>) -> Result<Vec<Instance>> {
        instances::all(self, deployment)
    }

    fn instances_named(&self, names: &[&InstanceName]) -> Result<Vec<Instance>> {
        instances::named(&self.connection(), names).map_err(|error| self.error(&error))
    }

    fn instances_of(&self, deployment: Option<&str>, selector: &Selector) -> Result<Vec<Instance>> {
        instances::of(&self.connection(), deployment, selector).map_err(|error| self.error(&error))
    }

    fn vanished(&self, deployment: Option<&str>) -> Result<Vec<(Instance, DateTime<Utc>)>> {
        self.all(
            "SELECT * FROM instances WHERE vanished_at IS NOT NULL AND (?1 IS NULL OR deployment = ?1)
             ORDER BY deployment, grp, idx",
            [deployment],
            rows::vanished,
        )
    }

    fn ever_of_uuid(&self, deployment: &str, uuid: &str) -> Result<Vec<Instance>> {
        self.all(
            "SELECT * FROM instances WHERE deployment = ?1 AND lower(uuid) = lower(?2)
             ORDER BY vanished_at IS NOT NULL, vanished_at DESC, grp, idx",
            [deployment, uuid],
            rows::instance,
        )
    }

    fn each_instance(&self, deployment: Option<&str>, each: &mut dyn FnMut(Instance) -> bool) -> Result<()> {
        instances::each(self, deployment, each)
    }

    fn each_disk(
        &self,
        state: Option<&str>,
        deployment: Option<&str>,
        each: &mut dyn FnMut(Disk) -> bool,
    ) -> Result<()> {
        self.each(
            &self.connection(),
            "SELECT * FROM disks WHERE gone_at IS NULL AND (?1 IS NULL OR state = ?1)
             AND (?2 IS NULL OR deployment = ?2) ORDER BY deployment, grp, idx, slot, orphaned_at, cid",
            [state, deployment],
            rows::disk,
            each,
        )
    }

    fn each_orphaned_disk(&self, each: &mut dyn FnMut(ListedDisk) -> bool) -> Result<()> {
        let listed = |row: &Row<'_>| {
            let (deployment, instance) = (row.get("listed_deployment")?, row.get("listed_instance")?);
            Ok(ListedDisk { disk: rows::disk(row)?, deployment, instance })
        };
        // Another instance may have got the name since it was orphaned.
        self.each(
            &self.connection(),
            "SELECT *, coalesce(last_deployment, deployment) AS listed_deployment,
             coalesce(last_instance, grp || '/' || coalesce((SELECT uuid FROM instances AS i
             WHERE i.deployment = disks.deployment AND i.grp = disks.grp AND i.idx = disks.idx), idx)) AS listed_instance
             FROM disks WHERE state = 'orphaned' AND gone_at IS NULL ORDER BY orphaned_at DESC, rowid",
            [],
            listed,
            each,
        )
    }

    fn each_snapshot(&self, filter: &SnapshotFilter, each: &mut dyn FnMut(Snapshot) -> bool) -> Result<()> {
        let mut wanted = vec!["gone_at IS NULL".to_owned()];
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        let mut want = |condition: &str, value: rusqlite::types::Value| {
            values.push(value);
            wanted.push(condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(deployment) = &filter.deployment {
            want("deployment = ?", deployment.clone().into());
        }
        if let Some(before) = filter.before {
            want("created_at < ?", before.timestamp_millis().into());
        }
        if let Some(after) = filter.after {
            want("created_at >= ?", after.timestamp_millis().into());
        }
        if let Some(operation) = &filter.operation {
            want("operation = ?", operation.to_string().into());
        }
        if filter.clean {
            want("clean = ?", 1.into());
        }
        wanted.extend(any_of(&filter.of, &mut values));
        let wanted = wanted.join(" AND ");
        let connection = self.connection();
        let own = format!("SELECT EXISTS (SELECT 1 FROM snapshots WHERE owner = 'snapback' AND {wanted})");
        let has_own = || {
            let found = connection.query_row(&own, params_from_iter(&values), |row| row.get::<_, bool>(0));
            found.map_err(|error| self.error(&error))
        };
        let position = filter.as_the_director && !has_own()?;
        let sql = format!(
            "SELECT {} FROM snapshots WHERE {wanted} ORDER BY deployment, {}grp, idx, created_at, cid",
            rows::SNAPSHOT,
            if position { "position, " } else { "" },
        );
        self.each(&connection, &sql, params_from_iter(values), rows::snapshot, each)
    }

    fn newest_snapshots(&self, of: &InstanceName, count: usize) -> Result<Newest> {
        newest::snapshots(&self.connection(), of, count).map_err(|error| self.error(&error))
    }

    fn disks_by_cid(&self, cid: &DiskCid) -> Result<Vec<Disk>> {
        self.all("SELECT * FROM disks WHERE cid = ?1 AND gone_at IS NULL", [cid.as_str()], rows::disk)
    }

    fn disks_alike(&self, cpi: &CpiName, cids: &[DiskCid]) -> Result<Vec<Disk>> {
        let mut found = Vec::new();
        for cid in cids {
            let sql = "SELECT * FROM disks WHERE lower(cid) = lower(?1) AND +cpi = ?2 AND gone_at IS NULL ORDER BY cid";
            found.extend(self.all(sql, (cid.as_str().trim(), cpi.as_str()), rows::disk)?);
        }
        Ok(found)
    }

    fn snapshots_by_cid(&self, cid: &SnapshotCid) -> Result<Vec<Snapshot>> {
        self.snapshots_where("cid = ?1 AND gone_at IS NULL", [cid.as_str()])
    }

    fn snapshots_beginning(&self, beginning: &str) -> Result<Vec<SnapshotCid>> {
        let sql = BEGINNING.replace("{table}", "snapshots");
        self.all(&sql, [beginning], |row| row.get(0).map(|cid: String| SnapshotCid::new(cid)))
    }

    fn disks_beginning(&self, beginning: &str) -> Result<Vec<DiskCid>> {
        let sql = BEGINNING.replace("{table}", "disks");
        self.all(&sql, [beginning], |row| row.get(0).map(|cid: String| DiskCid::new(cid)))
    }

    fn snapshot_cids(&self, cpi: &CpiName) -> Result<Vec<SnapshotCid>> {
        let sql = "SELECT cid FROM snapshots WHERE cpi = ?1 AND gone_at IS NULL ORDER BY deployment, grp, idx, created_at, cid";
        self.all(sql, [cpi.as_str()], |row| row.get(0).map(|cid: String| SnapshotCid::new(cid)))
    }

    fn last_snapshot_cids(&self, cpi: &CpiName, count: usize) -> Result<Vec<SnapshotCid>> {
        // Along the index of the order, not by the CPI: it ends with the last one that is asked for.
        let sql = "SELECT cid FROM snapshots WHERE +cpi = ?1 AND gone_at IS NULL
             ORDER BY deployment DESC, grp DESC, idx DESC, created_at DESC, cid DESC LIMIT ?2";
        self.all(sql, (cpi.as_str(), most(count)), |row| row.get(0).map(|cid: String| SnapshotCid::new(cid)))
    }

    fn some_disk_cids(&self, cpi: &CpiName, count: usize) -> Result<Vec<DiskCid>> {
        let mut cids = Vec::new();
        for (state, order) in [("active", "deployment, grp, idx, slot"), ("orphaned", "cid")] {
            let sql = format!(
                "SELECT cid FROM disks WHERE +cpi = ?1 AND state = '{state}' AND gone_at IS NULL ORDER BY {order} LIMIT ?2"
            );
            let params = (cpi.as_str(), most(count - cids.len()));
            cids.extend(self.all(&sql, params, |row| row.get(0).map(|cid: String| DiskCid::new(cid)))?);
        }
        Ok(cids)
    }

    fn gone_snapshot(&self, cpi: &CpiName, cid: &SnapshotCid) -> Result<Option<Snapshot>> {
        let wanted = "cpi = ?1 AND cid = ?2 AND gone_at IS NOT NULL";
        Ok(self.snapshots_where(wanted, (cpi.as_str(), cid.as_str()))?.pop())
    }

    fn ever_had_snapshot(&self, cpi: &CpiName, cid: &SnapshotCid) -> Result<bool> {
        self.any("SELECT 1 FROM snapshots WHERE cpi = ?1 AND cid = ?2", (cpi.as_str(), cid.as_str()))
    }

    fn ever_had_disk(&self, cpi: &CpiName, cid: &DiskCid) -> Result<Option<Disk>> {
        let sql = "SELECT * FROM disks WHERE cpi = ?1 AND cid = ?2";
        Ok(self.all(sql, (cpi.as_str(), cid.as_str()), rows::disk)?.pop())
    }

    fn has_snapshots_of(&self, deployment: &str, uuid: &str) -> Result<bool> {
        self.any(
            "SELECT 1 FROM snapshots WHERE deployment = ?1 AND lower(instance_uuid) = lower(?2)
             AND gone_at IS NULL LIMIT 1",
            [deployment, uuid],
        )
    }

    fn cpis(&self) -> Result<Vec<CpiName>> {
        self.all(
            "SELECT cpi FROM instances WHERE vanished_at IS NULL UNION SELECT cpi FROM disks WHERE gone_at IS NULL
             UNION SELECT cpi FROM snapshots WHERE gone_at IS NULL ORDER BY 1",
            [],
            |row| row.get("cpi").map(|name: String| CpiName::new(name)),
        )
    }

    fn orphans_of_directors(&self) -> Result<Vec<(Disk, String)>> {
        self.all(
            "SELECT * FROM disks WHERE state = 'orphaned' AND gone_at IS NULL
             AND last_deployment IS NOT NULL AND (deployment IS NULL OR EXISTS (SELECT 1 FROM instances AS i
             WHERE i.deployment = disks.deployment AND i.grp = disks.grp AND i.idx = disks.idx
             AND i.managed_by = 'director')) ORDER BY cpi, cid",
            [],
            |row| Ok((rows::disk(row)?, row.get("last_deployment")?)),
        )
    }

    fn orphans_of_instances(&self) -> Result<Vec<(Disk, Option<String>)>> {
        self.all(
            "SELECT * FROM disks WHERE state = 'orphaned' AND deployment IS NOT NULL AND gone_at IS NULL
             AND (last_deployment IS NOT NULL OR origin IS NULL) ORDER BY orphaned_at DESC, rowid DESC",
            [],
            |row| Ok((rows::disk(row)?, row.get("instance_uuid")?)),
        )
    }

    fn known_as(&self, cpi: &CpiName, cid: &str) -> Result<Option<String>> {
        known::by_cid(&self.connection(), cpi, cid).map_err(|error| self.error(&error))
    }
}

/// A limit, as SQLite takes it.
fn most(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The conditions that a snapshot belongs to one of these, with their values; `None` if it may belong to any.
fn any_of(of: &[SnapshotsOf], values: &mut Vec<rusqlite::types::Value>) -> Vec<String> {
    let mut each: Vec<Vec<String>> = Vec::new();
    for of in of {
        values.push(of.group.clone().into());
        let mut one = vec![format!("grp = ?{}", values.len())];
        match (&of.uuid, of.index) {
            (None, index) => one.extend(index.map(|index| format!("idx = {index}"))),
            (Some(uuid), index) => {
                values.push(uuid.clone().into());
                let by_index = index.map_or("0".to_owned(), |index| format!("instance_uuid IS NULL AND idx = {index}"));
                one.push(format!("(lower(instance_uuid) = lower(?{}) OR {by_index})", values.len()));
            }
        }
        each.push(one);
    }
    if each.len() == 1 {
        return each.remove(0);
    }
    let any: Vec<String> = each.into_iter().map(|one| format!("({})", one.join(" AND "))).collect();
    if any.is_empty() { Vec::new() } else { vec![format!("({})", any.join(" OR "))] }
}
