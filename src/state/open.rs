//! Opening, creating and backing up a state file, and refusing what is none.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::beside::{self, Beside};
use super::binding::{self, Binding};
use super::network::network_file_system;
use super::read::Reader;
use super::schema::{self, APPLICATION_ID, VERSION};
use super::writer::Writer;
use super::{State, StateError};
use crate::clock::{Clock, Ids};
use crate::domain::snapshot::DirectorIdentity;
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
        let writer = Arc::new(Writer::start(connection, path.clone(), request.faults.clone()));
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

    /// Writes a copy of the file to `target`, of one instant, mode 0600, whole or not at all.
    ///
    /// # Errors
    /// [`StateError::Exists`], or what writing it met.
    pub fn backup(&self, target: &Path) -> Result<(), StateError> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(StateError::Exists(target.to_owned()));
        }
        let unwritable =
            |error: std::io::Error| StateError::Unwritable { path: target.to_owned(), why: error.to_string() };
        let half = half_made(target);
        let copy = || -> Result<(), StateError> {
            self.copy_into(&half)?;
            fs::set_permissions(&half, fs::Permissions::from_mode(0o600)).map_err(unwritable)?;
            publish(&half, target)
        };
        copy().inspect_err(|_| {
            let _ = fs::remove_file(&half);
        })
    }
}

fn half_made(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", uuid::Uuid::new_v4().simple()));
    target.with_file_name(name)
}

/// Gives a finished file its name, never over another one.
fn publish(half: &Path, target: &Path) -> Result<(), StateError> {
    let unwritable = |error: std::io::Error| StateError::Unwritable { path: target.to_owned(), why: error.to_string() };
    File::open(half).and_then(|file| file.sync_all()).map_err(unwritable)?;
    match fs::hard_link(half, target) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(StateError::Exists(target.to_owned()));
        }
        Err(_) => fs::rename(half, target).map_err(unwritable)?,
        Ok(()) => fs::remove_file(half).map_err(unwritable)?,
    }
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(unwritable)
}

fn create(request: &OpenRequest<'_>) -> Result<(), StateError> {
    let path = request.path;
    let unwritable = |error: std::io::Error| StateError::Unwritable { path: path.to_owned(), why: error.to_string() };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let home = parent.canonicalize().map_err(unwritable)?.join(path.file_name().unwrap_or_default());
    if !request.allow_network_fs
        && let Some(kind) = network_file_system(&home.with_file_name(""))
    {
        return Err(StateError::Network { path: home, kind });
    }
    binding::forget_generation(&home)?;
    let half = half_made(&home);
    let fill = || -> Result<(), StateError> {
        let file = File::create_new(&half).map_err(unwritable)?;
        file.set_permissions(fs::Permissions::from_mode(request.mode)).map_err(unwritable)?;
        drop(file);
        let of = |error: &rusqlite::Error| StateError::of(&home, error);
        let connection = connect(&half, true)?;
        schema::upgrade(&connection).map_err(|error| of(&error))?;
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(|error| of(&error))?;
        let director = DirectorIdentity { name: request.director_name.to_owned(), uuid: request.ids.uuid() };
        connection
            .execute(
                "INSERT INTO identity VALUES (1, ?1, ?2, ?3, 0, ?4, ?5, ?6)",
                (
                    request.ids.uuid(),
                    home.to_string_lossy(),
                    binding::inode(&half),
                    director.name,
                    director.uuid,
                    request.clock.now().timestamp_millis(),
                ),
            )
            .map_err(|error| of(&error))?;
        // A truncated journal would stay behind under the temporary name.
        connection.pragma_update(None, "journal_mode", "DELETE").map_err(|error| of(&error))?;
        connection.close().map_err(|(_, error)| of(&error))?;
        match publish(&half, &home) {
            // Another process was first: its file serves as well.
            Err(StateError::Exists(_)) => fs::remove_file(&half).map_err(unwritable),
            other => other,
        }
    };
    fill().inspect_err(|_| {
        let _ = fs::remove_file(&half);
    })
}

/// The path with its directory's real name, whether there is a file or not.
fn real(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    parent.canonicalize().map_or_else(|_| path.to_owned(), |parent| parent.join(path.file_name().unwrap_or_default()))
}

/// Of a file that a group shares, what stands beside it is the group's, too, whoever makes it and whatever its umask:
/// the directory of the locks, and SQLite's journal, which would belong to the group of whoever writes first.
fn share_the_rest(path: &Path) -> Result<(), StateError> {
    let Some(group) = beside::group(path) else { return Ok(()) };
    Beside::make(path)?;
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    let new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&journal);
    match new.and_then(|file| beside::share(&file, Some(group))) {
        Ok(()) => Ok(()),
        // Where it is there, or cannot be made here, SQLite says what is wrong with it.
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::PermissionDenied) => Ok(()),
        Err(error) => Err(StateError::Unwritable { path: path.to_owned(), why: error.to_string() }),
    }
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
