//! Makes a state file, or a copy of one: whole or not at all.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::super::beside::{self, Beside};
use super::super::open::OpenRequest;
use super::super::{StateError, Wrong};
use super::home::{self, Home};
use super::network::network_file_system;
use super::schema::{self, APPLICATION_ID};
use super::{error, unwritable};
use crate::domain::count::counted;
use crate::domain::snapshot::DirectorIdentity;
use crate::draft::Draft;
use crate::fault::Faults;

const ALONE: u32 = 0o600;

impl Home {
    /// Writes a copy of the file to `target`, of one instant, mode 0600, whole or not at all. With `replace` it
    /// replaces an earlier copy of the same state, and nothing else.
    ///
    /// # Errors
    /// Something else is there ([`Wrong::Exists`], [`Wrong::NotOlder`]); the errors of reading or writing.
    pub fn backup(&self, target: &Path, replace: bool, faults: &Faults) -> Result<(), StateError> {
        let there = fs::symlink_metadata(target).ok();
        match &there {
            Some(found) if replace => self.check_older(target, found)?,
            Some(_) => return Err(Wrong::Exists.at(target.display())),
            None => {}
        }
        let draft = Draft::beside(target, ALONE).map_err(|error| not_made(target, error))?;
        let copy = || -> rusqlite::Result<()> {
            let connection = self.reading.connection();
            // It changes nothing here, but counts as a change.
            connection.pragma_update(None, "query_only", false)?;
            connection.execute("VACUUM INTO ?1", [draft.path().to_string_lossy()])?;
            connection.pragma_update(None, "query_only", true)
        };
        copy().map_err(|error| error::of(draft.path(), &error))?;
        at(faults, target, "backup")?;
        match there {
            Some(_) => draft.replace(target),
            None => draft.publish(target),
        }
        .map_err(|error| not_made(target, error))
    }

    /// Refuses to replace a copy of another state, or of a later one: it may be the last one left.
    fn check_older(&self, target: &Path, found: &fs::Metadata) -> Result<(), StateError> {
        let stays = |why: String| Wrong::NotOlder(why).at(target.display());
        if !found.is_file() {
            return Err(stays("it is not a regular file".to_owned()));
        }
        let place = fs::metadata(self.path()).map_err(|error| unwritable(self.path(), error))?;
        if (found.dev(), found.ino()) == (place.dev(), place.ino()) {
            return Err(stays("it is the state file itself".to_owned()));
        }
        let of = |home: &Home| home::identity(&home.reading.connection()).map_err(|error| home.reading.error(&error));
        let (ours, theirs) = (of(self)?, of(&Home::open(target)?)?);
        let Some((ours, theirs)) = ours.zip(theirs) else {
            return Err(stays("it does not say which state it is a copy of".to_owned()));
        };
        if ours.state_id != theirs.state_id {
            return Err(stays("it is a copy of another state".to_owned()));
        }
        if theirs.generation > ours.generation {
            return Err(stays(format!(
                "it knows {}, and {} only {}",
                counted(theirs.generation, "operation"),
                self.path().display(),
                ours.generation
            )));
        }
        Ok(())
    }
}

fn not_made(target: &Path, error: std::io::Error) -> StateError {
    match error.kind() {
        ErrorKind::AlreadyExists => Wrong::Exists.at(target.display()),
        _ => unwritable(target, error),
    }
}

fn at(faults: &Faults, path: &Path, what: &str) -> Result<(), StateError> {
    faults.at(&["state", what, "written"]).map_err(|error| unwritable(path, error.in_one_line()))
}

/// Makes the file. If another process was faster, its file is used.
pub(super) fn create(request: &OpenRequest<'_>) -> Result<(), StateError> {
    let path = request.path;
    let unwritable = |error: std::io::Error| unwritable(path, error);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let home = parent.canonicalize().map_err(unwritable)?.join(path.file_name().unwrap_or_default());
    if !request.allow_network_fs
        && let Some(kind) = network_file_system(&home.with_file_name(""))
    {
        return Err(Wrong::Network(kind).at(home.display()));
    }
    home::forget_generation(&home)?;
    let draft = Draft::beside(&home, ALONE).map_err(unwritable)?;
    draft.file().set_permissions(Permissions::from_mode(request.mode)).map_err(unwritable)?;
    fill(request, draft.path(), &home).map_err(|error| error::of(&home, &error))?;
    at(&request.faults, path, "create")?;
    match draft.publish(&home) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(unwritable(error)),
        _ => Ok(()),
    }
}

fn fill(request: &OpenRequest<'_>, half: &Path, home: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(half, flags)?;
    // A journal on disk would stay behind if this process is killed, and nobody needs it.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    schema::upgrade(&connection)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    let director = DirectorIdentity { name: request.director_name.to_owned(), uuid: request.ids.uuid() };
    connection.execute(
        "INSERT INTO identity VALUES (1, ?1, ?2, ?3, 0, ?4, ?5, ?6)",
        (
            request.ids.uuid(),
            home.to_string_lossy(),
            home::inode(half),
            director.name,
            director.uuid,
            request.clock.now().timestamp_millis(),
        ),
    )?;
    connection.close().map_err(|(_, error)| error)
}

/// If a group shares the file, the things beside it are the group's, too, whoever makes them and whatever the umask is:
/// the directory of the locks, and SQLite's journal, which would otherwise belong to the group of the first writer.
pub(super) fn share_the_rest(path: &Path) -> Result<(), StateError> {
    let Some(group) = beside::group(path) else { return Ok(()) };
    Beside::make(path)?;
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    let new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&journal);
    match new.and_then(|file| beside::share(&file, Some(group))) {
        Ok(()) => Ok(()),
        // If it exists, or cannot be made here, SQLite says what is wrong with it.
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::PermissionDenied) => Ok(()),
        Err(error) => Err(unwritable(path, error)),
    }
}
