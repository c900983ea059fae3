//! The tables that several commands show.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::instance::ListedDisk;
use crate::domain::snapshot::Snapshot;
use crate::error::Result;
use crate::state::Reader;
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
    Column::prose("note", "Note"),
    Column::new("operation", "Operation"),
    Column::new("verified_at", "Verified At"),
    Column::new("instance_uuid", "Instance UUID"),
    Column::new("doubts", "Doubts"),
    Column::new("expires", "Expires"),
    Column::prose("held", "Held"),
    Column::new("schedule", "Schedule"),
    Column::new("change", "Change"),
    Column::new("stood_still_ms", "Stood Still (ms)"),
    Column::new("unsound_at", "Unsound At"),
    Column::prose("before", "Before"),
];

/// How many columns `bosh snapshots` has.
pub(super) const BOSH_SNAPSHOTS: usize = 4;

/// The table of snapshots, with all its columns.
pub(super) fn snapshots() -> Table {
    Table::new("snapshots", TableKind::Bosh, SNAPSHOTS, Some("cid")).sparing_for(&["clean", "created_at"], "add --wide")
}

/// The changes that `guard` has watched, by id, each in a few words.
pub(super) fn changes(reader: &Reader) -> Result<BTreeMap<String, String>> {
    Ok(reader.changes()?.into_iter().map(|change| (change.id.clone(), change.in_short())).collect())
}

pub(super) fn snapshot_row(snapshot: &Snapshot, now: DateTime<Utc>, changes: &BTreeMap<String, String>) -> Vec<Cell> {
    vec![
        Cell::text(&snapshot.instance),
        Cell::text(&snapshot.cid),
        Cell::Time(snapshot.created_at),
        Cell::Bool(snapshot.clean),
        Cell::Span((now - snapshot.created_at).num_seconds()),
        Cell::text(&snapshot.instance.deployment),
        Cell::maybe(snapshot.disk.as_ref(), Cell::text),
        Cell::maybe(snapshot.size_mib, Cell::Mib),
        Cell::text(snapshot.owner.name()),
        Cell::text(snapshot.purpose.name()),
        Cell::text(&snapshot.cpi),
        Cell::text(snapshot.consistency.name()),
        Cell::maybe(snapshot.note.as_ref(), Cell::text),
        Cell::maybe(snapshot.operation.as_ref(), Cell::text),
        Cell::maybe(snapshot.verified_at, Cell::Time),
        Cell::maybe(snapshot.instance_uuid.as_ref(), Cell::text),
        Cell::Lines(doubts(snapshot)),
        Cell::maybe(snapshot.expires_at, Cell::Time),
        Cell::maybe(snapshot.held.as_ref(), Cell::text),
        Cell::maybe(snapshot.schedule.as_ref(), Cell::text),
        Cell::maybe(snapshot.change.as_ref(), Cell::text),
        Cell::maybe(snapshot.still_ms, Cell::Number),
        Cell::maybe(snapshot.unsound_at, Cell::Time),
        Cell::maybe(snapshot.change.as_ref().and_then(|id| changes.get(id)), Cell::text),
    ]
}

/// Why `--latest` skips a snapshot although it is whole.
fn doubts(snapshot: &Snapshot) -> Vec<String> {
    let doubts = [(snapshot.of_another, "other_instance"), (snapshot.time_untrusted, "untrusted_time")];
    doubts.into_iter().filter(|(is, _)| *is).map(|(_, doubt)| doubt.to_owned()).collect()
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
pub(super) const BOSH_DISKS: usize = 6;

const STEPS: &[Column] = &[
    Column::new("number", "#"),
    Column::step("step", "Step"),
    Column::new("instance", "Instance"),
    Column::told("costs", "Costs"),
];
/// How many columns of a plan people see.
pub(super) const PLANNED: usize = STEPS.len() - 2;
/// How many columns of the plans of several instances people see.
pub(super) const PLANNED_OF_SEVERAL: usize = STEPS.len() - 1;

/// The table of the steps of a dry run, with all its columns.
pub(super) fn planned() -> Table {
    Table::new("steps", TableKind::Own, STEPS, None)
}

/// The table of disks, with all its columns.
pub(super) fn disks() -> Table {
    Table::new("disks", TableKind::Bosh, DISKS, Some("disk_cid"))
}

pub(super) fn disk_row(listed: ListedDisk) -> Vec<Cell> {
    let disk = listed.disk;
    let own = disk.instance.as_ref().map(ToString::to_string);
    let instance = match (listed.instance, own) {
        (Some(bosh), own) => Cell::Called { own: own.unwrap_or_else(|| bosh.clone()), bosh },
        (None, own) => Cell::maybe(own, Cell::Text),
    };
    vec![
        Cell::text(&disk.cid),
        Cell::maybe(disk.size_mib, Cell::Mib),
        Cell::maybe(listed.deployment.or(disk.instance.map(|name| name.deployment)), Cell::Text),
        instance,
        Cell::maybe(disk.az, Cell::Text),
        Cell::maybe(disk.orphaned_at, Cell::Time),
        Cell::text(disk.state.name()),
        Cell::maybe(disk.origin, Cell::text),
        Cell::text(&disk.cpi),
    ]
}
