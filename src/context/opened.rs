//! A state file that a command has opened.

use crate::state::{Reader, State};

/// A state file, opened for what a command will do with it. One that cannot be changed is refused before snapback shows
/// a plan and asks.
pub enum Opened {
    /// To change it.
    ForChange(State),
    /// To read it, for `--dry-run`.
    ToLook(Reader),
}

impl Opened {
    /// The reader of the state file.
    pub fn reader(&self) -> &Reader {
        match self {
            Opened::ForChange(state) => state.reader(),
            Opened::ToLook(reader) => reader,
        }
    }

    /// The state to act on; `None` with `--dry-run`.
    pub fn for_change(self) -> Option<State> {
        match self {
            Opened::ForChange(state) => Some(state),
            Opened::ToLook(_) => None,
        }
    }
}
