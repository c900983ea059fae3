//! The pages of the help.

use clap::{Arg, Command};

use super::examples::{Example, examples};
use super::groups::GROUPS;
use super::usage::{as_usage, usage};
use crate::commands::definition;

/// The lines of a screen, less the one for the shell's next prompt.
const LINES: usize = 23;
const COLUMNS: usize = 80;
/// The greatest width of the names of arguments.
const NAMES: usize = 28;

/// Where the rest of the help is.
const REST: &str = "Global options: snapback help options. Exit codes: snapback help exit-codes.";

/// The overview: all verbs, in groups, each with what it does.
pub fn overview() -> String {
    let definition = definition();
    let about = |name: &str| {
        let about = definition.find_subcommand(name).and_then(Command::get_about);
        about.map(ToString::to_string).unwrap_or_default()
    };
    let mut page = format!("{}\n\nUsage: snapback VERB ...\n", text(definition.get_about()));
    for group in GROUPS {
        page += &format!("\n{}\n", group.heading);
        page.extend(group.verbs.iter().map(|name| format!("  {name:<13}{}\n", about(name))));
    }
    page + "\nNew here? Try: snapback demo. Examples of a verb: snapback help VERB.\n" + REST + "\n"
}

/// All verbs, in groups, on one screen.
pub fn names() -> String {
    let mut page = format!("{}\n\nUsage: snapback VERB ...\n\n", text(definition().get_about()));
    page.extend(GROUPS.iter().map(|group| format!("  {:<12}{}\n", group.heading, group.verbs.join(" "))));
    page + "\nMore about a verb: snapback help VERB; about all: snapback help\n" + REST + "\n"
}

/// The options that all verbs share.
pub fn options() -> String {
    let definition = built().mut_args(|arg| if arg.is_global_set() { shown(arg) } else { arg.hide(true) });
    let page = definition.help_template("{all-args}").disable_help_subcommand(true).render_help().to_string();
    // The verbs come first, and are not wanted here.
    let options = page.split_once("Global options:").map_or(&*page, |(_, options)| options);
    format!("Write global options before or after the verb:{options}")
}

/// The page of a verb or a subcommand: examples, then its own options. `None` if there is no such verb.
pub fn long(verb: &[String]) -> Option<String> {
    let command = find(verb)?;
    let usage = as_usage(&usage(&command));
    let name = verb.join(" ");
    let mut page = format!("{}\n\n{usage}\n\nExamples:\n", text(command.get_about()));
    for Example { does, line } in examples(&name) {
        page += &format!("  # {does}\n  {line}\n");
    }
    let after = text(command.get_after_long_help());
    let own = command.mut_args(|arg| if is_everywhere(&arg) { arg.hide(true) } else { arg });
    let arguments = own.help_template("{all-args}").render_help().to_string();
    if !arguments.trim().is_empty() {
        page += &format!("\n{}\n", arguments.trim_end());
    }
    if !after.is_empty() {
        page += &format!("\n{after}\n");
    }
    Some(page + "\n" + REST + "\n")
}

/// The page of a verb that fits a screen of 24 lines and 80 columns.
pub fn short(verb: &[String]) -> Option<String> {
    let command = find(verb)?;
    let mut lines = vec![fit(&text(command.get_about()), COLUMNS), as_usage(&usage(&command)), String::new()];
    let end = fit(&format!("Examples and more: snapback help {}", verb.join(" ")), COLUMNS);
    let rows: Vec<(String, String)> = command
        .get_arguments()
        .filter(|arg| !is_everywhere(arg) && !arg.is_hide_set())
        .map(|arg| (name(arg), arg.get_help().map(ToString::to_string).unwrap_or_default()))
        .chain(command.get_subcommands().map(|below| (below.get_name().to_owned(), text(below.get_about()))))
        .filter(|(name, _)| name != "help")
        .collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(NAMES);
    // The lines besides the rows: an empty line, and the one that says where there is more.
    let taken: usize = lines.iter().map(|line| line.lines().count().max(1)).sum::<usize>() + 2;
    let room = LINES.saturating_sub(taken);
    let (rows, others) = rows.split_at(if rows.len() > room { room.saturating_sub(2) } else { rows.len() });
    for (name, about) in rows {
        let name = format!("  {name:<width$}");
        lines.push(format!("{name}  {}", fit(about, COLUMNS - name.chars().count() - 2)));
    }
    lines.extend(also(others));
    lines.extend([String::new(), end]);
    Some(lines.join("\n") + "\n")
}

/// Only the names of the rows that have no room, on two lines at most. The page that is named below has all of them.
fn also(others: &[(String, String)]) -> Vec<String> {
    let names = others.iter().filter_map(|(name, _)| name.split_whitespace().find(|word| word.starts_with("--")));
    let mut lines = vec!["  Also:".to_owned()];
    for name in names {
        let last = lines.len() - 1;
        if lines[last].len() + 1 + name.len() <= COLUMNS {
            lines[last] += &format!(" {name}");
        } else if lines.len() < 2 {
            lines.push(format!("    {name}"));
        }
    }
    if others.is_empty() { Vec::new() } else { lines }
}

/// The definition with all that clap adds: global options, names in usages.
fn built() -> Command {
    let mut definition = definition();
    definition.build();
    definition
}

fn find(verb: &[String]) -> Option<Command> {
    let definition = built();
    let (first, rest) = verb.split_first()?;
    let mut command = definition.find_subcommand(first)?;
    for name in rest {
        command = command.find_subcommand(name)?;
    }
    Some(command.clone())
}

fn text(about: Option<&clap::builder::StyledStr>) -> String {
    about.map(ToString::to_string).unwrap_or_default()
}

/// Whether every verb has the argument.
fn is_everywhere(arg: &Arg) -> bool {
    arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str())
}

fn shown(arg: Arg) -> Arg {
    arg.hide_short_help(false).hide_long_help(false)
}

/// An argument as the page names it: `-n, --name VALUE`.
fn name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let value = names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" ");
    match arg.get_long() {
        None => value,
        Some(long) => {
            let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
            let value = if arg.get_action().takes_values() { format!(" {value}") } else { String::new() };
            format!("{short}--{long}{value}")
        }
    }
}

/// A text that fits, without its defaults: as many of its clauses as there is room for, else of its words.
fn fit(text: &str, width: usize) -> String {
    let text = text.split(" [").next().unwrap_or_default();
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width).collect();
    let clause = head.rfind([';', ':', ',', '(']).filter(|at| *at > width / 3);
    match clause {
        Some(at) => head[..at].trim_end().to_owned(),
        None => {
            let head: String = text.chars().take(width.saturating_sub(3)).collect();
            format!("{}...", head.rfind(' ').map_or(&*head, |at| &head[..at]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each verb and each subcommand.
    fn all() -> Vec<Vec<String>> {
        let mut open: Vec<(Vec<String>, Command)> = vec![(Vec::new(), definition())];
        let mut found = Vec::new();
        while let Some((name, command)) = open.pop() {
            for below in command.get_subcommands() {
                let name = [&name[..], &[below.get_name().to_owned()]].concat();
                open.push((name.clone(), below.clone()));
                found.push(name);
            }
        }
        assert!(found.len() > 30);
        found
    }

    fn fits(page: &str, what: &str) {
        assert!(page.lines().count() <= LINES, "{what}: {} lines\n{page}", page.lines().count());
        for line in page.lines() {
            assert!(line.chars().count() <= COLUMNS, "{what}: {line:?}");
        }
    }

    #[test]
    fn the_short_page_of_each_verb_fits_a_screen_and_names_all_its_options() {
        fits(&names(), "-h");
        for verb in all() {
            let page = short(&verb).unwrap();
            fits(&page, &verb.join(" "));
            let command = find(&verb).unwrap();
            for arg in command.get_arguments().filter(|arg| !is_everywhere(arg) && !arg.is_hide_set()) {
                let name = arg.get_long().map_or_else(|| name(arg), |long| format!("--{long}"));
                assert!(page.contains(&name), "{verb:?} lacks {name}:\n{page}");
            }
        }
    }

    #[test]
    fn the_long_page_of_each_verb_begins_with_examples_and_has_its_own_options_only() {
        for verb in all() {
            let page = long(&verb).unwrap();
            let examples = page.find("\nExamples:\n  # ").unwrap_or_else(|| panic!("{verb:?}: {page}"));
            for heading in ["\nArguments:\n", "\nOptions:\n", "\nCommands:\n"] {
                assert!(page.find(heading).is_none_or(|at| at > examples), "{verb:?}: {page}");
            }
            assert!(page.ends_with(&format!("\n{REST}\n")) && !page.contains("--vars-store"), "{page}");
        }
    }

    #[test]
    fn the_first_page_is_80_columns_wide() {
        let page = overview();
        assert!(page.lines().all(|line| line.chars().count() <= COLUMNS), "{page}");
        let options = options();
        for option in ["--manifest", "--vars-store", "--allow-network-fs"] {
            assert!(options.contains(option), "{options}");
        }
        assert!(!options.contains("Commands:") && !options.contains("delete-all"), "{options}");
    }

    #[test]
    fn a_text_is_cut_between_clauses_or_words() {
        assert_eq!(fit("Only these: GROUP [default: all]", 40), "Only these: GROUP");
        assert_eq!(fit("How long to keep it: 10d, 12h, or none for ever", 32), "How long to keep it: 10d, 12h");
        assert_eq!(fit("Record this snapshot which only the cloud has", 30), "Record this snapshot which...");
    }
}
