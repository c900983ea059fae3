//! The words of the command line, changed for a run or for being shown.

use super::{CreateEnvLine, Given};
use crate::domain::shell::quoted;

impl CreateEnvLine {
    /// The same line without the ops files that `is_it` picks. Other options in the same word stay.
    pub fn arguments_without(&self, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let mut words: Vec<Option<String>> = self.words.iter().cloned().map(Some).collect();
        for given in self.given.iter().filter(|given| given.name == "ops-file" && is_it(&given.value)) {
            // Only `-`, and no letter of another option.
            let others = self.words.get(given.word).and_then(|word| word.get(..given.shared)).unwrap_or_default();
            let kept = (others.len() > 1).then(|| others.to_owned());
            for (at, left) in [(given.value_at.0, None), (given.word, kept)] {
                if let Some(word) = words.get_mut(at) {
                    *word = left;
                }
            }
        }
        self.own_switches().chain(words.into_iter().skip(1).flatten()).collect()
    }

    /// The files that it reads: option and path.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let mut files = vec![("the manifest", self.manifest.to_string_lossy().into_owned())];
        for Given { name, value, .. } in &self.given {
            match *name {
                "ops-file" | "vars-file" | "vars-store" | "state" | "ca-cert" | "config" => {
                    files.push((*name, value.clone()));
                }
                "var-file" => files.extend(value.split_once('=').map(|(_, path)| (*name, path.to_owned()))),
                _ => {}
            }
        }
        files
    }

    /// The same line with another path for one of its files.
    pub fn replace_file(&mut self, path: &str, new: &str) {
        let CreateEnvLine { words, given, .. } = self;
        for given in given {
            let before = match (given.name, given.value.split_once('=')) {
                (_, _) if given.value == path => String::new(),
                ("var-file", Some((name, file))) if file == path => format!("{name}="),
                _ => continue,
            };
            given.value = format!("{before}{new}");
            let (word, at) = given.value_at;
            if let Some(word) = words.get_mut(word) {
                *word = format!("{}{}", word.get(..at).unwrap_or_default(), given.value);
            }
        }
    }

    /// The line for a command to type: as it was typed, without the values that can be secrets.
    pub fn shown(&self) -> String {
        let secret = |at: usize| self.given.iter().find(|given| given.is_secret() && given.value_at.0 == at);
        let shown = self.typed.iter().enumerate().map(|(at, word)| match secret(at) {
            Some(given) => {
                let (option, value) = word.split_at_checked(given.value_at.1).unwrap_or((word, ""));
                format!("{option}{}", hidden(value))
            }
            None if ["/dev/fd/", "/proc/self/fd/"].iter().any(|place| word.starts_with(place)) => "<(...)".to_owned(),
            None => quoted(word),
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

/// NAME=VALUE without its value.
fn hidden(value: &str) -> String {
    value.split_once('=').map_or_else(|| "...".to_owned(), |(name, _)| format!("{}=...", quoted(name)))
}
