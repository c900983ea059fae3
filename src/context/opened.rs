//! A state file in the hand of a command.

use crate::state::{Reader, State};

/// A state file, opened for what a command will do with it: what cannot be changed is refused before a plan
/// is shown and a question is asked.
pub enum Opened {
    /// To act.
    ForChange(State),
    /// `--dry-run`
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

    /// The state to act on; none with `--dry-run`.
    pub fn for_change(self) -> Option<State> {
        match self {
            Opened::ForChange(state) => Some(state),
            Opened::ToLook(_) => None,
        }
    }
}
