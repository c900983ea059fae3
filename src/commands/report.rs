//! `snapback report`

mod facts;
mod html;
mod page;
mod tables;
mod timeline;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::status::{instances, max_age, tell_diskless};
use super::whole_file::{self, Readers};
use super::{Outcome, selectors};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::status::{Question, problems};

/// The arguments of `snapback report`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Only of these instances: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Write the page to this file, whole or not at all; - is standard output
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
    /// How old the newest snapshot of each may be: 26h, 90m, 2d [default: any age]; with it, the exit code is that of `status`
    #[arg(long, value_name = "AGE", value_parser = max_age, allow_hyphen_values = true)]
    max_age: Option<Duration>,
    /// Do not ask the clouds: believe the state file
    #[arg(long)]
    offline: bool,
}

/// Writes a page about the state of all instances.
///
/// # Errors
/// A bad selector; an unknown deployment or instance; a file that cannot be written; the errors of the manifest and the
/// state file. With `--max-age`, [`Kind::Problems`] if an instance could not be restored as asked.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    const OPTION: &str = "--html";
    let selectors = selectors(&args.selector)?;
    let printed = args.html == Path::new("-");
    if printed && context.ui.style().format.is_for_programs() {
        let error = Error::new(Kind::Usage, "standard output cannot have both the page and an answer for programs");
        return Err(error
            .hint("name a file in the place of -; for a program:")
            .try_command("snapback status --output json"));
    }
    let file = if printed { args.html.clone() } else { whole_file::place(OPTION, &args.html)? };
    let tools = context.tools()?;
    let reader = context.reader()?;
    let (instances, diskless) = instances(&reader, context.deployment().as_deref(), &selectors)?;
    tell_diskless(context, &diskless, &selectors);
    let question = Question { max_age: args.max_age, verified: false, offline: args.offline };
    let facts = facts::gather(context, &tools, &reader, &instances, question)?;
    let text = page::page(&facts);
    if printed {
        context.ui.raw(&text);
    } else {
        whole_file::write("the report", &file, text.as_bytes(), Readers::AsTheUmaskSays)?;
        context.ui.say(&format!("Wrote {}", args.html.display()));
    }
    let standings = facts.rows.into_iter().map(|row| row.standing).collect::<Vec<_>>();
    Ok(match problems(&standings).filter(|_| args.max_age.is_some()) {
        None => Outcome::done(),
        Some(error) => Outcome { status: ExitCode::PROBLEMS, failures: vec![error] },
    })
}
