//! A command that runs in snapback's own place, with its terminal, its streams, its process group and its environment.
//! Ctrl-C and Ctrl-Z reach both, as with `time COMMAND`; snapback waits.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process};
pub use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGQUIT;

use super::{Ended, start};

/// Why a command was not run.
#[derive(Debug)]
pub enum NotRun {
    /// There is no such program.
    NotFound(io::Error),
    /// The program exists, but cannot be executed.
    NotExecutable(io::Error),
}

/// Checks that there is such a program, as `execvp` does: a name without a slash is looked for in the directories of
/// `path`.
///
/// # Errors
/// [`NotRun`]: the error that running it would have.
pub fn look_for(program: &OsStr, path: Option<&str>) -> Result<(), NotRun> {
    let no_such = || NotRun::NotFound(io::Error::from(ErrorKind::NotFound));
    if program.is_empty() {
        return Err(no_such());
    }
    let candidates: Vec<PathBuf> = match (program.as_bytes().contains(&b'/'), path) {
        (true, _) => vec![PathBuf::from(program)],
        (false, Some(path)) => env::split_paths(path).map(|directory| directory.join(program)).collect(),
        // Without a PATH, libc decides where to look.
        (false, None) => return Ok(()),
    };
    let mut found = Err(no_such());
    for candidate in candidates.iter().filter(|candidate| candidate.exists()) {
        let executable = match candidate.is_dir() {
            true => Err(io::Error::from(ErrorKind::PermissionDenied)),
            false => access(candidate, Access::EXEC_OK).map_err(io::Error::from),
        };
        match executable {
            Ok(()) => return Ok(()),
            Err(error) => found = Err(NotRun::NotExecutable(error)),
        }
    }
    found
}

/// Runs a command to its end. `started` is told its process id.
///
/// # Errors
/// [`NotRun`]
pub fn run(program: &OsString, arguments: &[OsString], started: &dyn Fn(u32)) -> Result<Ended, NotRun> {
    // Ctrl-\ ends the command, but not snapback, which waits for it.
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
