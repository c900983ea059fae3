//! snapback as an operator runs it: this program, as a child process in the demonstration's directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::broken::broken;
use crate::error::Result;
use crate::process::{self, Call, Ended};

/// How long a command may take: far longer than any of the demonstration does.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs snapback in a directory.
#[derive(Debug)]
pub struct Shell {
    program: PathBuf,
    dir: PathBuf,
    env: Vec<(String, String)>,
}

/// The output of a command, and its exit status.
#[derive(Debug)]
pub struct Said {
    /// Its standard error.
    pub chatter: String,
    /// Its standard output.
    pub answer: String,
    /// How it ended.
    pub status: Ended,
}

impl Shell {
    /// `variables` is the caller's environment; variables that steer snapback are dropped. Tables are drawn in so many
    /// `columns`.
    pub fn new(program: &Path, dir: &Path, variables: &BTreeMap<String, String>, columns: usize) -> Shell {
        let steers = |name: &str| name.starts_with("SNAPBACK_") || name.starts_with("BOSH_");
        let mut env: Vec<_> =
            variables.iter().filter(|(name, _)| !steers(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        // The reader sees tables as on a terminal, and the transcript has no escape sequences.
        env.retain(|(name, _)| name != "COLUMNS");
        let columns = columns.to_string();
        env.extend(
            [("BOSH_TTY", "true"), ("NO_COLOR", "1"), ("COLUMNS", &columns)]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        Shell { program: program.to_owned(), dir: dir.to_owned(), env }
    }

    /// Runs `snapback WORDS` to its end.
    ///
    /// # Errors
    /// It could not be run, or did not end.
    pub fn snapback(&self, words: &[&str]) -> Result<Said> {
        let call = Call {
            args: words.iter().map(|&word| word.to_owned()).collect(),
            env: self.env.clone(),
            deadline: Some(DEADLINE),
            cwd: Some(self.dir.clone()),
            ..Call::new(&self.program)
        };
        let finished = process::run(&call).map_err(|error| broken("snapback cannot be run", error))?;
        let answer = String::from_utf8_lossy(&finished.stdout).into_owned();
        Ok(Said { chatter: finished.stderr_tail, answer, status: finished.status })
    }
}
