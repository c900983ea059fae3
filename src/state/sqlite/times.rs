//! Which times of a Director's snapshots cannot be right.
//!
//! A Director that takes an orphaned disk back (`attach-disk` of it, so each undo and each way back of a restore)
//! writes the rows of the disk's snapshots anew, without their time: they get that of the moment (cloudfoundry/bosh
//! `orphan_disk_manager.rb`, `unorphan_disk`). A snapshot that was known before keeps its former time; if it was not,
//! its time is recorded as untrusted.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Result};

use super::super::import::DirectorsSnapshots;
use crate::domain::ids::SnapshotCid;
use crate::domain::instance::{Instance, InstanceName, ManagedBy};
use crate::domain::snapshot::Snapshot;

/// The instances that got an orphaned disk back in this import, each with the time at which the disk was orphaned.
pub(super) type Returned = HashMap<InstanceName, DateTime<Utc>>;

/// Looks for these before the import is written.
pub(super) fn returned(connection: &Connection, instances: &[Instance]) -> Result<Returned> {
    let mut find = connection.prepare(
        "SELECT orphaned_at FROM disks WHERE cpi = ?1 AND cid = ?2 AND state = 'orphaned' AND gone_at IS NULL
         AND orphaned_at IS NOT NULL",
    )?;
    let mut returned = Returned::new();
    for instance in instances.iter().filter(|instance| instance.managed_by == ManagedBy::Director) {
        for disk in &instance.disks {
            let at: Option<i64> =
                find.query_row((disk.cpi.as_str(), disk.cid.as_str()), |row| row.get(0)).optional()?;
            if let Some(at) = at.and_then(DateTime::from_timestamp_millis) {
                returned.insert(instance.name.clone(), at);
            }
        }
    }
    Ok(returned)
}

/// How far the Director's clock may differ from the one here.
const SKEW: TimeDelta = TimeDelta::seconds(15);
/// How close to each other the times of rows are that are written together; the bosh CLI prints whole seconds.
const ONE_GO: TimeDelta = TimeDelta::seconds(1);

/// The time at which an instance's Director gave it a disk.
struct Attached {
    uuid: Option<String>,
    name: InstanceName,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// The times in a Director's list of snapshots, ready to be compared with each other.
pub(super) struct Times<'a> {
    /// The times in the list by instance, sorted; true if one is known to be older.
    listed: HashMap<&'a InstanceName, Vec<(DateTime<Utc>, bool)>>,
    returned: &'a Returned,
    attached: Vec<Attached>,
    /// The number of an instance's disks: so many snapshots of it can have one time.
    disks: HashMap<InstanceName, usize>,
}

impl<'a> Times<'a> {
    /// `now` is the end of anything that has not ended.
    pub(super) fn of(
        connection: &Connection,
        list: &'a DirectorsSnapshots,
        returned: &'a Returned,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let name = |row: &rusqlite::Row<'_>, at: usize| {
            Ok::<_, rusqlite::Error>(InstanceName {
                deployment: row.get(at)?,
                group: row.get(at + 1)?,
                index: row.get(at + 2)?,
            })
        };
        let time = |millis: i64| DateTime::from_timestamp_millis(millis).unwrap_or(now);
        let mut steps = connection.prepare(
            "SELECT step ->> '$.instance.deployment', step ->> '$.instance.group', step ->> '$.instance.index',
             step ->> '$.uuid', started_at, ended_at FROM steps
             WHERE kind = 'bosh_attach_disk' AND step ->> '$.instance.deployment' = ?1",
        )?;
        let attached = steps.query_map([&list.deployment], |row| {
            let until = row.get::<_, Option<i64>>(5)?.map_or(now, time);
            Ok(Attached { uuid: row.get(3)?, name: name(row, 0)?, from: time(row.get(4)?), until })
        })?;
        let attached = attached.collect::<Result<_>>()?;
        let mut counts = connection.prepare(
            "SELECT deployment, grp, idx, count(*) FROM disks WHERE deployment = ?1 AND state = 'active'
             GROUP BY deployment, grp, idx",
        )?;
        let disks = counts.query_map([&list.deployment], |row| {
            Ok((name(row, 0)?, usize::try_from(row.get::<_, i64>(3)?).unwrap_or(1)))
        })?;
        let disks = disks.collect::<Result<_>>()?;
        let mut known_times =
            connection.prepare("SELECT cid, created_at FROM snapshots WHERE deployment = ?1 AND owner = 'director'")?;
        let known = known_times
            .query_map([&list.deployment], |row| Ok((SnapshotCid::new(row.get::<_, String>(0)?), time(row.get(1)?))))?;
        let known: HashMap<SnapshotCid, DateTime<Utc>> = known.collect::<Result<_>>()?;
        let mut listed: HashMap<&InstanceName, Vec<(DateTime<Utc>, bool)>> = HashMap::new();
        for snapshot in &list.snapshots {
            let at = snapshot.created_at;
            let redated = known.get(&snapshot.cid).is_some_and(|known| (at - *known).abs() > ONE_GO);
            listed.entry(&snapshot.instance).or_default().push((at, redated));
        }
        listed.values_mut().for_each(|times| times.sort_unstable());
        Ok(Times { listed, returned, attached, disks })
    }

    /// Whether the listed time of a new snapshot may be wrong.
    pub(super) fn are_doubtful(&self, snapshot: &Snapshot) -> bool {
        let (name, at) = (&snapshot.instance, snapshot.created_at);
        let in_attach = self.attached.iter().any(|attached| {
            let same = match (&attached.uuid, &snapshot.instance_uuid) {
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                _ => attached.name == *name,
            };
            same && at >= attached.from - SKEW && at <= attached.until + SKEW
        });
        let since_it_returned = self.returned.get(name).is_some_and(|orphaned_at| at >= *orphaned_at - SKEW);
        in_attach || since_it_returned || self.are_of_one_go(snapshot)
    }

    /// Whether more of the instance's snapshots have one time than it has disks, or have the time that the list gives
    /// to one that is known to be older.
    fn are_of_one_go(&self, snapshot: &Snapshot) -> bool {
        let at = snapshot.created_at;
        let Some(times) = self.listed.get(&snapshot.instance) else { return false };
        let first = times.partition_point(|(time, _)| *time < at - ONE_GO);
        let beside = times[first..].iter().take_while(|(time, _)| *time <= at + ONE_GO);
        beside.clone().count() > self.disks.get(&snapshot.instance).copied().unwrap_or(1).max(1)
            || beside.clone().any(|(_, redated)| *redated)
    }
}
