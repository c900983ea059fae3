//! The command line (bosh-cli `cmd/opts/opts.go`).

use std::collections::BTreeMap;
use std::env::var;

/// Flags with a value; a one-letter name stands for the long one after it.
const VALUED: [(&str, &str); 23] = [
    ("-d", "deployment"),
    ("-e", "environment"),
    ("-o", "ops-file"),
    ("-v", "var"),
    ("-l", "vars-file"),
    ("-c", "command"),
    ("-X", "method"),
    ("", "ca-cert"),
    ("", "client"),
    ("", "client-secret"),
    ("", "config"),
    ("", "column"),
    ("", "parallel"),
    ("", "disk-properties"),
    ("", "type"),
    ("", "name"),
    ("", "state"),
    ("", "vars-store"),
    ("", "vars-env"),
    ("", "var-file"),
    ("", "package-dir"),
    ("", "max-in-flight"),
    ("", "canaries"),
];

const PLAIN: [(&str, &str); 24] = [
    ("-n", "non-interactive"),
    ("-i", "details"),
    ("-p", "ps"),
    ("-f", "failing"),
    ("-r", "recent"),
    ("-a", "all"),
    ("", "json"),
    ("", "tty"),
    ("", "no-color"),
    ("", "vitals"),
    ("", "no-converge"),
    ("", "converge"),
    ("", "hard"),
    ("", "skip-drain"),
    ("", "results"),
    ("", "event"),
    ("", "debug"),
    ("", "result"),
    ("", "orphaned"),
    ("", "report"),
    ("", "recreate"),
    ("", "recreate-persistent-disks"),
    ("", "fix"),
    ("", "force"),
];

#[derive(Debug, Default)]
pub struct Arguments {
    pub command: String,
    pub words: Vec<String>,
    flags: BTreeMap<String, Vec<String>>,
}

impl Arguments {
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut parsed = Arguments::default();
        let mut left = arguments.iter();
        while let Some(word) = left.next() {
            if !word.starts_with('-') || word == "-" {
                if parsed.command.is_empty() {
                    parsed.command.clone_from(word);
                } else {
                    parsed.words.push(word.clone());
                }
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None if !word.starts_with("--") && word.len() > 2 => (&word[..2], Some(word[2..].to_owned())),
                None => (word.as_str(), None),
            };
            let find = |table: &[(&str, &str)]| {
                let meant = |(short, long): &&(&str, &str)| *short == name || name.strip_prefix("--") == Some(long);
                table.iter().find(meant).map(|(_, long)| (*long).to_owned())
            };
            let (name, value) = match (find(&VALUED), find(&PLAIN)) {
                (Some(long), _) => {
                    let value = value.or_else(|| left.next().cloned());
                    (long.clone(), value.ok_or_else(|| format!("expected argument for flag `{word}'"))?)
                }
                (None, Some(long)) => (long, value.unwrap_or_default()),
                (None, None) => return Err(format!("unknown flag `{}'", name.trim_start_matches('-'))),
            };
            parsed.flags.entry(name).or_default().push(value);
        }
        Ok(parsed)
    }

    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag).and_then(|values| values.last()).map(String::as_str)
    }

    /// All that was given for a flag.
    pub fn values(&self, flag: &str) -> Vec<String> {
        self.flags.get(flag).cloned().unwrap_or_default()
    }

    /// A flag, or else the variable that stands for it.
    pub fn or_variable(&self, flag: &str, name: &str) -> String {
        self.value(flag).map(str::to_owned).or_else(|| var(name).ok()).unwrap_or_default()
    }

    /// A switch, or else the variable that stands for it.
    pub fn switch(&self, flag: &str, name: &str) -> bool {
        self.has(flag) || var(name).is_ok_and(|value| ["1", "t", "T", "TRUE", "true", "True"].contains(&value.as_str()))
    }

    /// A positional argument.
    pub fn word(&self, at: usize, called: &str) -> Result<&str, String> {
        let word = self.words.get(at).map(String::as_str);
        word.ok_or_else(|| format!("the required argument `{called}` was not provided"))
    }

    /// `GROUP/INDEX-OR-ID`.
    pub fn slug(&self) -> Result<(String, String), String> {
        let word = self.word(0, "INSTANCE-GROUP/INSTANCE-ID")?;
        match word.split('/').collect::<Vec<_>>()[..] {
            [group, id] if !group.is_empty() && !id.is_empty() => Ok((group.to_owned(), id.to_owned())),
            _ => Err(format!("Expected instance '{word}' to be in format 'name/index-or-id'")),
        }
    }
}
