//! Opens a state file, and refuses a file that is not one.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::super::holdings::Holdings;
use super::super::open::{Access, OpenRequest};
use super::super::{StateError, Wrong};
use super::create::{create, share_the_rest};
use super::home::{self, Binding, Home, Identity};
use super::network::network_file_system;
use super::schema::{self, APPLICATION_ID, VERSION};
use super::writer::Writer;
use super::{Reading, Writing, error, unwritable};

/// How long a change waits for the changes of other processes.
const BUSY: Duration = Duration::from_secs(300);

/// A file, open for changes.
pub(in crate::state) struct Opened {
    /// Its place.
    pub home: Home,
    /// The store that changes it.
    pub store: Writing,
    /// Whether it is in its place.
    pub binding: Binding,
    /// Whether it was made just now.
    pub created: bool,
    /// The Director that it belonged to until now, if it was empty and belonged to another one.
    pub was_of: Option<String>,
}

/// Opens a file for changes. If it is refused, nothing is written.
pub(in crate::state) fn open(request: &OpenRequest<'_>) -> Result<Opened, StateError> {
    let missing =
        matches!(fs::symlink_metadata(request.path), Err(error) if error.kind() == std::io::ErrorKind::NotFound);
    let created = missing && matches!(request.access, Access::ChangeOrCreate | Access::Begin);
    home::check_beside(&real(request.path))?;
    if created {
        if request.access == Access::ChangeOrCreate
            && let Some(operations) = home::lost(&real(request.path))
            // Another process may have made it, and used it, since the first look.
            && fs::symlink_metadata(request.path).is_err()
        {
            return Err(Wrong::Lost(operations).at(request.path.display()));
        }
        create(request)?;
    }
    let path = check_file(request.path)?;
    if !request.allow_network_fs
        && let Some(kind) = network_file_system(&path)
    {
        return Err(Wrong::Network(kind).at(path.display()));
    }
    let noted = home::noted(&path);
    share_the_rest(&path)?;
    let connection = connect(&path, true)?;
    let identity = check_content(&connection, &path)?;
    check_writable(&path)?;
    let binding = home::check(&noted, &identity, &path);
    if let (Binding::Copy(why), true) = (&binding, request.access != Access::ChangeCopy) {
        return Err(Wrong::Copy(why.clone()).at(path.display()));
    }
    let reading = Reading::open(&path)?;
    match &binding {
        Binding::Home => {}
        Binding::Moved => home::check_move(&identity, &reading)?,
        Binding::Copy(_) => home::nobody_at_work(&identity, &reading)?,
    }
    let belongs = reading.director()?.name;
    let mut was_of = None;
    if belongs != request.director_name {
        let is_home = !matches!(binding, Binding::Copy(_));
        let taken =
            is_home && hand_over(&connection, request.director_name).map_err(|error| error::of(&path, &error))?;
        if !taken {
            let manifest = request.director_name.to_owned();
            return Err(Wrong::OtherDirector { belongs, manifest }.at(path.display()));
        }
        was_of = Some(belongs);
    }
    // A copy may never be used; it is upgraded when it is told to continue.
    if !matches!(binding, Binding::Copy(_)) {
        bring_up(&connection).map_err(|error| error::of(&path, &error))?;
    }
    let writer = Arc::new(Writer::start(connection, path, request.faults.clone())?);
    let home = Home { reading: Arc::new(reading), writer: Some(Arc::clone(&writer)) };
    if binding == Binding::Moved {
        home::bring_locks(&identity, home.path());
        home.rebind()?;
    }
    Ok(Opened { home, store: Writing { writer }, binding, created, was_of })
}

impl Home {
    /// Opens a file for listing.
    pub(in crate::state) fn open(path: &Path) -> Result<Home, StateError> {
        let path = check_file(path)?;
        Ok(Home { reading: Arc::new(Reading::open(&path)?), writer: None })
    }
}

impl Reading {
    fn open(path: &Path) -> Result<Reading, StateError> {
        let connection = connect(path, false)?;
        check_content(&connection, path)?;
        let set = schema::fill_in(&connection).and_then(|()| connection.pragma_update(None, "query_only", true));
        set.map_err(|error| error::of(path, &error))?;
        Ok(Reading { connection: Mutex::new(connection), path: path.to_owned() })
    }
}

/// The path with its directory's real name, whether the file exists or not.
fn real(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    parent.canonicalize().map_or_else(|_| path.to_owned(), |parent| parent.join(path.file_name().unwrap_or_default()))
}

/// The file's real path, if it can be one of ours.
fn check_file(path: &Path) -> Result<PathBuf, StateError> {
    let found = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Wrong::Missing.at(path.display()),
        _ => Wrong::Foreign(error.to_string()).at(path.display()),
    })?;
    let refused = |wrong: Wrong| Err(wrong.at(found.display()));
    let metadata = match fs::metadata(&found) {
        Ok(metadata) => metadata,
        Err(error) => return refused(Wrong::Foreign(error.to_string())),
    };
    if metadata.is_dir() {
        return refused(Wrong::NotAFile("a directory"));
    }
    if !metadata.is_file() {
        return refused(Wrong::NotAFile("no regular file"));
    }
    if metadata.len() == 0 {
        return refused(Wrong::Damaged("it is empty".to_owned()));
    }
    let mut magic = [0; 16];
    let read = File::open(&found).and_then(|mut file| file.read_exact(&mut magic));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(unwritable(&found, "it cannot even be read"))
        }
        Ok(()) if magic == *b"SQLite format 3\0" => Ok(found),
        _ => refused(Wrong::Foreign("it is not SQLite".to_owned())),
    }
}

/// Upgrades an older file to the present schema. If several processes come at once, the first one does it.
fn bring_up(connection: &Connection) -> rusqlite::Result<()> {
    if schema::version(connection)? == VERSION {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    schema::upgrade(connection).and_then(|()| connection.execute_batch("COMMIT")).inspect_err(|_| {
        let _ = connection.execute_batch("ROLLBACK");
    })
}

/// Gives the file to another Director if it knows nothing at all: all tables are empty, except the file's own identity.
/// It happens in one transaction, so that nothing is written in between. False if it knows something.
fn hand_over(connection: &Connection, director: &str) -> rusqlite::Result<bool> {
    let hand_over = || -> rusqlite::Result<bool> {
        let mut tables = connection.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'identity' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        for table in tables.query_map([], |row| row.get::<_, String>(0))? {
            let table = table?.replace('"', "\"\"");
            let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\")");
            if connection.query_row(&sql, [], |row| row.get(0))? {
                return Ok(false);
            }
        }
        connection.execute("UPDATE identity SET director_name = ?1", [director])?;
        Ok(true)
    };
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = hand_over();
    let end = if matches!(done, Ok(true)) { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end).and(done)
}

fn check_writable(path: &Path) -> Result<(), StateError> {
    // A change must not fail after the first effect because of a problem that could be seen before it.
    fs::OpenOptions::new().append(true).open(path).map(drop).map_err(|error| unwritable(path, error))
}

fn connect(path: &Path, change: bool) -> Result<Connection, StateError> {
    let of = |error: &rusqlite::Error| error::of(path, error);
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A reader also asks for the permission to write: the next one to open the file rolls back the half-done change of
    // a killed writer. Without that permission, listing works all the same.
    let connection =
        Connection::open_with_flags(path, base | OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| of(&error))?;
    let set = || -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if change {
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        }
        Ok(())
    };
    set().map_err(|error| of(&error))?;
    Ok(connection)
}

fn check_content(connection: &Connection, path: &Path) -> Result<Identity, StateError> {
    let of = |error: &rusqlite::Error| error::of(path, error);
    let application: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|error| of(&error))?;
    if application != APPLICATION_ID {
        return Err(Wrong::Foreign("it is some other program's database".to_owned()).at(path.display()));
    }
    let version = schema::version(connection).map_err(|error| of(&error))?;
    if version > VERSION {
        return Err(Wrong::Newer { found: version, known: VERSION }.at(path.display()));
    }
    let identity = home::identity(connection).map_err(|error| of(&error))?;
    identity.ok_or_else(|| Wrong::Damaged("it does not say whose it is".to_owned()).at(path.display()))
}
