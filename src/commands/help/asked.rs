//! Which page a command line asks for.

use std::ffi::OsString;

use clap::Command;

use crate::commands::words::option;

/// A page of the help.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The names of the verb and its subcommands, as far as they are known.
    pub verb: Vec<String>,
    /// With `-h`, the page that fits a screen.
    pub short: bool,
}

/// The page that these words ask for. The first word is the program's name.
pub fn asked(definition: &Command, words: &[OsString]) -> Asked {
    let mut asked = Asked::default();
    let mut command = definition;
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        let word = word.to_str().unwrap_or_default();
        if word == "--" || word == "--help" {
            break;
        }
        if word.len() > 1 && word.starts_with('-') {
            let (option, value) = option(definition, command, word);
            let value_at = value.map_or(word.len(), |value| word.len() - value.len());
            if !word.starts_with("--") && word[..value_at].contains('h') {
                asked.short = true;
                break;
            }
            if option.is_some() && value.is_none() {
                words.next();
            }
        } else if let Some(below) = command.find_subcommand(word) {
            asked.verb.push(below.get_name().to_owned());
            command = below;
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(line: &str) -> (String, bool) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let asked = asked(&crate::commands::definition(), &words);
        (asked.verb.join(" "), asked.short)
    }

    #[test]
    fn the_page_of_the_verb_whatever_stands_around_it() {
        for (line, verb, short) in [
            ("s --help", "", false),
            ("s -h", "", true),
            ("s -d take -nh restore", "", true),
            ("s -d take restore -nh", "restore", true),
            ("s take-snapshot db --help", "take", false),
            ("s schedule run -h", "schedule run", true),
            ("s -mh take --help", "take", false),
            ("s schedule help run", "schedule run", false),
        ] {
            assert_eq!(page(line), (verb.to_owned(), short), "{line}");
        }
    }
}
