//! Opening the state, and what is asked for then.

use std::path::Path;
use std::sync::Arc;

use super::sqlite::{self, Opened};
use super::{Reader, State, StateError};
use crate::clock::{Clock, Ids};
use crate::fault::Faults;

/// The access to the file that a command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Change it; it must be there.
    Change,
    /// Change it; it is made if it is not there, and never was.
    ChangeOrCreate,
    /// `init`: it is made if it is not there, even where there was one.
    Begin,
    /// `recover`: change it even where it is a copy.
    ChangeCopy,
}

/// All that opening for a change needs.
pub struct OpenRequest<'a> {
    /// The file.
    pub path: &'a Path,
    /// The access that the command needs.
    pub access: Access,
    /// The Director that the manifest is of.
    pub director_name: &'a str,
    /// The mode of a file that is made: 0600, or 0660 to share it with a group.
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
    /// Whatever keeps it from being changed safely; nothing is written then.
    pub fn open(request: &OpenRequest<'_>) -> Result<(State, bool), StateError> {
        let Opened { home, store, binding, created, was_of } = sqlite::open(request)?;
        let (reader, store) = (Reader::of(home), Arc::new(store));
        let (clock, ids) = (request.clock.clone(), request.ids.clone());
        Ok((State { reader, store, binding, was_of, clock, ids }, created))
    }

    /// Makes this place the home of the file: a copy goes on from here.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn rebind(&self) -> Result<(), StateError> {
        self.reader.home.rebind()
    }
}
