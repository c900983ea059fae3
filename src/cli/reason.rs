//! A command line that clap refuses, as an error of snapback's own: what is wrong, perhaps what was meant, the usage of the verb,
//! and where to read more.

use std::error::Error as _;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::habits;
use crate::commands::{definition, help};
use crate::error::{Error, Kind};

/// Says why the words of a verb (the names of it and of what stands below it) were refused.
pub(super) fn reason(error: &clap::Error, verb: &[String]) -> Error {
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
    let mut definition = definition();
    definition.build();
    let mut command = &definition;
    for name in verb {
        command = command.find_subcommand(name).unwrap_or(command);
    }
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let first = paragraphs.next().unwrap_or_default();
    let usage = help::usage(command);
    let told = needs(error, verb, &usage).or_else(|| number(error, first)).unwrap_or_else(|| first.to_owned());
    let mut told = Error::new(Kind::Usage, told);
    if let Some(hint) = instead(error, verb) {
        return told.hint(hint).try_command(page);
    }
    let guesses = guesses(error, command, verb);
    for guess in &guesses {
        told = told.hint(format!("did you mean '{guess}'?"));
    }
    for paragraph in paragraphs.filter(|paragraph| !paragraph.starts_with("For more information")) {
        if !paragraph.starts_with("Usage:") {
            let lines = paragraph.lines().map(|line| line.trim().strip_prefix("tip: ").unwrap_or(line.trim()));
            let kept: Vec<&str> = lines.filter(|line| is_good_tip(kind, line)).collect();
            told = if kept.is_empty() { told } else { told.hint(kept.join("\n")) };
        } else if guesses.is_empty() && !verb.is_empty() {
            // clap's own names an option that somebody may have meant.
            told = told.hint(help::as_usage(&usage));
        }
    }
    told.try_command(page)
}

/// clap's guesses are too free: 'version' was 'operations' to it. And what stands behind `--` is another program's command line.
fn is_good_tip(kind: ErrorKind, line: &str) -> bool {
    let of_names = matches!(kind, ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    !(of_names && line.contains(" similar ") && line.contains(" exist") || line.starts_with("to pass '"))
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// What to do instead of an option of another tool.
fn instead(error: &clap::Error, verb: &[String]) -> Option<&'static str> {
    let option = (error.kind() == ErrorKind::UnknownArgument).then(|| context(error, ContextKind::InvalidArg))??;
    habits::instead(option, verb.first().map_or("", String::as_str))
}

/// What a command line lacks. If the verb has several forms, one of them is enough.
fn needs(error: &clap::Error, verb: &[String], usage: &[String]) -> Option<String> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let verb = verb.join(" ");
    let begin = format!("snapback {verb} [OPTIONS] ");
    let forms = usage.iter().filter_map(|form| form.strip_prefix(&begin));
    let forms: Vec<String> = forms.map(|form| form.split(" [-- ").next().unwrap_or(form).to_owned()).collect();
    let is_choice = forms.len() > 1 && missing.iter().all(|name| forms[0].starts_with(name.trim_end_matches("...")));
    let (all, last) = if is_choice { (&forms, "or") } else { (missing, "and") };
    let (end, others) = all.split_last()?;
    let others = others.join(", ");
    Some(if others.is_empty() { format!("{verb} needs {end}") } else { format!("{verb} needs {others} {last} {end}") })
}

/// The same of a number, in plain words. `text` is clap's, which ends with those of Rust's parser.
fn number(error: &clap::Error, text: &str) -> Option<String> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let source = error.source()?.to_string();
    let unit = match context(error, ContextKind::InvalidArg)?.split_once(" <").map(|(_, value)| value) {
        Some("SECONDS>") => " of seconds",
        Some("MIB>") => " of MiB",
        _ => "",
    };
    let expected = match source.split_once(" is not in ").and_then(|(_, range)| range.split_once("..")) {
        Some((least, most)) => match most.trim_start_matches('=') {
            most if most == u64::MAX.to_string() => format!("give a number{unit}, {least} or more"),
            most => format!("give a number{unit} from {least} to {most}"),
        },
        None if source.starts_with("number too large") => "the number is too large".to_owned(),
        None if source.starts_with("invalid digit") || source.starts_with("cannot parse integer") => {
            format!("give a number{unit}")
        }
        None => return None,
    };
    Some(format!("{}{expected}", text.strip_suffix(&source)?))
}

/// The verbs or options that a mistyped one may mean; empty if none is close.
fn guesses(error: &clap::Error, command: &Command, verb: &[String]) -> Vec<String> {
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
