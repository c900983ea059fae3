//! Reading a YAML file whole, within bounds.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The largest text that is read, in bytes. The largest manifests known stay below 1 MiB.
pub const LIMIT: u64 = 16 * 1024 * 1024;

/// A text and what it came from.
#[derive(Debug, Clone)]
pub struct Text {
    /// The text, without a byte order mark.
    pub text: String,
    /// Whether it is an ordinary file: a pipe has no place beside it.
    pub regular: bool,
}

/// Why a file cannot be read as text.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing has that name.
    #[error("{}: no such file", .0.display())]
    Missing(PathBuf),
    /// It is a directory.
    #[error("{}: a directory, not a file", .0.display())]
    Directory(PathBuf),
    /// The operating system refuses.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The operating system's word.
        source: std::io::Error,
    },
    /// It is larger than [`LIMIT`].
    #[error("{}: larger than {} MiB, the most that is read", .0.display(), LIMIT / 1024 / 1024)]
    Large(PathBuf),
    /// It holds a NUL, which no text does.
    #[error("{}:{line}: not a text file: it holds a NUL byte", path.display())]
    Binary {
        /// Which file.
        path: PathBuf,
        /// The line of the NUL, from 1.
        line: u64,
    },
    /// It is in another encoding.
    #[error("{}:{line}: not UTF-8 text", path.display())]
    NotUtf8 {
        /// Which file.
        path: PathBuf,
        /// The line of the first bad byte, from 1.
        line: u64,
    },
}

/// Reads a file of at most [`LIMIT`] bytes.
///
/// # Errors
/// [`FileError`], one for each way in which it is no text file.
pub fn read(path: &Path) -> Result<Text, FileError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => FileError::Missing(path.to_owned()),
        ErrorKind::IsADirectory => FileError::Directory(path.to_owned()),
        _ => FileError::Unreadable { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(unreadable)?;
    let kind = file.metadata().map_err(unreadable)?.file_type();
    if kind.is_dir() {
        return Err(FileError::Directory(path.to_owned()));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed tells a full file from one that is too large, whatever it says its size is.
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(FileError::Large(path.to_owned()));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(FileError::Binary { path: path.to_owned(), line: line_of(&bytes, at) });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = line_of(error.as_bytes(), error.utf8_error().valid_up_to());
        FileError::NotUtf8 { path: path.to_owned(), line }
    })?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    Ok(Text { text, regular: kind.is_file() })
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    bytes.iter().take(at).filter(|byte| **byte == b'\n').count() as u64 + 1
}
