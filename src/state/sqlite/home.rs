//! A state file is bound to its place: a copy, a clone or an old file put back still lists, but nothing is
//! changed through it until `recover` is told which of the two goes on.
//!
//! The file itself holds its path, inode and generation. The generation also stands beside it, in the lock directory:
//! an old file that was copied over the current one has the same path and inode, and only the generation shows it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::super::beside::{self, Beside, Closed};
use super::super::lock::{LockState, Locks};
use super::super::store::History;
use super::super::{Lists, StateError};
use super::writer::Writer;
use super::{Reading, schema, unwritable};
use crate::domain::count::counted;

/// Whether a state file is where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// It is at home.
    Home,
    /// The whole file was moved (`mv`): it is the same file under another name. It is bound to the new place at the
    /// next change.
    Moved,
    /// It is a copy or an old file; the text is the evidence.
    Copy(String),
}

/// The place of a file, which another kind of store would not need.
pub struct Home {
    pub(super) reading: Arc<Reading>,
    /// The writer, if it is open for changes.
    pub(super) writer: Option<Arc<Writer>>,
}

impl Home {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.reading.path
    }

    pub(in crate::state) fn lists(&self) -> Arc<dyn Lists> {
        Arc::clone(&self.reading) as Arc<dyn Lists>
    }

    /// Whether the file is where it belongs.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn binding(&self) -> Result<Binding, StateError> {
        let noted = noted(self.path());
        let identity = identity(&self.reading.connection()).map_err(|error| self.reading.error(&error))?;
        Ok(identity.map_or_else(
            || Binding::Copy("it does not say whose it is".to_owned()),
            |identity| check(&noted, &identity, self.path()),
        ))
    }

    /// Makes this place the home of the file, whatever file was here before: a copy is continued here.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn rebind(&self) -> Result<(), StateError> {
        let Some(writer) = &self.writer else { return Ok(()) };
        let path = self.path().to_owned();
        let (state_id, generation) = writer.transact(move |connection| {
            schema::upgrade(connection)?;
            Ok(rebind(connection, &path)?)
        })?;
        note_generation(self.path(), &state_id, generation);
        Ok(())
    }
}

pub(super) struct Identity {
    pub state_id: String,
    pub path: PathBuf,
    pub inode: i64,
    pub generation: i64,
}

pub(super) fn identity(connection: &Connection) -> rusqlite::Result<Option<Identity>> {
    connection
        .query_row("SELECT state_id, path, inode, generation FROM identity", [], |row| {
            Ok(Identity {
                state_id: row.get("state_id")?,
                path: PathBuf::from(row.get::<_, String>("path")?),
                inode: row.get("inode")?,
                generation: row.get("generation")?,
            })
        })
        .optional()
}

/// The generation beside a file. Read it before the file's own: a change by another process in between must not make
/// the file look old.
pub(super) struct Noted(Option<(String, i64)>);

pub(super) fn noted(path: &Path) -> Noted {
    Noted(read_generation(path))
}

/// Compares the file's own record of its place with its real place.
pub(super) fn check(noted: &Noted, identity: &Identity, path: &Path) -> Binding {
    let inode = inode(path);
    if let Some((state_id, generation)) = &noted.0
        && (*state_id != identity.state_id || *generation > identity.generation)
    {
        return Binding::Copy(format!(
            "it knows {}, and the file that was here knew {generation}",
            counted(identity.generation, "operation")
        ));
    }
    match (identity.path == path, inode == Some(identity.inode)) {
        (true, true) => Binding::Home,
        (false, true) if !identity.path.exists() => Binding::Moved,
        (false, true) => Binding::Copy(format!("it also stands at {}", identity.path.display())),
        (true, false) => Binding::Copy("it was copied back to its place".to_owned()),
        (false, false) => Binding::Copy(format!("it is a copy of {}", identity.path.display())),
    }
}

/// Binds the file to its present place. Returns its id and its new generation, to note beside it.
fn rebind(connection: &Connection, path: &Path) -> rusqlite::Result<(String, i64)> {
    let state_id: String = connection.query_row("SELECT state_id FROM identity", [], |row| row.get("state_id"))?;
    // The numbers of another file mean nothing for this one.
    let beside = read_generation(path).filter(|(of, _)| *of == state_id).map_or(0, |(_, generation)| generation);
    connection.query_row(
        "UPDATE identity SET path = ?1, inode = ?2, generation = max(generation, ?3) RETURNING state_id, generation",
        (path.to_string_lossy(), inode(path), beside),
        |row| Ok((row.get("state_id")?, row.get("generation")?)),
    )
}

/// Refuses a file that was moved while operations live: their locks, and SQLite's own journal of an interrupted change,
/// are still in the old place.
pub(super) fn check_move(identity: &Identity, reading: &Reading) -> Result<(), StateError> {
    let mut left_behind = identity.path.clone().into_os_string();
    left_behind.push("-journal");
    if fs::metadata(&left_behind).is_ok_and(|journal| journal.len() > 0) {
        let why = format!("it was moved without {}: move that too", left_behind.to_string_lossy());
        return Err(unwritable(&reading.path, why));
    }
    nobody_at_work(identity, reading)
}

/// Refuses to continue in another place while an operation of the file still runs in the old one: its lock is there, or
/// was moved along.
pub(super) fn nobody_at_work(identity: &Identity, reading: &Reading) -> Result<(), StateError> {
    for operation in reading.pending_operations()? {
        for place in [&identity.path, &reading.path] {
            let locks = Locks::beside(place);
            if locks.probe(&operation.id) == LockState::Held {
                let holders = locks.holders(&operation.id);
                return Err(StateError::Running { operation: operation.id, holders });
            }
        }
    }
    Ok(())
}

/// Moves the locks of a renamed file to its new name, if they were left behind: without them it would not be known that
/// its pending operations are dead.
pub(super) fn bring_locks(identity: &Identity, path: &Path) {
    let (from, to) = (beside::directory(&identity.path), beside::directory(path));
    if Beside::open(&identity.path).is_ok() && fs::symlink_metadata(&to).is_err() {
        let _ = fs::rename(from, to);
    }
}

pub(super) fn inode(path: &Path) -> Option<i64> {
    fs::metadata(path).ok().and_then(|metadata| i64::try_from(metadata.ino()).ok())
}

const GENERATION: &str = "generation";

fn read_generation(path: &Path) -> Option<(String, i64)> {
    let text = Beside::open(path).ok()?.read(GENERATION)?;
    let (state_id, generation) = text.trim().split_once(' ')?;
    Some((state_id.to_owned(), generation.parse().ok()?))
}

/// The generation of a state file that is no longer there, if there was one.
pub(super) fn lost(path: &Path) -> Option<i64> {
    read_generation(path).map(|(_, generation)| generation)
}

/// Resets the generation: a new file begins at 0, whatever was here before.
///
/// # Errors
/// [`StateError::Untrusted`]: the things there may be another user's.
pub(super) fn forget_generation(path: &Path) -> Result<(), StateError> {
    match Beside::open(path) {
        Ok(beside) => {
            let _ = beside.remove(GENERATION);
            Ok(())
        }
        Err(Closed::Missing) => Ok(()),
        Err(Closed::Refused(error)) => Err(error),
    }
}

/// Refuses a directory of locks that another user may have filled, before anything is changed.
pub(super) fn check_beside(path: &Path) -> Result<(), StateError> {
    match Beside::open(path) {
        Err(Closed::Refused(error)) => Err(error),
        Ok(_) | Err(Closed::Missing) => Ok(()),
    }
}

/// Notes the generation beside the file. Best effort and not synced: a number that is too small only detects fewer old
/// copies.
pub(super) fn note_generation(path: &Path, state_id: &str, generation: i64) {
    if let Ok(beside) = Beside::make(path) {
        let _ = beside.replace(GENERATION, &format!("{state_id} {generation}\n"));
    }
}
