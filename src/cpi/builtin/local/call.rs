//! One call of a method: the texts of its errors, and the fault points that it passes.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::layout::Area;
use super::{LocalCpi, PATH_KEY};
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};

/// A method under way. The methods themselves are in `disks.rs`, `snapshots.rs` and `vms.rs`.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) cpi: &'a LocalCpi,
    pub(super) method: &'static str,
}

impl Call<'_> {
    pub(super) fn fail(&self, kind: CpiErrorKind, message: impl Into<String>) -> CpiError {
        CpiError::new(&self.cpi.name, self.method, kind, message)
    }

    /// `doing` completes "cannot ...".
    pub(super) fn io(&self, doing: &str, path: &Path, error: impl Into<io::Error>) -> CpiError {
        let error = error.into();
        let kind = match error.kind() {
            // Only an open that would break a lease ends like this.
            io::ErrorKind::WouldBlock => CpiErrorKind::InUse,
            io::ErrorKind::PermissionDenied => CpiErrorKind::Denied,
            _ if is_full(&error) => CpiErrorKind::NoSpace,
            _ => CpiErrorKind::Cloud,
        };
        self.fail(kind, format!("cannot {doing} {}", path.display())).caused_by(error)
    }

    /// As [`Call::io`], for an error while `wanted` bytes were written.
    pub(super) fn write_error(&self, path: &Path, wanted: u64, error: impl Into<io::Error>) -> CpiError {
        let error = error.into();
        if is_full(&error) {
            let message = format!("no space for {} ({wanted} bytes are needed)", path.display());
            self.fail(CpiErrorKind::NoSpace, message).caused_by(error)
        } else {
            self.io("write", path, error)
        }
    }

    /// An error after the point of no return: the thing may exist, so the call does not count as undone.
    pub(super) fn unknown(&self, error: CpiError) -> CpiError {
        CpiError { kind: CpiErrorKind::OutcomeUnknown, ..error }
    }

    pub(super) fn fault(&self, phase: &str) -> CpiResult<()> {
        self.cpi
            .faults
            .at(&["local", self.method, phase])
            .map_err(|error| self.fail(CpiErrorKind::Cloud, error.in_one_line()))
    }

    pub(super) fn sync_dir(&self, path: &Path) -> CpiResult<()> {
        File::open(path).and_then(|dir| dir.sync_all()).map_err(|error| self.io("sync", path, error))
    }

    pub(super) fn require_root(&self) -> CpiResult<()> {
        let root = &self.cpi.root;
        match std::fs::metadata(root) {
            Ok(found) if found.is_dir() => self.require_disks(),
            Ok(_) => Err(self.bad_root("is not a directory")),
            Err(error) if is_missing(&error) => Err(self.bad_root("does not exist")),
            // A network file system that has lost its server.
            Err(error) => Err(CpiError { kind: CpiErrorKind::NoAnswer, ..self.io("look at", root, error) }),
        }
    }

    /// Fails if no disks are there. A mount point without a mounted file system is a directory, too; one that snapback
    /// has used holds `disks`.
    fn require_disks(&self) -> CpiResult<()> {
        if self.is_dir(&self.area(Area::Disks))? {
            return Ok(());
        }
        Err(self.bad_root("has no directory `disks`: is this the right one, and is it mounted?"))
    }

    fn bad_root(&self, what: impl Display) -> CpiError {
        let message = format!("the directory of the disks, {}, {what}", self.cpi.root.display());
        self.fail(CpiErrorKind::NoAnswer, message).hint(format!(
            "mount it, or set `{PATH_KEY}` in the manifest to the directory that holds `disks` and `snapshots`"
        ))
    }

    /// Excludes attaching, detaching and deleting, by this process and by others.
    ///
    /// Each call opens the file anew, so that threads exclude each other as processes do.
    pub(super) fn lock(&self) -> CpiResult<File> {
        self.lock_file(File::lock)
    }

    /// Excludes holders of [`Call::lock`], but not holders of this lock.
    pub(super) fn lock_shared(&self) -> CpiResult<File> {
        self.lock_file(File::lock_shared)
    }

    fn lock_file(&self, lock: impl Fn(&File) -> io::Result<()>) -> CpiResult<File> {
        let path = self.cpi.root.join("lock");
        let file = super::layout::create_options()
            .create_new(false)
            .create(true)
            .open(&path)
            .map_err(|error| self.io("open", &path, error))?;
        lock(&file).map_err(|error| self.io("lock", &path, error))?;
        Ok(file)
    }
}

pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn is_full(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG))
}
