//! The newest snapshots of an instance, without a look at all the older ones.
//!
//! What a later operation took is newer, also if the clock was set back in between: a snapshot is as old as the earliest of
//! those that later operations took of the instance, if that is earlier than its own time. So the snapshots of operations
//! are in the order of their operations' numbers, and this merges them with the rest, which is in the order of its times.

use rusqlite::{Connection, Row};

use super::super::lists::Newest;
use super::rows;
use crate::domain::instance::InstanceName;
use crate::domain::snapshot::Snapshot;

/// A snapshot with its place in the order: the greater, the newer.
struct Placed {
    /// When it was taken at the latest; the number of its operation; its time.
    place: (i64, Option<i64>, i64, String),
    /// None if it is gone.
    snapshot: Option<Snapshot>,
}

/// As [`Holdings::newest_snapshots`](super::super::Holdings::newest_snapshots).
pub(super) fn snapshots(connection: &Connection, of: &InstanceName, count: usize) -> rusqlite::Result<Newest> {
    let query = |condition: &str| {
        let sql = format!(
            "SELECT {}, operation_number, gone_at FROM snapshots WHERE deployment = ?1 AND grp = ?2 AND idx = ?3
             AND {condition} ORDER BY operation_number DESC, created_at DESC, cid DESC",
            rows::SNAPSHOT
        );
        connection.prepare_cached(&sql)
    };
    let instance = (&of.deployment, &of.group, of.index);
    let mut of_operations = query("operation_number IS NOT NULL")?;
    let mut others = query("operation_number IS NULL AND gone_at IS NULL")?;
    let mut others = others.query_map(instance, |row| placed(row, i64::MAX))?;
    let (mut of_operations, mut at_the_latest) = (of_operations.query(instance)?, AtTheLatest::default());
    let mut next_of_operation = || -> rusqlite::Result<Option<Placed>> {
        let Some(row) = of_operations.next()? else { return Ok(None) };
        let latest = at_the_latest.of(row.get("operation_number")?, row.get("created_at")?);
        placed(row, latest).map(Some)
    };
    let (mut own, mut other) = (next_of_operation()?, others.next().transpose()?);
    let mut newest: Vec<Snapshot> = Vec::new();
    let mut operation = None;
    loop {
        let is_own = match (&own, &other) {
            (None, None) => break,
            (Some(own), Some(other)) => own.place > other.place,
            (own, _) => own.is_some(),
        };
        let within = own.as_ref().is_some_and(|own| own.place.1 == operation);
        if newest.len() >= count && !within {
            break;
        }
        let taken = match is_own {
            true => {
                operation = own.as_ref().and_then(|own| own.place.1);
                std::mem::replace(&mut own, next_of_operation()?)
            }
            false => std::mem::replace(&mut other, others.next().transpose()?),
        };
        newest.extend(taken.and_then(|taken| taken.snapshot));
    }
    newest.reverse();
    Ok(Newest { snapshots: newest, all: own.is_none() && other.is_none() })
}

fn placed(row: &Row<'_>, at_the_latest: i64) -> rusqlite::Result<Placed> {
    let at: i64 = row.get("created_at")?;
    let place = (at.min(at_the_latest), row.get("operation_number")?, at, row.get("cid")?);
    let is_gone = row.get::<_, Option<i64>>("gone_at")?.is_some();
    Ok(Placed { place, snapshot: if is_gone { None } else { Some(rows::snapshot(row)?) } })
}

/// The earliest time of what later operations took, along a list that has the latest operation first.
struct AtTheLatest {
    operation: Option<i64>,
    of_this: i64,
    of_later: i64,
}

impl Default for AtTheLatest {
    fn default() -> Self {
        AtTheLatest { operation: None, of_this: i64::MAX, of_later: i64::MAX }
    }
}

impl AtTheLatest {
    /// For the next of the list.
    fn of(&mut self, operation: i64, at: i64) -> i64 {
        if self.operation != Some(operation) {
            self.of_later = self.of_later.min(self.of_this);
            (self.operation, self.of_this) = (Some(operation), i64::MAX);
        }
        self.of_this = self.of_this.min(at);
        self.of_later
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::schema;
    use super::*;

    /// An operation's snapshot, or one of none; its time, which may be that of others; whether it is gone.
    type Row = (Option<u8>, i64, bool);

    fn file(rows: &[Row]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        schema::upgrade(&connection).unwrap();
        for (at, (operation, created_at, gone)) in rows.iter().enumerate() {
            let operation = operation.map(i64::from);
            connection
                .execute(
                    "INSERT INTO snapshots (cpi, cid, deployment, grp, idx, owner, purpose, created_at, clean, consistency,
                     operation_number, gone_at) VALUES ('c', ?1, 'prod', 'db', 0, 'snapback', 'take', ?2, 0, 'crash', ?3, ?4)",
                    (format!("snap-{at:02}"), created_at, operation, gone.then_some(1)),
                )
                .unwrap();
        }
        connection
    }

    /// The order as it is defined: the CIDs of those that exist, the oldest first, each with its operation.
    fn defined(rows: &[Row]) -> Vec<(String, Option<u8>)> {
        let latest = |of: Option<u8>| {
            rows.iter().filter(|(by, _, _)| of.is_some() && *by > of).map(|(_, at, _)| *at).min().unwrap_or(i64::MAX)
        };
        let mut all: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(at, (by, time, gone))| ((*time).min(latest(*by)), *by, *time, at, *gone))
            .collect();
        all.sort_unstable();
        all.into_iter().filter(|one| !one.4).map(|(_, by, _, at, _)| (format!("snap-{at:02}"), by)).collect()
    }

    proptest! {
        #[test]
        fn the_newest_are_the_last_of_the_order_and_whole(
            rows in prop::collection::vec((prop::option::of(0_u8..6), 0_i64..8, prop::bool::weighted(0.2)), 0..24),
            count in 0_usize..30,
        ) {
            let of = InstanceName { deployment: "prod".to_owned(), group: "db".to_owned(), index: 0 };
            let newest = snapshots(&file(&rows), &of, count).unwrap();
            let defined = defined(&rows);
            let found: Vec<String> = newest.snapshots.iter().map(|one| one.cid.to_string()).collect();
            let (older, last) = defined.split_at(defined.len() - found.len());
            prop_assert_eq!(&found, &last.iter().map(|(cid, _)| cid.clone()).collect::<Vec<_>>());
            prop_assert!(found.len() >= count.min(defined.len()));
            prop_assert!(newest.all || !older.is_empty() || rows.iter().any(|row| row.2));
            prop_assert!(!newest.all || older.is_empty());
            let is_split = |(_, by): &(String, Option<u8>)| by.is_some() && last.iter().any(|(_, other)| other == by);
            prop_assert!(!older.iter().any(is_split), "{:?} of {:?}", found, defined);
        }
    }
}
