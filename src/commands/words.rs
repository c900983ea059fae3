//! The words of a command line, arranged by the definition.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// Options of single verbs that the bosh CLI also accepts before the verb.
const BEFORE_THE_VERB: &[&str] = &["--column", "--parallel"];

/// The words, the program's name first, with the repeatable options moved behind the verb: clap forgets those before it
/// as soon as one follows it. [`BEFORE_THE_VERB`] go there, too.
pub(super) fn in_one_place(definition: &Command, words: &[OsString]) -> Vec<OsString> {
    let mut words = words.iter();
    let mut kept: Vec<OsString> = words.next().cloned().into_iter().collect();
    let (mut repeated, mut command) = (Vec::new(), definition);
    while command.has_subcommands() {
        let Some(word) = words.next() else { break };
        let text = word.to_str().unwrap_or_default();
        let name = text.split('=').next().unwrap_or_default();
        if BEFORE_THE_VERB.contains(&name) {
            repeated.push(word.clone());
            if name == text {
                repeated.extend(words.next().cloned());
            }
        } else if text.len() > 1 && text.starts_with('-') && text != "--" {
            let (option, value) = option(definition, command, text);
            let is_repeated = option.is_some_and(|option| matches!(option.get_action(), ArgAction::Append));
            let place = if is_repeated { &mut repeated } else { &mut kept };
            place.push(word.clone());
            if option.is_some() && value.is_none() {
                place.extend(words.next().cloned());
            }
        } else {
            kept.push(word.clone());
            match command.find_subcommand(OsStr::new(text)) {
                Some(below) => command = below,
                None => break,
            }
        }
    }
    kept.append(&mut repeated);
    kept.extend(words.cloned());
    kept
}

/// The option in a word that takes a value, and the value if the word holds it.
pub(super) fn option<'a, 'w>(
    global: &'a Command,
    command: &'a Command,
    word: &'w str,
) -> (Option<&'a Arg>, Option<&'w str>) {
    let all = || command.get_arguments().chain(global.get_arguments().filter(|arg| arg.is_global_set()));
    let valued = |arg: &&Arg| arg.get_action().takes_values();
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        return (all().find(|arg| arg.get_long() == Some(name)).filter(valued), value);
    }
    for (at, letter) in word.char_indices().skip(1) {
        if let Some(arg) = all().find(|arg| arg.get_short() == Some(letter)).filter(valued) {
            let value = &word[at + letter.len_utf8()..];
            let value = value.strip_prefix('=').unwrap_or(value);
            return (Some(arg), Some(value).filter(|value| !value.is_empty()));
        }
    }
    (None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let moved = in_one_place(&crate::commands::definition(), &words);
        moved.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn options_that_may_be_repeated_stand_behind_the_verb() {
        assert_eq!(moved("s -o a -d x take -o b db/0"), "s -d x take -o a -o b db/0");
        assert_eq!(moved("s -nv a=1 schedule --var=b=2 run --once"), "s schedule run -nv a=1 --var=b=2 --once");
        assert_eq!(moved("s -d take take -v a=1"), "s -d take take -v a=1");
        assert_eq!(moved("s -v"), "s -v");
        assert_eq!(moved("s -o a nope"), "s nope -o a");
        assert_eq!(moved("s -o a guard -- x -o b"), "s guard -o a -- x -o b");
        assert_eq!(moved("s --column cid snapshots --column=clean"), "s snapshots --column cid --column=clean");
        assert_eq!(moved("s -d x --parallel=3 take db/0"), "s -d x take --parallel=3 db/0");
        assert_eq!(moved("s"), "s");
    }
}
