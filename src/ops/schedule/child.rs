//! A command of snapback, run as a child with its own deadline and its own journal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::domain::time::span;
use crate::process::{self, Call, Ended, ProcessError};

/// Runs commands of snapback.
pub trait Runner: Sync {
    /// Runs a command to its end. `starting` is told its process id.
    fn run(&self, command: &[String], deadline: Option<Duration>, starting: Arc<dyn Fn(u32) + Send + Sync>) -> Answer;
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its exit status; `None` if a signal or its deadline ended it, or if it could not be started.
    pub status: Option<i32>,
    /// Its result, in one line.
    pub summary: String,
}

impl Answer {
    /// Whether it has done everything that it was to do.
    pub fn is_done(&self) -> bool {
        self.status == Some(0)
    }
}

/// The program itself, called as this process was.
pub struct Children {
    /// snapback.
    pub program: PathBuf,
    /// The words before each command: the files that this process was called for.
    pub before: Vec<String>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
}

/// The words behind `snapback` that run a command as a child. `before` names the files; options that the command itself
/// has are not repeated.
pub fn line_of_child(before: &[String], command: &[String]) -> Vec<String> {
    let own: Vec<&str> = command.iter().map(String::as_str).take_while(|word| *word != "--").collect();
    let says = |long: &str, short: &str| {
        own.iter().any(|word| {
            word.strip_prefix(long).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
                || (word.starts_with(short) && !word.starts_with("--"))
        })
    };
    let mut line = before.to_vec();
    if (says("--deployment", "-d") || own.iter().any(|word| word.starts_with("--all-dep")))
        && let Some(at) = line.iter().position(|word| word == "--deployment")
    {
        line.drain(at..(at + 2).min(line.len()));
    }
    line.extend((!says("--non-interactive", "-n")).then(|| "--non-interactive".to_owned()));
    line.extend(["--output", "json"].map(str::to_owned));
    line.extend(command.iter().cloned());
    line
}

/// The list of deployments without any snapshot, in the answer of `take`.
pub const UNCOVERED: &str = "uncovered";

/// How many bytes of an answer are read. A row has some hundred bytes.
const ANSWER: usize = 64 << 20;

impl Runner for Children {
    fn run(&self, command: &[String], deadline: Option<Duration>, starting: Arc<dyn Fn(u32) + Send + Sync>) -> Answer {
        let call = Call {
            args: line_of_child(&self.before, command),
            env: self.environment.clone().into_iter().collect(),
            deadline,
            starting: Some(starting),
            through: Some(self.program.clone()),
            stdout_limit: ANSWER,
            ..Call::new(&self.program)
        };
        match process::run(&call) {
            Ok(finished) => {
                let told = understood(&finished.stdout).or_else(|| last_line(&finished.stderr_tail));
                match finished.status {
                    Ended::Exited(status) => Answer {
                        status: Some(status),
                        summary: told.unwrap_or_else(|| format!("exit status {status}")),
                    },
                    Ended::Signalled(signal) => {
                        Answer { status: None, summary: format!("it was ended by signal {signal}") }
                    }
                }
            }
            Err(ProcessError::TimedOut { after, .. }) => {
                let summary =
                    format!("it was still at work after {}, its deadline, and was ended", span(after.as_secs()));
                Answer { status: None, summary }
            }
            Err(error) => Answer { status: None, summary: error.to_string() },
        }
    }
}

/// Sums up an answer in JSON: the number of rows of each list, and the errors. `None` if there is nothing to sum up.
fn understood(stdout: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(stdout).ok()?;
    let answer = answer.as_object()?;
    let lists = answer.iter().filter(|(key, _)| *key != "errors");
    let rows = lists.filter_map(|(key, value)| {
        if key == UNCOVERED {
            return without_disks(value.as_array()?);
        }
        let done = value.as_array()?.iter().filter(|row| row.get("error").is_none_or(Value::is_null));
        let (count, what) = (done.count(), key.replace('_', " "));
        Some(format!("{count} {}", what.strip_suffix('s').filter(|_| count == 1).unwrap_or(&what)))
    });
    let errors: Vec<&Value> = answer.get("errors").and_then(Value::as_array).into_iter().flatten().collect();
    let messages = errors.iter().filter_map(|error| error.get("message")?.as_str().map(str::to_owned));
    let mut told: Vec<String> = rows.chain(messages).collect();
    // The next step is named if there is only one reason; if there are several, each row has its own.
    if let [only] = errors.as_slice() {
        let hints = only.get("hints").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        told.extend(hints.map(str::to_owned));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

/// The deployments that were skipped, by name.
fn without_disks(rows: &[Value]) -> Option<String> {
    let none = rows.iter().filter(|row| row.get("disks").and_then(Value::as_u64) == Some(0));
    let names: Vec<&str> = none.filter_map(|row| row.get("deployment")?.as_str()).collect();
    (!names.is_empty()).then(|| format!("no snapshot of {}, without any persistent disk", names.join(", ")))
}

fn last_line(text: &str) -> Option<String> {
    text.lines().rev().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
}
