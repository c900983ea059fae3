//! The rows of `take`, one for each disk.

use crate::context::Context;
use crate::domain::ids::OperationId;
use crate::error::Result;
use crate::ops::take::Taken;
use crate::ui::{Cell, Column, Table, TableKind};

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("cid", "CID"),
    Column::new("created_at", "Created At"),
    Column::new("consistency", "Consistency"),
    Column::told("error", "Error"),
    Column::new("deployment", "Deployment"),
    Column::new("set", "Set"),
    Column::new("clean", "Clean"),
    Column::new("stood_still_ms", "Stood Still (ms)"),
];

/// How many of the columns people see if something has failed.
const SHOWN: usize = 6;

/// The set that a snapshot belongs to.
pub(super) fn set(taken: &Taken) -> Option<&OperationId> {
    taken.result.as_ref().ok().and_then(|snapshot| snapshot.operation.as_ref())
}

pub(super) fn table() -> Table {
    Table::new("snapshots", TableKind::Own, COLUMNS, Some("cid"))
        .sparing_for(&["disk_cid", "created_at", "consistency", "deployment"], "snapback snapshots --wide")
}

pub(super) fn row(taken: &Taken) -> Vec<Cell> {
    let made = taken.result.as_ref().ok();
    vec![
        Cell::text(&taken.instance),
        Cell::text(&taken.disk),
        Cell::maybe(made, |snapshot| Cell::text(&snapshot.cid)),
        Cell::maybe(made, |snapshot| Cell::Time(snapshot.created_at)),
        Cell::maybe(made, |snapshot| Cell::text(snapshot.consistency.name())),
        Cell::maybe(taken.result.as_ref().err(), |error| Cell::Text(error.in_one_line())),
        Cell::text(&taken.instance.deployment),
        Cell::maybe(set(taken), Cell::text),
        Cell::maybe(made, |snapshot| Cell::Bool(snapshot.clean)),
        Cell::maybe(made.and_then(|snapshot| snapshot.still_ms), Cell::Number),
    ]
}

pub(super) fn show(context: &mut Context, table: Table, rows: &[Taken]) -> Result<()> {
    let failed = rows.iter().any(|row| row.result.is_err());
    let table = table.showing_first(if failed { SHOWN } else { SHOWN - 1 });
    context.ui.table(&table.told(), |emit| {
        for taken in rows {
            emit(row(taken));
        }
        Ok(())
    })
}
