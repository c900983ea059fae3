//! Where things are. A CID is checked before it touches a path, and no symbolic link is followed in place of a
//! directory or an image.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::call::{Call, is_missing};
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::ids::Token;

pub(super) const IMAGE: &str = "disk.img";
pub(super) const SIDECAR: &str = "meta.json";

/// The longest CID that is accepted, in bytes. This backend gives out CIDs of 41 characters; those that an operator
/// chooses may be longer.
const CID_LIMIT: usize = 200;
const SHOWN: usize = 60;

/// The directories under the root.
#[derive(Debug, Clone, Copy)]
pub(super) enum Area {
    Disks,
    Snapshots,
    Vms,
    Tmp,
}

impl Area {
    pub(super) fn dir(self) -> &'static str {
        match self {
            Area::Disks => "disks",
            Area::Snapshots => "snapshots",
            Area::Vms => "vms",
            Area::Tmp => "tmp",
        }
    }
}

/// Whether `text` can name something here without leaving its directory.
pub(super) fn is_cid(text: &str) -> bool {
    (1..=CID_LIMIT).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// The CID of the thing that a step makes. It follows from the token, so that one step cannot make two: the second
/// rename finds the name taken.
pub(super) fn cid_of(prefix: &str, token: &Token) -> String {
    let digest = Sha256::digest(format!("{prefix} {token}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    format!("{prefix}-{}", uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}

impl Call<'_> {
    /// Refuses a text that is not a CID. `what` is the identifier's own word for itself.
    pub(super) fn check_cid(&self, what: &str, cid: &str) -> CpiResult<()> {
        if is_cid(cid) {
            return Ok(());
        }
        let message = format!(
            "'{}' is not a {what} of this CPI: that has 1 to {CID_LIMIT} letters, digits, '.', '_' and '-', and begins \
             with neither '.' nor '-'",
            shown(cid)
        );
        Err(self.fail(CpiErrorKind::InvalidCid, message))
    }

    /// The path of an area, which need not exist.
    pub(super) fn area(&self, area: Area) -> PathBuf {
        self.cpi.root.join(area.dir())
    }

    /// The image of the thing with this CID, if it exists.
    pub(super) fn image(&self, area: Area, cid: &str) -> Option<PathBuf> {
        if !is_cid(cid) {
            return None;
        }
        let dir = self.find(area, cid).ok()??;
        let image = dir.join(IMAGE);
        image.is_file().then_some(image)
    }

    /// Makes the root if it does not exist, with the areas that mark it.
    pub(super) fn make_root(&self) -> CpiResult<()> {
        let root = &self.cpi.root;
        if fs::metadata(root).is_err_and(|error| is_missing(&error)) {
            dir_builder().recursive(true).create(root).map_err(|error| self.write_error(root, 0, error))?;
            if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                self.sync_dir(parent)?;
            }
        }
        if !self.is_dir(&self.area(Area::Disks))? {
            self.make_area(Area::Snapshots)?;
            self.make_area(Area::Disks)?;
        }
        self.require_root()
    }

    /// Makes an area, in a root that exists.
    pub(super) fn make_area(&self, area: Area) -> CpiResult<PathBuf> {
        let path = self.area(area);
        if !self.is_dir(&path)? {
            match dir_builder().create(&path) {
                Ok(()) => self.sync_dir(&self.cpi.root)?,
                // Another process was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.write_error(&path, 0, error)),
            }
        }
        Ok(path)
    }

    /// The directory of a disk, a snapshot or a VM whose CID has been checked; `None` if there is none.
    pub(super) fn find(&self, area: Area, cid: &str) -> CpiResult<Option<PathBuf>> {
        let parent = self.area(area);
        if !self.is_dir(&parent)? {
            return Ok(None);
        }
        let path = parent.join(cid);
        Ok(self.is_dir(&path)?.then_some(path))
    }

    /// The CIDs in an area, sorted. Names that no CID can have, and plain files, are the operator's own.
    pub(super) fn cids(&self, area: Area) -> CpiResult<Vec<String>> {
        let parent = self.area(area);
        if !self.is_dir(&parent)? {
            return Ok(Vec::new());
        }
        let mut cids = Vec::new();
        for name in self.names(&parent)? {
            let path = parent.join(&name);
            let Some(found) = self.lstat(&path)? else { continue };
            if found.is_symlink() {
                return Err(self.not_expected(&path, "a directory", &found));
            }
            if found.is_dir() {
                cids.push(name);
            }
        }
        Ok(cids)
    }

    /// The names in a directory that can be CIDs, sorted.
    pub(super) fn names(&self, dir: &Path) -> CpiResult<Vec<String>> {
        let failed = |error| self.io("list", dir, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Some(name) = OsStr::to_str(&name).filter(|name| is_cid(name)) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    pub(super) fn lstat(&self, path: &Path) -> CpiResult<Option<Metadata>> {
        match fs::symlink_metadata(path) {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.io("look at", path, error)),
        }
    }

    /// Whether it is a directory; false if there is nothing.
    pub(super) fn is_dir(&self, path: &Path) -> CpiResult<bool> {
        match self.lstat(path)? {
            None => Ok(false),
            Some(found) if found.is_dir() => Ok(true),
            Some(found) => Err(self.not_expected(path, "a directory", &found)),
        }
    }

    /// The length of the image in `dir`, `None` if there is no image.
    pub(super) fn image_size(&self, dir: &Path) -> CpiResult<Option<u64>> {
        let path = dir.join(IMAGE);
        match self.lstat(&path)? {
            None => Ok(None),
            Some(found) if found.is_file() => Ok(Some(found.len())),
            Some(found) => Err(self.not_expected(&path, "a regular file", &found)),
        }
    }

    /// Opens a regular file for reading, `None` if there is none. A symbolic link is refused. Nothing there (a FIFO, a
    /// lease) makes the open wait.
    pub(super) fn open(&self, path: &Path) -> CpiResult<Option<File>> {
        match self.lstat(path)? {
            None => return Ok(None),
            Some(found) if !found.is_file() => return Err(self.not_expected(path, "a regular file", &found)),
            Some(_) => {}
        }
        match OpenOptions::new().read(true).custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK)).open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.io("open", path, error)),
        }
    }

    pub(super) fn not_expected(&self, path: &Path, expected: &str, found: &Metadata) -> CpiError {
        let what = if found.is_symlink() {
            "a symbolic link"
        } else if found.is_dir() {
            "a directory"
        } else if found.is_file() {
            "a regular file"
        } else {
            "a special file"
        };
        self.fail(CpiErrorKind::Cloud, format!("{} is {what}, not {expected}", path.display()))
            .hint("nothing was changed; find out who put it there, and move it away")
    }
}

/// Makes directories that only the owner can read: disks hold secrets.
pub(super) fn dir_builder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// A new file of mode 0600, which must not exist.
pub(super) fn create_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(flags(OFlags::NOFOLLOW));
    options
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cids_stay_in_their_directory() {
        for good in ["disk-1", "a", "A.b_c-9", &"x".repeat(CID_LIMIT)] {
            assert!(is_cid(good), "{good}");
        }
        for bad in ["", ".", "..", "../x", "/etc/passwd", "-x", ".x", "a/b", "a\0b", "a b", "ü", "a\n", "lost+found"] {
            assert!(!is_cid(bad), "{bad:?}");
        }
        assert!(!is_cid(&"x".repeat(CID_LIMIT + 1)));
    }

    #[test]
    fn a_hostile_cid_is_shown_short_and_harmless() {
        assert_eq!(shown("a\u{1b}[2J\0"), "a\\u{1b}[2J\\0");
        assert_eq!(shown(&"x".repeat(5000)), format!("{}...", "x".repeat(60)));
    }
}
