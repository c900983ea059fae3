//! Runs of schedules: only one process can claim one, and a lock of the schedule's own shows that it lives.
//!
//! The lock is a file beside the state file, as an operation's is. No child inherits it, since the child of one
//! schedule must not hold another's; a child is noted in it. As long as a process of its group lives, the lock counts
//! as held.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::time::Duration;

use rustix::fs::OFlags;

use super::beside::{Beside, unwritable};
use super::roster::{self, Roster};
use super::{Decide, Reader, State, StateError};
use crate::domain::schedule::{Decision, OneOff, OneOffState, Run};

/// A held lock. It is free once this is dropped, and none of the noted children lives.
pub struct RunLock {
    /// Closing it frees the lock.
    _file: File,
    roster: Roster,
}

/// How often a lock is asked for: a command that lists the schedules holds it for an instant.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(5);
/// The most bytes of such a file; it has fewer.
const LIMIT: u64 = 1 << 20;

impl RunLock {
    /// Notes a child that does the work.
    pub fn note(&self, pid: u32) {
        self.roster.note(pid);
    }
}

impl State {
    /// Takes the lock of this name; `None` if another process has it.
    ///
    /// # Errors
    /// The directory of the locks cannot be written to, or cannot be trusted.
    pub fn run_lock(&self, name: &str) -> Result<Option<RunLock>, StateError> {
        let failed = |error: io::Error| unwritable(self.path(), &error);
        let beside = Beside::make(self.path())?;
        let name = file_name(name);
        match beside.create(&name) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let mut file = beside.file(&name, OFlags::RDWR).map_err(failed)?;
        for attempt in 1..=ATTEMPTS {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        if !roster::living(&text(&mut file)).is_empty() {
            return Ok(None);
        }
        let mut begin = || -> io::Result<Roster> {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(b"run\n")?;
            Roster::of(&file)
        };
        let roster = begin().map_err(failed)?;
        Ok(Some(RunLock { _file: file, roster }))
    }

    /// As [`super::Store::decide`].
    ///
    /// # Errors
    /// The state file cannot be read or written.
    pub fn decide(&self, schedule: &str, decide: Decide) -> Result<Decision, StateError> {
        self.store.decide(schedule, decide)
    }

    /// As [`super::Store::end_run`].
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn end_run(&self, run: Run) -> Result<(), StateError> {
        self.store.end_run(run)
    }

    /// As [`super::Store::add_one_off`].
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn add_one_off(&self, one_off: OneOff) -> Result<(), StateError> {
        self.store.add_one_off(one_off)
    }

    /// As [`super::Store::change_one_off`].
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn change_one_off(&self, one_off: OneOff, from: OneOffState) -> Result<bool, StateError> {
        self.store.change_one_off(one_off, from)
    }
}

impl Reader {
    /// Whether a process has the lock of this name, as far as this user can see.
    pub fn is_at_work(&self, name: &str) -> bool {
        let Ok(beside) = Beside::open(self.path()) else { return false };
        let Ok(mut file) = beside.file(&file_name(name), OFlags::RDONLY) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) || !roster::living(&text(&mut file)).is_empty()
    }
}

fn file_name(name: &str) -> String {
    format!("schedule.{name}")
}

fn text(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(LIMIT).read_to_string(&mut text));
    if read.is_ok() { text } else { String::new() }
}
