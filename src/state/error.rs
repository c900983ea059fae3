//! What can be wrong with a state file.

use std::path::PathBuf;

use super::lock::{Doubt, LockState};
use crate::domain::ids::{CpiName, OperationId};
use crate::error::{Error, Kind};

/// A failure of the state file. It can be cloned, since one failed commit fails all that were in it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
    /// There is none.
    #[error("there is no state file at {}", .0.display())]
    Missing(PathBuf),
    /// There is none, but there was one.
    #[error("the state file {} is gone; it knew {operations} operations", path.display())]
    Lost {
        /// Where.
        path: PathBuf,
        /// How many operations it knew.
        operations: i64,
    },
    /// `init` would overwrite one.
    #[error("a state file is there already: {}", .0.display())]
    Exists(PathBuf),
    /// It is a directory, or something else that no state file can be.
    #[error("{} is {what}, not a state file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file, but not one of ours.
    #[error("{} is not a snapback state file: {why}", path.display())]
    Foreign {
        /// Where.
        path: PathBuf,
        /// How it shows.
        why: String,
    },
    /// Made by a newer snapback.
    #[error("{} has schema {found}, and this snapback knows up to {known}", path.display())]
    Newer {
        /// Where.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Its content contradicts itself.
    #[error("the state file {} is damaged: {why}", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// How it shows.
        why: String,
    },
    /// It cannot be written.
    #[error("the state file {} cannot be written: {why}", path.display())]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It is on a network file system, whose locks cannot be relied on.
    #[error("the state file {} is on a network file system ({kind})", path.display())]
    Network {
        /// Where.
        path: PathBuf,
        /// Which.
        kind: &'static str,
    },
    /// A directory beside it may hold what a stranger has put there.
    #[error("{} cannot be trusted: {why}", path.display())]
    Untrusted {
        /// The directory.
        path: PathBuf,
        /// How it shows.
        why: String,
        /// The command that mends it.
        remedy: String,
    },
    /// It is a copy, or was put back from a backup.
    #[error("the state file {} is not where it belongs: {why}", path.display())]
    Copy {
        /// Where.
        path: PathBuf,
        /// How it shows.
        why: String,
    },
    /// It belongs to another Director.
    #[error("the state file {} belongs to the Director '{belongs}', and the manifest is of '{manifest}'", path.display())]
    OtherDirector {
        /// Where.
        path: PathBuf,
        /// Whose it is.
        belongs: String,
        /// Whose the manifest is.
        manifest: String,
    },
    /// Another operation has it.
    #[error("{what} is claimed by operation {operation} ({verb}), which {}", life(*holder))]
    Claimed {
        /// The thing.
        what: String,
        /// Whose it is.
        operation: OperationId,
        /// What that does.
        verb: String,
        /// Whether its lock is held.
        holder: LockState,
    },
    /// A cloud called new what is known already.
    #[error("the CPI '{cpi}' answers with {cid} as {wanted}, and that is {known}")]
    NotNew {
        /// Which CPI.
        cpi: CpiName,
        /// Its answer.
        cid: String,
        /// What it was asked for.
        wanted: String,
        /// What it is known as.
        known: String,
    },
    /// `recover` of another process has taken the operation over.
    #[error("operation {0} was taken over by another snapback")]
    TakenOver(OperationId),
    /// The lock of an operation is held.
    #[error("operation {operation} is still running{}", by_whom(holders))]
    Running {
        /// Which.
        operation: OperationId,
        /// The processes that hold its lock, as far as this user may see them.
        holders: Vec<u32>,
    },
    /// Nobody can tell whether the lock of an operation is held.
    #[error("whether operation {operation} still runs cannot be told: {}", doubt.describe())]
    Doubtful {
        /// Which.
        operation: OperationId,
        /// Why.
        doubt: Doubt,
    },
    /// The operating system starts no more threads.
    #[error("no thread can be started to write the state file: {0}")]
    NoThread(String),
    /// A row that no snapback writes.
    #[error("the state file holds a row that this snapback cannot read: {0}")]
    Row(String),
    /// A fault of the tests has ended this "process".
    #[error("this process is dead")]
    Dead,
    /// Anything else that SQLite said.
    #[error("{0}")]
    Sqlite(String),
}

fn life(holder: LockState) -> String {
    match holder {
        LockState::Held => "is running".to_owned(),
        LockState::Free => "was interrupted".to_owned(),
        LockState::Unknown(doubt) => format!("may be running: {}", doubt.describe()),
    }
}

/// What is to be done about an operation of which nobody can tell whether it runs.
fn in_doubt(error: Error, operation: &OperationId, doubt: Doubt) -> Error {
    match doubt {
        Doubt::Closed => error
            .hint("ask as the user who began it, or as root")
            .try_command(format!("snapback operations {operation}")),
        Doubt::Gone | Doubt::Replaced => error
            .hint("nothing was done; once no snapback, CPI or bosh of that operation is at work any more:")
            .try_command(format!("snapback recover --take-over {operation}")),
    }
}

fn by_whom(holders: &[u32]) -> String {
    match holders {
        [] => String::new(),
        all => format!(" ({})", all.iter().map(|pid| super::lock::told(*pid)).collect::<Vec<_>>().join("; ")),
    }
}

impl StateError {
    /// The error of an SQLite call on the file at `path`.
    pub(super) fn of(path: &std::path::Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        if let rusqlite::Error::FromSqlConversionFailure(_, _, cause) = error {
            return StateError::Row(cause.to_string());
        }
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => StateError::Foreign { path, why: "it is not SQLite".into() },
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => StateError::Damaged { path, why },
            Some(rusqlite::ErrorCode::DiskFull) => {
                StateError::Unwritable { path, why: "no space is left on its file system".into() }
            }
            Some(
                rusqlite::ErrorCode::ReadOnly
                | rusqlite::ErrorCode::PermissionDenied
                | rusqlite::ErrorCode::CannotOpen
                | rusqlite::ErrorCode::SystemIoFailure,
            ) => StateError::Unwritable { path, why },
            _ => StateError::Sqlite(why),
        }
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        let message = error.to_string();
        match error {
            StateError::Missing(_) => Error::new(Kind::State, message)
                .hint("name the right one with --state or SNAPBACK_STATE; `snapback import` begins one with what BOSH says, and:")
                .try_command("snapback init"),
            StateError::Lost { .. } => Error::new(Kind::State, message)
                .hint("put the newest copy back (what `snapback state backup` made)")
                .hint("or begin a new one, which knows nothing of the snapshots taken so far:")
                .try_command("snapback init"),
            StateError::Exists(_) => Error::new(Kind::State, message),
            StateError::NotAFile { .. } | StateError::Foreign { .. } => {
                Error::new(Kind::State, message).hint(
                    "name the right file with --state or SNAPBACK_STATE (create-env's --state is another one: \
                     `snapback import` reads it)",
                )
            }
            StateError::Newer { .. } => {
                Error::new(Kind::State, message).hint("use the newer snapback; this one leaves the file as it is")
            }
            StateError::Damaged { .. } => Error::new(Kind::State, message)
                .hint("put it aside, and use the newest copy that `snapback state backup` made")
                .hint("without one: `sqlite3 FILE .recover` saves what can be read; the snapshots themselves are in the cloud, untouched"),
            StateError::Unwritable { .. } => Error::new(Kind::State, message)
                .hint("free space, or give yourself the right to write, and run it again; nothing more was begun"),
            StateError::Network { .. } => Error::new(Kind::State, message)
                .hint("put it on a local disk, or pass --allow-network-fs if its locks are known to work"),
            StateError::Copy { .. } => Error::new(Kind::State, message)
                .hint("listing works; to see what is open in it:")
                .try_command("snapback recover")
                .hint("to go on with this copy from now on (only if the original is gone):")
                .try_command("snapback recover --resume"),
            StateError::OtherDirector { .. } => {
                Error::new(Kind::State, message).hint("name the right --manifest, or another --state")
            }
            StateError::Claimed { operation, holder, .. } => {
                let error = Error::new(Kind::Locked, message).in_operation(&operation);
                match holder {
                    LockState::Held => error.hint("wait for its end (--wait-lock SECONDS)"),
                    LockState::Free => error.try_command("snapback recover"),
                    LockState::Unknown(doubt) => in_doubt(error, &operation, doubt),
                }
            }
            StateError::NotNew { cid, .. } => Error::new(Kind::Cpi, message)
                .hint(format!("what is known of {cid} stays as it is; whether something new was made, the CPI does not tell")),
            StateError::Doubtful { operation, doubt } => {
                in_doubt(Error::new(Kind::Locked, message).in_operation(&operation), &operation, doubt)
            }
            StateError::Untrusted { remedy, .. } => Error::new(Kind::State, message)
                .hint("nothing was done; look who put it there and what is in it, then mend it:")
                .hint(format!("run: {remedy}")),
            StateError::TakenOver(operation) => Error::new(Kind::Locked, message).in_operation(&operation),
            StateError::Running { operation, .. } => Error::new(Kind::Locked, message)
                .in_operation(&operation)
                .hint("wait for it; a call to the cloud that outlives its snapback may still succeed"),
            StateError::Row(_) => Error::new(Kind::State, message).hint("a newer snapback wrote it: use that one"),
            StateError::NoThread(_) => Error::new(Kind::Failed, message)
                .hint("nothing was done; raise the limit of processes (`ulimit -u`), or end some, and run it again"),
            StateError::Dead => Error::new(Kind::Bug, message),
            StateError::Sqlite(_) => Error::new(Kind::State, message),
        }
    }
}
