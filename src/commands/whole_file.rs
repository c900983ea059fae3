//! A file that an answer is written to beside stdout: it appears whole, or stays as it was.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::draft::{Draft, meant_by};
use crate::error::{Error, Kind, Result};

/// The file that is to be written: a link is followed.
///
/// # Errors
/// [`Kind::Usage`]: what stands there is not a file, and would be lost.
pub(super) fn place(option: &str, file: &Path) -> Result<PathBuf> {
    meant_by(file).map_err(|error| refused(option, file, &error.to_string()))
}

/// Why it is not written.
pub(super) fn refused(option: &str, file: &Path, why: &str) -> Error {
    Error::new(Kind::Usage, format!("{option} {}: {why}: nothing was written", file.display()))
        .hint("name a file that is there, or is to be made: it is replaced as a whole")
}

/// Who may read a file that is new. One that is there stays as readable as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// All, whatever the umask of a service or of cron is.
    All,
    /// Those whom the umask leaves.
    AsTheUmaskSays,
}

/// Writes it.
///
/// # Errors
/// [`Kind::Failed`] where it cannot be written.
pub(super) fn write(what: &str, file: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    const MODE: u32 = 0o644;
    let write = || -> std::io::Result<()> {
        // It may have become another one since it was looked at.
        let file = meant_by(file)?;
        let mode = fs::metadata(&file).map(|there| there.mode()).ok();
        let mut draft = Draft::beside(&file, MODE)?;
        draft.write_all(bytes)?;
        if let Some(mode) = mode.or((readers == Readers::All).then_some(MODE)) {
            draft.file().set_permissions(Permissions::from_mode(mode))?;
        }
        draft.replace(&file)
    };
    write().map_err(|error| {
        Error::new(Kind::Failed, format!("{what} could not be written to {}: {error}", file.display()))
            .hint("its directory must exist, and be one that you may write to")
    })
}
