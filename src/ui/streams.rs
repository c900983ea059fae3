//! What a command reads and writes.

use std::io::{BufRead, Write};

use super::Screen;

/// Where the answer, the chatter and the answers to prompts go and come from.
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
    /// How wide stdout is, in columns: as its terminal says, or `COLUMNS`.
    pub stdout_columns: Option<usize>,
    /// The same of stderr.
    pub stderr_columns: Option<usize>,
    /// Who draws progress on it.
    pub screen: Screen,
}

/// How wide a terminal is, in columns, if this is one that can tell.
pub fn columns(terminal: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
