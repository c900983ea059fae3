//! The lines of progress below the text of a terminal. They are cleared before anything else writes to stderr.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::MultiProgress;

use super::{columns, printable, words};

/// The lines of progress on the terminal, if any.
#[derive(Clone, Default)]
pub struct Screen(Arc<Mutex<Option<MultiProgress>>>);

impl Screen {
    /// Writes a line to stderr whatever else is shown there: progress makes room for it. No word and no command is broken.
    pub fn alarm(&self, line: &str) {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(lines) = lines {
            let _ = lines.clear();
        }
        let mut stderr = std::io::stderr().lock();
        let (room, width) = if stderr.is_terminal() { ("\r\u{1b}[K", columns(&stderr)) } else { ("", None) };
        // If stderr is gone, there is nobody to tell.
        let _ = writeln!(stderr, "{room}{}", words::folded(&printable(line), width, 0, false).join("\n"));
    }

    /// The drawer of progress lines, made on the first call.
    pub(super) fn lines(&self) -> MultiProgress {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get_or_insert_with(MultiProgress::new).clone()
    }
}
