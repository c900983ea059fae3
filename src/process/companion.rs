//! A child that snapback speaks with while it works: lines to its standard input, lines from its standard output.

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
/// Where it is told something.
pub type To = ChildStdin;
/// Where it answers.
pub type From = BufReader<ChildStdout>;

/// A child that listens.
#[derive(Debug)]
pub struct Companion {
    /// The child; whoever has it waits for its end.
    pub child: Process,
    /// Where it is told something.
    pub to: To,
    /// Where it answers.
    pub from: From,
}

impl Companion {
    /// Starts a program with one argument. It holds nothing of snapback's own output: nobody waits for it there.
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
/// The operating system's: nobody reads it.
pub fn tell(to: &mut impl Write, line: &str) -> io::Result<()> {
    to.write_all(format!("{line}\n").as_bytes())?;
    to.flush()
}

/// Leaves the session of whoever has started this process, and is not ended by whoever asks it to: no Ctrl-C, no hang-up of a
/// terminal, no SIGTERM to all of a service.
pub fn stand_alone() {
    // The leader of a group cannot; it has none to leave then.
    let _ = setsid();
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        // Caught and not ignored: what is ignored stays so in children.
        let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
}
