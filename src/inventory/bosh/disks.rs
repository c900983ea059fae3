//! `bosh disks --orphaned --json` (cloudfoundry/bosh-cli `cmd/disks.go`).

use super::cells;
use super::document::{Row, Table};
use crate::domain::findings::FoundDisk;
use crate::inventory::Source;
use crate::yaml::Complaint;

pub(super) fn read(table: &Table<'_>, source: &Source<'_>) -> Result<Vec<FoundDisk>, Complaint> {
    let disk = |row: &Row| {
        if !row.has("orphaned_at") {
            let complaint = row.complain("orphaned_at", "missing");
            return Err(complaint.hint("expected the output of `bosh disks --orphaned --json`, without --column"));
        }
        row.need("deployment")?;
        let az = row.word("az")?;
        Ok(FoundDisk {
            cid: cells::id(row, "disk_cid", row.need("disk_cid")?)?,
            assumed_cpi: source.cpi_of(az.as_deref()),
            deployment: row.word("deployment")?.unwrap_or_default(),
            // A name that cannot be read as an instance is kept as text, and shown again.
            instance: cells::slug(row, "instance").unwrap_or_default(),
            called: row.word("instance")?,
            az,
            about_mib: cells::mebibytes(row, "size")?,
            orphaned_at: cells::time(row, "orphaned_at")?,
        })
    };
    table.rows().map(|row| disk(&row?)).collect()
}
