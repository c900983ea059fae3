//! How a verb is called: a line, or one for each of its main forms.

use clap::Command;

/// The usage of a command of the built definition, without the word before it.
pub fn usage(command: &Command) -> Vec<String> {
    let text = command.clone().render_usage().to_string();
    let text = text.trim_start_matches("Usage:").trim();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// The lines of a usage, one below the other.
pub fn as_usage(lines: &[String]) -> String {
    format!("Usage: {}", lines.join("\n       "))
}
