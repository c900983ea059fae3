//! The Director, asked through the operator's own bosh CLI, in the operator's own environment: what BOSH_ENVIRONMENT,
//! BOSH_CLIENT, BOSH_CLIENT_SECRET and `bosh log-in` say holds here as well, and none of it is an argument.

mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::process::{self, Call, Stop};
pub use error::{BoshError, Trouble};

/// How long a command may take where nobody says: the Director asks each VM for `instances --details`.
const DEADLINE: Duration = Duration::from_secs(300);

/// How much of what a command says is told.
const SAID: usize = 1000;

/// What `bosh` says around an answer.
const CHATTER: [&str; 6] = ["Using environment '", "Using deployment '", "Task ", ". Done", "Succeeded", "Exit code "];

/// The operator's bosh CLI.
#[derive(Clone)]
pub struct Bosh {
    program: PathBuf,
    environment: BTreeMap<String, String>,
    deadline: Duration,
    stop: Option<Stop>,
}

impl Bosh {
    /// The program of this name or path, run with this environment; each run may take as long as `deadline`, or five
    /// minutes.
    pub fn new(program: PathBuf, environment: BTreeMap<String, String>, deadline: Option<Duration>) -> Self {
        Bosh { program, environment, deadline: deadline.unwrap_or(DEADLINE), stop: None }
    }

    /// The same, whose runs are ended once `stop` says that nobody waits for them any more.
    #[must_use]
    pub fn stopped_by(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Some(Arc::new(stop));
        self
    }

    /// The command line, as an operator would type it.
    pub fn line(&self, arguments: &[&str]) -> String {
        let program = self.program.display().to_string();
        [program.as_str(), "-n", "--json"]
            .iter()
            .chain(arguments)
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What a command answers, as JSON.
    ///
    /// # Errors
    /// [`BoshError`]: it could not be run, failed, did not end in time, or printed something else.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, BoshError> {
        let blame = |trouble| BoshError { line: self.line(arguments), trouble };
        let call = Call {
            args: ["-n", "--json"].iter().chain(arguments).map(|word| (*word).to_owned()).collect(),
            env: self.environment.clone().into_iter().collect(),
            deadline: Some(self.deadline),
            stop: self.stop.clone(),
            ..Call::new(&self.program)
        };
        let finished = process::run(&call).map_err(|error| blame(Trouble::NotRun(error)))?;
        let stdout = String::from_utf8_lossy(&finished.stdout);
        if !finished.status.success() {
            let said = [lines(&stdout).unwrap_or_default(), finished.stderr_tail.clone(), stdout.into_owned()];
            let said = said.iter().map(|said| said.trim()).find(|said| !said.is_empty()).unwrap_or_default();
            return Err(blame(Trouble::Failed { status: finished.status, said: self.shown(said) }));
        }
        if finished.stdout_truncated {
            return Err(blame(Trouble::TooMuch(call.stdout_limit >> 20)));
        }
        match stdout.trim_start().chars().next() {
            Some('{') => Ok(stdout.into_owned()),
            Some('<') => Err(blame(Trouble::NotJson("HTML or XML".to_owned()))),
            Some(_) => Err(blame(Trouble::NotJson(format!(
                "'{}'",
                self.shown(stdout.trim().lines().next().unwrap_or_default())
            )))),
            None => Err(blame(Trouble::NotJson("nothing".to_owned()))),
        }
    }

    /// A text of the program's, short, without the secrets that it was given.
    fn shown(&self, text: &str) -> String {
        let telling =
            |name: &str| ["SECRET", "PASSWORD", "TOKEN"].iter().any(|word| name.to_uppercase().contains(word));
        let secrets = self.environment.iter().filter(|(name, value)| telling(name) && !value.is_empty());
        let text = secrets.fold(text.to_owned(), |text, (_, secret)| text.replace(secret.as_str(), "<redacted>"));
        match text.char_indices().nth(SAID) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    }
}

/// What stands in the `Lines` of an answer, without the chatter.
fn lines(answer: &str) -> Option<String> {
    let document: Value = serde_json::from_str(answer).ok()?;
    let lines = document.get("Lines")?.as_array()?.iter().filter_map(Value::as_str);
    let said: Vec<&str> = lines.filter(|line| !CHATTER.iter().any(|chatter| line.starts_with(chatter))).collect();
    Some(said.join("\n"))
}

fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The name of the program where nobody names another, looked up in `PATH`.
pub fn usual() -> &'static Path {
    Path::new("bosh")
}
