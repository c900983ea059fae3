//! `snapback demo`

use std::path::PathBuf;

use super::Outcome;
use crate::context::Context;
use crate::error::Result;

/// What `demo` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::cli::exit_codes())]
pub struct Args {
    /// The directory to work in and to leave behind [default: a new one]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Runs.
///
/// # Errors
/// x
pub fn run(_context: &mut Context, _args: &Args) -> Result<Outcome> {
    Ok(Outcome::done())
}
