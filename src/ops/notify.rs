//! `snapback.notify`: the operator's program that hears of failed runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::process::{self, Call};

/// How many bytes of its output are shown if it fails.
const TAIL: usize = 2000;

/// How long it may take at most. It only passes on the message.
const DEADLINE: Duration = Duration::from_secs(60);

/// How much longer it may take once nobody runs schedules any more.
const LAST: Duration = Duration::from_secs(5);

/// How often to check whether the end is asked for.
const GLANCE: Duration = Duration::from_millis(100);

/// The message to the hook: a line of JSON on its standard input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The version of this format: 1.
    pub schema: u32,
    /// The event, such as `run_failed`.
    pub event: String,
    /// The schedule, or the id of the command to run once.
    pub schedule: String,
    /// The command, without secrets.
    pub command: String,
    /// When it was due, RFC 3339, UTC.
    pub due_at: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When it ended, RFC 3339, UTC; `None` if nobody saw that.
    pub ended_at: Option<String>,
    /// How it ended: `partly`, `failed`, `lost`.
    pub state: String,
    /// The exit status, if there is one.
    pub status: Option<i64>,
    /// Why, in one line.
    pub summary: Option<String>,
    /// How many runs before it were missed.
    pub missed: u64,
    /// The name of this host.
    pub host: String,
    /// The state file.
    pub state_file: String,
}

/// The operator's program.
#[derive(Debug, Clone)]
pub struct Notifier {
    argv: Vec<String>,
    home: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    deadline: Duration,
    stop: Arc<AtomicBool>,
}

impl Notifier {
    /// This program, run in the manifest's directory with the operator's environment. It may take a minute, or less.
    pub fn new(
        argv: Vec<String>,
        home: Option<PathBuf>,
        environment: BTreeMap<String, String>,
        deadline: Option<Duration>,
    ) -> Notifier {
        let home = home.filter(|home| !home.as_os_str().is_empty());
        let deadline = deadline.map_or(DEADLINE, |deadline| deadline.min(DEADLINE));
        Notifier { argv, home, environment, deadline, stop: Arc::default() }
    }

    /// Sends it a message.
    ///
    /// # Errors
    /// [`Kind::Failed`]: it could not be run, took too long, or ended with another status than 0.
    pub fn tell(&self, notice: &Notice) -> Result<()> {
        let Some((program, args)) = self.argv.split_first() else { return Ok(()) };
        let mut stdin = serde_json::to_vec(notice)
            .map_err(|error| Error::because(Kind::Bug, "what is to be told cannot be written as JSON", error))?;
        stdin.push(b'\n');
        let stop = Arc::clone(&self.stop);
        let call = Call {
            args: args.to_vec(),
            env: self.environment.clone().into_iter().collect(),
            stdin,
            deadline: Some(self.deadline),
            stop: Some(Arc::new(move || stop.load(Ordering::SeqCst))),
            cwd: self.home.clone(),
            tail_limit: TAIL,
            stdout_limit: TAIL,
            ..Call::new(program)
        };
        let what = format!("snapback.notify ({program})");
        let finished =
            process::run(&call).map_err(|error| Error::because(Kind::Failed, format!("{what} did not end"), error))?;
        if finished.status.success() {
            return Ok(());
        }
        let said = finished.stderr_tail.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let said = said.map(|line| format!("; it said: {line}")).unwrap_or_default();
        Err(Error::new(Kind::Failed, format!("{what} failed: {}{said}", finished.status)))
    }
}

/// Calls of the program that go on while schedules are run. Each has a thread of its own, and nobody waits for it.
pub struct Notifying {
    notifier: Arc<Notifier>,
    at_work: usize,
    over: Sender<Result<()>>,
    ended: Receiver<Result<()>>,
}

impl Notifying {
    /// Calls of this program; none has begun yet.
    pub fn by(notifier: Notifier) -> Notifying {
        let (over, ended) = channel();
        Notifying { notifier: Arc::new(notifier), at_work: 0, over, ended }
    }

    /// Begins to send it a message.
    pub fn begin(&mut self, notice: Notice) {
        let (notifier, over) = (Arc::clone(&self.notifier), self.over.clone());
        let name = "notify".to_owned();
        let begun = std::thread::Builder::new().name(name).spawn(move || {
            // Only at the end of the whole process does nobody listen any more.
            let _ = over.send(notifier.tell(&notice));
        });
        self.at_work += 1;
        if let Err(error) = begun {
            let _ = self.over.send(Err(Error::because(Kind::Failed, "snapback.notify could not be called", error)));
        }
    }

    /// The errors of the hooks that have ended since the last call.
    pub fn failed(&mut self) -> Vec<Error> {
        let ended: Vec<Result<()>> = self.ended.try_iter().collect();
        self.at_work -= ended.len();
        ended.into_iter().filter_map(Result::err).collect()
    }

    /// Waits until all messages are sent. If the end is asked for, it waits for some seconds, and then ends the
    /// processes of the calls. Returns the errors.
    pub fn end(mut self, is_asked_for: impl Fn() -> bool) -> Vec<Error> {
        let (mut failed, mut until) = (self.failed(), None);
        while self.at_work > 0 {
            if let Ok(ended) = self.ended.recv_timeout(GLANCE) {
                self.at_work -= 1;
                failed.extend(ended.err());
            } else if is_asked_for() && Instant::now() >= *until.get_or_insert_with(|| Instant::now() + LAST) {
                self.notifier.stop.store(true, Ordering::SeqCst);
            }
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notifier(script: &str) -> (tempfile::TempDir, Notifier) {
        let home = tempfile::tempdir().unwrap();
        let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let notifier = Notifier::new(argv, Some(home.path().to_owned()), environment, None);
        (home, notifier)
    }

    #[test]
    fn it_hears_one_line_of_json_on_stdin() {
        let (home, notifier) = notifier("cat > heard");
        let notice =
            Notice { schema: 1, event: "run_failed".to_owned(), schedule: "a\n\"b\"".to_owned(), ..Notice::default() };
        notifier.tell(&notice).unwrap();
        let heard = std::fs::read_to_string(home.path().join("heard")).unwrap();
        assert_eq!(heard.lines().count(), 1);
        let heard: serde_json::Value = serde_json::from_str(&heard).unwrap();
        assert_eq!((&heard["schema"], &heard["schedule"]), (&serde_json::json!(1), &serde_json::json!("a\n\"b\"")));
    }

    #[test]
    fn one_that_fails_does_not_read_or_is_not_there_is_told() {
        let failed = notifier("echo no mail >&2; exit 3").1.tell(&Notice::default()).unwrap_err();
        assert!(failed.in_one_line().ends_with("failed: exit status 3; it said: no mail"), "{failed:?}");
        notifier("exit 0").1.tell(&Notice::default()).unwrap();
        let mut missing = notifier("").1;
        missing.argv = vec!["/nowhere/notify".to_owned()];
        assert!(missing.tell(&Notice::default()).is_err());
        let mut stuck = notifier("sleep 60").1;
        stuck.deadline = Duration::from_millis(50);
        assert!(stuck.tell(&Notice::default()).is_err());
    }
}
