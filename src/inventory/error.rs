//! Errors of an inventory.

use crate::error::{Error, Hint, Kind};
use crate::yaml::{Complaint, FileError};

/// An inventory that cannot be imported. Its text names source, line and key path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .complaint.in_source(.source_name))]
pub struct InventoryError {
    /// The file, or "standard input".
    pub source_name: String,
    /// The reason, and the place in the inventory.
    pub complaint: Complaint,
}

impl InventoryError {
    /// The error of an inventory that cannot be read at all.
    pub fn unreadable(source: &str, error: &FileError) -> Self {
        let remedy = match error {
            FileError::Large => "give it in parts, a deployment each: `bosh -d NAME instances --details --json`",
            _ => "name an inventory, or what bosh wrote; `-` is standard input",
        };
        let complaint = Complaint::new(error.to_string()).hint(remedy);
        InventoryError { source_name: source.to_owned(), complaint }
    }
}

impl From<InventoryError> for Error {
    fn from(error: InventoryError) -> Self {
        let text = error.to_string();
        error.complaint.hints.into_iter().fold(Error::new(Kind::Usage, text), |error, hint| match hint {
            Hint::Say(words) => error.hint(words),
            Hint::Command(line) => error.try_command(line),
        })
    }
}
