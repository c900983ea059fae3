//! What clap did not take, or was asked to print. A program gets its document all the same.

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::commands::definition;
use crate::error::{Error, Kind};
use crate::exit_code::ExitCode;
use crate::ui::{Format, Streams, Style, Ui};

pub(super) fn refuse(error: &clap::Error, arguments: &[OsString], streams: Streams) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let style = Style {
        format: if asked { Format::Text } else { format(arguments) },
        terminal: streams.stdout_is_terminal,
        color: false,
        quiet: false,
    };
    let command = command(arguments);
    let mut ui = Ui::new(streams, style, command.as_deref());
    let text = error.render().to_string();
    if asked {
        ui.raw(&text);
        return ui.end(ExitCode::DONE);
    }
    ui.error(&reason(error.kind(), &text, &whole_command(arguments)));
    // Its other statuses are those of the command that it runs.
    ui.end(if command.as_deref() == Some("guard") { ExitCode::GUARD } else { ExitCode::USAGE })
}

/// What clap says in paragraphs: what is wrong, perhaps a tip, the usage, and where there is more.
fn reason(kind: ErrorKind, text: &str, command: &str) -> Error {
    let help = format!("snapback {command} --help").replace("  ", " ");
    let text = text.trim_start_matches("error: ").trim_end();
    if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // The lines of a paragraph of the help; what goes on in a second line stands further to the right.
        let lines = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
        let names: Vec<&str> = names.filter(|name| *name != "help").collect();
        return which(&names.join(", ")).try_command(help);
    }
    if kind == ErrorKind::MissingSubcommand {
        let names = text.split_once("[subcommands: ").and_then(|(_, rest)| rest.split_once(']'));
        return which(names.map_or("", |(names, _)| names)).try_command(help);
    }
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let mut error = Error::new(Kind::Usage, paragraphs.next().unwrap_or_default());
    for paragraph in paragraphs.filter(|paragraph| !paragraph.starts_with("For more information")) {
        error = error.hint(paragraph.strip_prefix("tip: ").unwrap_or(paragraph));
    }
    error.try_command(help)
}

fn which(commands: &str) -> Error {
    Error::new(Kind::Usage, "which command?").hint(format!("commands: {commands}"))
}

/// The form that was asked for, as far as that can be seen in a line that cannot be understood.
fn format(arguments: &[OsString]) -> Format {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let output = |name: &str| {
        words.windows(2).any(|pair| pair[0] == "--output" && pair[1] == name)
            || words.iter().any(|word| word.strip_prefix("--output=") == Some(name))
    };
    match () {
        () if words.contains(&"--json") => Format::BoshJson,
        () if output("json") => Format::Json,
        () if output("jsonl") => Format::Jsonl,
        () => Format::Text,
    }
}

/// The command with the one below it, as in `schedule at`, as far as they can be seen.
fn whole_command(arguments: &[OsString]) -> String {
    let matches = definition().ignore_errors(true).try_get_matches_from(arguments).ok();
    let mut below = matches.as_ref().and_then(clap::ArgMatches::subcommand);
    let mut words = Vec::new();
    while let Some((name, matches)) = below {
        words.push(name);
        below = matches.subcommand();
    }
    words.join(" ")
}

/// The command, as far as it can be seen.
fn command(arguments: &[OsString]) -> Option<String> {
    let matches = definition().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    matches.subcommand_name().map(str::to_owned)
}
