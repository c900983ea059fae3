//! The lock for letting an instance go on: one dead man's switch at a time has it, whatever has happened to the
//! operation that started it.
//!
//! The lock is a file beside the state file. The switch and its hooks inherit it; a hook that closes inherited
//! descriptors is noted in it. The next one that wants it asks its holder to end by a line in the file, so no signal
//! can reach a wrong process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;

use rustix::fs::OFlags;
use rustix::io::FdFlags;
use sha2::{Digest, Sha256};

use super::beside::{Beside, unwritable};
use super::lock::{holders_of, told};
use super::roster::{self, Roster};
use super::{State, StateError};
use crate::domain::instance::InstanceName;

/// The line in the lock's file that asks its holder to end.
const END: &str = "end";
/// The most bytes that are read from such a file; it has fewer.
const LIMIT: u64 = 1 << 20;

/// The lock of an instance. It is free once all that inherited it have closed it, and none of the noted hooks lives.
pub struct StillLock {
    file: File,
    roster: Roster,
}

/// The thing that stands still, and that the lock is for.
#[derive(Debug, Clone, Copy)]
pub enum Stands<'a> {
    /// An instance.
    Instance(&'a InstanceName),
    /// A thing that hooks of several instances stop, by a text that distinguishes it from others.
    Thing(&'a str),
}

/// The result of an attempt to take such a lock.
pub enum StillTaking {
    /// It is held.
    Taken(StillLock),
    /// An older switch or one of its hooks has it, and was asked to end.
    Held {
        /// These processes, for people.
        holders: Vec<String>,
        /// Those of them that do nothing, since somebody has stopped them (SIGSTOP).
        stopped: Vec<u32>,
    },
}

/// The lock, in the process that has inherited it.
pub struct Inherited {
    file: File,
    roster: Roster,
}

impl State {
    /// Takes the lock of an instance or of a thing that several instances stop, or asks its holder to end.
    ///
    /// # Errors
    /// The directory of the locks cannot be written to, or cannot be trusted.
    pub fn still_lock(&self, of: &Stands<'_>) -> Result<StillTaking, StateError> {
        let failed = |error: io::Error| unwritable(self.path(), &error);
        let beside = Beside::make(self.path())?;
        let name = file_name(of);
        match beside.create(&name) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let mut file = beside.file(&name, OFlags::RDWR | OFlags::APPEND).map_err(failed)?;
        let is_free = match file.try_lock() {
            Ok(()) => roster::living(&text(&mut file)).is_empty(),
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        };
        if !is_free {
            let said = text(&mut file);
            if !said.lines().any(|line| line == END) {
                file.write_all(format!("{END}\n").as_bytes()).map_err(failed)?;
            }
            let mut holders = file.metadata().map(|found| holders_of(&found)).unwrap_or_default();
            holders.extend(roster::living(&said));
            holders.sort_unstable();
            holders.dedup();
            let own = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
            holders.retain(|pid| *pid != own);
            let stopped = holders.iter().copied().filter(|pid| roster::is_stopped(*pid)).collect();
            return Ok(StillTaking::Held { holders: holders.into_iter().map(told).collect(), stopped });
        }
        let mut begin = || -> io::Result<Roster> {
            file.set_len(0)?;
            file.write_all(b"still\n")?;
            Roster::of(&file)
        };
        let roster = begin().map_err(failed)?;
        Ok(StillTaking::Taken(StillLock { file, roster }))
    }
}

impl StillLock {
    /// Sets whether children that are started from now on inherit it. Returns the descriptor's number.
    pub fn lend(&self, lent: bool) -> i32 {
        let flags = if lent { FdFlags::empty() } else { FdFlags::CLOEXEC };
        // It cannot fail for an open file; if it did, the lock would only be held longer.
        let _ = rustix::io::fcntl_setfd(&self.file, flags);
        self.file.as_raw_fd()
    }

    /// Notes a hook.
    pub fn note(&self, pid: u32) {
        self.roster.note(pid);
    }
}

impl Inherited {
    /// The lock behind this descriptor of the process.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn of(descriptor: i32) -> io::Result<Inherited> {
        let file = OpenOptions::new().read(true).append(true).open(format!("/proc/self/fd/{descriptor}"))?;
        let roster = Roster::of(&file)?;
        Ok(Inherited { file, roster })
    }

    /// Notes a hook.
    pub fn note(&self, pid: u32) {
        self.roster.note(pid);
    }

    /// Whether another process wants the lock, and has asked its holder to end.
    pub fn is_asked_to_end(&self) -> bool {
        self.file.try_clone().is_ok_and(|mut file| text(&mut file).lines().any(|line| line == END))
    }
}

/// The name of the lock's file. No instance's name can lead elsewhere, or be too long.
fn file_name(of: &Stands<'_>) -> String {
    let digest = match of {
        Stands::Instance(InstanceName { deployment, group, index }) => {
            Sha256::digest(format!("{deployment}\0{group}\0{index}"))
        }
        Stands::Thing(thing) => Sha256::digest(format!("\0{thing}")),
    };
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("still-{hex}")
}

fn text(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(LIMIT).read_to_string(&mut text));
    if read.is_ok() { text } else { String::new() }
}
