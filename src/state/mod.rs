//! The state: the known things, and the journal of the operations.
//!
//! [`Store`] and [`Lists`] say what can be changed and asked, as values; [`sqlite`] is the only store, with the only
//! SQL of the program. [`State`], [`Reader`] and [`OpenOperation`] are the interface for use cases: they add the locks
//! of this host, which show whether an operation lives.

mod beside;
mod error;
mod holdings;
mod import;
mod journal;
mod lists;
mod lock;
mod open;
mod operations;
mod read;
mod roster;
mod schedules;
mod sqlite;
mod still;
mod store;
mod timetable;

pub use error::{StateError, Wrong};
pub use holdings::Holdings;
pub use import::{Change, ChangeKind, DirectorsSnapshots, Import};
pub use lists::{Newest, SnapshotFilter, SnapshotsOf};
pub use lock::{Doubt, LockState, program_of};
pub use open::{Access, OpenRequest};
pub use operations::{NewOperation, OpenOperation};
pub use read::Reader;
pub use schedules::RunLock;
pub use sqlite::{Binding, Candidate, Health, Names, candidates, sample, sqlite_version};
pub use still::{Inherited, Stands, StillLock, StillTaking};
pub use store::{Conflict, Decide, End, HeldClaim, History, Lists, Pass, Seen, Store};
pub use timetable::Timetable;

use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, Ids};
use crate::domain::guarded::{Ending, GuardedChange};
use crate::domain::snapshot::{DirectorIdentity, Snapshot};

/// The state, open for changing.
pub struct State {
    reader: Reader,
    store: Arc<dyn Store>,
    binding: Binding,
    was_of: Option<String>,
    clock: Clock,
    ids: Ids,
}

impl State {
    /// The part that only reads.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.reader.path()
    }

    /// Whether it is at home, or a copy.
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The Director that it belonged to until now: an empty file goes to the manifest's Director.
    pub fn was_of(&self) -> Option<&str> {
        self.was_of.as_deref()
    }

    /// The store itself, without locks and home: for tests of what a store has to do.
    pub fn into_store(self) -> (Arc<dyn Store>, Arc<dyn Lists>) {
        (self.store, self.reader.lists)
    }

    /// Records a change that `guard` watches, with a new id: it begins now.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn begin_change(&self, command: String, deployment: Option<String>) -> Result<GuardedChange, StateError> {
        let id = self.ids.operation().to_string();
        let began_at = self.clock.now();
        let change = GuardedChange { id, command, deployment, began_at, runs_at: None, ended_at: None, ending: None };
        self.store.begin_change(&change)?;
        Ok(change)
    }

    /// Records that the command of a change is about to run now.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn run_change(&self, id: &str) -> Result<(), StateError> {
        self.store.run_change(id, self.clock.now())
    }

    /// Records how a change has ended, now.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn end_change(&self, id: &str, ending: Ending) -> Result<(), StateError> {
        self.store.end_change(id, ending, self.clock.now())
    }

    /// Records that these snapshots belong to a change.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn belong_to_change<'a>(
        &self,
        id: &str,
        snapshots: impl Iterator<Item = &'a Snapshot>,
    ) -> Result<(), StateError> {
        snapshots.into_iter().try_for_each(|one| self.store.belongs_to_change(id, &one.cpi, &one.cid))
    }

    /// The Director that it belongs to.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn director(&self) -> Result<DirectorIdentity, StateError> {
        self.reader.director()
    }
}
