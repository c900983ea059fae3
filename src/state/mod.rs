//! The state file: the only SQL of the program.
//!
//! One SQLite file, `journal_mode=TRUNCATE` and `synchronous=FULL`: between commits the one file is the
//! whole truth, and copying it loses nothing. [`Reader`] lists, and writes nothing. [`State`] adds the
//! writer thread, which alone changes the file, and commits what was queued meanwhile in one transaction.

mod beside;
mod between;
mod binding;
mod candidates;
mod checklist;
mod claims;
mod create;
mod director;
mod error;
mod facts;
mod identity;
mod inventory;
mod journal;
mod known;
mod last_user;
mod lists;
mod lock;
mod lost;
mod network;
mod open;
mod operations;
mod read;
mod roster;
mod rows;
pub mod sample;
mod schema;
mod times;
mod writer;

pub use binding::Binding;
pub use candidates::{Candidate, Names, candidates};
pub use error::StateError;
pub use inventory::{Change, ChangeKind, DirectorsSnapshots, Import};
pub use lists::SnapshotFilter;
pub use lock::{Doubt, LockState, holders, program_of};
pub use open::{Access, OpenRequest};
pub use operations::{NewOperation, OpenOperation};
pub use read::Reader;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock::{Clock, Ids};
use crate::domain::snapshot::DirectorIdentity;
use writer::Writer;

/// A state file, open for changing.
pub struct State {
    path: PathBuf,
    reader: Reader,
    writer: Arc<Writer>,
    binding: Binding,
    clock: Clock,
    ids: Ids,
}

impl State {
    /// What it holds.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is at home, or a copy.
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The Director that it belongs to.
    ///
    /// # Errors
    /// What reading it met.
    pub fn director(&self) -> Result<DirectorIdentity, StateError> {
        self.reader.director()
    }
}
