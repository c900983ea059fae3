//! An unfinished command line, read by the definition: what is wanted at its end, and which files it names.

use clap::{Arg, Command};

use crate::commands::words::option;
use crate::state::Candidate;

/// The value of [`Line::wanted`] if a column is to be named.
pub(super) const COLUMN: &str = "column";

/// A command line that is being completed, as far as it is typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The name of the value that is wanted (`CID`), or `deployment`, or [`COLUMN`].
    pub wanted: Option<String>,
    /// The id of the argument that the value belongs to.
    pub argument: String,
    /// The verb, by its own name.
    pub verb: String,
    /// Whether the value can be the name of a file, or of a program.
    pub is_for_files: bool,
    /// The typed beginning of the value.
    pub current: String,
    /// What stands before it in the same word: `--column=`.
    pub option: String,
    /// The values of the same name that stand on the line before it.
    pub given: Vec<String>,
    /// The values that the definition lists for it.
    pub values: Vec<Candidate>,
    /// `-m`
    pub manifest: Option<String>,
    /// `--state`
    pub state: Option<String>,
    /// `-d`
    pub deployment: Option<String>,
}

impl Line {
    /// Reads the words after the program's name; the last one is the current one.
    pub(super) fn read(definition: &Command, words: &[String]) -> Line {
        let mut line = Line::default();
        let Some((current, before)) = words.split_last() else { return line };
        let mut command = definition;
        let (mut places, mut open, mut options): (usize, Option<&Arg>, bool) = (0, None, true);
        let mut given: Vec<(Option<String>, &str)> = Vec::new();
        let mut before = before.iter().map(String::as_str).peekable();
        while let Some(word) = before.next() {
            if let Some(option) = open.take().filter(|option| !ends(option, word)) {
                // bash makes words of their own of `--name`, `=` and the value.
                if word == "=" && before.peek().is_none() {
                    open = Some(option);
                } else if word == "=" {
                    let value = before.next().unwrap_or_default();
                    line.note(option, value);
                    given.push((named(option), value));
                } else {
                    line.note(option, word);
                    given.push((named(option), word));
                    open = Some(option).filter(|option| takes_several(option));
                }
            } else if options && word == "--" {
                options = false;
            } else if options && word.len() > 1 && word.starts_with('-') {
                let (option, value) = option(definition, command, word);
                match (option, value) {
                    (Some(option), Some(value)) => {
                        line.note(option, value);
                        given.push((named(option), value));
                    }
                    (option, _) => open = option,
                }
            } else if let Some(below) = command.find_subcommand(word).filter(|_| options && places == 0) {
                if line.verb.is_empty() {
                    below.get_name().clone_into(&mut line.verb);
                }
                command = below;
            } else {
                given.push((place(command, places).and_then(named), word));
                places += 1;
            }
        }
        line.current.clone_from(current);
        let argument = match open.filter(|option| !ends(option, current)) {
            Some(option) => {
                if line.current == "=" {
                    line.current.clear();
                }
                Some(option)
            }
            None if options && current.starts_with('-') => {
                let (option, value) = option(definition, command, current);
                option.zip(value).filter(|_| current.starts_with("--")).map(|(option, value)| {
                    line.option = current[..current.len() - value.len()].to_owned();
                    value.clone_into(&mut line.current);
                    option
                })
            }
            None => place(command, places),
        };
        line.wanted = argument.and_then(named);
        line.is_for_files = argument.is_some_and(is_for_files);
        line.values = argument.map(listed).unwrap_or_default();
        given.retain(|(of, _)| of.is_some() && *of == line.wanted);
        line.given = given.into_iter().map(|(_, value)| value.to_owned()).collect();
        line.argument = argument.map(|argument| argument.get_id().to_string()).unwrap_or_default();
        line
    }

    fn note(&mut self, option: &Arg, value: &str) {
        let slot = match option.get_id().as_str() {
            "manifest" => &mut self.manifest,
            "state" => &mut self.state,
            "deployment" => &mut self.deployment,
            _ => return,
        };
        *slot = Some(value.to_owned());
    }
}

/// Whether an option goes on to take the words behind it.
fn takes_several(option: &Arg) -> bool {
    option.get_num_args().is_some_and(|range| range.max_values() > 1)
}

/// Whether a word is not one of the several that an option takes.
fn ends(option: &Arg, word: &str) -> bool {
    takes_several(option) && word.starts_with('-')
}

/// The argument without a name that stands in this place; the last one may be repeated. snapback does not complete
/// another program's command line after `--`.
fn place(command: &Command, place: usize) -> Option<&Arg> {
    let all: Vec<&Arg> = command.get_positionals().filter(|arg| !arg.is_last_set()).collect();
    let repeated = |arg: &&Arg| matches!(arg.get_action(), clap::ArgAction::Append);
    all.get(place).copied().or_else(|| all.last().copied().filter(repeated))
}

/// Whether a value of this argument can be the name of a file, of a directory or of a program.
pub(in crate::commands) fn is_for_files(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| ["FILE", "DIR", "PATH", "COMMAND"].iter().any(|place| name.ends_with(place)))
}

/// The values of an argument that the definition lists.
fn listed(arg: &Arg) -> Vec<Candidate> {
    let values = arg.get_possible_values().into_iter().filter(|_| arg.get_action().takes_values());
    let about = |help: Option<&clap::builder::StyledStr>| help.map(ToString::to_string).unwrap_or_default();
    values.map(|one| Candidate { name: one.get_name().to_owned(), about: about(one.get_help()) }).collect()
}

pub(super) fn named(arg: &Arg) -> Option<String> {
    if ["deployment", COLUMN].contains(&arg.get_id().as_str()) {
        return Some(arg.get_id().to_string());
    }
    Some(arg.get_value_names()?.first()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Line {
        Line::read(&crate::commands::definition(), &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn wanted(words: &[&str]) -> Option<String> {
        read(words).wanted
    }

    #[test]
    fn what_is_wanted_at_the_cursor() {
        for (words, value) in [
            (&["delete", ""][..], Some("CID")),
            (&["delete", "a", "b", "c"], Some("CID")),
            (&["delete-snapshot", "--", "-x"], Some("CID")),
            (&["delete", "-x"], None),
            (&["restore", "x"], Some("CID")),
            (&["restore", "x", ""], Some("CID")),
            (&["restore", "--latest", "d"], Some("SELECTOR")),
            (&["restore", "--latest", "db/0", ""], Some("SELECTOR")),
            (&["restore", "--latest", "db/0", "--before", ""], Some("TIME")),
            (&["restore", "--latest", "db/0", "-"], None),
            (&["drill", "--latest", "--dry-run", ""], Some("CID")),
            (&["take", "db/0", ""], Some("SELECTOR")),
            (&["restore", "--latest", "=", "d"], Some("SELECTOR")),
            (&["restore", "--latest", "="], Some("SELECTOR")),
            (&["restore", "--latest=db/0", ""], Some("CID")),
            (&["restore", "--dry-run", ""], Some("CID")),
            (&["restore", "--to", ""], Some("INSTANCE")),
            (&["take", ""], Some("SELECTOR")),
            (&["take", "--note", "x"], Some("TEXT")),
            (&["take", "--note", "x", ""], Some("SELECTOR")),
            (&["undo", ""], Some("OPERATION")),
            (&["recover", "--take-over", ""], Some("OPERATION")),
            (&["-d", ""], Some("deployment")),
            (&["snapshots", "--column", ""], Some("column")),
            (&["schedule", "show", ""], Some("NAME")),
            (&["take", "-nd", ""], Some("deployment")),
            (&["-d", "prod", "delete", ""], Some("CID")),
            (&["state", "backup", ""], Some("FILE")),
            (&[""], None),
            (&["instances", "--column="], Some("column")),
            (&["take", "-n", "--deployment=pr"], Some("deployment")),
            (&["take", "--nope=x"], None),
            (&["help", ""], Some("TOPIC")),
            (&["nope", ""], None),
            (&[], None),
        ] {
            assert_eq!(wanted(words).as_deref(), value, "{words:?}");
        }
    }

    #[test]
    fn the_files_and_the_deployment_of_the_line() {
        let line = read(&["-mm.yml", "--state", "=", "s.db", "delete", "-d", "prod", "--manifest=n.yml", "x"]);
        assert_eq!((line.state.as_deref(), line.manifest.as_deref()), (Some("s.db"), Some("n.yml")));
        assert_eq!((line.deployment.as_deref(), &*line.current), (Some("prod"), "x"));
    }

    #[test]
    fn what_stands_on_the_line_already() {
        for (words, given, option) in [
            (&["take", "db/0", "--note", "x", "db/1", "d"][..], &["db/0", "db/1"][..], ""),
            (&["restore", "--latest", "db/0", "--to", "db/1", "--latest", ""], &["db/0"], ""),
            (&["snapshots", "--column", "cid", "--column=clean", "--column=c"], &["cid", "clean"], "--column="),
            (&["delete", "a", "-"], &[], ""),
        ] {
            let line = read(words);
            assert_eq!(
                (line.given, &*line.option),
                (given.iter().map(|one| (*one).to_owned()).collect(), option),
                "{words:?}"
            );
        }
    }
}
