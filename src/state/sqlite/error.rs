//! Turns errors of SQLite into errors of a store.

use super::super::store::Conflict;
use super::super::{LockState, StateError, Wrong};

/// Why a statement, or the use of its rows, failed. Only the store knows its place.
#[derive(Debug)]
pub(super) enum Broken {
    Sql(rusqlite::Error),
    State(StateError),
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        Broken::Sql(error)
    }
}

impl From<StateError> for Broken {
    fn from(error: StateError) -> Self {
        Broken::State(error)
    }
}

impl From<Conflict> for Broken {
    fn from(conflict: Conflict) -> Self {
        // Its lock has not been looked at.
        Broken::State(conflict.with(LockState::Free))
    }
}

impl Broken {
    /// The error of the file at this place.
    pub(super) fn at(self, place: &std::path::Path) -> StateError {
        match self {
            Broken::Sql(error) => of(place, &error),
            Broken::State(error) => error,
        }
    }
}

/// The error of an SQLite call on the file at `place`.
pub(super) fn of(place: &std::path::Path, error: &rusqlite::Error) -> StateError {
    use rusqlite::ErrorCode;
    let why = error.to_string();
    if let rusqlite::Error::FromSqlConversionFailure(_, _, cause) = error {
        return StateError::Row(cause.to_string());
    }
    let wrong = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Wrong::Foreign("it is not SQLite".into()),
        Some(ErrorCode::DatabaseCorrupt) => Wrong::Damaged(why),
        Some(ErrorCode::DiskFull) => Wrong::Unwritable("no space is left on its file system".into()),
        Some(
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure,
        ) => Wrong::Unwritable(why),
        _ => return StateError::Other(why),
    };
    wrong.at(place.display())
}
