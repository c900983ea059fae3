//! The streams that a command reads and writes.

use std::io::{BufRead, Write};

use super::Screen;

/// The streams of the answer, the chatter and the answers to prompts.
pub struct Streams {
    /// The answer.
    pub stdout: Box<dyn Write + Send>,
    /// Chatter, progress, prompts, errors.
    pub stderr: Box<dyn Write + Send>,
    /// Answers to prompts, and `-` as a file.
    pub stdin: Box<dyn BufRead + Send>,
    /// Whether stdin is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// The width of stdout, in columns: that of its terminal, or `COLUMNS`.
    pub stdout_columns: Option<usize>,
    /// The same for stderr.
    pub stderr_columns: Option<usize>,
    /// The progress on it.
    pub screen: Screen,
}

/// The width of a terminal, in columns, if this is one that can tell.
pub fn columns(terminal: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
