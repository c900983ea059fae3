//! `bosh snapshots --json` (cloudfoundry/bosh-cli `cmd/snapshots.go`). It names the instance, and no disk.

use super::cells;
use super::document::{Row, Table};
use crate::domain::findings::FoundSnapshot;
use crate::yaml::Complaint;

pub(super) fn read(table: &Table<'_>) -> Result<Vec<FoundSnapshot>, Complaint> {
    table.rows().map(|row| snapshot(&row?)).collect()
}

fn snapshot(row: &Row) -> Result<FoundSnapshot, Complaint> {
    for column in ["instance", "cid", "created_at", "clean"] {
        row.need(column)?;
    }
    let empty = |column| row.complain(column, "empty").hint("run `bosh snapshots --json` again");
    Ok(FoundSnapshot {
        cid: cells::id(row, "cid", row.need("cid")?)?,
        instance: cells::slug(row, "instance")?.ok_or_else(|| empty("instance"))?,
        created_at: cells::time(row, "created_at")?.ok_or_else(|| empty("created_at"))?,
        clean: cells::truth(row, "clean")?.ok_or_else(|| empty("clean"))?,
    })
}
