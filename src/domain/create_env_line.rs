//! The operator's own `bosh create-env` command line, as the bosh CLI reads it (bosh-cli `cmd/opts/opts.go`).

mod words;

use std::fmt;
use std::path::{Path, PathBuf};

use super::shell::quoted;
use crate::error::{Error, Kind, Result};

/// Options with a value: the name, and the letter if there is one.
const VALUED: [(&str, Option<char>); 15] = [
    ("config", None),
    ("environment", Some('e')),
    ("ca-cert", None),
    ("parallel", None),
    ("client", None),
    ("client-secret", None),
    ("deployment", Some('d')),
    ("column", None),
    ("var", Some('v')),
    ("var-file", None),
    ("vars-file", Some('l')),
    ("vars-env", None),
    ("vars-store", None),
    ("ops-file", Some('o')),
    ("state", None),
];
const PACKAGES: &str = "package-dir";
const SWITCHES: [(&str, Option<char>); 8] = [
    ("sha2", None),
    ("json", None),
    ("tty", None),
    ("no-color", None),
    ("non-interactive", Some('n')),
    ("skip-drain", None),
    ("recreate", None),
    ("recreate-persistent-disks", None),
];

/// An option, and its place among the words.
#[derive(Clone, PartialEq, Eq)]
struct Given {
    name: &'static str,
    value: String,
    /// The word of the option, and how many of its bytes belong to other options (`-n` of `-nofile`).
    word: usize,
    shared: usize,
    /// The word that has the value, and the byte at which the value begins.
    value_at: (usize, usize),
}

/// A command line that can hold credentials: it is run, and never shown or kept.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateEnvLine {
    words: Vec<String>,
    /// The words as they were typed.
    typed: Vec<String>,
    given: Vec<Given>,
    manifest: PathBuf,
    stays_armed: bool,
}

impl fmt::Debug for CreateEnvLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateEnvLine").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
        .hint("after `--`, give the create-env command line of this instance, as you type it:")
        .hint("  bosh create-env MANIFEST --state FILE ... --recreate")
}

impl CreateEnvLine {
    /// Reads the words after `--`; `None` if there are none.
    ///
    /// # Errors
    /// [`Kind::Usage`]: it is not a `bosh create-env`, or has an option that is not known here. The error shows no
    /// value.
    pub fn parse(words: &[String]) -> Result<Option<CreateEnvLine>> {
        if words.is_empty() {
            return Ok(None);
        }
        let (mut given, mut places): (Vec<Given>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut rest = words.iter().map(String::as_str).enumerate().skip(1);
        let mut only_places = false;
        while let Some((at, word)) = rest.next() {
            if only_places || !word.starts_with('-') || word == "-" {
                places.push(word);
            } else if word == "--" {
                only_places = true;
            } else {
                option((at, word), &mut rest, &mut given)?;
            }
        }
        match places.as_slice() {
            ["create-env", manifest] if *manifest != "-" => {
                let manifest = PathBuf::from(manifest);
                Ok(Some(CreateEnvLine {
                    words: words.to_vec(),
                    typed: words.to_vec(),
                    given,
                    manifest,
                    stays_armed: false,
                }))
            }
            ["create-env"] => Err(bad("the command after `--` names no manifest")),
            ["create-env", ..] => Err(bad("the command after `--` does not name exactly one manifest, as a file")),
            _ => Err(bad("the command after `--` is not `bosh create-env`")),
        }
    }

    /// The same line, for an operator who leaves the Director as its manifest has it.
    #[must_use]
    pub fn without_disarming(mut self, stays_armed: bool) -> Self {
        self.stays_armed = stays_armed;
        self
    }

    /// Whether the Director is to be left as its manifest has it.
    pub fn stays_armed(&self) -> bool {
        self.stays_armed
    }

    /// The program.
    pub fn program(&self) -> &Path {
        Path::new(self.words.first().map_or("bosh", String::as_str))
    }

    /// Its arguments, with `-n` and `--tty`: in a pipe the bosh CLI does not report its progress (bosh-cli
    /// `ui/non_tty_ui.go`).
    pub fn arguments(&self) -> Vec<String> {
        self.own_switches().chain(self.words.iter().skip(1).cloned()).collect()
    }

    fn own_switches(&self) -> impl Iterator<Item = String> {
        ["tty", "non-interactive"].into_iter().filter(|name| !self.has(name)).map(|name| format!("--{name}"))
    }

    /// The manifest.
    pub fn manifest(&self) -> &Path {
        &self.manifest
    }

    /// The state file: named, or beside the manifest (bosh-cli `config/file_system_deployment_state_service.go`).
    pub fn state_file(&self) -> PathBuf {
        let named = self.values("state").pop().filter(|path| !path.is_empty());
        named.map_or_else(|| self.beside("-state.json"), PathBuf::from)
    }

    /// The path of a file beside the manifest, named after it, with this ending.
    pub fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.manifest.file_stem().unwrap_or_default().to_owned();
        name.push(end);
        self.manifest.with_file_name(name)
    }

    /// Whether the line has this option.
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|given| given.name == name)
    }

    /// The values of an option, in order.
    pub fn values(&self, name: &str) -> Vec<String> {
        self.given.iter().filter(|given| given.name == name).map(|given| given.value.clone()).collect()
    }

    /// A text of the program's, without the values of variables that it was given.
    pub fn redacted(&self, text: &str) -> String {
        let told = self.given.iter().filter(|given| given.is_secret()).map(|given| given.value.as_str());
        let values = told.map(|value| value.split_once('=').map_or(value, |(_, value)| value));
        values.filter(|value| value.len() > 3).fold(text.to_owned(), |text, value| text.replace(value, "<redacted>"))
    }
}

impl Given {
    /// Whether the option's value can be a secret.
    fn is_secret(&self) -> bool {
        ["var", "client-secret"].contains(&self.name)
    }
}

fn option<'w>(
    (at, word): (usize, &'w str),
    rest: &mut impl Iterator<Item = (usize, &'w str)>,
    given: &mut Vec<Given>,
) -> Result<()> {
    let mut valued = |name: &'static str, shared: usize, inline: Option<&str>| {
        let (value_at, value) = match inline {
            Some(value) => ((at, word.len() - value.len()), value),
            None => match rest.next() {
                Some((next, value)) => ((next, 0), value),
                None => return Err(bad(format!("the command after `--` has no value for --{name}"))),
            },
        };
        Ok(Given { name, value: value.to_owned(), word: at, shared, value_at })
    };
    let switch =
        |name: &'static str, shared| Given { name, value: String::new(), word: at, shared, value_at: (at, word.len()) };
    if let Some(long) = word.strip_prefix("--") {
        let (name, inline) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        if let Some((name, _)) = VALUED.iter().chain(&[(PACKAGES, None)]).find(|(known, _)| *known == name) {
            given.push(valued(name, 0, inline)?);
            return Ok(());
        }
        return match SWITCHES.iter().find(|(known, _)| *known == name) {
            Some((name, _)) if inline.is_none() => {
                given.push(switch(name, 0));
                Ok(())
            }
            _ => Err(bad(format!("the command after `--` has an option that create-env does not: --{}", quoted(name)))),
        };
    }
    // One word can have several letters; the text after a letter with a value is that value.
    let mut letters = word.strip_prefix('-').unwrap_or_default();
    while let Some(letter) = letters.chars().next() {
        let shared = word.len() - letters.len();
        letters = letters.strip_prefix(letter).unwrap_or_default();
        if let Some((name, _)) = VALUED.iter().find(|(_, short)| *short == Some(letter)) {
            let inline = Some(letters.strip_prefix('=').unwrap_or(letters)).filter(|inline| !inline.is_empty());
            given.push(valued(name, shared, inline)?);
            return Ok(());
        }
        let Some((name, _)) = SWITCHES.iter().find(|(_, short)| *short == Some(letter)) else {
            return Err(bad("the command after `--` has a short option that create-env does not"));
        };
        given.push(switch(name, shared));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<CreateEnvLine>> {
        CreateEnvLine::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn it_is_read_as_bosh_reads_it() {
        let line = "bosh -n create-env ./a/bosh.yml --state=s.json -ox.yml -o y.yml -vsecret=hush12 --recreate -l=vars";
        let Ok(Some(line)) = parsed(line) else { panic!("{line}") };
        assert_eq!(line.state_file(), Path::new("s.json"));
        assert_eq!(line.manifest(), Path::new("./a/bosh.yml"));
        assert_eq!(line.values("ops-file"), ["x.yml", "y.yml"]);
        assert_eq!(line.values("vars-file"), ["vars"]);
        assert!(line.has("recreate") && !line.has("recreate-persistent-disks"));
        assert_eq!(line.arguments()[..3], ["--tty", "-n", "create-env"]);
        assert_eq!(line.redacted("is hush12 wrong?"), "is <redacted> wrong?");
        assert!(!format!("{line:?}").contains("hush"));
        let shown = "bosh -n create-env ./a/bosh.yml --state=s.json -ox.yml -o y.yml -vsecret=... --recreate -l=vars";
        assert_eq!(line.shown(), shown);
        let (mut changed, long) = (line.clone(), "--var a=b -v c=d --client-secret e --var=f=g");
        changed.replace_file("y.yml", "/dev/fd/9");
        assert_eq!(changed.values("ops-file"), ["x.yml", "/dev/fd/9"]);
        assert!(changed.arguments().contains(&"/dev/fd/9".to_owned()) && changed.shown() == shown);
        assert_eq!(
            line.arguments_without(|file| file == "x.yml").iter().filter(|word| word.contains(".yml")).count(),
            2
        );
        for (words, left) in [
            ("-nox.yml", "-n"),
            ("-no x.yml", "-n"),
            ("-no=x.yml", "-n"),
            ("-ox.yml", ""),
            ("-o x.yml -n", "-n"),
            ("--ops-file=x.yml -noy.yml", "-noy.yml"),
            ("-v -ox.yml -o x.yml", "-v -ox.yml"),
        ] {
            let Ok(Some(line)) = parsed(&format!("bosh create-env m.yml --tty {words} -n")) else { panic!("{words}") };
            let left = format!("create-env m.yml --tty {left} -n").replace("  ", " ");
            assert_eq!(line.arguments_without(|file| file == "x.yml").join(" "), left, "{words}");
        }
        let Ok(Some(line)) = parsed("bosh create-env m.yml -nva=hush -v=b=hush -nv c=hush -e hush") else { panic!() };
        assert_eq!(line.shown(), "bosh create-env m.yml -nva=... -v=b=... -nv c=... -e hush");
        let Ok(Some(line)) = parsed(&format!("bosh create-env m.yml {long}")) else { panic!() };
        assert_eq!(line.shown(), "bosh create-env m.yml --var a=... -v c=... --client-secret ... --var=f=...");
        let Ok(Some(line)) = parsed("bosh create-env ./a/bosh.yml") else { panic!() };
        assert_eq!(line.state_file(), Path::new("./a/bosh-state.json"));
        assert_eq!(line.arguments()[..3], ["--tty", "--non-interactive", "create-env"]);
    }

    #[test]
    fn what_is_something_else_is_refused_without_a_word_of_it() {
        for line in ["bosh deploy m.yml", "bosh create-env", "sudo bosh create-env m.yml", "bosh create-env a b", "ls"]
        {
            assert!(parsed(line).is_err(), "{line}");
        }
        for line in ["bosh create-env m --hush=hush", "bosh create-env m -xhush", "bosh create-env m --recreate=hush"] {
            let error = parsed(line).unwrap_err();
            assert!(!error.message().replace("--hush", "").contains("hush"), "{}", error.message());
        }
        assert!(parsed("bosh create-env m -v").is_err());
    }
}
