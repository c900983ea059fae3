//! Whether a command can be run once, at a time, by a scheduler: read exactly as it will be run.

use clap::error::ErrorKind;

use super::super::{Cli, Command as Verb, selectors};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::ops::schedule::line_of_child;

/// The words behind `snapback` to keep, with the deployment that is named here if the command names none.
///
/// # Errors
/// [`Kind::Usage`]: it is not a command, or a scheduler cannot run it. [`Kind::NotFound`]: it names something that
/// nobody knows.
pub(super) fn understood(context: &mut Context, command: &[String]) -> Result<Vec<String>> {
    let cli = read(command, command)?;
    can_be_run(&cli, command)?;
    let mut kept = command.to_vec();
    let of_all = command.iter().any(|word| word.starts_with("--all-dep"));
    if let Some(deployment) = context.deployment().filter(|_| cli.global.deployment.is_none() && !of_all) {
        kept.splice(0..0, ["--deployment".to_owned(), deployment]);
    }
    let cli = read(&line_of_child(&context.again(false).words, &kept), command)?;
    means_something(context, &cli)?;
    Ok(kept)
}

/// Reads a command line; `typed` is the part of it that the operator typed.
fn read(line: &[String], typed: &[String]) -> Result<Cli> {
    let words = std::iter::once("snapback").chain(line.iter().map(String::as_str));
    Cli::read(&words.map(Into::into).collect::<Vec<_>>()).map(|(cli, _)| cli).map_err(|error| {
        let typed = typed.join(" ");
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            let message = format!("'{typed}' only prints a text: nothing was noted");
            return Error::new(Kind::Usage, message).hint("leave --help or --version out");
        }
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Error::new(Kind::Usage, format!("'{typed}' is not a command that a schedule can run: {first}"))
            .hint("write it behind --, as in: snapback schedule at 'tomorrow 02:00' -- take db")
    })
}

fn can_be_run(cli: &Cli, command: &[String]) -> Result<()> {
    let refuse =
        |why: &str| Err(Error::new(Kind::Usage, format!("{} cannot be run once, at a time: {why}", command.join(" "))));
    match &cli.command {
        Verb::Schedule(_) => refuse("a schedule cannot run `schedule`"),
        Verb::Cpi(_) | Verb::Completions(_) | Verb::Man(_) | Verb::Demo(_) | Verb::Init(_) => {
            refuse("it changes nothing, so there is nothing to schedule")
        }
        Verb::Guard(_) => refuse("its command needs the terminal and standard output, which a schedule does not have"),
        Verb::Import(args) if args.reads_stdin() => refuse("it reads standard input, and a schedule has none"),
        _ if cli.global.output.is_some() || cli.global.json => {
            refuse("the schedule reads its answer, so leave out --output and --json")
        }
        _ if !cli.global.var.is_empty() => {
            Err(Error::new(Kind::Usage, "the value of a variable is not kept in the state file: nothing was noted")
                .hint("put it in a file, and name that with -l where the schedules are run"))
        }
        _ => Ok(()),
    }
}

/// Refuses a command that would find nothing if it were run now, rather than let it fail at night.
fn means_something(context: &mut Context, cli: &Cli) -> Result<()> {
    let words = match &cli.command {
        Verb::Take(args) => args.meant(),
        Verb::DeleteAll(args) => Some(args.meant()),
        _ => None,
    };
    let Some(words) = words else { return Ok(()) };
    let deployment = cli.global.deployment.as_deref();
    if deployment.is_none() && matches!(cli.command, Verb::DeleteAll(_)) {
        return Err(Error::new(Kind::Usage, "a scheduled delete-all does not ask, so you must name the deployment")
            .hint("name it with -d, as in: snapback schedule at 'tomorrow 02:00' -- -d prod delete-all db"));
    }
    let manifest = context.manifest()?;
    let Some(reader) = context.reader_if_any(&manifest)? else { return Ok(()) };
    let deployment = find::deployment(&reader, deployment)?;
    match (selectors(words)?, &cli.command) {
        (selectors, _) if selectors.is_all() => Ok(()),
        (selectors, Verb::DeleteAll(_)) => find::known_of_snapshots(&reader, &deployment, &selectors),
        (selectors, _) => find::instances(&reader, &deployment, &selectors).map(drop),
    }
}
