//! `snapback cpi`

use std::path::PathBuf;

use super::Outcome;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops;

/// Which CPI snapback acts as.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// The local backend: one JSON request on stdin, one response on stdout, as BOSH calls a CPI
    Local(Local),
}

/// The arguments of `snapback cpi local`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXIT)]
pub struct Local {
    /// The directory of the disks [default: the request's context.local.path]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

const EXIT: &str = "Exit codes:\n  0  there is a response, whatever it says\n  1  it could not be written to stdout\n  \
                    2  usage: the command line cannot be understood";

/// Answers one request. There is no other output. The exit status says only whether the answer was written.
pub fn serve(mut context: Context, command: &Command) -> ExitCode {
    let Command::Local(args) = command;
    let (clock, ids, faults) = (context.clock.clone(), context.ids.clone(), context.faults.clone());
    let answer = ops::serve::local(args.path.clone(), context.ui.stdin(), clock, ids, faults);
    context.ui.end_with(&answer)
}

/// Never runs: `cli` calls [`serve`].
///
/// # Errors
/// [`Kind::Bug`]
pub fn run(_context: &mut Context, _command: &Command) -> Result<Outcome> {
    Err(Error::new(Kind::Bug, "a CPI's answer is not an outcome"))
}
