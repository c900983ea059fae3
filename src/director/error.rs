//! Why a bosh command has no usable answer.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::process::{Ended, ProcessError};

/// A bosh command without a usable answer.
#[derive(Debug)]
pub struct BoshError {
    /// The command line.
    pub line: String,
    /// How the call failed.
    pub trouble: Trouble,
    /// The Director's task that the command made, if it was seen.
    pub task: Option<u64>,
}

/// How a call of bosh can fail.
#[derive(Debug)]
pub enum Trouble {
    /// It could not be started, or did not end.
    NotRun(Box<ProcessError>),
    /// It failed.
    Failed {
        /// How it ended.
        status: Ended,
        /// Its message, without secrets; empty if it printed nothing.
        said: String,
    },
    /// A command that changes something was still running after this time, and its client was ended.
    StillRunning(Duration),
    /// Its answer is longer than so many MiB.
    TooMuch(usize),
    /// It printed this instead of JSON.
    NotJson(String),
}

impl BoshError {
    /// True if the Director says that it has no such deployment (bosh `errors.rb`, `DeploymentNotFound`).
    pub fn is_unknown_deployment(&self) -> bool {
        matches!(&self.trouble, Trouble::Failed { said, .. } if said.contains("\"code\":70000"))
    }
}

impl BoshError {
    /// Whether the Director may have begun to act on it. Only a program that was never started certainly has not told
    /// the Director.
    pub fn may_have_acted(&self) -> bool {
        match &self.trouble {
            Trouble::NotRun(why) => why.started(),
            Trouble::Failed { .. } | Trouble::StillRunning(_) | Trouble::TooMuch(_) | Trouble::NotJson(_) => true,
        }
    }
}

impl fmt::Display for BoshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.line)?;
        match &self.trouble {
            Trouble::NotRun(why) => write!(f, " gave no answer: {why}"),
            Trouble::Failed { status, said } => {
                let said = if said.is_empty() { "it did not say why" } else { said.as_str() };
                write!(f, " failed ({status}): {said}")
            }
            Trouble::StillRunning(after) => write!(f, " was still running after {} s", after.as_secs()),
            Trouble::TooMuch(mib) => write!(f, " printed more than {mib} MiB, and was not read to its end"),
            Trouble::NotJson(found) => write!(f, " printed {found} instead of JSON"),
        }
    }
}

impl From<BoshError> for Error {
    fn from(error: BoshError) -> Self {
        let unknown = error.is_unknown_deployment();
        let message = error.to_string();
        let task = error.task;
        let line = error.line;
        let told = match error.trouble {
            Trouble::NotRun(why) => {
                let timed_out = matches!(*why, ProcessError::TimedOut { .. });
                let kind = if why.started() { Kind::Cpi } else { Kind::Failed };
                let remedy = match why.as_ref() {
                    ProcessError::NotFound(_) => "install the bosh CLI, or name it with --bosh or SNAPBACK_BOSH",
                    _ if timed_out => "is the Director busy, or out of reach? `--timeout SECONDS` allows more time",
                    other => other.remedy(),
                };
                Error::because(kind, format!("`{line}` gave no answer"), *why).hint(remedy)
            }
            Trouble::Failed { .. } => {
                let kind = if unknown { Kind::NotFound } else { Kind::Cpi };
                let lower = message.to_lowercase();
                let error = Error::new(kind, message);
                if unknown {
                    error.hint("to see which deployments the Director has:").try_command("bosh deployments")
                } else if ["not logged in", "unauthorized", "not authenticated", "'401'"]
                    .iter()
                    .any(|w| lower.contains(w))
                {
                    error.hint("log in with `bosh log-in`, or set BOSH_CLIENT and BOSH_CLIENT_SECRET")
                } else if lower.contains("non-empty director url") {
                    error.hint("name the Director with BOSH_ENVIRONMENT")
                } else if task.is_none() {
                    error.hint("try it by hand, in the same environment:").try_command(line)
                } else {
                    error
                }
            }
            Trouble::StillRunning(_) => Error::new(Kind::Cpi, message)
                .hint("the Director goes on with it: `--timeout SECONDS` allows more time"),
            Trouble::TooMuch(_) => Error::new(Kind::Cpi, message)
                .hint("import one deployment at a time, with -d; is this program the bosh CLI?"),
            Trouble::NotJson(_) => Error::new(Kind::Cpi, message)
                .hint("is this program the bosh CLI, version 2 or newer? name it with --bosh or SNAPBACK_BOSH"),
        };
        match task {
            Some(task) => told.hint("to see what the Director did:").try_command(format!("bosh task {task}")),
            None => told,
        }
    }
}
