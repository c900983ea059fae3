//! `snapback disks`

use super::{Outcome, views};
use crate::context::Context;
use crate::error::Result;
use crate::ops::find;

/// What `disks` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::cli::exit_codes())]
pub struct Args {
    /// Only those that are attached to nothing, and kept
    #[arg(long)]
    orphaned: bool,
}

/// Lists persistent disks.
///
/// # Errors
/// An unknown deployment, the state file's.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let reader = context.reader()?;
    let deployment = context.deployment().map(|named| find::deployment(&reader, Some(&named))).transpose()?;
    let disks = reader.disks(args.orphaned.then_some("orphaned"), deployment.as_deref())?;
    context.ui.table(&views::disks(args.orphaned), |row| {
        for disk in &disks {
            row(views::disk_row(disk));
        }
        Ok(())
    })?;
    Ok(Outcome::done())
}
