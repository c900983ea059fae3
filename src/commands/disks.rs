//! `snapback disks`

use super::columns::Columns;
use super::{Outcome, views};
use crate::context::Context;
use crate::domain::instance::ListedDisk;
use crate::error::{Error, Result};
use crate::ops::find;

/// The arguments of `snapback disks`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the orphaned ones: kept, and attached to nothing; of all deployments, as bosh does
    #[arg(long)]
    orphaned: bool,
    #[command(flatten)]
    columns: Columns,
}

/// Lists persistent disks.
///
/// # Errors
/// An unknown deployment or column, the errors of the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let (usual, spare): (_, &[&str]) = match args.orphaned {
        true => (views::BOSH_DISKS, &["az", "size", "deployment", "instance", "orphaned_at"]),
        false => (usize::MAX, &["cpi", "orphaned_at", "az", "size", "made_from", "deployment", "instance"]),
    };
    let table = args.columns.shown(views::disks().sparing_for(spare, "add --wide"), usual)?;
    let reader = context.reader()?;
    let named = context.deployment();
    if args.orphaned {
        if named.is_some() {
            context.ui.say("The orphaned disks of all deployments, as bosh lists them");
        }
        context
            .ui
            .table(&table, |row| reader.each_orphaned_disk(|disk| Ok::<bool, Error>(row(views::disk_row(disk)))))?;
        return Ok(Outcome::done());
    }
    let deployment = named.map(|named| find::deployment(&reader, Some(&named))).transpose()?;
    context.ui.table(&table, |row| {
        reader.each_disk(None, deployment.as_deref(), |disk| {
            Ok::<bool, Error>(row(views::disk_row(ListedDisk { disk, deployment: None, instance: None })))
        })
    })?;
    Ok(Outcome::done())
}
