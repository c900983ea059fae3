//! Reads a YAML text whole, within limits.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The largest text that is read, in bytes. The largest manifests known stay below 1 MiB.
pub const LIMIT: u64 = 16 * 1024 * 1024;

/// A text and its origin.
#[derive(Debug, Clone)]
pub struct Text {
    /// The text, without a byte order mark.
    pub text: String,
    /// Whether it is an ordinary file: a pipe has no files beside it.
    pub regular: bool,
}

/// Why a file cannot be read as text. The messages do not name the file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No file has that name.
    #[error("no such file")]
    Missing,
    /// It is a directory.
    #[error("a directory, not a file")]
    Directory,
    /// The operating system refuses.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
    /// It is larger than [`LIMIT`].
    #[error("larger than {} MiB, the most that is read", LIMIT / 1024 / 1024)]
    Large,
    /// It contains a NUL, which a text never does.
    #[error("not text: it holds a NUL byte")]
    Binary {
        /// The line of the NUL, from 1.
        line: u64,
    },
    /// It is in another encoding.
    #[error("not UTF-8 text")]
    NotUtf8 {
        /// The line of the first bad byte, from 1.
        line: u64,
    },
}

impl FileError {
    /// The line of the error, from 1, if it is in the text.
    pub fn line(&self) -> Option<u64> {
        match self {
            FileError::Binary { line } | FileError::NotUtf8 { line } => Some(*line),
            _ => None,
        }
    }
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => FileError::Missing,
            ErrorKind::IsADirectory => FileError::Directory,
            _ => FileError::Unreadable(error),
        }
    }
}

/// Reads a file of at most [`LIMIT`] bytes.
///
/// # Errors
/// [`FileError`], one for each reason why it is not a text file.
pub fn read(path: &Path) -> Result<Text, FileError> {
    let file = File::open(path)?;
    let regular = file.metadata()?.is_file();
    Ok(Text { text: read_from(file)?, regular })
}

/// Reads a text of at most [`LIMIT`] bytes to its end: standard input, for example.
///
/// # Errors
/// [`FileError`], one for each reason why it is not a text.
pub fn read_from(source: impl Read) -> Result<String, FileError> {
    let mut bytes = Vec::new();
    // One byte more than allowed distinguishes a full text from one that is too large, whatever size is reported.
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(FileError::Large);
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(FileError::Binary { line: line_of(&bytes, at) });
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| FileError::NotUtf8 { line: line_of(error.as_bytes(), error.utf8_error().valid_up_to()) })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    bytes.iter().take(at).filter(|byte| **byte == b'\n').count() as u64 + 1
}
