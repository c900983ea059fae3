//! An error in a YAML text, and its place.

use std::fmt;

use crate::error::Hint;

/// One error. It names places, keys and types, but never a value: that could be a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The line, from 1.
    pub line: Option<u64>,
    /// The text that the line belongs to ([`super::Node::origin`]).
    pub origin: u32,
    /// The key path, for example `properties.director.name`.
    pub key: Option<String>,
    /// The reason.
    pub message: String,
    /// True if the value of a variable is missing.
    pub lacks_variable: bool,
    /// True where there is no such file.
    pub lacks_file: bool,
    /// The next steps, in the order in which they are shown.
    pub hints: Vec<Hint>,
}

impl Complaint {
    /// A complaint about the text as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Complaint {
            line: None,
            origin: 0,
            key: None,
            message: message.into(),
            lacks_variable: false,
            lacks_file: false,
            hints: Vec::new(),
        }
    }

    /// Sets the place: the line, from 1.
    #[must_use]
    pub fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Sets the place: the text, if several are laid over each other.
    #[must_use]
    pub fn from(mut self, origin: u32) -> Self {
        self.origin = origin;
        self
    }

    /// Sets the place: the key path.
    #[must_use]
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Notes that the value of a variable is missing.
    #[must_use]
    pub fn lacking_variable(mut self) -> Self {
        self.lacks_variable = true;
        self
    }

    /// Adds advice in words.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(Hint::Say(text.into()));
        self
    }

    /// Adds a command to type.
    #[must_use]
    pub fn try_command(mut self, line: impl Into<String>) -> Self {
        self.hints.push(Hint::Command(line.into()));
        self
    }

    /// The sentence with the place in front; `source` is the file's name.
    pub fn in_source<'a>(&'a self, source: &'a str) -> impl fmt::Display + 'a {
        InSource { complaint: self, source }
    }
}

struct InSource<'a> {
    complaint: &'a Complaint,
    source: &'a str,
}

impl fmt::Display for InSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source)?;
        if let Some(line) = self.complaint.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if let Some(key) = self.complaint.key.as_ref().filter(|key| !key.is_empty()) {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.complaint.message)
    }
}
