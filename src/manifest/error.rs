//! What is wrong with a manifest.

use std::path::Path;

use crate::domain::shell::quoted;
use crate::error::{Error, Hint, Kind};
use crate::yaml::{Complaint, FileError};

const HOW_TO_GIVE: &str = "or give it as to `bosh create-env`, with -v NAME=VALUE, --var-file NAME=FILE, -l VARS-FILE, \
                           --vars-env PREFIX or --vars-store FILE";

/// A manifest that is missing, unreadable or wrong. Its text names file, line and key path, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .complaint.in_source(.file))]
pub struct ManifestError {
    /// The file, as it was named.
    pub file: String,
    /// The reason, and the place in the file.
    pub complaint: Complaint,
}

impl ManifestError {
    pub(super) fn new(path: &Path, complaint: Complaint) -> Self {
        let complaint = if complaint.lacks_variable { complaint.hint(HOW_TO_GIVE) } else { complaint };
        ManifestError::of(path.display().to_string(), complaint)
    }

    /// About something that is no manifest: a file beside it, or an argument.
    pub fn of(source: String, complaint: Complaint) -> Self {
        ManifestError { file: source, complaint }
    }

    /// One that was found, and that somebody else may have written: its hooks are programs.
    pub fn untrusted(path: &Path, why: &str) -> Self {
        let complaint = Complaint::new(format!("found above the working directory, but not read: {why}"))
            .hint("a manifest can name programs to run; if you trust this one, name it:")
            .try_command(format!("snapback -m {} manifest", quoted(&path.to_string_lossy())));
        ManifestError::of(path.display().to_string(), complaint)
    }

    /// The same of a manifest that was searched up to a directory.
    #[must_use]
    pub fn searched_up_to(self, last: &Path) -> Self {
        let hint = format!("looked for in the working directory and in those above it, up to {}", last.display());
        ManifestError { complaint: self.complaint.hint(hint), ..self }
    }

    /// The same of a file that was named, with other advice: it is not the one to write.
    #[must_use]
    pub fn advised(self, hints: Vec<Hint>) -> Self {
        ManifestError { complaint: Complaint { hints, ..self.complaint }, ..self }
    }

    pub(super) fn unreadable(path: &Path, error: &FileError) -> Self {
        let complaint = match error.line() {
            Some(line) => Complaint::new(error.to_string()).at(line),
            None => Complaint::new(error.to_string()),
        };
        let complaint = match error {
            FileError::Missing => {
                complaint.hint("name the manifest with --manifest, or write one here").try_command("snapback init")
            }
            FileError::Directory => complaint.hint("name the manifest in it"),
            FileError::Unreadable(_) => complaint.hint("snapback needs to read it: run as a user who may"),
            FileError::Large | FileError::Binary { .. } => {
                complaint.hint("name the Director's manifest, a YAML text, with --manifest")
            }
            FileError::NotUtf8 { .. } => complaint.hint("save it as UTF-8"),
        };
        let lacks_file = matches!(error, FileError::Missing);
        ManifestError::new(path, Complaint { lacks_file, ..complaint })
    }
}

impl From<ManifestError> for Error {
    fn from(error: ManifestError) -> Self {
        let text = error.to_string();
        error.complaint.hints.into_iter().fold(Error::new(Kind::Usage, text), |error, hint| match hint {
            Hint::Say(words) => error.hint(words),
            Hint::Command(line) => error.try_command(line),
        })
    }
}
