//! Locks of operations: they prove whether an operation lives.
//!
//! An operation holds an OS lock (`flock`) on a file of its own, and every child that it starts inherits the open file:
//! a killed snapback whose CPI child still works is not dead. Only a free lock allows a take-over; never a process id,
//! never a clock. The file is on disk before the operation's row is: if there is none, somebody has removed it, and it
//! is not known whether the operation still runs.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;

use super::StateError;
use super::beside::{Beside, Closed, directory, unwritable};
use super::roster::{self, Roster};
use crate::domain::ids::OperationId;

/// Whether the lock of an operation is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// A living process holds it: the operation's own, or a child of it.
    Held,
    /// Nobody holds it.
    Free,
    /// It is not known.
    Unknown(Doubt),
}

/// Why it is not known whether a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The lock's file is gone: somebody has cleaned the directory.
    Gone,
    /// Another file is in its place: its holder, if there is one, holds the old one.
    Replaced,
    /// This user may not open it.
    Closed,
}

impl Doubt {
    /// A description of what is wrong with the lock's file.
    pub fn describe(self) -> &'static str {
        match self {
            Doubt::Gone => "its lock file is gone",
            Doubt::Replaced => "its lock file was replaced by another one",
            Doubt::Closed => "this user may not open its lock file",
        }
    }
}

/// How often a lock is asked for: `operations` and similar commands hold it for an instant when they look at it.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(5);
/// The most bytes of such a file; none has more.
const MARK_LIMIT: u64 = 16 << 20;

/// The locks of the operations of one store, on this host: files in a directory beside a file. A user who may write
/// that file may write them.
#[derive(Debug, Clone)]
pub(super) struct Locks {
    anchor: PathBuf,
}

/// A held lock.
pub(super) struct OperationLock {
    beside: Beside,
    name: String,
    file: File,
    roster: Roster,
}

/// The result of an attempt to take a lock.
pub(super) enum Taking {
    /// It is held now.
    Taken(OperationLock),
    /// Another process holds it.
    Held,
    /// It is not known whether another process does.
    Unknown(Doubt),
}

impl Locks {
    /// The locks beside this file.
    pub(super) fn beside(anchor: &Path) -> Self {
        Locks { anchor: anchor.to_owned() }
    }

    /// Makes and takes the lock of a new operation, and makes it durable.
    pub(super) fn create(&self, id: &OperationId) -> Result<OperationLock, StateError> {
        OperationLock::fresh(Beside::make(&self.anchor)?, id).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> StateError {
        unwritable(&self.anchor, error)
    }

    /// Takes the lock of a dead operation. If the operator says that it is dead, a lock file that is missing or was
    /// replaced counts as free; one that is held never does.
    pub(super) fn take(&self, id: &OperationId, surely_dead: bool) -> Result<Taking, StateError> {
        let beside = Beside::make(&self.anchor)?;
        let failed = |error: io::Error| self.failed(&error);
        let (file, doubt) = match open(&beside, id, OFlags::RDWR) {
            Ok(opened) => opened,
            Err(Doubt::Closed) => return Ok(Taking::Unknown(Doubt::Closed)),
            Err(doubt) if !surely_dead => return Ok(Taking::Unknown(doubt)),
            Err(_) => {
                beside.remove(id.as_str()).map_err(failed)?;
                return OperationLock::fresh(beside, id).map(Taking::Taken).map_err(failed);
            }
        };
        if let Some(doubt) = doubt.filter(|_| !surely_dead) {
            return Ok(Taking::Unknown(doubt));
        }
        for attempt in 1..=ATTEMPTS {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Ok(Taking::Held),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        // Removed between the two looks: no other process would see that this one is held.
        if beside.inode(id.as_str()) != file.metadata().ok().map(|found| found.ino()) {
            return Ok(Taking::Unknown(Doubt::Gone));
        }
        if !roster::living(&text(&file)).is_empty() {
            return Ok(Taking::Held);
        }
        if doubt.is_some() {
            mark(&file).map_err(failed)?;
        }
        OperationLock::inherit(beside, id, file).map(Taking::Taken).map_err(failed)
    }

    /// Takes the lock of an operation that only these processes hold: the operator says that they do not belong to it.
    /// They keep the old file; from now on everybody else sees the new one.
    pub(super) fn take_from(&self, id: &OperationId, ignored: &[u32]) -> Result<Option<OperationLock>, StateError> {
        let failed = |error: io::Error| self.failed(&error);
        let beside = Beside::make(&self.anchor)?;
        // The look and the change, by one process at a time.
        let gate = File::open(directory(&self.anchor)).map_err(failed)?;
        gate.lock().map_err(failed)?;
        let holders = self.holders(id);
        if holders.is_empty() || holders.iter().any(|holder| !ignored.contains(holder)) {
            return Ok(None);
        }
        beside.remove(id.as_str()).map_err(failed)?;
        OperationLock::fresh(beside, id).map(Some).map_err(failed)
    }

    /// Whether the lock of an operation is held.
    pub(super) fn probe(&self, id: &OperationId) -> LockState {
        let beside = match Beside::open(&self.anchor) {
            Ok(beside) => beside,
            Err(Closed::Missing) => return LockState::Unknown(Doubt::Gone),
            Err(Closed::Refused(_)) => return LockState::Unknown(Doubt::Closed),
        };
        let (file, doubt) = match open(&beside, id, OFlags::RDONLY) {
            Ok(opened) => opened,
            Err(doubt) => return LockState::Unknown(doubt),
        };
        match (file.try_lock_shared(), doubt) {
            (Err(_), _) => LockState::Held,
            (Ok(()), _) if !roster::living(&text(&file)).is_empty() => LockState::Held,
            (Ok(()), None) => LockState::Free,
            (Ok(()), Some(doubt)) => LockState::Unknown(doubt),
        }
    }

    /// The processes that hold the lock file of an operation open, as far as this user may see them (Linux), and those
    /// of the calls that it started.
    pub(super) fn holders(&self, id: &OperationId) -> Vec<u32> {
        let Ok(wanted) = fs::symlink_metadata(directory(&self.anchor).join(id.as_str())) else { return Vec::new() };
        let mut holders = holders_of(&wanted);
        holders.extend(self.calls(id));
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    /// The processes of the calls that an operation has started.
    pub(super) fn calls(&self, id: &OperationId) -> Vec<u32> {
        let file = Beside::open(&self.anchor).ok().and_then(|beside| beside.file(id.as_str(), OFlags::RDONLY).ok());
        file.map(|file| roster::living(&text(&file))).unwrap_or_default()
    }
}

impl OperationLock {
    fn fresh(beside: Beside, id: &OperationId) -> io::Result<Self> {
        let file = beside.create(id.as_str())?;
        file.lock()?;
        mark(&file)?;
        Self::inherit(beside, id, file)
    }

    fn inherit(beside: Beside, id: &OperationId, file: File) -> io::Result<Self> {
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
        let roster = Roster::of(&file)?;
        Ok(OperationLock { beside, name: id.as_str().to_owned(), file, roster })
    }

    /// The list of the children that change something.
    pub(super) fn roster(&self) -> Roster {
        self.roster.clone()
    }

    /// Sets whether children that are started from now on inherit the lock.
    pub(super) fn set_inherited(&self, inherited: bool) {
        let flags = if inherited { rustix::io::FdFlags::empty() } else { rustix::io::FdFlags::CLOEXEC };
        // It cannot fail for an open file; if it did, the lock would only be held longer.
        let _ = rustix::io::fcntl_setfd(&self.file, flags);
    }

    /// Gives the lock back for good: the operation has ended, and the file is of no more use.
    pub(super) fn release(&self) {
        let _ = self.beside.remove(&self.name);
    }
}

/// Writes into a lock's file which file it is. A copy that was put back after the directory was cleaned does not show
/// whether the first one is held.
fn mark(mut file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{}\n", file.metadata()?.ino()).as_bytes())?;
    file.sync_all()
}

/// Opens a lock's file; with a doubt if it is not the one that was made.
fn open(beside: &Beside, id: &OperationId, access: OFlags) -> Result<(File, Option<Doubt>), Doubt> {
    let file = beside.file(id.as_str(), access).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Doubt::Gone,
        io::ErrorKind::PermissionDenied => Doubt::Closed,
        _ => Doubt::Replaced,
    })?;
    let inode = file.metadata().map_err(|_| Doubt::Closed)?.ino();
    let is_it = text(&file).lines().next().unwrap_or_default().parse() == Ok(inode);
    Ok((file, (!is_it).then_some(Doubt::Replaced)))
}

/// The text in a lock's file; empty if the file cannot be read.
fn text(mut file: &File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(MARK_LIMIT).read_to_string(&mut text));
    if read.is_ok() { text } else { String::new() }
}

/// The processes that hold this file open, as far as this user may see them (Linux).
pub(super) fn holders_of(wanted: &fs::Metadata) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            files.flatten().any(|file| {
                fs::metadata(file.path()).is_ok_and(|found| found.ino() == wanted.ino() && found.dev() == wanted.dev())
            })
        })
        .collect()
}

/// The name of a process's program; its arguments can be credentials, and are not shown.
pub fn program_of(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim_end().to_owned())
}

/// A process, described for the operator.
pub(super) fn told(pid: u32) -> String {
    program_of(pid).map_or_else(|| format!("process {pid}"), |name| format!("process {pid}, {name}"))
}
