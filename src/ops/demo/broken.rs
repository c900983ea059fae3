//! Failures of the demonstration's own surroundings.

use crate::error::{Error, Kind};

/// A failure of the demonstration's own surroundings: its directory, a tool, a disk's file.
pub(super) fn broken(what: impl Into<String>, cause: impl std::fmt::Display) -> Error {
    Error::new(Kind::Failed, format!("{}: {cause}", what.into()))
}
