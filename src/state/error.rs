//! Errors of the state file.

use super::lock::{Doubt, LockState};
use crate::domain::count::counted;
use crate::domain::ids::{CpiName, OperationId};
use crate::error::{Error, Kind};

/// Reasons why a store cannot be used, or a copy of it cannot be written.
#[derive(Debug, Clone)]
pub enum Wrong {
    /// It does not exist.
    Missing,
    /// It does not exist, but existed once, with so many operations.
    Lost(i64),
    /// An existing one would be overwritten.
    Exists,
    /// A copy would replace something that is not an earlier copy of the same state; with the evidence.
    NotOlder(String),
    /// It is not a regular file; with a word for it, such as a directory.
    NotAFile(&'static str),
    /// It is not a state file of snapback; with the evidence.
    Foreign(String),
    /// A newer snapback made it.
    Newer {
        /// Its schema version.
        found: i64,
        /// The newest version that this snapback knows.
        known: i64,
    },
    /// Its content contradicts itself; with the evidence.
    Damaged(String),
    /// It cannot be written; with the reason.
    Unwritable(String),
    /// It is on a network file system of this kind, whose locks cannot be relied on.
    Network(&'static str),
    /// Other users could have put files into the directory beside it.
    Untrusted {
        /// The evidence.
        why: String,
        /// The command that repairs it.
        remedy: String,
    },
    /// It is a copy, or was put back from a backup; with the evidence.
    Copy(String),
    /// It belongs to another Director.
    OtherDirector {
        /// The Director that it belongs to.
        belongs: String,
        /// The Director of the manifest.
        manifest: String,
    },
}

impl Wrong {
    /// The error of the store at this place: a file's path, or something else that identifies the store.
    pub fn at(self, place: impl std::fmt::Display) -> StateError {
        StateError::Store { place: place.to_string(), wrong: self }
    }

    fn told(&self, place: &str) -> String {
        match self {
            Wrong::Missing => format!("there is no state file at {place}"),
            Wrong::Lost(operations) => {
                format!("the state file {place} is gone; it knew {}", counted(*operations, "operation"))
            }
            Wrong::Exists => format!("a state file is there already: {place}"),
            Wrong::NotOlder(why) => format!("{place} is not replaced: {why}"),
            Wrong::NotAFile(what) => format!("{place} is {what}, not a state file"),
            Wrong::Foreign(why) => format!("{place} is not a snapback state file: {why}"),
            Wrong::Newer { found, known } => {
                format!("{place} has schema {found}, and this snapback knows up to {known}")
            }
            Wrong::Damaged(why) => format!("the state file {place} is damaged: {why}"),
            Wrong::Unwritable(why) => format!("the state file {place} cannot be written: {why}"),
            Wrong::Network(kind) => format!("the state file {place} is on a network file system ({kind})"),
            Wrong::Untrusted { why, .. } => format!("{place} cannot be trusted: {why}"),
            Wrong::Copy(why) => format!("the state file {place} is not where it belongs: {why}"),
            Wrong::OtherDirector { belongs, manifest } => format!(
                "the state file {place} belongs to the Director '{belongs}', and the manifest is of '{manifest}'"
            ),
        }
    }

    fn hinted(self, error: Error) -> Error {
        match self {
            Wrong::Missing => error
                .hint("name the right one with --state or SNAPBACK_STATE, or make a new one (`snapback import --from-bosh` makes one, too, and fills it):")
                .try_command("snapback init"),
            Wrong::Lost(_) => error
                .hint("put the newest copy back (what `snapback state backup FILE` made)")
                .hint("or begin a new one, which knows nothing of the snapshots taken so far:")
                .try_command("snapback init"),
            Wrong::Exists => error,
            Wrong::NotOlder(_) => error
                .hint("`snapback --state COPY operations` shows what a copy knows; write the new one to another file"),
            Wrong::NotAFile(_) | Wrong::Foreign(_) => error.hint(
                "name the right file with --state or SNAPBACK_STATE (create-env's --state is another one: \
                 `snapback import FILE` reads it)",
            ),
            Wrong::Newer { .. } => error.hint("use the newer snapback; this one leaves the file as it is"),
            Wrong::Damaged(_) => error
                .hint("put it aside, and use the newest copy that `snapback state backup FILE` made")
                .hint("without one: `sqlite3 FILE .recover` saves what can be read; the snapshots themselves are in the cloud, untouched"),
            Wrong::Unwritable(_) => {
                error.hint("free space, or give yourself the right to write, and run it again; nothing more was begun")
            }
            Wrong::Network(_) => {
                error.hint("put it on a local disk, or pass --allow-network-fs if its locks are known to work")
            }
            Wrong::Untrusted { remedy, .. } => error
                .hint("nothing was done; find out who put it there and what is in it, then repair it:")
                .hint(format!("run: {remedy}")),
            Wrong::Copy(_) => error
                .hint("listing works; to see what is open in it:")
                .try_command("snapback recover")
                .hint("to go on with this copy from now on (only if the original is gone):")
                .try_command("snapback recover --resume"),
            Wrong::OtherDirector { .. } => error.hint("name the right --manifest, or another --state"),
        }
    }
}

/// A failure of the state. It can be cloned, since one failed commit fails all that were in it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
    /// Something is wrong with the store itself.
    #[error("{}", wrong.told(place))]
    Store {
        /// The place of the store: the path of its file.
        place: String,
        /// The reason.
        wrong: Wrong,
    },
    /// Another operation has claimed the thing.
    #[error("{what} is claimed by operation {operation} ({verb}), which {}", life(*holder))]
    Claimed {
        /// The claimed thing, in words for people.
        what: String,
        /// The operation that has it.
        operation: OperationId,
        /// The command of that operation.
        verb: String,
        /// Whether its lock is held.
        holder: LockState,
    },
    /// A cloud returned a known CID for a new thing.
    #[error("the CPI '{cpi}' answers with {cid} as {wanted}, and that is {known}")]
    NotNew {
        /// The CPI.
        cpi: CpiName,
        /// Its answer.
        cid: String,
        /// The new thing that the CPI was asked for, in words for people.
        wanted: String,
        /// The known thing with this CID, in words for people.
        known: String,
    },
    /// Another operation has begun since the facts were read.
    #[error("another operation has begun meanwhile")]
    Overtaken,
    /// `recover` of another process has taken the operation over.
    #[error("operation {0} was taken over by another snapback")]
    TakenOver(OperationId),
    /// The lock of an operation is held.
    #[error("operation {operation} is still running{}", by_whom(holders))]
    Running {
        /// The operation.
        operation: OperationId,
        /// The processes that hold its lock, as far as this user may see them.
        holders: Vec<u32>,
    },
    /// It is not known whether the lock of an operation is held.
    #[error("snapback cannot tell whether operation {operation} still runs: {}", doubt.describe())]
    Doubtful {
        /// The operation.
        operation: OperationId,
        /// The reason.
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
    /// Any other error of the store.
    #[error("{0}")]
    Other(String),
}

fn life(holder: LockState) -> String {
    match holder {
        LockState::Held => "is running".to_owned(),
        LockState::Free => "was interrupted".to_owned(),
        LockState::Unknown(doubt) => format!("may be running: {}", doubt.describe()),
    }
}

/// Adds the next step for an operation whose lock does not show whether it runs.
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

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        let message = error.to_string();
        match error {
            StateError::Store { wrong, .. } => wrong.hinted(Error::new(Kind::State, message)),
            StateError::Claimed { operation, holder, .. } => {
                let error = Error::new(Kind::Locked, message).in_operation(&operation);
                match holder {
                    LockState::Held => error.hint("wait for its end (--wait-lock SECONDS)"),
                    LockState::Free => error.try_command("snapback recover"),
                    LockState::Unknown(doubt) => in_doubt(error, &operation, doubt),
                }
            }
            StateError::NotNew { cid, .. } => Error::new(Kind::Cpi, message).hint(format!(
                "the record of {cid} stays as it is; the CPI does not say whether it made something new"
            )),
            StateError::Doubtful { operation, doubt } => {
                in_doubt(Error::new(Kind::Locked, message).in_operation(&operation), &operation, doubt)
            }
            StateError::Overtaken => Error::new(Kind::Locked, message).hint("nothing was done; run it again"),
            StateError::TakenOver(operation) => Error::new(Kind::Locked, message).in_operation(&operation),
            StateError::Running { operation, .. } => Error::new(Kind::Locked, message)
                .in_operation(&operation)
                .hint("wait for it; a call to the cloud that outlives its snapback may still succeed"),
            StateError::Row(_) => Error::new(Kind::State, message).hint("a newer snapback wrote it: use that one"),
            StateError::NoThread(_) => Error::new(Kind::Failed, message)
                .hint("nothing was done; raise the limit of processes (`ulimit -u`), or end some, and run it again"),
            StateError::Dead => Error::new(Kind::Bug, message),
            StateError::Other(_) => Error::new(Kind::State, message),
        }
    }
}
