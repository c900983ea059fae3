//! The error that a command returns: its kind, what went wrong, and what to type next.
//!
//! Rules of this module:
//! 1. Every area below has its own error (`CpiError`, `StateError`, ...). They become an [`Error`] here
//!    or in `ops`, where the kind, and with it the exit code, is decided.
//! 2. A message says what is wrong and names the thing (file, key, CID). A hint says what to do about it;
//!    if that is a command, the hint is [`Hint::Command`] and the tests run it.
//! 3. No message carries a credential.

use std::fmt;

use crate::domain::called::Called;
use crate::domain::ids::OperationId;

/// The kind of an [`Error`]. Each kind has one exit code (`exit_code.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing more specific.
    Failed,
    /// The command line (or standard input) cannot be understood.
    Usage,
    /// The manifest or a policy forbids it.
    Refused,
    /// A CID, an instance or a deployment that nobody knows.
    NotFound,
    /// Another operation holds the thing, or waits for `recover`.
    Locked,
    /// The CPI or the cloud failed.
    Cpi,
    /// It cannot be done here at all.
    Unsupported,
    /// The state file is missing, newer, damaged or unwritable.
    State,
    /// A check found problems.
    Problems,
    /// The operator said no.
    Declined,
    /// A defect of snapback itself.
    Bug,
    /// A signal asked for the end; the number is that of the signal.
    Interrupted(i32),
}

impl Kind {
    /// The name in JSON output (`error.kind`).
    pub fn name(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::Usage => "usage",
            Kind::Refused => "refused",
            Kind::NotFound => "not_found",
            Kind::Locked => "locked",
            Kind::Cpi => "cpi",
            Kind::Unsupported => "unsupported",
            Kind::State => "state",
            Kind::Problems => "problems",
            Kind::Declined => "declined",
            Kind::Bug => "bug",
            Kind::Interrupted(_) => "interrupted",
        }
    }
}

/// A next step for the reader of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Words.
    Say(String),
    /// A command to type, complete.
    Command(String),
}

impl Hint {
    /// The same with its commands completed.
    #[must_use]
    pub fn completed(&self, called: &Called) -> Hint {
        match self {
            // A line with words to fill in stands further to the right.
            Hint::Say(text) => Hint::Say(match text.strip_prefix("  ") {
                Some(line) => format!("  {}", called.command(line)),
                None => called.prose(text).into_owned(),
            }),
            Hint::Command(line) => Hint::Command(called.command(line)),
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Say(text) => f.write_str(text),
            Hint::Command(line) => write!(f, "run: {line}"),
        }
    }
}

/// The error that a command ends with.
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<Hint>,
    operation: Option<OperationId>,
    unanswered: bool,
}

/// The result of every fallible function above the areas.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind, with the sentence that the operator reads.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                source: None,
                hints: Vec::new(),
                operation: None,
                unanswered: false,
            }),
        }
    }

    /// Wraps a lower error, whose text becomes `Caused by:`.
    pub fn because(
        kind: Kind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let mut error = Error::new(kind, message);
        error.inner.source = Some(source.into());
        error
    }

    /// Adds advice in words.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.inner.hints.push(Hint::Say(text.into()));
        self
    }

    /// Adds a command to type.
    #[must_use]
    pub fn try_command(mut self, line: impl Into<String>) -> Self {
        self.inner.hints.push(Hint::Command(line.into()));
        self
    }

    /// Adds the hints of another error, and those that it has left out already.
    #[must_use]
    pub fn with_hints_of(mut self, other: &Error) -> Self {
        for hint in other.hints() {
            if !self.inner.hints.contains(hint) {
                self.inner.hints.push(hint.clone());
            }
        }
        self
    }

    /// Completes the commands in its text and among its hints, so that they find the same files as the command line that
    /// failed.
    #[must_use]
    pub fn completed(mut self, called: &Called) -> Self {
        self.inner.message = called.prose(&self.inner.message).into_owned();
        for hint in &mut self.inner.hints {
            *hint = hint.completed(called);
        }
        self
    }

    /// Changes the commands among the hints.
    #[must_use]
    pub fn with_commands(mut self, complete: impl Fn(String) -> String) -> Self {
        for hint in &mut self.inner.hints {
            if let Hint::Command(line) = hint {
                *line = complete(std::mem::take(line));
            }
        }
        self
    }

    /// Names the operation in which it happened.
    #[must_use]
    pub fn in_operation(mut self, id: &OperationId) -> Self {
        self.inner.operation.get_or_insert_with(|| id.clone());
        self
    }

    /// Notes that a cloud was asked, and has not answered.
    #[must_use]
    pub fn unanswered(mut self) -> Self {
        self.inner.unanswered = true;
        self
    }

    /// True if a cloud was asked, and has not answered.
    pub fn is_unanswered(&self) -> bool {
        self.inner.unanswered
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// True if it was not tried, or not waited for, because a signal asked for the end.
    pub fn is_interrupt(&self) -> bool {
        matches!(self.inner.kind, Kind::Interrupted(_))
    }

    /// The sentence, without causes and hints.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// The next steps, in the order in which they are shown.
    pub fn hints(&self) -> &[Hint] {
        &self.inner.hints
    }

    /// The operation that it belongs to, if there is one.
    pub fn operation(&self) -> Option<&OperationId> {
        self.inner.operation.as_ref()
    }

    /// The texts of the causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next: Option<&(dyn std::error::Error + 'static)> =
            self.inner.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static));
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes
    }

    /// The message and its causes in one line.
    pub fn in_one_line(&self) -> String {
        let mut line = self.inner.message.clone();
        for cause in self.causes() {
            line.push_str(": ");
            line.push_str(&cause);
        }
        line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
