//! A file that an answer is written to, besides stdout: it appears whole, or stays as it was.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::draft::{Draft, meant_by};
use crate::error::{Error, Kind, Result};

/// The file to write; a link is followed.
///
/// # Errors
/// [`Kind::Usage`]: something there is not a file, and would be lost.
pub(super) fn place(option: &str, file: &Path) -> Result<PathBuf> {
    meant_by(file).map_err(|error| refused(option, file, &error.to_string()))
}

/// The error for a file that is not written.
pub(super) fn refused(option: &str, file: &Path, why: &str) -> Error {
    Error::new(Kind::Usage, format!("{option} {}: {why}: nothing was written", file.display()))
        .hint("name a file that is there, or is to be made: it is replaced as a whole")
}

/// Who may read a new file. One that exists stays as readable as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Everybody, whatever the umask of a service or of cron is.
    All,
    /// Those that the umask allows.
    AsTheUmaskSays,
}

/// Writes the file.
///
/// # Errors
/// [`Kind::Failed`] if it cannot be written.
pub(super) fn write(what: &str, file: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    const MODE: u32 = 0o644;
    let write = || -> std::io::Result<()> {
        // Another file may have taken its place since the first look.
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
