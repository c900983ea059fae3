//! Command lines that clap refuses, and texts that it was asked to print. A program gets its JSON document all the
//! same.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::reason::reason;
use crate::commands::{Command, definition, help, rows};
use crate::error::Error;
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

/// The format that was asked for, as far as a line that cannot be understood shows it.
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
