//! The version of the bosh CLI.

use std::time::Duration;

use super::Bosh;
use super::error::{BoshError, Trouble};
use crate::process::{self, Call};

impl Bosh {
    /// The line that `bosh --version` prints. It asks no Director.
    ///
    /// # Errors
    /// [`BoshError`]: it could not be run, failed, or did not end before `deadline`.
    pub fn version(&self, deadline: Duration) -> Result<String, BoshError> {
        let arguments = ["--version"];
        let call = Call {
            args: arguments.map(str::to_owned).to_vec(),
            env: self.environment.clone().into_iter().collect(),
            deadline: Some(deadline),
            stop: self.stop.clone(),
            through: self.through.clone(),
            ..Call::new(&self.program)
        };
        let line = self.line_of(&[], &arguments);
        let blame = |trouble| BoshError { line: line.clone(), trouble, task: None };
        let finished = process::run(&call).map_err(|error| blame(Trouble::NotRun(Box::new(error))))?;
        let said = String::from_utf8_lossy(&finished.stdout);
        let first = self.shown(said.lines().next().unwrap_or_default().trim());
        if finished.status.success() {
            return Ok(first);
        }
        let said = if first.is_empty() { self.shown(finished.stderr_tail.trim()) } else { first };
        Err(blame(Trouble::Failed { status: finished.status, said }))
    }

    /// The program, as the operator named it.
    pub fn program(&self) -> &std::path::Path {
        &self.program
    }
}
