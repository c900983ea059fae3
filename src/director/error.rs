//! Why the Director gave no answer.

use crate::error::{Error, Kind};
use crate::process::{Ended, ProcessError};

/// A bosh command without a usable answer.
#[derive(Debug)]
pub struct BoshError {
    /// The command line.
    pub line: String,
    /// What is wrong.
    pub trouble: Trouble,
}

/// What can be wrong.
#[derive(Debug)]
pub enum Trouble {
    /// It could not be started, or did not end.
    NotRun(ProcessError),
    /// It failed.
    Failed {
        /// How.
        status: Ended,
        /// What it said of it.
        said: String,
    },
    /// Its answer is longer than so many MiB.
    TooMuch(usize),
    /// It printed this in the place of JSON.
    NotJson(String),
}

impl BoshError {
    /// True where the Director says that it has no such deployment (bosh `errors.rb`, `DeploymentNotFound`).
    pub fn is_unknown_deployment(&self) -> bool {
        matches!(&self.trouble, Trouble::Failed { said, .. } if said.contains("\"code\":70000"))
    }
}

impl From<BoshError> for Error {
    fn from(error: BoshError) -> Self {
        let unknown = error.is_unknown_deployment();
        let line = error.line;
        match error.trouble {
            Trouble::NotRun(why) => {
                let timed_out = matches!(why, ProcessError::TimedOut { .. });
                let kind = if why.started() { Kind::Cpi } else { Kind::Failed };
                let remedy = match &why {
                    ProcessError::NotFound(_) => "install the bosh CLI, or name it with --bosh or SNAPBACK_BOSH",
                    _ if timed_out => "is the Director busy, or not to be reached? `--timeout SECONDS` allows for more",
                    other => other.remedy(),
                };
                Error::because(kind, format!("`{line}` gave no answer"), why).hint(remedy)
            }
            Trouble::Failed { status, said } => {
                let said = if said.is_empty() { "it said nothing of the reason" } else { said.as_str() };
                let kind = if unknown { Kind::NotFound } else { Kind::Cpi };
                let message = format!("`{line}` failed ({status}): {said}");
                let lower = message.to_lowercase();
                let error = Error::new(kind, message);
                let error = if unknown {
                    error.hint("to see which deployments the Director has:").try_command("bosh deployments")
                } else if ["not logged in", "unauthorized", "not authenticated", "'401'"]
                    .iter()
                    .any(|w| lower.contains(w))
                {
                    error.hint("log in with `bosh log-in`, or set BOSH_CLIENT and BOSH_CLIENT_SECRET")
                } else if lower.contains("non-empty director url") {
                    error.hint("name the Director with BOSH_ENVIRONMENT")
                } else {
                    error.hint("try it by hand, in the same environment:").try_command(line)
                };
                error.hint("nothing was imported")
            }
            Trouble::TooMuch(mib) => {
                Error::new(Kind::Cpi, format!("`{line}` printed more than {mib} MiB, and was not read to its end"))
                    .hint("import deployment by deployment, with -d; is it the bosh CLI that runs?")
            }
            Trouble::NotJson(found) => Error::new(Kind::Cpi, format!("`{line}` printed {found} in the place of JSON"))
                .hint("is it the bosh CLI that runs, version 2 or newer? name it with --bosh or SNAPBACK_BOSH"),
        }
    }
}
