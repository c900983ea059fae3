//! What clap did not take, or was asked to print. A program gets its document all the same.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::definition;
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
    let mut ui = Ui::new(streams, style, command(arguments).as_deref());
    let text = error.render().to_string();
    if asked {
        ui.raw(&text);
        return ui.end(ExitCode::DONE);
    }
    let text = text.trim_start_matches("error: ").trim_end().to_owned();
    let message = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        Error::new(Kind::Usage, "which command?").hint(text)
    } else {
        Error::new(Kind::Usage, text)
    };
    ui.error(&message);
    ui.end(ExitCode::USAGE)
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

/// The command, as far as it can be seen.
fn command(arguments: &[OsString]) -> Option<String> {
    let matches = definition().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    matches.subcommand_name().map(str::to_owned)
}
