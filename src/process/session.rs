//! A child that has no terminal. Nobody could answer its questions there (`sudo`, `ssh`): it is in a process group of
//! its own, and is stopped if it asks. Without a controlling terminal it learns at once that it cannot ask.
//!
//! Only a new session has no terminal, a process can make one only for itself, and no safe code runs between `fork` and
//! `exec`. So snapback starts itself; that process leaves the session, and then becomes the program. If snapback has no
//! terminal, there is nothing to leave, and it starts the program directly.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::fs::{Mode, OFlags};
use rustix::process::{getpgid, getppid, setpgid, setsid};

use super::start;

/// The first argument of a snapback that is to become another program.
pub(super) const WORD: &str = "become-a-child-without-a-terminal";
/// The exit status if it could not.
pub(super) const FAILED: u8 = 126;
/// The text that it prints then; the number of the operating system's error follows.
const MARK: &str = "snapback could not become the program: error ";

/// Whether this process has a controlling terminal.
pub(super) fn has_terminal() -> bool {
    rustix::fs::open("/dev/tty", OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).is_ok()
}

/// Becomes the program that the arguments name, if they ask for that. Returns an exit status if that failed, and `None`
/// if this is not such a process.
pub fn become_a_child(mut arguments: impl Iterator<Item = OsString>) -> Option<u8> {
    arguments.by_ref().nth(1).filter(|word| word == WORD)?;
    let program = PathBuf::from(arguments.next()?);
    // The leader of a group cannot leave its session; it was made one so that no Ctrl-C reaches it on the way.
    let _ = getpgid(getppid()).and_then(|group| setpgid(None, Some(group)));
    let _ = setsid();
    let mut command = Command::new(program);
    command.args(arguments);
    let error = start::patiently(|| -> io::Result<()> { Err(command.exec()) }).err()?;
    let _ = writeln!(io::stderr(), "{MARK}{}", error.raw_os_error().unwrap_or_default());
    Some(FAILED)
}

/// The operating system's error because of which a child could not become the program.
pub(super) fn failure(said: &str) -> Option<io::Error> {
    said.strip_prefix(MARK)?.trim_end().parse().ok().map(io::Error::from_raw_os_error)
}
