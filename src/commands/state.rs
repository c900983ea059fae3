//! `snapback state`

use std::path::PathBuf;

use super::Outcome;
use crate::context::Context;
use crate::error::Result;

/// The subcommands of `state`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a copy of the state file: of one instant, and complete or not at all
    Backup(Backup),
}

/// The arguments of `snapback state backup`.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The copy; without --replace it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace FILE if it is an earlier copy of the same state file
    ///
    /// A copy of another state file, or of a later state of this one, stays as it is (exit code 9).
    #[arg(long)]
    replace: bool,
}

/// Looks after the state file.
///
/// # Errors
/// The state file cannot be read, or the copy cannot be written.
pub fn run(context: &mut Context, command: &Command) -> Result<Outcome> {
    match command {
        Command::Backup(args) => {
            context.reader()?.backup(&args.file, args.replace, &context.faults)?;
            context.ui.say(&format!("Wrote {}", args.file.display()));
            context.ui.say("If the original is lost, go on with the copy: `snapback --state FILE recover --resume`");
            Ok(Outcome::done())
        }
    }
}
