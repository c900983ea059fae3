//! Why a program gave no answer.

use std::path::PathBuf;
use std::time::Duration;

use super::{Call, Ended};

/// A program that could not be started, or did not end in time.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No program has that name.
    #[error("{}: no such program", .0.display())]
    NotFound(PathBuf),
    /// It is a directory.
    #[error("{}: a directory, not a program", .0.display())]
    Directory(PathBuf),
    /// It may not be executed.
    #[error("{}: may not be executed", .0.display())]
    NotExecutable(PathBuf),
    /// The file exists, but its interpreter or loader does not.
    #[error("{}: its interpreter {}is missing", program.display(), interpreter.as_ref().map(|name| format!("{name} ")).unwrap_or_default())]
    NoInterpreter {
        /// The program.
        program: PathBuf,
        /// The interpreter that its first line names; `None` for a binary, which lacks its loader.
        interpreter: Option<String>,
    },
    /// A process has the program's file open for writing.
    #[error("{}: is being written to", .0.display())]
    Busy(PathBuf),
    /// The working directory is missing.
    #[error("{}: its working directory {} is not a directory", program.display(), cwd.display())]
    NoDirectory {
        /// The program.
        program: PathBuf,
        /// The working directory.
        cwd: PathBuf,
    },
    /// The operating system refuses.
    #[error("{}: cannot be started: {source}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// It was started, and was ended because snapback could not go on with it.
    #[error("{}: was started and had to be ended: {source}", program.display())]
    Lost {
        /// The program.
        program: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// It was ended because its answer was no longer wanted.
    #[error("{}: was ended: nobody waits for it any more", .0.display())]
    Stopped(PathBuf),
    /// It was still running at its deadline, and was ended with its whole process group.
    #[error("{}: still running after {} s, and ended", program.display(), after.as_secs_f64())]
    TimedOut {
        /// The program.
        program: PathBuf,
        /// The deadline.
        after: Duration,
        /// How it ended; `None` if even SIGKILL could not end it within seconds.
        ended: Option<Ended>,
        /// The beginning of its standard output.
        stdout: Vec<u8>,
        /// The end of its standard error.
        stderr_tail: String,
    },
}

impl ProcessError {
    pub(super) fn lost(call: &Call, source: std::io::Error) -> Self {
        ProcessError::Lost { program: call.program.clone(), source }
    }

    /// Whether the program ran: then it is not known what it has done.
    pub fn started(&self) -> bool {
        matches!(self, ProcessError::TimedOut { .. } | ProcessError::Lost { .. })
    }

    /// The next step for the operator, as a clause in the imperative.
    pub fn remedy(&self) -> &'static str {
        match self {
            ProcessError::NotFound(_) => "install it, or correct its path",
            ProcessError::Directory(_) => "name the program in it",
            ProcessError::NotExecutable(_) => "make it executable with chmod +x, for the user that runs snapback",
            ProcessError::NoInterpreter { .. } => "install the interpreter, or correct the script's first line",
            ProcessError::Busy(_) => "try again when it is installed completely",
            ProcessError::NoDirectory { .. } => "make the directory, or name another",
            ProcessError::NotStarted { source, .. } if source.kind() == std::io::ErrorKind::WouldBlock => {
                "no more processes or threads can be started: raise that limit (`ulimit -u`), or end some, and run it again"
            }
            ProcessError::NotStarted { .. } => "try it by hand, as the same user",
            ProcessError::Lost { .. } => "look for what it did before the next attempt; raise the limit of processes",
            ProcessError::Stopped(_) => "run it again",
            ProcessError::TimedOut { .. } => "look for what it did before the next attempt, or allow it more time",
        }
    }
}
