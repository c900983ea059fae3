//! A child with which snapback communicates while it works: lines to its standard input, lines from its standard
//! output.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::setsid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::{ProcessError, start};

/// The child itself.
pub type Process = Child;
/// The pipe to it.
pub type To = ChildStdin;
/// The pipe from it.
pub type From = BufReader<ChildStdout>;

/// A child that listens.
#[derive(Debug)]
pub struct Companion {
    /// The child; its owner waits for its end.
    pub child: Process,
    /// The pipe to it.
    pub to: To,
    /// The pipe from it.
    pub from: From,
}

impl Companion {
    /// Starts a program with one argument. It does not hold snapback's own output, so a reader of that output does not
    /// wait for it.
    ///
    /// # Errors
    /// [`ProcessError::NotStarted`]
    pub fn start(program: &Path, word: &str, env: &BTreeMap<String, String>) -> Result<Companion, ProcessError> {
        let failed = |source| ProcessError::NotStarted { program: program.to_owned(), source };
        let mut command = Command::new(program);
        command.arg(word).env_clear().envs(env).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = start::patiently(|| command.spawn()).map_err(failed)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(to), Some(from)) => Ok(Companion { child, to, from: BufReader::new(from) }),
            _ => Err(failed(io::Error::from(io::ErrorKind::BrokenPipe))),
        }
    }
}

/// Writes one line.
///
/// # Errors
/// Those of the operating system: nobody reads it.
pub fn tell(to: &mut impl Write, line: &str) -> io::Result<()> {
    to.write_all(format!("{line}\n").as_bytes())?;
    to.flush()
}

/// Leaves the session of this process's parent, and ignores every request to end: Ctrl-C, a hang-up of a terminal,
/// SIGTERM to all of a service.
pub fn stand_alone() {
    // The leader of a group cannot do it, and then has no session to leave.
    let _ = setsid();
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        // Caught and not ignored: children inherit ignored signals.
        let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
}
