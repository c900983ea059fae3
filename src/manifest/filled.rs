//! A manifest with its ops files applied and its variables filled in, before it is interpreted.

use std::path::{Path, PathBuf};

use super::inputs::{Inputs, Variables, second_document};
use super::{ManifestError, ops_files};
use crate::yaml::{self, Complaint, Node, Text};

/// The tree, and the files and variables that it was made from.
pub(super) struct Filled {
    pub(super) text: Text,
    pub(super) tree: Node,
    path: PathBuf,
    pub(super) ops_files: Vec<PathBuf>,
    /// A warning for each file of which only the first document is read.
    pub(super) second_documents: Vec<String>,
}

impl Filled {
    /// Reads a manifest and fills it in; a variable without a value is not an error here.
    ///
    /// # Errors
    /// [`ManifestError`], of the manifest or of the files and variables that fill it in.
    pub(super) fn read(path: &Path, inputs: &Inputs) -> Result<Filled, ManifestError> {
        let text = yaml::read(path).map_err(|error| ManifestError::unreadable(path, &error))?;
        let ops_files: Vec<PathBuf> = inputs.ops_files.iter().map(|file| inputs.expanded(file)).collect();
        let mut tree = yaml::parse(&text.text).map_err(|complaint| ManifestError::new(path, complaint))?;
        let mut second_documents: Vec<String> = second_document(path, &text.text).into_iter().collect();
        second_documents.extend(ops_files::apply(&mut tree, &ops_files)?);
        let mut variables = Variables::read(inputs)?;
        second_documents.append(&mut variables.second_documents);
        let mut filled = Filled { text, tree, path: path.to_owned(), ops_files, second_documents };
        let done = yaml::fill_in(&mut filled.tree, &|name| variables.get(name));
        done.map_err(|complaint| filled.blame(complaint))?;
        Ok(filled)
    }

    /// The error for a complaint, with the file that its place is in.
    pub(super) fn blame(&self, complaint: Complaint) -> ManifestError {
        ManifestError::new(ops_files::file(&self.path, &self.ops_files, complaint.origin), complaint)
    }
}
