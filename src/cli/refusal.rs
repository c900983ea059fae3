//! Command lines that clap refuses, and texts that it was asked to print. A program gets its JSON document all the
//! same.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::of_bosh;
use crate::commands::{Command, definition, help, rows};
use crate::error::{Error, Kind};
use crate::exit_code::ExitCode;
use crate::ui::{Format, Streams, Style, Ui};

/// Prints the first page of the help: `snapback` alone.
pub(super) fn overview(streams: Streams) -> ExitCode {
    print(&help::overview(), streams)
}

pub(super) fn refuse(error: &clap::Error, arguments: &[OsString], streams: Streams) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp => return print(&help::page_of(arguments), streams),
        ErrorKind::DisplayVersion => return print(&error.render().to_string(), streams),
        _ => {}
    }
    let style = Style { format: format(arguments), terminal: streams.stdout_is_terminal, color: false, quiet: false };
    let verb = help::asked(&definition(), arguments).verb;
    let command = verb.first().map(String::as_str);
    let mut ui = Ui::new(streams, style, command).answering(rows::of_words(&verb, arguments));
    ui.error(reason(error, &verb));
    // Its other statuses are those of the command that it runs.
    ui.end(if command == Some("guard") { ExitCode::GUARD } else { ExitCode::USAGE })
}

/// Ends a command because of a variable that cannot be understood.
pub(super) fn of_variable(mut ui: Ui, error: Error, command: &Command) -> ExitCode {
    let kind = error.kind();
    ui.error(error);
    ui.end(if matches!(command, Command::Guard(_)) { ExitCode::GUARD } else { ExitCode::of(kind) })
}

fn print(text: &str, streams: Streams) -> ExitCode {
    let style = Style { format: Format::Text, terminal: streams.stdout_is_terminal, color: false, quiet: false };
    let mut ui = Ui::new(streams, style, None);
    ui.raw(text);
    ui.end(ExitCode::DONE)
}

/// Turns clap's paragraphs into an error: what is wrong, perhaps a tip, the usage, and where to read more.
fn reason(error: &clap::Error, verb: &[String]) -> Error {
    let page = verb.first().map_or("snapback help".to_owned(), |_| format!("snapback help {}", verb.join(" ")));
    let (kind, text) = (error.kind(), error.render().to_string());
    let text = text.trim_start_matches("error: ").trim_end();
    if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // The lines of a paragraph of the help; what goes on in a second line stands further to the right.
        let lines = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
        let names: Vec<&str> = names.filter(|name| *name != "help").collect();
        return which(&names.join(", ")).try_command(page);
    }
    if kind == ErrorKind::MissingSubcommand {
        let names = text.split_once("[subcommands: ").and_then(|(_, rest)| rest.split_once(']'));
        return which(names.map_or("", |(names, _)| names)).try_command(page);
    }
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let mut told = Error::new(Kind::Usage, paragraphs.next().unwrap_or_default());
    if let Some(hint) = instead(error, verb) {
        return told.hint(hint).try_command(page);
    }
    for guess in guesses(error, verb) {
        told = told.hint(format!("did you mean '{guess}'?"));
    }
    for paragraph in paragraphs.filter(|paragraph| !paragraph.starts_with("For more information")) {
        // clap's guesses are too free: 'version' was 'operations' to it.
        let lines = paragraph.lines().map(|line| line.trim().strip_prefix("tip: ").unwrap_or(line.trim()));
        let kept: Vec<&str> = lines.filter(|line| !is_clap_guess(kind, line)).collect();
        if !kept.is_empty() {
            told = told.hint(kept.join("\n"));
        }
    }
    told.try_command(page)
}

fn is_clap_guess(kind: ErrorKind, line: &str) -> bool {
    let of_names = matches!(kind, ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    of_names && line.contains(" similar ") && line.contains(" exist")
}

/// What to do instead of an option of the bosh CLI.
fn instead(error: &clap::Error, verb: &[String]) -> Option<&'static str> {
    let option = (error.kind() == ErrorKind::UnknownArgument).then(|| context(error, ContextKind::InvalidArg))??;
    of_bosh::instead(option, verb.first().map_or("", String::as_str))
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// The verbs or options that a mistyped one may mean; empty if none is close.
fn guesses(error: &clap::Error, verb: &[String]) -> Vec<String> {
    let mut definition = definition();
    definition.build();
    let mut command = &definition;
    for name in verb {
        command = command.find_subcommand(name).unwrap_or(command);
    }
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = context(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            if typed == "help" {
                return vec![format!("snapback help {}", verb.join(" "))];
            }
            let meant = help::guess::verbs(command, typed, verb.is_empty());
            let before = verb.iter().fold("snapback".to_owned(), |line, name| format!("{line} {name}"));
            meant.into_iter().map(|name| format!("{before} {name}")).collect()
        }
        ErrorKind::UnknownArgument => {
            help::guess::options(command, context(error, ContextKind::InvalidArg).unwrap_or_default())
        }
        _ => Vec::new(),
    }
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
