//! Opening, creating and backing up a state file, and refusing what is none.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::binding::{self, Binding};
use super::create::{create, share_the_rest};
use super::network::network_file_system;
use super::read::Reader;
use super::schema::{self, APPLICATION_ID, VERSION};
use super::writer::Writer;
use super::{State, StateError};
use crate::clock::{Clock, Ids};
use crate::fault::Faults;

/// How long a change waits for the changes of other processes.
const BUSY: Duration = Duration::from_secs(300);

/// What a command wants of the file.
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
    /// What for.
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
        let missing =
            matches!(fs::symlink_metadata(request.path), Err(error) if error.kind() == std::io::ErrorKind::NotFound);
        let created = missing && matches!(request.access, Access::ChangeOrCreate | Access::Begin);
        binding::check_beside(&real(request.path))?;
        if created {
            if request.access == Access::ChangeOrCreate
                && let Some(operations) = binding::lost(&real(request.path))
                // Another process may have made it, and used it, since the first look.
                && fs::symlink_metadata(request.path).is_err()
            {
                return Err(StateError::Lost { path: request.path.to_owned(), operations });
            }
            create(request)?;
        }
        let path = check_file(request.path)?;
        if !request.allow_network_fs
            && let Some(kind) = network_file_system(&path)
        {
            return Err(StateError::Network { path, kind });
        }
        let beside = binding::beside(&path);
        share_the_rest(&path)?;
        let connection = connect(&path, true)?;
        let identity = check_content(&connection, &path)?;
        check_writable(&path)?;
        let found = binding::check(&beside, &identity, &path);
        if let (Binding::Copy(why), true) = (&found, request.access != Access::ChangeCopy) {
            return Err(StateError::Copy { path, why: why.clone() });
        }
        let mut reader = Reader::open(&path)?;
        match &found {
            Binding::Home => {}
            Binding::Moved => binding::check_move(&identity, &reader, &path)?,
            Binding::Copy(_) => binding::nobody_at_work(&identity, &reader)?,
        }
        let belongs = reader.director()?.name;
        if belongs != request.director_name {
            let manifest = request.director_name.to_owned();
            return Err(StateError::OtherDirector { path, belongs, manifest });
        }
        // A copy may be put away again; it is brought up when it is told to go on.
        if !matches!(found, Binding::Copy(_)) && reader.schema() < VERSION {
            bring_up(&connection).map_err(|error| StateError::of(&path, &error))?;
            reader = Reader::open(&path)?;
        }
        let writer = Arc::new(Writer::start(connection, path.clone(), request.faults.clone())?);
        let state =
            State { path, reader, writer, binding: found, clock: request.clock.clone(), ids: request.ids.clone() };
        if state.binding == Binding::Moved {
            binding::bring_locks(&identity, &state.path);
            state.rebind()?;
        }
        Ok((state, created))
    }

    /// Makes this place the home of the file: a copy goes on from here.
    ///
    /// # Errors
    /// What writing it met.
    pub fn rebind(&self) -> Result<(), StateError> {
        let path = self.path.clone();
        let (state_id, generation) = self.writer.transact(move |connection| {
            schema::upgrade(connection).map_err(|error| StateError::of(&path, &error))?;
            binding::rebind(connection, &path)
        })?;
        binding::note_generation(&self.path, &state_id, generation);
        Ok(())
    }
}

impl Reader {
    /// Opens the file for listing: nothing is written, not even a lock of ours.
    ///
    /// # Errors
    /// Missing, not ours, newer, damaged.
    pub fn open(path: &Path) -> Result<Reader, StateError> {
        let path = check_file(path)?;
        let connection = connect(&path, false)?;
        check_content(&connection, &path)?;
        let schema = schema::version(&connection).map_err(|error| StateError::of(&path, &error))?;
        Ok(Reader::new(connection, path, schema))
    }
}

/// The path with its directory's real name, whether there is a file or not.
fn real(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    parent.canonicalize().map_or_else(|_| path.to_owned(), |parent| parent.join(path.file_name().unwrap_or_default()))
}

/// The file's real path, once it can be one of ours.
fn check_file(path: &Path) -> Result<PathBuf, StateError> {
    let found = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StateError::Missing(path.to_owned()),
        _ => StateError::Foreign { path: path.to_owned(), why: error.to_string() },
    })?;
    let not_a_file = |what| StateError::NotAFile { path: found.clone(), what };
    let metadata =
        fs::metadata(&found).map_err(|error| StateError::Foreign { path: found.clone(), why: error.to_string() })?;
    if metadata.is_dir() {
        return Err(not_a_file("a directory"));
    }
    if !metadata.is_file() {
        return Err(not_a_file("no regular file"));
    }
    if metadata.len() == 0 {
        return Err(StateError::Damaged { path: found, why: "it is empty".to_owned() });
    }
    let mut magic = [0; 16];
    let read = File::open(&found).and_then(|mut file| file.read_exact(&mut magic));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(StateError::Unwritable { path: found, why: "it cannot even be read".to_owned() })
        }
        Ok(()) if magic == *b"SQLite format 3\0" => Ok(found),
        _ => Err(StateError::Foreign { path: found, why: "it is not SQLite".to_owned() }),
    }
}

/// Brings an older file to the present schema. Where several processes come at once, the first one does.
fn bring_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    schema::upgrade(connection).and_then(|()| connection.execute_batch("COMMIT")).inspect_err(|_| {
        let _ = connection.execute_batch("ROLLBACK");
    })
}

fn check_writable(path: &Path) -> Result<(), StateError> {
    // A change must not fail after the first effect because of what could be seen before it.
    fs::OpenOptions::new()
        .append(true)
        .open(path)
        .map(drop)
        .map_err(|error| StateError::Unwritable { path: path.to_owned(), why: error.to_string() })
}

fn connect(path: &Path, change: bool) -> Result<Connection, StateError> {
    let of = |error: &rusqlite::Error| StateError::of(path, error);
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A reader needs the right to write too: what a killed writer left half-done is rolled back by whoever
    // comes next. Where it is not to be had, listing works all the same.
    let connection =
        Connection::open_with_flags(path, base | OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| of(&error))?;
    let set = || -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if change {
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        } else {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(())
    };
    set().map_err(|error| of(&error))?;
    Ok(connection)
}

fn check_content(connection: &Connection, path: &Path) -> Result<binding::Identity, StateError> {
    let of = |error: &rusqlite::Error| StateError::of(path, error);
    let application: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|error| of(&error))?;
    if application != APPLICATION_ID {
        return Err(StateError::Foreign {
            path: path.to_owned(),
            why: "it is some other program's database".to_owned(),
        });
    }
    let version = schema::version(connection).map_err(|error| of(&error))?;
    if version > VERSION {
        return Err(StateError::Newer { path: path.to_owned(), found: version, known: VERSION });
    }
    let identity = binding::identity(connection).map_err(|error| of(&error))?;
    identity.ok_or_else(|| StateError::Damaged { path: path.to_owned(), why: "it does not say whose it is".to_owned() })
}
