//! `docs/reference.md` and the manual pages: what they say is what the definition says.

use crate::support;

use std::fmt::Write;
use std::fs;

use clap::{Arg, Command};
use snapback::commands::help;
use snapback::exit_code::TABLE;
use support::Sandbox;

/// The commands with nothing below them, and their whole names, in the order of the help.
fn leaves<'a>(command: &'a Command, name: &str, found: &mut Vec<(String, &'a Command)>) {
    for below in command.get_subcommands() {
        let name = format!("{name} {}", below.get_name());
        if below.has_subcommands() {
            leaves(below, &name, found);
        } else {
            found.push((name, below));
        }
    }
}

/// A cell of a table: `|` would end it, and `<` begin a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<").replace('\n', " ")
}

fn value(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" ")
}

fn name(arg: &Arg) -> String {
    let mut text = String::new();
    if let Some(short) = arg.get_short() {
        write!(text, "-{short}, ").unwrap();
    }
    match arg.get_long() {
        Some(long) => write!(text, "--{long}").unwrap(),
        None => text = format!("{}{}", value(arg), if many(arg) { "..." } else { "" }),
    }
    if arg.get_long().is_some() && arg.get_action().takes_values() {
        write!(text, " {}", value(arg)).unwrap();
    }
    text
}

fn many(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
}

/// What the help says of an argument, its values among it.
fn about(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({help})", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        write!(text, ": {}", values.join(", ")).unwrap();
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        write!(text, " [default: {}]", defaults.join(", ")).unwrap();
    }
    if arg.get_long().is_some() && many(arg) && !text.contains("may be repeated") {
        text.push_str("; may be repeated");
    }
    text
}

fn table(arguments: &[&Arg], page: &mut String) {
    if arguments.is_empty() {
        return;
    }
    page.push_str("\n| Argument | Meaning |\n|---|---|\n");
    for arg in arguments {
        writeln!(page, "| `{}` | {} |", name(arg), cell(&about(arg))).unwrap();
    }
}

/// What `docs/reference.md` is to say.
pub fn reference() -> String {
    let mut definition = snapback::commands::definition().disable_help_subcommand(true);
    definition.build();
    let mut page = format!(
        "# Reference\n\n{}. `.ci/docs` writes this page, from\nthe definition that `--help` shows. [scripting.md](scripting.md) \
         has what scripts can rely on.\n\n## Global options\n\nWrite them before or \
         after the command.\n",
        definition.get_about().unwrap()
    );
    let global: Vec<&Arg> = definition.get_arguments().filter(|arg| arg.is_global_set()).collect();
    table(&global, &mut page);
    page.push_str("\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n");
    for (code, meaning) in TABLE {
        writeln!(page, "| {} | {meaning} |", code.0).unwrap();
    }
    page.push_str("\n## Commands\n");
    let mut commands = Vec::new();
    leaves(&definition, "snapback", &mut commands);
    for (name, command) in commands {
        let usage = help::usage(command).join("\n");
        write!(page, "\n### {name}\n\n{}.\n\n```\n{usage}\n```\n", command.get_about().unwrap()).unwrap();
        let aliases: Vec<String> = command.get_all_aliases().map(|alias| format!("`{alias}`")).collect();
        if !aliases.is_empty() {
            writeln!(page, "\nAlso {}.", aliases.join(", ")).unwrap();
        }
        let everywhere = |arg: &&Arg| arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str());
        let own: Vec<&Arg> = command.get_arguments().filter(|arg| !everywhere(arg)).collect();
        let (places, options): (Vec<&Arg>, Vec<&Arg>) = own.into_iter().partition(|arg| arg.is_positional());
        table(&[places, options].concat(), &mut page);
    }
    page
}

#[test]
fn each_command_has_a_manual_page() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run(&["man", "pages"]);
    ran.quiet_success();
    let mut expected = vec!["snapback.1".to_owned()];
    let definition = snapback::commands::definition();
    let mut open: Vec<(String, &Command)> =
        definition.get_subcommands().map(|command| (format!("snapback-{}", command.get_name()), command)).collect();
    while let Some((name, command)) = open.pop() {
        open.extend(command.get_subcommands().map(|below| (format!("{name}-{}", below.get_name()), below)));
        let page = fs::read_to_string(sandbox.path("pages").join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1 ")), "{name}: {}", &page[..200]);
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let long = arg.get_long().map(|long| format!("\\-\\-{}", long.replace('-', "\\-")));
            assert!(long.as_ref().is_none_or(|long| page.contains(long)), "{name} lacks {long:?}");
        }
        expected.push(format!("{name}.1"));
    }
    expected.sort();
    assert_eq!(sandbox.names("pages"), expected);
    assert_eq!(ran.stderr.lines().count(), expected.len(), "{ran:?}");
    let all: String = snapback::commands::man::pages().into_iter().map(|(_, page)| page).collect();
    assert_eq!(sandbox.run(&["man"]).stdout, all);
    let main = fs::read_to_string(sandbox.path("pages/snapback.1")).unwrap();
    assert!(main.contains("locked by another operation") && main.contains("snapback\\-take"), "{main}");
    sandbox.write("file", "");
    sandbox.run(&["man", "file/pages"]).refused(1, &["the directory file/pages cannot be made"]);
}
