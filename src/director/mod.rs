//! The Director, asked through the operator's own bosh CLI, in the operator's own environment: BOSH_ENVIRONMENT,
//! BOSH_CLIENT, BOSH_CLIENT_SECRET and `bosh log-in` work here as well, and snapback passes none of them as an
//! argument.

mod acting;
mod answer;
mod configs;
mod create_env;
mod error;
mod held;
mod locks;
mod seen;
mod version;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::shell::quoted;
use crate::process::{self, Call, Ended, Stop};
pub use create_env::CreateEnvError;
pub use error::{BoshError, Trouble};
pub use locks::Lock;
pub use seen::{InstanceSeen, Task, Told};

/// How long a command may take if no option says: the Director asks each VM for `instances --details`.
const DEADLINE: Duration = Duration::from_secs(300);

/// How long a look inside an instance may take if no option says.
const SSH_DEADLINE: Duration = Duration::from_secs(30);

/// How many bytes of a command's output are shown.
const SAID: usize = 1000;

/// The beginnings of lines that bosh prints around an answer.
const CHATTER: [&str; 6] = ["Using environment '", "Using deployment '", "Task ", ". Done", "Succeeded", "Exit code "];

/// The operator's bosh CLI.
#[derive(Clone)]
pub struct Bosh {
    program: PathBuf,
    environment: BTreeMap<String, String>,
    told_deadline: Option<Duration>,
    stop: Option<Stop>,
    through: Option<PathBuf>,
    create_env: Option<CreateEnvLine>,
    held: held::Held,
    leash: Arc<Mutex<Option<create_env::Leash>>>,
}

/// How a question to bosh ended.
struct Answer {
    text: String,
    status: Ended,
    said: String,
}

impl Bosh {
    /// The program of this name or path, run with this environment; each run may take as long as `deadline`, or else
    /// five minutes for a question and an hour for a change.
    pub fn new(program: PathBuf, environment: BTreeMap<String, String>, deadline: Option<Duration>) -> Self {
        Bosh {
            program,
            environment,
            told_deadline: deadline,
            stop: None,
            through: None,
            create_env: None,
            held: held::Held::default(),
            leash: Arc::default(),
        }
    }

    /// The same client, whose questions end once `stop` says that nobody waits for them any more.
    #[must_use]
    pub fn stopped_by(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Some(Arc::new(stop));
        self
    }

    /// How long a look inside an instance may take.
    pub fn ssh_deadline(&self) -> Duration {
        self.told_deadline.unwrap_or(SSH_DEADLINE)
    }

    /// The same client, started through snapback itself, so that it has no terminal to ask on.
    #[must_use]
    pub fn through(mut self, itself: PathBuf) -> Self {
        self.through = Some(itself);
        self
    }

    /// The command line of a question, as an operator would type it.
    pub fn line(&self, arguments: &[&str]) -> String {
        self.line_of(&["-n", "--json"], arguments)
    }

    fn line_of(&self, global: &[&str], arguments: &[&str]) -> String {
        let program = self.program.display().to_string();
        [program.as_str()].iter().chain(global).chain(arguments).map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// Runs a command, and returns the JSON that it prints.
    ///
    /// # Errors
    /// [`BoshError`]: it could not be run, failed, did not end in time, or printed something else.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, BoshError> {
        let answer = self.ask_however_it_ends(arguments)?;
        if answer.status.success() { Ok(answer.text) } else { Err(self.failed(arguments, answer.status, &answer.said)) }
    }

    /// As [`Bosh::ask`], but a bad exit status with an answer is not an error.
    fn ask_however_it_ends(&self, arguments: &[&str]) -> Result<Answer, BoshError> {
        let blame = |trouble| BoshError { line: self.line(arguments), trouble, task: None };
        let call = Call {
            args: ["-n", "--json"].iter().chain(arguments).map(|word| (*word).to_owned()).collect(),
            env: self.environment.clone().into_iter().collect(),
            deadline: Some(self.told_deadline.unwrap_or(DEADLINE)),
            stop: self.stop.clone(),
            through: self.through.clone(),
            ..Call::new(&self.program)
        };
        let finished = process::run(&call).map_err(|error| blame(Trouble::NotRun(Box::new(error))))?;
        let stdout = String::from_utf8_lossy(&finished.stdout);
        let said = [lines(&stdout).unwrap_or_default(), finished.stderr_tail.clone(), stdout.to_string()];
        let said = said.iter().map(|said| said.trim()).find(|said| !said.is_empty()).unwrap_or_default();
        let starts = stdout.trim_start().chars().next();
        if !finished.status.success() && (finished.stdout_truncated || starts != Some('{')) {
            return Err(self.failed(arguments, finished.status, said));
        }
        if finished.stdout_truncated {
            return Err(blame(Trouble::TooMuch(call.stdout_limit >> 20)));
        }
        match starts {
            Some('{') => Ok(Answer { said: said.to_owned(), status: finished.status, text: stdout.into_owned() }),
            Some('<') => Err(blame(Trouble::NotJson("HTML or XML".to_owned()))),
            Some(_) => Err(blame(Trouble::NotJson(format!(
                "'{}'",
                self.shown(stdout.trim().lines().next().unwrap_or_default())
            )))),
            None => Err(blame(Trouble::NotJson("nothing".to_owned()))),
        }
    }

    fn failed(&self, arguments: &[&str], status: Ended, said: &str) -> BoshError {
        let trouble = Trouble::Failed { status, said: self.shown(said) };
        BoshError { line: self.line(arguments), trouble, task: None }
    }

    /// A text of the program's, cut short, without the secrets that it was given.
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

/// The `Lines` of an answer, without the chatter, joined by newlines. `None` if the answer has none.
fn lines(answer: &str) -> Option<String> {
    let document: Value = serde_json::from_str(answer).ok()?;
    let lines = document.get("Lines")?.as_array()?.iter().filter_map(Value::as_str);
    let said: Vec<&str> = lines.filter(|line| !CHATTER.iter().any(|chatter| line.starts_with(chatter))).collect();
    Some(said.join("\n"))
}

/// The name of the program if no option names another; it is looked up in `PATH`.
pub fn usual() -> &'static Path {
    Path::new("bosh")
}
