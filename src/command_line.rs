//! The command line as text: for the journal, and for the commands that snapback tells to type next.

use std::ffi::OsString;
use std::path::Path;

use crate::cli::Global;

/// Quoted for a shell, without what may be secret.
pub fn for_the_journal(arguments: &[OsString]) -> String {
    let mut words = vec!["snapback".to_owned()];
    let mut hide = false;
    for word in arguments.iter().skip(1) {
        let word = word.to_string_lossy();
        if std::mem::take(&mut hide) {
            words.push("<redacted>".to_owned());
        } else if word.starts_with("--cloud-properties=") {
            words.push("--cloud-properties=<redacted>".to_owned());
        } else {
            hide = word == "--cloud-properties";
            words.push(quoted(&word));
        }
    }
    words.join(" ")
}

/// How to call snapback again for the same files: `snapback`, with the options that named them.
pub fn program(global: &Global) -> String {
    let path = |path: &Option<std::path::PathBuf>| path.as_deref().map(Path::to_string_lossy).map(|path| quoted(&path));
    let options = [
        ("-m", path(&global.manifest)),
        ("--state", path(&global.state)),
        ("-d", global.deployment.as_deref().map(quoted)),
    ];
    options.into_iter().fold("snapback".to_owned(), |program, (name, value)| match value {
        Some(value) => format!("{program} {name} {value}"),
        None => program,
    })
}

fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
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
}
