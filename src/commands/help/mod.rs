//! `snapback help`, and what `--help` and `-h` print.

pub mod examples;
pub mod guess;
pub mod topics;

mod asked;
mod groups;
mod page;
mod usage;

use std::ffi::OsString;

use super::Outcome;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exit_code::exit_codes;

pub use asked::asked;
pub use page::overview;
pub use usage::{as_usage, usage};

/// The pages that are about no verb.
pub const TOPICS: [&str; 4] = ["options", "exit-codes", "environment", "files"];

/// The arguments of `snapback help`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A verb, or options, exit-codes, environment or files [default: all verbs]
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

/// Prints a page of the help.
///
/// # Errors
/// [`Kind::Usage`]: neither a verb nor a topic; the errors of [`Context::answers_as_text`].
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    context.answers_as_text("the help")?;
    let topic: Vec<&str> = args.topic.iter().map(String::as_str).collect();
    let page = match topic[..] {
        [] => page::overview(),
        ["options"] => page::options(),
        ["exit-codes"] => format!("{}\n", exit_codes()),
        ["environment"] => topics::list("Environment variables", topics::VARIABLES),
        ["files"] => topics::list("Files", topics::FILES),
        _ => page::long(&canonical(&args.topic)).ok_or_else(|| unknown(&args.topic))?,
    };
    context.ui.raw(&page);
    Ok(Outcome::done())
}

/// The page that a command line with `--help` or `-h` asks for.
pub fn page_of(words: &[OsString]) -> String {
    let asked = asked(&super::definition(), words);
    let page = if asked.short { page::short(&asked.verb) } else { page::long(&asked.verb) };
    page.unwrap_or_else(|| if asked.short { page::names() } else { page::overview() })
}

/// Verbs by their names: `take-snapshot` is `take`.
fn canonical(words: &[String]) -> Vec<String> {
    let definition = super::definition();
    let mut command = Some(&definition);
    let mut names = Vec::new();
    for word in words {
        command = command.and_then(|command| command.find_subcommand(word));
        names.push(command.map_or(&**word, |found| found.get_name()).to_owned());
    }
    names
}

fn unknown(words: &[String]) -> Error {
    let error = Error::new(Kind::Usage, format!("the help has no page '{}'", words.join(" ")));
    let meant = words.first().map(|word| guess::verbs(&super::definition(), word, true)).unwrap_or_default();
    let topics = "topics: options, exit-codes, environment, files, and each verb; to see the verbs:";
    let error = meant.iter().fold(error, |error, name| error.hint(format!("did you mean '{name}'?")));
    error.hint(topics).try_command("snapback help")
}
