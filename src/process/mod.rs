//! Other programs: the only place that starts one.
//!
//! A child gets exactly the environment that the call gives, a process group of its own, and a deadline. Its
//! output is read while it runs and kept within bounds, so that neither a flood nor a full pipe can stop
//! anything. File descriptors that are open across `exec` on purpose (an operation's lock) are left alone:
//! the child inherits them, and is seen to live by them.

#[cfg(debug_assertions)]
mod detached;
mod drain;
mod error;
mod group;
mod start;

use std::fmt;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ChildStdin, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

#[cfg(debug_assertions)]
pub use detached::spawn_detached;
use drain::{Drain, Keep};
pub use error::ProcessError;

/// How long output is waited for after the child's end. All that it wrote is in the pipe by then, so only a
/// grandchild that keeps the pipe open makes this last.
const DRAIN_GRACE: Duration = Duration::from_secs(1);

/// One run of a program.
#[derive(Clone)]
pub struct Call {
    /// The program: a path, or a name to look up in the `PATH` of [`Call::env`].
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// What it reads from standard input.
    pub stdin: Vec<u8>,
    /// How long it may run.
    pub deadline: Option<Duration>,
    /// Its working directory; else snapback's.
    pub cwd: Option<PathBuf>,
    /// How many of the last bytes of standard error are kept.
    pub tail_limit: usize,
    /// How many of the first bytes of standard output are kept.
    pub stdout_limit: usize,
}

impl Call {
    /// A call without arguments, environment, input and deadline, that keeps 16 MiB of standard output and
    /// the last 16 KiB of standard error.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Call {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            deadline: None,
            cwd: None,
            tail_limit: 16 * 1024,
            stdout_limit: 16 * 1024 * 1024,
        }
    }
}

/// Arguments, environment and input can be credentials, and are not shown.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("program", &self.program).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

impl Ended {
    fn of(status: ExitStatus) -> Ended {
        match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, signal) => Ended::Signalled(signal.unwrap_or_default()),
        }
    }

    /// True for exit status 0.
    pub fn success(self) -> bool {
        self == Ended::Exited(0)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Exited(code) => write!(f, "exit status {code}"),
            Ended::Signalled(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// A child that ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How.
    pub status: Ended,
    /// The first [`Call::stdout_limit`] bytes of its standard output.
    pub stdout: Vec<u8>,
    /// Whether there was more than that.
    pub stdout_truncated: bool,
    /// The last [`Call::tail_limit`] bytes of its standard error, with U+FFFD for what is no UTF-8.
    pub stderr_tail: String,
    /// From its start to its end.
    pub elapsed: Duration,
}

/// Runs a program to its end, or to its deadline.
///
/// At the deadline its whole process group gets SIGTERM, and two seconds later SIGKILL. A grandchild that
/// outlives a child which ended in time is left alone: a start hook may have started a daemon.
///
/// # Errors
/// [`ProcessError`]: it could not be started, or was still running at its deadline. A bad exit status is none.
pub fn run(call: &Call) -> Result<Finished, ProcessError> {
    let begun = Instant::now();
    let mut child = start::start(call)?;
    let stdout = Drain::start(child.stdout.take(), Keep::First(call.stdout_limit));
    let stderr = Drain::start(child.stderr.take(), Keep::Last(call.tail_limit));
    let ready = stdout.and_then(|stdout| {
        let stderr = stderr?;
        feed(child.stdin.take(), call.stdin.clone())?;
        Ok((stdout, stderr))
    });
    let (stdout, stderr) = match ready {
        Ok(drains) => drains,
        Err(source) => {
            let _ = group::end(&mut child);
            return Err(ProcessError::lost(call, source));
        }
    };
    let waited = match call.deadline {
        Some(deadline) => child.wait_timeout(deadline.saturating_sub(begun.elapsed())),
        None => child.wait().map(Some),
    };
    let status = waited.map_err(|source| {
        let _ = group::end(&mut child);
        ProcessError::lost(call, source)
    })?;
    let ended = match status {
        Some(status) => Some(Ended::of(status)),
        None => group::end(&mut child).map(Ended::of),
    };
    let elapsed = begun.elapsed();
    let until = Instant::now() + DRAIN_GRACE;
    let (stdout, stdout_truncated) = stdout.take(until);
    let (tail, cut) = stderr.take(until);
    let stderr_tail = drain::text(&tail, cut);
    match (status, ended) {
        (Some(_), Some(status)) => Ok(Finished { status, stdout, stdout_truncated, stderr_tail, elapsed }),
        (_, ended) => Err(ProcessError::TimedOut {
            program: call.program.clone(),
            after: call.deadline.unwrap_or(elapsed),
            ended,
            stdout,
            stderr_tail,
        }),
    }
}

/// Writes the input on a thread of its own: the child may flood its output first, or never read at all.
fn feed(pipe: Option<ChildStdin>, input: Vec<u8>) -> std::io::Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    thread::Builder::new().name("child-stdin".to_owned()).spawn(move || {
        // A child that does not want its input is a child's right, and its exit status tells.
        let _ = pipe.write_all(&input);
    })?;
    Ok(())
}
