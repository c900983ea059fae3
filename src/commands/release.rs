//! `snapback release`

use super::{Outcome, hold};
use crate::context::Context;
use crate::domain::ids::SnapshotCid;
use crate::error::Result;

/// What `release` takes.
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
/// A CID that nobody knows, the Director's snapshots, the state file's.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    hold::change(context, &args.cids, None, args.dry_run)
}
