//! `snapback release`

use super::{Outcome, hold};
use crate::context::Context;
use crate::domain::ids::SnapshotCid;
use crate::error::Result;

/// The arguments of `snapback release`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The snapshots
    #[arg(value_name = "CID", required = true)]
    cids: Vec<SnapshotCid>,
    /// Show what would be released, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Releases snapshots that are held. One that is not held stays as it is.
///
/// # Errors
/// A CID that nobody knows, a snapshot of the Director's, the errors of the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    hold::change(context, &args.cids, None, args.dry_run)
}
