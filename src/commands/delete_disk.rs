//! `snapback delete-disk`

use super::{Outcome, abbreviated};
use crate::context::Context;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::instance::Disk;
use crate::error::Result;
use crate::ops::delete::How;
use crate::ops::delete_disk::{Deletable, DeletedDisk, delete, look};
use crate::ops::{CpiSource, find};
use crate::state::Reader;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback delete-disk`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The disks
    #[arg(value_name = "DISK-CID", required = true)]
    cids: Vec<DiskCid>,
    /// Give up the undo of this restore or undo, which needs one of the disks; the beginning of its id is enough (may be repeated)
    #[arg(long, value_name = "OPERATION")]
    give_up_undo: Vec<OperationId>,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

/// Deletes disks that snapback has made or orphaned. If one may not be deleted, none is.
///
/// # Errors
/// A CID that nobody knows, a disk that is needed or is not snapback's, a no at the prompt, the errors of the CPI and
/// the state file. Failures of single disks are in the outcome.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let presence = context.presence();
    let cids = args.cids.iter().map(|cid| abbreviated::disk(context, opened.reader(), cid));
    let cids = cids.collect::<Result<Vec<_>>>()?;
    let disks = looked_at(opened.reader(), args, &cids, |reader, disk, give_up| {
        let cloud = tools.clouds.cpi(&disk.cpi)?;
        look(reader, cloud.as_ref(), &presence, disk, give_up, None)
    })?;
    let Some(state) = opened.for_change() else {
        let table = Table::new("disks", TableKind::Own, COLUMNS, Some("disk_cid")).showing_first(COLUMNS.len() - 2);
        let table = table.dooming("disk_cid");
        context.ui.table(&table, |emit| {
            for one in &disks {
                emit(cells(one.disk(), Cell::text("planned"), None));
            }
            Ok(())
        })?;
        context.ui.say("Nothing was deleted (--dry-run)");
        return Ok(Outcome::done());
    };
    show(context, &disks);
    context.confirm()?;
    let session = context.session(&tools, state);
    let table = Table::new("disks", TableKind::Own, COLUMNS, Some("disk_cid")).showing_first(COLUMNS.len() - 2);
    let ui = &mut context.ui;
    let (rows, late) = delete(&session, disks, &mut |deleted| {
        let event = if matches!(deleted.result, Ok(how) if how.is_done()) { "deleted" } else { "failed" };
        ui.event(&table, event, &row(deleted));
    })?;
    context.ui.table(&table.told(), |emit| {
        for deleted in &rows {
            emit(row(deleted));
        }
        Ok(())
    })?;
    let deleted = rows.iter().filter(|row| matches!(row.result, Ok(how) if how.is_done())).count();
    Ok(Outcome::of_attempts(deleted, rows.into_iter().filter_map(|row| row.result.err()).chain(late).collect()))
}

/// The disks that are named, each once, after a look at each.
fn looked_at(
    reader: &Reader,
    args: &Args,
    cids: &[DiskCid],
    look: impl Fn(&Reader, Disk, &[OperationId]) -> Result<Deletable>,
) -> Result<Vec<Deletable>> {
    let give_up = args.give_up_undo.iter().map(|id| find::operation(reader, id).map(|operation| operation.id));
    let give_up = give_up.collect::<Result<Vec<_>>>()?;
    let mut disks: Vec<Deletable> = Vec::with_capacity(cids.len());
    for cid in cids {
        if disks.iter().all(|one| one.disk().cid != *cid) {
            disks.push(look(reader, find::disk(reader, cid)?, &give_up)?);
        }
    }
    Ok(disks)
}

fn show(context: &mut Context, disks: &[Deletable]) {
    for one in disks {
        let of = one.disk().instance.as_ref().map_or("-".to_owned(), ToString::to_string);
        context.ui.say_doomed(&format!("{of}  {}", one.disk().cid));
    }
    context.ui.say(&match disks.len() {
        1 => "Deleting the disk above for good".to_owned(),
        several => format!("Deleting the {several} disks above for good"),
    });
    for one in disks {
        let cid = &one.disk().cid;
        if let Some(id) = one.gives_up() {
            context.ui.warn(&format!("after that, operation {id} cannot be undone with disk {cid}"));
        }
        if !one.unseen().is_empty() {
            let names: Vec<String> = one.unseen().iter().map(ToString::to_string).collect();
            context.ui.warn(&format!(
                "the cloud cannot tell whether the VM of {} has disk {cid}: look before you go on",
                names.join(", ")
            ));
        }
    }
}

const COLUMNS: &[Column] = &[
    Column::new("disk_cid", "Disk CID"),
    Column::new("instance", "Instance"),
    Column::new("size", "Size"),
    Column::new("result", "Result"),
    Column::told("error", "Error"),
    Column::new("deployment", "Deployment"),
];

/// The result in one word, for programs.
fn result(deleted: &DeletedDisk) -> &'static str {
    match &deleted.result {
        Ok(How::NotTried) => "not tried",
        Ok(_) => "deleted",
        Err(_) => "failed",
    }
}

fn row(deleted: &DeletedDisk) -> Vec<Cell> {
    let own = result(deleted).to_owned();
    let bosh = deleted.result.as_ref().err().map_or_else(|| own.clone(), crate::error::Error::in_one_line);
    cells(&deleted.disk, Cell::Called { bosh, own }, deleted.result.as_ref().err())
}

fn cells(disk: &Disk, result: Cell, error: Option<&crate::error::Error>) -> Vec<Cell> {
    vec![
        Cell::text(&disk.cid),
        Cell::maybe(disk.instance.as_ref(), Cell::text),
        Cell::maybe(disk.size_mib, Cell::Mib),
        result,
        Cell::maybe(error, |error| Cell::Text(error.in_one_line())),
        Cell::maybe(disk.instance.as_ref(), |name| Cell::text(&name.deployment)),
    ]
}
