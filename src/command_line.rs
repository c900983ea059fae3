//! The command line as text: for the journal, and for the commands that snapback tells to type next.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::CommandFactory;

use crate::commands::Cli;
use crate::context::{CREATE_ENV_STATE, Global, INVENTORY, ManifestPlace};
use crate::domain::called::{Called, Typed};
use crate::domain::shell::quoted;

/// The text that replaces a value that may be secret.
const REDACTED: &str = "<redacted>";
/// The short options that take a value, apart from `-v`. In a word, the text after their letter is that value.
const VALUED: [char; 4] = ['m', 'd', 'l', 'o'];

/// How the value of an option is kept from the journal.
#[derive(Clone, Copy)]
enum Hide {
    /// All of it.
    All,
    /// Of NAME=VALUE, only the value.
    AfterTheName,
}

/// Quotes the arguments for a shell, and hides values that may be secret.
pub fn for_the_journal(arguments: &[OsString]) -> String {
    let mut words = vec!["snapback".to_owned()];
    let mut next: Option<Hide> = None;
    for word in arguments.iter().skip(1) {
        let word = word.to_string_lossy();
        if word == "--" && words.iter().any(|word| takes_a_command(word)) {
            words.extend([word.into_owned(), REDACTED.to_owned()]);
            break;
        }
        words.push(match next.take() {
            Some(hide) => hidden(hide, &word),
            None => match secret(&word) {
                Some((hide, "")) => {
                    next = Some(hide);
                    quoted(&word)
                }
                Some((hide, value)) => {
                    let option = word.strip_suffix(value).unwrap_or_default();
                    let value = value.strip_prefix('=');
                    format!(
                        "{option}{}{}",
                        value.map_or("", |_| "="),
                        hidden(hide, value.unwrap_or(&word[option.len()..]))
                    )
                }
                None => quoted(&word),
            },
        });
    }
    words.join(" ")
}

/// Whether the verb takes another program's command line behind `--`. snapback does not judge that.
fn takes_a_command(verb: &str) -> bool {
    let cli = Cli::command();
    cli.find_subcommand(verb).is_some_and(|verb| verb.get_positionals().any(clap::Arg::is_last_set))
}

/// Whether the word is an option with a secret value, and which part of the word is that value. If the part is empty,
/// the value is the next word.
fn secret(word: &str) -> Option<(Hide, &str)> {
    for (option, hide) in [("--cloud-properties", Hide::All), ("--var", Hide::AfterTheName)] {
        match word.strip_prefix(option) {
            Some(value) if value.is_empty() || value.starts_with('=') => return Some((hide, value)),
            _ => {}
        }
    }
    // Several short options can stand in one word: -nqvNAME=VALUE.
    let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'))?;
    let (at, letter) = letters.char_indices().find(|(_, letter)| *letter == 'v' || VALUED.contains(letter))?;
    (letter == 'v').then(|| (Hide::AfterTheName, &letters[at + 1..]))
}

fn hidden(hide: Hide, value: &str) -> String {
    match (hide, value.split_once('=')) {
        (Hide::AfterTheName, Some((name, _))) => format!("{}={REDACTED}", quoted(name)),
        _ => REDACTED.to_owned(),
    }
}

/// Where a deployment has no use: these verbs take ids and CIDs, or are about all deployments.
const NO_DEPLOYMENT: &[&str] = &[
    "--all-deployments",
    "apply",
    "cpis",
    "delete-disk",
    "doctor",
    "help",
    "hold",
    "init",
    "manifest",
    "operations",
    "promote",
    "recover",
    "release",
    "schedule",
    "state",
];

/// What the commands that snapback prints repeat of this command line. Values of variables are left out: the line is
/// shown. `manifest` is where the manifest is.
pub fn called(global: &Global, manifest: &ManifestPlace) -> Called {
    let path = |path: &PathBuf| quoted(&path.to_string_lossy());
    let text = |text: &String| quoted(text);
    let mut options: Vec<Typed> = Vec::new();
    let mut add = |names: &'static [&'static str], values: Vec<String>, repeats: bool| {
        let idle = if names.contains(&"-d") { NO_DEPLOYMENT } else { &[] };
        options.extend(values.into_iter().map(|value| Typed { names, value: Some(value), repeats, idle }));
    };
    add(&["-m", "--manifest"], global.manifest.iter().map(path).collect(), false);
    add(&["-o", "--ops-file"], global.ops_file.iter().map(path).collect(), true);
    add(&["-l", "--vars-file"], global.vars_file.iter().map(path).collect(), true);
    add(&["--var-file"], global.var_file.iter().map(text).collect(), true);
    add(&["--vars-env"], global.vars_env.iter().map(text).collect(), true);
    add(&["--vars-store"], global.vars_store.iter().map(path).collect(), false);
    add(&["--cpi"], global.cpi.iter().map(text).collect(), false);
    add(&["--cpi-path"], global.cpi_path.iter().map(text).collect(), true);
    add(&["--cpi-config"], global.cpi_config.iter().map(path).collect(), true);
    add(&["--state"], global.state.iter().map(path).collect(), false);
    add(&["--bosh"], global.bosh.iter().map(path).collect(), false);
    add(&["-d", "--deployment"], global.deployment.iter().map(text).collect(), false);
    let switch = Typed { names: &["--allow-network-fs"], value: None, repeats: false, idle: &[] };
    options.extend(global.allow_network_fs.then_some(switch));
    let file = |name| (name, quoted(&manifest.beside(name).to_string_lossy()));
    let files = [INVENTORY, CREATE_ENV_STATE].map(file).into_iter().filter(|(name, path)| name != path);
    Called { options, files: files.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_does_not_learn_cloud_properties() {
        let line =
            ["snapback", "promote", "snap 1", "--cloud-properties", "{\"key\": \"hush\"}", "--cloud-properties=hush"];
        let line = for_the_journal(&line.map(OsString::from));
        assert_eq!(line, "snapback promote 'snap 1' --cloud-properties <redacted> --cloud-properties=<redacted>");
    }

    #[test]
    fn the_journal_does_not_learn_the_command_line_of_create_env() {
        let line = ["snapback", "-n", "restore", "snap-1", "--", "bosh", "create-env", "m.yml", "-v", "a=hush"];
        assert_eq!(for_the_journal(&line.map(OsString::from)), "snapback -n restore snap-1 -- <redacted>");
        let line = ["snapback", "take", "--", "db/0"];
        assert_eq!(for_the_journal(&line.map(OsString::from)), "snapback take -- db/0");
    }

    #[test]
    fn the_journal_learns_no_command_line_of_any_verb_that_takes_one() {
        let cli = Cli::command();
        let takes = |verb: &&clap::Command| {
            verb.get_positionals().any(|word| word.is_last_set() || word.is_trailing_var_arg_set())
        };
        let verbs: Vec<&clap::Command> = cli.get_subcommands().filter(takes).collect();
        for known in ["apply", "recover", "restore", "undo"] {
            assert!(verbs.iter().any(|verb| verb.get_name() == known), "{known}");
        }
        for name in verbs.iter().flat_map(|verb| std::iter::once(verb.get_name()).chain(verb.get_all_aliases())) {
            let line = ["snapback", "-n", name, "--", "bosh", "create-env", "hush"].map(OsString::from);
            assert_eq!(for_the_journal(&line), format!("snapback -n {name} -- <redacted>"));
        }
    }

    #[test]
    fn the_journal_learns_the_names_of_variables_and_no_value() {
        let line = [
            "snapback",
            "-v",
            "a=hush",
            "-vb=hush",
            "-v=c=hush",
            "--var",
            "d=hush=hush",
            "--var=e=hush",
            "-nv",
            "f=hush",
            "-nqvg=hush",
            "-v",
            "hush",
            "-vhush",
            "--var-file",
            "h=file",
            "-mv",
            "-lv=1",
            "take",
            "-v",
            "two words=hush",
        ];
        assert_eq!(
            for_the_journal(&line.map(OsString::from)),
            "snapback -v a=<redacted> -vb=<redacted> -v=c=<redacted> --var d=<redacted> --var=e=<redacted> -nv \
             f=<redacted> -nqvg=<redacted> -v <redacted> -v<redacted> --var-file h=file -mv -lv=1 take \
             -v 'two words'=<redacted>"
        );
    }
}
