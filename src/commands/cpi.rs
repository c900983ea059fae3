//! `snapback cpi`

use std::path::PathBuf;

use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::ops::serve;

/// Which CPI to be.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// The local backend: one JSON request on stdin, one response on stdout, as BOSH calls a CPI
    Local(Local),
}

/// What `cpi local` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXIT)]
pub struct Local {
    /// The directory of the disks [default: the request's context.local.path]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

const EXIT: &str = "Exit codes:\n  0  there is a response, whatever it says\n  1  it could not be written to stdout\n  \
                    2  usage: the command line cannot be understood";

/// Answers one request. There is no other output, and no other exit status than whether the answer is written.
pub fn run(mut context: Context, command: &Command) -> ExitCode {
    let Command::Local(args) = command;
    let (clock, ids, faults) = (context.clock.clone(), context.ids.clone(), context.faults.clone());
    let answer = serve::local(args.path.clone(), context.ui.stdin(), clock, ids, faults);
    context.ui.end_with(&answer)
}
