//! Other programs: the only place that starts one.
//!
//! A child gets exactly the environment that the call gives, a process group of its own, and a deadline. Its output is
//! read while it runs and kept within bounds, so that neither a flood nor a full pipe can stop anything. File
//! descriptors that are open across `exec` on purpose (an operation's lock) are left alone: the child inherits them,
//! and they show that it lives.

pub mod companion;
#[cfg(debug_assertions)]
mod detached;
mod drain;
mod ended;
mod error;
pub mod foreground;
pub mod group;
mod handle;
mod listening;
mod session;
mod start;

use std::fmt;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

#[cfg(debug_assertions)]
pub use detached::spawn_detached;
use drain::{Drain, Keep};
pub use ended::Ended;
pub use error::ProcessError;
pub use handle::{ask_to_end, handle};
use listening::Listening;
pub use session::become_a_child;

/// How long to wait for output after the child's end. All that the child wrote is in the pipe by then, so only a
/// grandchild that keeps the pipe open makes this last.
const DRAIN_GRACE: Duration = Duration::from_secs(1);

/// How often to check whether a child is to end.
const GLANCE: Duration = Duration::from_millis(100);

/// Tells whether a child is to end before its time.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// One run of a program.
#[derive(Clone)]
pub struct Call {
    /// The program: a path, or a name to look up in the `PATH` of [`Call::env`].
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// The bytes that it reads from standard input.
    pub stdin: Vec<u8>,
    /// How long it may run.
    pub deadline: Option<Duration>,
    /// Tells whether it is to end all the same; for a child that changes nothing.
    pub stop: Option<Stop>,
    /// Its working directory; by default snapback's.
    pub cwd: Option<PathBuf>,
    /// Is told its process id as soon as it is started.
    pub starting: Option<Arc<dyn Fn(u32) + Send + Sync>>,
    /// Whether it gets a session of its own whatever terminal there is; only with [`Call::through`]. All its
    /// descendants belong to that session, unless they leave it.
    pub own_session: bool,
    /// snapback itself, which starts a child that is to have no terminal to ask on.
    pub through: Option<PathBuf>,
    /// How many of the last bytes of standard error are kept.
    pub tail_limit: usize,
    /// How many of the first bytes of standard output are kept.
    pub stdout_limit: usize,
}

impl Call {
    /// A call without arguments, environment, input and deadline, which keeps 16 MiB of standard output and the last 16
    /// KiB of standard error.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Call {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            deadline: None,
            stop: None,
            cwd: None,
            starting: None,
            own_session: false,
            through: None,
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

/// A child that ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: Ended,
    /// The first [`Call::stdout_limit`] bytes of its standard output.
    pub stdout: Vec<u8>,
    /// Whether there was more than that.
    pub stdout_truncated: bool,
    /// The last [`Call::tail_limit`] bytes of its standard error, with U+FFFD for bytes that are not UTF-8.
    pub stderr_tail: String,
    /// The time from its start to its end.
    pub elapsed: Duration,
}

/// A child that was listened to, and has ended.
#[derive(Debug)]
pub struct Heard<T> {
    /// The last report about its standard output.
    pub learnt: Option<T>,
    /// How it ended; `None` if even SIGKILL could not end it within seconds.
    pub ended: Option<Ended>,
    /// Whether it was still running at its deadline, and was ended with its whole process group.
    pub timed_out: bool,
    /// Whether it was ended because [`Call::stop`] said so.
    pub stopped: bool,
    /// The last [`Call::tail_limit`] bytes of its standard error, with U+FFFD for bytes that are not UTF-8.
    pub stderr_tail: String,
    /// The time from its start to its end.
    pub elapsed: Duration,
}

/// Runs a program to its end, or to its deadline.
///
/// At the deadline its whole process group gets SIGTERM, and two seconds later SIGKILL. If the child ended in time, a
/// grandchild that outlives it is left alone: a start hook may have started a daemon.
///
/// # Errors
/// [`ProcessError`]: it could not be started, was still running at its deadline, or [`Call::stop`] said so. A bad exit
/// status is not an error.
pub fn run(call: &Call) -> Result<Finished, ProcessError> {
    let over = Running::start(call, |pipe| Drain::start(pipe, Keep::First(call.stdout_limit)))?.wait(call)?;
    if over.stopped {
        return Err(ProcessError::Stopped(call.program.clone()));
    }
    let (stdout, stdout_truncated) = over.stdout.take(over.until);
    match over.ended {
        Some(status) if !over.timed_out => {
            let (stderr_tail, elapsed) = (over.stderr_tail, over.elapsed);
            Ok(Finished { status, stdout, stdout_truncated, stderr_tail, elapsed })
        }
        ended => Err(ProcessError::TimedOut {
            program: call.program.clone(),
            after: call.deadline.unwrap_or(over.elapsed),
            ended,
            stdout,
            stderr_tail: over.stderr_tail,
        }),
    }
}

/// Runs a program as [`run`] does, while `understand` reads its standard output and reports what it has learnt, as
/// often as it likes. The output itself is not kept.
///
/// # Errors
/// [`ProcessError`]: it could not be started. A deadline that has passed is not an error: earlier reports may count.
pub fn listen<T: Send + 'static>(
    call: &Call,
    understand: impl FnOnce(&mut dyn Read, &dyn Fn(T)) + Send + 'static,
) -> Result<Heard<T>, ProcessError> {
    let over = Running::start(call, |pipe| Listening::start(pipe, understand))?.wait(call)?;
    Ok(Heard {
        learnt: over.stdout.take(over.until),
        ended: over.ended,
        timed_out: over.timed_out,
        stopped: over.stopped,
        stderr_tail: over.stderr_tail,
        elapsed: over.elapsed,
    })
}

/// A child with a thread at each of its pipes.
struct Running<S> {
    child: Child,
    begun: Instant,
    stdout: S,
    stderr: Drain,
}

/// A child that has ended, or was ended. Its standard output is worth waiting for until `until`.
struct Over<S> {
    stdout: S,
    until: Instant,
    ended: Option<Ended>,
    timed_out: bool,
    stopped: bool,
    stderr_tail: String,
    elapsed: Duration,
}

impl<S> Running<S> {
    fn start(call: &Call, read: impl FnOnce(Option<ChildStdout>) -> io::Result<S>) -> Result<Running<S>, ProcessError> {
        let begun = Instant::now();
        let mut child = start::start(call)?;
        if let Some(starting) = &call.starting {
            starting(child.id());
        }
        let stdout = read(child.stdout.take());
        let stderr = Drain::start(child.stderr.take(), Keep::Last(call.tail_limit));
        let ready = stdout.and_then(|stdout| {
            let stderr = stderr?;
            feed(child.stdin.take(), call.stdin.clone())?;
            Ok((stdout, stderr))
        });
        match ready {
            Ok((stdout, stderr)) => Ok(Running { child, begun, stdout, stderr }),
            Err(source) => {
                let _ = group::end(&mut child);
                // A child that waits for its input has done nothing.
                if call.stdin.is_empty() {
                    return Err(ProcessError::lost(call, source));
                }
                Err(ProcessError::NotStarted { program: call.program.clone(), source })
            }
        }
    }

    fn wait(mut self, call: &Call) -> Result<Over<S>, ProcessError> {
        let (status, stopped) = self.end_of(call).map_err(|source| {
            let _ = group::end(&mut self.child);
            ProcessError::lost(call, source)
        })?;
        let ended = match status {
            Some(status) => Some(Ended::of(status)),
            None => group::end(&mut self.child).map(Ended::of),
        };
        let elapsed = self.begun.elapsed();
        let until = Instant::now() + DRAIN_GRACE;
        let (tail, cut) = self.stderr.take(until);
        let stderr_tail = drain::text(&tail, cut);
        if ended == Some(Ended::Exited(session::FAILED.into()))
            && call.through.is_some()
            && let Some(error) = session::failure(&stderr_tail)
        {
            return Err(start::explain(call, error));
        }
        Ok(Over {
            stdout: self.stdout,
            until,
            ended,
            timed_out: status.is_none() && !stopped,
            stopped,
            stderr_tail,
            elapsed,
        })
    }

    /// How the child ended by itself, if it did, and whether it is to be ended before its time.
    fn end_of(&mut self, call: &Call) -> io::Result<(Option<ExitStatus>, bool)> {
        loop {
            let left = call.deadline.map(|deadline| deadline.saturating_sub(self.begun.elapsed()));
            let status = match (left, &call.stop) {
                (None, None) => self.child.wait().map(Some),
                (Some(left), None) => self.child.wait_timeout(left),
                (left, Some(_)) => self.child.wait_timeout(left.map_or(GLANCE, |left| left.min(GLANCE))),
            }?;
            let is_over = status.is_some() || left.is_some_and(|left| left <= GLANCE) || call.stop.is_none();
            let stopped = status.is_none() && call.stop.as_ref().is_some_and(|stop| stop());
            if is_over || stopped {
                return Ok((status, stopped));
            }
        }
    }
}

/// Writes the input on a thread of its own: the child may write much output first, or never read at all.
fn feed(pipe: Option<ChildStdin>, input: Vec<u8>) -> std::io::Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    thread::Builder::new().name("child-stdin".to_owned()).spawn(move || {
        // A child need not read its input; its exit status tells the result.
        let _ = pipe.write_all(&input);
    })?;
    Ok(())
}
