//! Opens the state, with the access that a command asks for.

use std::path::Path;
use std::sync::Arc;

use super::sqlite::{self, Opened};
use super::{Reader, State, StateError};
use crate::clock::{Clock, Ids};
use crate::fault::Faults;

/// The access that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Change the file; it must exist.
    Change,
    /// Change the file; it is made if it does not exist, and never did.
    ChangeOrCreate,
    /// `init`: the file is made if it does not exist, even if there was one before.
    Begin,
    /// `recover`: change the file even if it is a copy.
    ChangeCopy,
}

/// Everything that is needed to open the file for changes.
pub struct OpenRequest<'a> {
    /// The file.
    pub path: &'a Path,
    /// The access that the command needs.
    pub access: Access,
    /// The Director of the manifest.
    pub director_name: &'a str,
    /// The mode of a new file: 0600, or 0660 to share it with a group.
    pub mode: u32,
    /// `--allow-network-fs`
    pub allow_network_fs: bool,
    /// The time.
    pub clock: Clock,
    /// Fresh identifiers.
    pub ids: Ids,
    /// The faults of a test.
    pub faults: Faults,
}

impl State {
    /// Opens the file for changes. The flag tells whether it was made just now.
    ///
    /// # Errors
    /// Whatever keeps it from being changed safely. Then nothing is written.
    pub fn open(request: &OpenRequest<'_>) -> Result<(State, bool), StateError> {
        let Opened { home, store, binding, created, was_of } = sqlite::open(request)?;
        let (reader, store) = (Reader::of(home), Arc::new(store));
        let (clock, ids) = (request.clock.clone(), request.ids.clone());
        Ok((State { reader, store, binding, was_of, clock, ids }, created))
    }

    /// Makes this place the home of the file: a copy is continued here.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn rebind(&self) -> Result<(), StateError> {
        self.reader.home.rebind()
    }
}
