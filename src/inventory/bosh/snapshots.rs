//! `bosh snapshots --json` (cloudfoundry/bosh-cli `cmd/snapshots.go`). It names the instance, but no disk.

use super::cells;
use super::document::{Row, Table};
use crate::domain::findings::{FoundSnapshot, SnapshotList};
use crate::domain::ids::SnapshotCid;
use crate::yaml::Complaint;

/// Adds the table's snapshots to a list.
pub(super) fn read(table: &Table<'_>, list: &mut SnapshotList) -> Result<(), Complaint> {
    for row in table.rows() {
        let row = row?;
        for column in ["instance", "created_at", "clean"] {
            if !row.has(column) {
                return Err(row.complain(column, "missing").hint("run the bosh command again, without --column"));
            }
        }
        let cid: SnapshotCid = cells::id(&row, "cid", row.need("cid")?)?;
        match (says_its_instance(&row)?, row.cell("created_at")?) {
            (false, _) => list.untold.push((cid, "no instance")),
            (true, None) => list.untold.push((cid, "no time")),
            (true, Some(_)) => list.snapshots.push(snapshot(&row, cid)?),
        }
    }
    Ok(())
}

/// Whether the row names its instance. The bosh CLI writes `?` for a group or an index that the Director does not tell
/// (`director/snapshots.go`).
fn says_its_instance(row: &Row) -> Result<bool, Complaint> {
    Ok(row.need("instance")?.split_once('/').is_none_or(|(group, index)| group != "?" && index != "?"))
}

fn snapshot(row: &Row, cid: SnapshotCid) -> Result<FoundSnapshot, Complaint> {
    let empty = |column| row.complain(column, "empty").hint("run `bosh snapshots --json` again");
    Ok(FoundSnapshot {
        cid,
        instance: cells::slug(row, "instance")?.ok_or_else(|| empty("instance"))?,
        created_at: cells::time(row, "created_at")?.ok_or_else(|| empty("created_at"))?,
        clean: cells::truth(row, "clean")?.ok_or_else(|| empty("clean"))?,
    })
}
