//! Linux file leases, safely: [`read_lease`] takes one, [`Lease::held`] looks, dropping gives it back.
//!
//! A read lease is granted only while nobody can write to the file: no descriptor open for writing, no shared writable
//! mapping, no loop device. A process that opens or truncates the file afterwards waits until the lease is given back
//! (or the kernel's `lease-break-time` is over), and the holder can see it waiting. Nothing else tells a still file
//! from one that is written through a mapping.
//!
//! This is a crate of its own because it holds the only `unsafe` of the repository.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use libc::c_int;

/// The reason why there is no lease.
#[derive(Debug)]
pub enum LeaseError {
    /// Something can write to the file, or is about to.
    HasWriter,
    /// The file belongs to another user, and this process has no `CAP_LEASE`.
    NotPermitted,
    /// This file, or its file system, has no leases.
    Unsupported,
    /// Anything else.
    Other(io::Error),
}

impl LeaseError {
    fn of(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::EAGAIN) => LeaseError::HasWriter,
            Some(libc::EACCES | libc::EPERM) => LeaseError::NotPermitted,
            Some(libc::EINVAL | libc::EOPNOTSUPP | libc::ENOLCK | libc::ENOSYS | libc::ENOTTY) => {
                LeaseError::Unsupported
            }
            _ => LeaseError::Other(error),
        }
    }
}

impl std::fmt::Display for LeaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LeaseError::HasWriter => f.write_str("something has the file open for writing"),
            LeaseError::NotPermitted => f.write_str("a lease needs the file's owner, or CAP_LEASE"),
            LeaseError::Unsupported => f.write_str("this file system has no leases"),
            LeaseError::Other(error) => write!(f, "no lease: {error}"),
        }
    }
}

impl std::error::Error for LeaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LeaseError::Other(error) => Some(error),
            _ => None,
        }
    }
}

/// A read lease, given back when it is dropped.
#[derive(Debug)]
#[must_use = "a lease that is dropped at once protects nothing"]
pub struct Lease<'a> {
    file: &'a File,
}

impl Lease<'_> {
    /// True as long as nobody has written since the lease was taken, and nobody waits to.
    ///
    /// Once false it stays false. Look *after* the last read: until then a reader cannot know.
    pub fn held(&self) -> bool {
        fcntl(self.file, libc::F_GETLEASE, 0).is_ok_and(|kind| kind == libc::F_RDLCK)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // It fails only if the kernel has already taken the lease away.
        let _ = fcntl(self.file, libc::F_SETLEASE, libc::F_UNLCK);
    }
}

/// Takes a read lease on `file`, which must be open for reading only.
///
/// # Errors
/// [`LeaseError`]; [`LeaseError::HasWriter`] is the one to tell the operator about.
pub fn read_lease(file: &File) -> Result<Lease<'_>, LeaseError> {
    // The kernel announces a waiting writer by SIGIO, whose default is to kill. SIGURG is ignored by
    // default, so a holder who only polls `held` needs no handler, and no process-wide state is touched.
    fcntl(file, F_SETSIG, libc::SIGURG).map_err(LeaseError::of)?;
    fcntl(file, libc::F_SETLEASE, libc::F_RDLCK).map_err(LeaseError::of)?;
    Ok(Lease { file })
}

/// `asm-generic/fcntl.h`; libc does not define it for any Linux target.
const F_SETSIG: c_int = 10;

fn fcntl(file: &File, command: c_int, argument: c_int) -> io::Result<c_int> {
    // SAFETY: `file` keeps the descriptor open for the call, and the commands that this module passes
    // (F_SETSIG, F_SETLEASE, F_GETLEASE) take an integer or nothing: no memory is handed to the kernel.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), command, argument) };
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    #[test]
    fn a_writer_and_a_lease_exclude_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let writer = File::create(&path).unwrap();
        let reader = File::open(&path).unwrap();
        assert!(matches!(read_lease(&reader), Err(LeaseError::HasWriter)));

        drop(writer);
        let lease = read_lease(&reader).unwrap();
        assert!(lease.held());
        // Without F_SETSIG this open would kill the process by SIGIO.
        let refused = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        assert!(!lease.held());
        drop(lease);
        OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
    }

    #[test]
    fn two_readers_hold_leases_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        File::create(&path).unwrap();
        let (one, two) = (File::open(&path).unwrap(), File::open(&path).unwrap());
        let first = read_lease(&one).unwrap();
        let second = read_lease(&two).unwrap();
        drop(first);
        assert!(second.held());
    }

    #[test]
    fn what_has_no_leases_says_so() {
        assert!(matches!(read_lease(&File::open("/").unwrap()), Err(LeaseError::Unsupported)));
    }
}
