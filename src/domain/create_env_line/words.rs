//! The words of the command line, changed for a run, and shown again.

use super::CreateEnvLine;
use crate::domain::shell::quoted;

impl CreateEnvLine {
    /// The same without the ops files that `is_it` says.
    pub fn arguments_without(&self, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let mut kept = Vec::new();
        let mut all = self.arguments().into_iter();
        while let Some(word) = all.next() {
            match word.as_str() {
                "-o" | "--ops-file" => {
                    let value = all.next().unwrap_or_default();
                    if !is_it(&value) {
                        kept.extend([word, value]);
                    }
                }
                glued => {
                    let value = glued.strip_prefix("--ops-file=").or_else(|| {
                        let short = glued.strip_prefix("-o")?;
                        Some(short.strip_prefix('=').unwrap_or(short))
                    });
                    if !value.is_some_and(&is_it) {
                        kept.push(word);
                    }
                }
            }
        }
        kept
    }

    /// The files that it reads: option and path.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let mut files = vec![("the manifest", self.manifest.to_string_lossy().into_owned())];
        for (name, value) in &self.given {
            match *name {
                "ops-file" | "vars-file" | "vars-store" | "state" | "ca-cert" | "config" => {
                    files.push((name, value.clone()));
                }
                "var-file" => files.extend(value.split_once('=').map(|(_, path)| (*name, path.to_owned()))),
                _ => {}
            }
        }
        files
    }

    /// The same with another path in the place of one of its files.
    pub fn replace_file(&mut self, path: &str, new: &str) {
        let put = |word: &mut String| {
            if let Some(before) = word.strip_suffix(path) {
                *word = format!("{before}{new}");
            }
        };
        self.words.iter_mut().skip(1).for_each(put);
        self.given.iter_mut().for_each(|(_, value)| put(value));
    }

    /// For a command to type: as it was typed, but for the values that can be secrets.
    pub fn shown(&self) -> String {
        let mut shown: Vec<String> = Vec::new();
        let mut before = "";
        for word in &self.typed {
            let of = |name: &str| word.strip_prefix(name).map(|rest| (name.to_owned(), rest));
            let is_value = ["-v", "--var", "--client-secret"].contains(&before);
            let inline = of("--var=")
                .or_else(|| of("--client-secret="))
                .or_else(|| of("-v").filter(|(_, rest)| !rest.is_empty()));
            shown.push(match inline {
                _ if is_value => hidden(word),
                Some((name, value)) => format!("{name}{}", hidden(value)),
                None if word.starts_with("/dev/fd/") || word.starts_with("/proc/self/fd/") => "<(...)".to_owned(),
                None => quoted(word),
            });
            before = word;
        }
        shown.join(" ")
    }
}

/// NAME=VALUE without its value.
fn hidden(value: &str) -> String {
    value.split_once('=').map_or_else(|| "...".to_owned(), |(name, _)| format!("{}=...", quoted(name)))
}
