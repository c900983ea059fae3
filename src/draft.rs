//! A file that is written under a temporary name, and appears whole under its own name or not at all.
//!
//! Its writer holds a lock on it as long as it lives. So the next writer in that directory recognises a file that a
//! killed one has left, and removes it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, OFlags, RenameFlags};

const PREFIX: &str = ".snapback-";
const SUFFIX: &str = ".new";

/// How many links in a row are followed; the kernel follows as many.
const LINKS: usize = 40;

/// The file that a name means, which may exist or not. A link is followed, so that it stays a link.
///
/// # Errors
/// The path leads to a device, a pipe, a socket or a directory, cannot be looked at, or its links lead in a circle.
pub fn meant_by(name: &Path) -> io::Result<PathBuf> {
    let mut path = name.to_owned();
    for _ in 0..LINKS {
        let kind = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path),
            found => found?.file_type(),
        };
        if kind.is_file() {
            return Ok(path);
        }
        if !kind.is_symlink() {
            return Err(io::Error::other(format!("it is a {}, not a file", word(kind))));
        }
        path = directory_of(&path).join(fs::read_link(&path)?);
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn word(kind: fs::FileType) -> &'static str {
    match () {
        () if kind.is_dir() => "directory",
        () if kind.is_fifo() => "pipe",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

/// A file that nobody sees yet. If it is dropped before it is published, it is removed.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    /// An empty draft in the directory of `target`. Removes the drafts of killed writers there. The umask applies to
    /// `mode`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn beside(target: &Path, mode: u32) -> io::Result<Draft> {
        let directory = directory_of(target);
        sweep(directory);
        loop {
            let path = directory.join(format!("{PREFIX}{}{SUFFIX}", uuid::Uuid::new_v4().simple()));
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(&path)?;
            file.lock()?;
            // Another cleaning run may have met it before it was locked.
            if fs::symlink_metadata(&path)
                .is_ok_and(|found| file.metadata().is_ok_and(|mine| mine.ino() == found.ino()))
            {
                return Ok(Draft { file, path });
            }
        }
    }

    /// Its path, for a program that has to write it by name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives it its name, durably, in place of a file that has that name.
    ///
    /// # Errors
    /// It could not get the name.
    pub fn replace(self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        File::open(directory_of(target))?.sync_all()
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if a file has that name; anything else that prevents it.
    pub fn publish(self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        match rustix::fs::renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => return Err(ErrorKind::AlreadyExists.into()),
            // A file system that cannot do it in one step; the remaining name is removed with this value.
            Err(_) => fs::hard_link(&self.path, target)?,
        }
        File::open(directory_of(target))?.sync_all()
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn directory_of(target: &Path) -> &Path {
    target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes the drafts of killed writers, as far as possible.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_draft = name.to_str().is_some_and(|name| {
            name.strip_prefix(PREFIX)
                .and_then(|rest| rest.strip_suffix(SUFFIX))
                .is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        });
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let open = |path: &Path| OpenOptions::new().read(true).custom_flags(flags).open(path);
        if is_draft
            && let Ok(file) = open(&entry.path())
            && file.metadata().is_ok_and(|found| found.is_file())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_the_dead_have_left_goes_and_what_the_living_write_stays() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("target");
        let dead = format!("{PREFIX}{}{SUFFIX}", "0".repeat(32));
        let not_ours = ".snapback-notes.new";
        for name in [&dead, not_ours] {
            fs::write(directory.path().join(name), "left").unwrap();
        }
        let mut living = Draft::beside(&target, 0o600).unwrap();
        living.write_all(b"whole").unwrap();
        let other = Draft::beside(&target, 0o600).unwrap();
        assert!(living.path().exists() && !directory.path().join(&dead).exists());
        living.publish(&target).unwrap();
        assert_eq!(other.publish(&target).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(names(directory.path()), [not_ours, "target"]);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        let mut next = Draft::beside(&target, 0o600).unwrap();
        next.write_all(b"next").unwrap();
        next.replace(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"next");
        assert_eq!(names(directory.path()), [not_ours, "target"]);
    }
}
