//! `snapback delete-disk`

use super::Outcome;
use crate::context::Context;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::instance::Disk;
use crate::error::Result;
use crate::ops::delete_disk::{delete, look};
use crate::ops::{CpiSource, find};
use crate::ui::{Cell, Column, Table, TableKind};

/// What `delete-disk` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::exit_code::exit_codes())]
pub struct Args {
    /// The disk
    #[arg(value_name = "DISK-CID")]
    cid: DiskCid,
    /// Give up the undo of this restore or undo, which needs the disk; the beginning of its id is enough
    #[arg(long, value_name = "OPERATION")]
    give_up_undo: Option<OperationId>,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

/// Deletes a disk that snapback has made or put away.
///
/// # Errors
/// A CID that nobody knows, a disk that is needed or is not snapback's, a no at the prompt, the CPI's, the state file's.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let reader = opened.reader();
    let give_up = args.give_up_undo.as_ref().map(|id| find::operation(reader, id)).transpose()?.map(|one| one.id);
    let disk = find::disk(reader, &args.cid)?;
    let cloud = tools.clouds.cpi(&disk.cpi)?;
    let deletable = look(reader, cloud.as_ref(), disk, give_up.as_ref(), None)?;
    let table = Table::new("disks", TableKind::Bosh, COLUMNS, Some("disk_cid"));
    let Some(state) = opened.for_change() else {
        context.ui.table(&table, |emit| {
            emit(row(deletable.disk(), "planned"));
            Ok(())
        })?;
        context.ui.say("Nothing was deleted (--dry-run)");
        return Ok(Outcome::done());
    };
    let of = deletable.disk().instance.as_ref().map_or("-".to_owned(), ToString::to_string);
    context.ui.say(&format!("{of}  {}", args.cid));
    context.ui.say("Deleting the disk above for good");
    if let Some(id) = deletable.gives_up() {
        context.ui.warn(&format!("operation {id} can then no longer be undone with this disk"));
    }
    if !deletable.unseen().is_empty() {
        let names: Vec<String> = deletable.unseen().iter().map(ToString::to_string).collect();
        context.ui.warn(&format!(
            "the cloud cannot tell whether the VM of {} has this disk: look before you go on",
            names.join(", ")
        ));
    }
    context.confirm()?;
    let session = context.session(&tools, state);
    let deleted = delete(&session, deletable)?;
    context.ui.table(&table, |emit| {
        emit(row(&deleted, "deleted"));
        Ok(())
    })?;
    Ok(Outcome::done())
}

const COLUMNS: &[Column] = &[
    Column::new("disk_cid", "Disk CID"),
    Column::new("instance", "Instance"),
    Column::new("size", "Size"),
    Column::new("result", "Result"),
    Column::new("deployment", "Deployment"),
];

fn row(disk: &Disk, result: &str) -> Vec<Cell> {
    vec![
        Cell::text(&disk.cid),
        Cell::maybe(disk.instance.as_ref(), Cell::text),
        Cell::maybe(disk.size_mib, Cell::Mib),
        Cell::text(result),
        Cell::maybe(disk.instance.as_ref(), |name| Cell::text(&name.deployment)),
    ]
}
