//! The directory beside a state file, `STATE.locks`. Its names can be guessed, and with `--group` more than one user
//! writes there. So nothing in it is opened through a symbolic link, a file that is made must be new, and a directory
//! that others could have filled is refused.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Gid, Mode, OFlags};

use super::{StateError, Wrong};

/// The most bytes that snapback reads from a file here. snapback writes fewer: one or two numbers and an id.
const LIMIT: u64 = 256;
const FOR_OTHERS: u32 = 0o002;
const FOR_GROUP: u32 = 0o020;
const SET_GID: u32 = 0o2000;

/// The directory, open and checked.
pub(super) struct Beside {
    directory: File,
    /// The group that the state file is shared with.
    group: Option<u32>,
}

/// Why there is no [`Beside`].
pub(super) enum Closed {
    /// There is no such directory.
    Missing,
    /// It cannot be trusted, or cannot be opened.
    Refused(StateError),
}

/// The directory of a state file's locks.
pub(super) fn directory(state: &Path) -> PathBuf {
    let mut name = state.file_name().unwrap_or_default().to_owned();
    name.push(".locks");
    state.with_file_name(name)
}

/// The group that a state file is shared with.
pub(super) fn group(state: &Path) -> Option<u32> {
    fs::metadata(state).ok().filter(|found| found.mode() & FOR_GROUP != 0).map(|found| found.gid())
}

/// Gives a new file to the state file's group, whatever the umask and the directory say.
pub(super) fn share(file: &File, group: Option<u32>) -> io::Result<()> {
    let found = file.metadata()?;
    if let Some(group) = group
        && found.gid() != group
    {
        rustix::fs::fchown(file, None, Some(Gid::from_raw(group)))?;
    }
    let alone = if found.is_dir() { 0o700 } else { 0o600 };
    let mode = match group {
        // Without the set-group-ID bit, the next user cannot open the files that one user makes there.
        Some(_) if found.is_dir() => SET_GID | alone | (alone >> 3),
        Some(_) => alone | (alone >> 3),
        None => alone,
    };
    if found.mode() & 0o7777 != mode {
        rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?;
    }
    Ok(())
}

impl Beside {
    /// Opens the directory that exists.
    pub(super) fn open(state: &Path) -> Result<Beside, Closed> {
        let path = directory(state);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = match rustix::fs::open(&path, flags, Mode::empty()) {
            Ok(directory) => File::from(directory),
            Err(rustix::io::Errno::NOENT) => return Err(Closed::Missing),
            Err(error) => return Err(Closed::Refused(not_open(&path, error))),
        };
        let unreadable = |error: io::Error| Closed::Refused(unwritable(state, &error));
        let found = directory.metadata().map_err(unreadable)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let around = fs::metadata(parent).map_err(unreadable)?;
        let (of_state, me) = (fs::metadata(state).ok(), rustix::process::geteuid().as_raw());
        if let Some((why, remedy)) = distrust(&found, of_state.as_ref(), &around, me) {
            let remedy = format!("{remedy} {}", path.display());
            return Err(Closed::Refused(Wrong::Untrusted { why, remedy }.at(path.display())));
        }
        let group = of_state.filter(|found| found.mode() & FOR_GROUP != 0).map(|found| found.gid());
        Ok(Beside { directory, group })
    }

    /// Opens the directory, and makes it if it does not exist.
    pub(super) fn make(state: &Path) -> Result<Beside, StateError> {
        loop {
            match Beside::open(state) {
                Ok(beside) => {
                    beside.mend().map_err(|error| unwritable(state, &error))?;
                    return Ok(beside);
                }
                Err(Closed::Refused(error)) => return Err(error),
                Err(Closed::Missing) => match rustix::fs::mkdir(directory(state), Mode::RWXU) {
                    Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                    Err(error) => return Err(unwritable(state, &error.into())),
                },
            }
        }
    }

    /// Gives the group the same access as the state file does; only the directory's maker may do that.
    fn mend(&self) -> io::Result<()> {
        let is_mine = self.directory.metadata()?.uid() == rustix::process::geteuid().as_raw();
        if is_mine { share(&self.directory, self.group) } else { Ok(()) }
    }

    /// Opens a regular file that exists. Nothing else there makes the open wait.
    pub(super) fn file(&self, name: &str, access: OFlags) -> io::Result<File> {
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.directory, name, flags, Mode::empty())?);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::other("not a regular file")),
        }
    }

    /// Makes a file that must be new.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.directory, name, flags, Mode::RUSR | Mode::WUSR)?);
        share(&file, self.group)?;
        Ok(file)
    }

    /// The text of a file; `None` if there is no file that can be one of ours.
    pub(super) fn read(&self, name: &str) -> Option<String> {
        let mut text = String::new();
        self.file(name, OFlags::RDONLY).ok()?.take(LIMIT).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Replaces the text of a file.
    pub(super) fn replace(&self, name: &str, text: &str) -> io::Result<()> {
        let next = format!("{name}.next");
        // Whatever is there, left or put there: only the name is removed, and nothing behind it is touched.
        self.remove(&next)?;
        self.create(&next)?.write_all(text.as_bytes())?;
        Ok(rustix::fs::renameat(&self.directory, &next, &self.directory, name)?)
    }

    /// Removes a name, if it is there.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.directory, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The inode of a name.
    pub(super) fn inode(&self, name: &str) -> Option<u64> {
        rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW).ok().map(|found| found.st_ino)
    }
}

pub(super) fn unwritable(state: &Path, error: &io::Error) -> StateError {
    let why = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "no space is left for its locks".to_owned(),
        _ => format!("its locks: {error}"),
    };
    Wrong::Unwritable(why).at(state.display())
}

fn not_open(path: &Path, error: rustix::io::Errno) -> StateError {
    use rustix::io::Errno;
    let untrusted = |why: &str, remedy| Wrong::Untrusted { why: why.to_owned(), remedy };
    let wrong = match error {
        Errno::LOOP | Errno::NOTDIR => untrusted(
            "it is not a directory of its own, but a link or a file",
            format!("mv {0} {0}.aside", path.display()),
        ),
        Errno::ACCESS => untrusted("this user may not open it", format!("chmod g+rwxs {}", path.display())),
        other => Wrong::Unwritable(io::Error::from(other).to_string()),
    };
    wrong.at(path.display())
}

/// Why a directory may hold files of another user, and the command that repairs it.
fn distrust(found: &Metadata, state: Option<&Metadata>, around: &Metadata, me: u32) -> Option<(String, String)> {
    let (mode, group) = (found.mode(), found.gid());
    let shared = state.filter(|state| state.mode() & FOR_GROUP != 0).map(Metadata::gid);
    // A user who could make it there could also have made the state file there.
    let by_a_member = shared == Some(group) && around.mode() & FOR_OTHERS == 0;
    let owners = [Some(me), Some(0), state.map(Metadata::uid)];
    if !owners.contains(&Some(found.uid())) && !by_a_member {
        return Some((format!("it belongs to another user (uid {})", found.uid()), "sudo rm -r".to_owned()));
    }
    if mode & FOR_OTHERS != 0 {
        return Some(("every user can write there".to_owned(), "chmod o-w".to_owned()));
    }
    // If the state file is gone, it is not known whether it was shared.
    let may_be_shared = state.is_none() && mode & SET_GID != 0;
    if mode & FOR_GROUP != 0 && shared != Some(group) && !may_be_shared {
        let why = format!("the group {group} can write there, and the state file is not shared with it");
        let remedy = shared.map_or_else(|| "chmod g-w".to_owned(), |shared| format!("chgrp {shared}"));
        return Some((why, remedy));
    }
    None
}
