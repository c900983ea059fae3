//! `snapback completions`

use clap_complete::{Shell, generate};

use super::Outcome;
use crate::context::Context;
use crate::error::Result;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::cli::exit_codes())]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the completion script of a shell.
///
/// # Errors
/// [`Context::answers_as_text`]'s.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    context.answers_as_text("a completion script")?;
    context.ui.raw(&script(args.shell));
    Ok(Outcome::done())
}

/// The completion script of a shell.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut crate::cli::definition(), "snapback", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
