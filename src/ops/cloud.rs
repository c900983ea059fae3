//! Turns errors of a CPI into errors of a command.

use crate::cpi::{CpiError, CpiErrorKind};
use crate::error::{Error, Kind};

impl From<CpiError> for Error {
    fn from(error: CpiError) -> Self {
        let kind = match error.kind {
            CpiErrorKind::NotSupported => Kind::Unsupported,
            CpiErrorKind::DiskNotFound
            | CpiErrorKind::SnapshotNotFound
            | CpiErrorKind::VmNotFound
            | CpiErrorKind::InvalidCid => Kind::NotFound,
            CpiErrorKind::InUse | CpiErrorKind::TwoClouds => Kind::Refused,
            CpiErrorKind::InvalidRequest => Kind::Usage,
            CpiErrorKind::Internal => Kind::Bug,
            CpiErrorKind::DiskNotAttached
            | CpiErrorKind::NoSpace
            | CpiErrorKind::OutcomeUnknown
            | CpiErrorKind::NoAnswer
            | CpiErrorKind::Throttled
            | CpiErrorKind::Denied
            | CpiErrorKind::Cloud => Kind::Cpi,
        };
        let unanswered = matches!(error.kind, CpiErrorKind::NoAnswer | CpiErrorKind::OutcomeUnknown);
        let message = error.to_string();
        let hints = error.hints.clone();
        let mut outer = match error.source {
            Some(source) => Error::because(kind, message, source),
            None => Error::new(kind, message),
        };
        for hint in hints {
            outer = outer.hint(hint);
        }
        if unanswered { outer.unanswered() } else { outer }
    }
}
