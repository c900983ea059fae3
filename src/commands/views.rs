//! The tables that several commands show.

use chrono::{DateTime, Utc};

use crate::domain::instance::Disk;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::age;
use crate::ui::{Cell, Column, Table, TableKind};

const SNAPSHOTS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("created_at", "Created At"),
    Column::new("clean", "Clean"),
    Column::new("age", "Age"),
    Column::new("deployment", "Deployment"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("size", "Size"),
    Column::new("owner", "Owner"),
    Column::new("purpose", "Purpose"),
    Column::new("cpi", "CPI"),
    Column::new("consistency", "Consistency"),
    Column::new("note", "Note"),
    Column::new("operation", "Operation"),
];

/// How many columns `bosh snapshots` has.
pub(super) const BOSH_SNAPSHOTS: usize = 4;

/// The table of snapshots, with all its columns.
pub(super) fn snapshots() -> Table {
    Table::new("snapshots", TableKind::Bosh, SNAPSHOTS, Some("cid"))
}

pub(super) fn snapshot_row(snapshot: &Snapshot, now: DateTime<Utc>) -> Vec<Cell> {
    vec![
        Cell::text(&snapshot.instance),
        Cell::text(&snapshot.cid),
        Cell::Time(snapshot.created_at),
        Cell::Bool(snapshot.clean),
        Cell::Text(age(snapshot.created_at, now)),
        Cell::text(&snapshot.instance.deployment),
        Cell::maybe(snapshot.disk.as_ref(), Cell::text),
        Cell::maybe(snapshot.size_mib, Cell::Mib),
        Cell::text(snapshot.owner.name()),
        Cell::text(snapshot.purpose.name()),
        Cell::text(&snapshot.cpi),
        Cell::text(snapshot.consistency.name()),
        Cell::maybe(snapshot.note.as_ref(), Cell::text),
        Cell::maybe(snapshot.operation.as_ref(), Cell::text),
    ]
}

const DISKS: &[Column] = &[
    Column::new("disk_cid", "Disk CID"),
    Column::new("size", "Size"),
    Column::new("deployment", "Deployment"),
    Column::new("instance", "Instance"),
    Column::new("az", "AZ"),
    Column::new("orphaned_at", "Orphaned At"),
    Column::new("state", "State"),
    Column::new("made_from", "Made From"),
    Column::new("cpi", "CPI"),
];

/// How many columns `bosh disks --orphaned` has.
const BOSH_DISKS: usize = 6;

/// The table of disks; of the orphaned only, it is BOSH's.
pub(super) fn disks(orphaned: bool) -> Table {
    let table = Table::new("disks", TableKind::Bosh, DISKS, Some("disk_cid"));
    if orphaned { table.showing_first(BOSH_DISKS) } else { table }
}

pub(super) fn disk_row(disk: &Disk) -> Vec<Cell> {
    vec![
        Cell::text(&disk.cid),
        Cell::maybe(disk.size_mib, Cell::Mib),
        Cell::maybe(disk.instance.as_ref(), |name| Cell::text(&name.deployment)),
        Cell::maybe(disk.instance.as_ref(), Cell::text),
        Cell::maybe(disk.az.as_ref(), Cell::text),
        Cell::maybe(disk.orphaned_at, Cell::Time),
        Cell::text(disk.state.name()),
        Cell::maybe(disk.origin.as_ref(), Cell::text),
        Cell::text(&disk.cpi),
    ]
}
