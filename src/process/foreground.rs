//! A command in snapback's own place: its terminal, its streams, its process group, its environment. Ctrl-C and Ctrl-Z reach
//! both, as they reach `time COMMAND`; snapback waits.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, kill_process};
pub use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGQUIT;

use super::{Ended, start};

/// A command that was not run.
#[derive(Debug)]
pub enum NotRun {
    /// There is no such program.
    NotFound(io::Error),
    /// It is there, and cannot be executed.
    NotExecutable(io::Error),
}

/// Runs a command to its end. `started` is told its process id.
///
/// # Errors
/// [`NotRun`]
pub fn run(program: &OsString, arguments: &[OsString], started: &dyn Fn(u32)) -> Result<Ended, NotRun> {
    // Ctrl-\ ends the command, and not who waits for it.
    let is_over = Arc::new(AtomicBool::new(false));
    let _ = signal_hook::flag::register_conditional_default(SIGQUIT, Arc::clone(&is_over));
    let ended = wait(program, arguments, started);
    is_over.store(true, Ordering::SeqCst);
    ended
}

fn wait(program: &OsString, arguments: &[OsString], started: &dyn Fn(u32)) -> Result<Ended, NotRun> {
    let mut child =
        start::patiently(|| Command::new(program).args(arguments).spawn()).map_err(|error| match error.kind() {
            ErrorKind::NotFound => NotRun::NotFound(error),
            _ => NotRun::NotExecutable(error),
        })?;
    started(child.id());
    child.wait().map(Ended::of).map_err(NotRun::NotExecutable)
}

/// Passes a signal on to a process.
pub fn pass_on(process: u32, signal: i32) {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
        let _ = kill_process(pid, signal);
    }
}
