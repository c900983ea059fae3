//! Locks of operations: proof of life, and of death.
//!
//! An operation holds an OS lock (`flock`) on a file of its own, and every child that it starts inherits
//! the open file: a killed snapback whose CPI child still works is not dead. Only a free lock allows a
//! take-over; never a process id, never a clock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StateError;
use crate::domain::ids::OperationId;

/// Whether the lock of an operation is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// By a living process: the operation's own, or a child of it.
    Held,
    /// By nobody.
    Free,
}

/// How often a lock is asked for: `operations` and its like hold it for an instant when they look at it.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(5);

/// A held lock.
pub(super) struct OperationLock {
    path: PathBuf,
    file: File,
}

/// The directory of a state file's locks.
pub(super) fn directory(state: &Path) -> PathBuf {
    let mut name = state.file_name().unwrap_or_default().to_owned();
    name.push(".locks");
    state.with_file_name(name)
}

fn file_of(state: &Path, id: &OperationId) -> PathBuf {
    directory(state).join(id.as_str())
}

fn unwritable(path: &Path, error: &std::io::Error) -> StateError {
    StateError::Unwritable { path: path.to_owned(), why: format!("its locks: {error}") }
}

fn make_directory(state: &Path) -> Result<(), StateError> {
    let directory = directory(state);
    match fs::DirBuilder::new().mode(0o700).create(&directory) {
        Ok(()) => share(state, &directory, 0o700),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unwritable(state, &error)),
    }
}

/// Lets the group in where the state file lets it in, whatever the umask says.
fn share(state: &Path, path: &Path, alone: u32) -> Result<(), StateError> {
    let group = fs::metadata(state).is_ok_and(|state| state.mode() & 0o020 != 0);
    let mode = if group { alone | (alone >> 3) } else { alone };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|error| unwritable(state, &error))
}

impl OperationLock {
    /// Makes and takes the lock of a new operation.
    pub(super) fn create(state: &Path, id: &OperationId) -> Result<Self, StateError> {
        make_directory(state)?;
        let path = file_of(state, id);
        let file =
            OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| unwritable(state, &error))?;
        share(state, &path, 0o600)?;
        file.lock().map_err(|error| unwritable(state, &error))?;
        Self::inherit(state, file, path)
    }

    /// Takes the lock of a dead operation; `None` while it is held.
    pub(super) fn take(state: &Path, id: &OperationId) -> Result<Option<Self>, StateError> {
        make_directory(state)?;
        let path = file_of(state, id);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| unwritable(state, &error))?;
        for attempt in 1..=ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Self::inherit(state, file, path).map(Some),
                Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(unwritable(state, &error)),
            }
        }
        Ok(None)
    }

    fn inherit(state: &Path, file: File, path: PathBuf) -> Result<Self, StateError> {
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())
            .map_err(|error| unwritable(state, &error.into()))?;
        Ok(OperationLock { path, file })
    }

    /// Whether children that are started from now on inherit the lock.
    pub(super) fn set_inherited(&self, inherited: bool) {
        let flags = if inherited { rustix::io::FdFlags::empty() } else { rustix::io::FdFlags::CLOEXEC };
        // It cannot fail for an open file; if it did, the lock would only be held longer.
        let _ = rustix::io::fcntl_setfd(&self.file, flags);
    }

    /// Gives the lock back for good: the operation has ended, and its file is of no more use.
    pub(super) fn release(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the lock of an operation is held.
pub(super) fn probe(state: &Path, id: &OperationId) -> LockState {
    let Ok(file) = File::open(file_of(state, id)) else { return LockState::Free };
    match file.try_lock_shared() {
        Ok(()) => LockState::Free,
        Err(_) => LockState::Held,
    }
}

/// The processes that hold the lock file of an operation open, as far as this user may see them (Linux).
pub fn holders(state: &Path, id: &OperationId) -> Vec<u32> {
    let Ok(wanted) = fs::metadata(file_of(state, id)) else { return Vec::new() };
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let mut holders: Vec<u32> = processes
        .flatten()
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            files.flatten().any(|file| {
                fs::metadata(file.path()).is_ok_and(|found| found.ino() == wanted.ino() && found.dev() == wanted.dev())
            })
        })
        .collect();
    holders.sort_unstable();
    holders
}
