//! What is wrong in a YAML text, and where.

use std::fmt;

use crate::error::Hint;

/// One thing that is wrong. It names places, keys and types, and never a value: that could be a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The line, from 1.
    pub line: Option<u64>,
    /// The text that the line is of ([`super::Node::origin`]).
    pub origin: u32,
    /// The key path, as in `properties.director.name`.
    pub key: Option<String>,
    /// The reason.
    pub message: String,
    /// True where the value of a variable is missing.
    pub lacks_variable: bool,
    /// The next steps, in the order in which they are shown.
    pub hints: Vec<Hint>,
}

impl Complaint {
    /// A complaint of the text as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Complaint {
            line: None,
            origin: 0,
            key: None,
            message: message.into(),
            lacks_variable: false,
            hints: Vec::new(),
        }
    }

    /// Says where: the line, from 1.
    #[must_use]
    pub fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Says where: the text, where several are laid over each other.
    #[must_use]
    pub fn from(mut self, origin: u32) -> Self {
        self.origin = origin;
        self
    }

    /// Says where: the key path.
    #[must_use]
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Says that the value of a variable is missing.
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

    /// The sentence with the place in front, where `source` is the file's name.
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
