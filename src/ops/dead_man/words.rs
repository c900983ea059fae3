//! The messages between snapback and the dead man's switch.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::digest::digest;

/// The first argument of a snapback that is the dead man's switch. It is not a command of the definition.
pub(super) const WORD: &str = "keep-watch-over-stillness";

/// An instance that it can stop and let go on. It contains the operator's environment, so it is sent only through a
/// pipe.
#[derive(Clone, Serialize, Deserialize)]
pub struct Member {
    /// The name of the instance, for messages.
    pub name: String,
    /// The program and its arguments that make it stand still.
    pub quiesce: Vec<String>,
    /// The program and its arguments that let it go on.
    pub resume: Vec<String>,
    /// The kind of the hooks.
    pub kind: Kind,
    /// The whole environment of both hooks, except for which of the two it is.
    pub env: Vec<(String, String)>,
    /// Their working directory.
    pub cwd: Option<PathBuf>,
    /// snapback itself, which starts a hook that is to have no terminal.
    pub through: Option<PathBuf>,
    /// The mount point of the file system that is frozen, if that is on this machine.
    pub freezes: Option<PathBuf>,
    /// How long it may stand still, in milliseconds.
    pub max_still_ms: u64,
    /// How long one run of the resume hook may take, in milliseconds.
    pub resume_ms: u64,
    /// The program and its arguments that succeed if the file system can be frozen by its mount point; empty if nothing
    /// is checked before.
    #[serde(default)]
    pub looks: Vec<String>,
    /// The thing that the hooks stop, if it may belong to another instance as well: of two with the same text, one
    /// thaws what the other has frozen. The text can contain any argument, so it is kept nowhere.
    #[serde(default)]
    pub stops: Option<String>,
    /// The descriptors of the locks of the instance and of the thing that it stops. The switch inherits them.
    #[serde(default)]
    pub locks: Vec<i32>,
}

impl Member {
    /// A checksum of the hooks: the arguments can be anything, and are kept nowhere.
    pub fn checksum(&self) -> String {
        let kind = match self.kind {
            Kind::Hooks => "hooks",
            Kind::Bosh => "bosh",
            Kind::FsFreeze => "fsfreeze",
        };
        // The number of words of each, so that no word of one can be taken for one of the other.
        let count = self.quiesce.len().to_string();
        // Wherever bosh is, and however it is called, these are the Director's own stop and start.
        let own = self.kind != Kind::Bosh;
        let words = self.quiesce.iter().chain(&self.resume).filter(|_| own).map(String::as_str);
        digest([kind, &count].into_iter().chain(words).map(str::as_bytes))
    }
}

/// The kind of a member's hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The operator's own.
    Hooks,
    /// `bosh stop` and `bosh start`.
    Bosh,
    /// `fsfreeze`, whose messages about a file system that is or is not frozen are known.
    FsFreeze,
}

impl Member {
    pub(super) fn max_still(&self) -> Duration {
        Duration::from_millis(self.max_still_ms)
    }
}

/// An order to the dead man's switch.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    Quiesce(usize),
    Resume(usize),
    /// To answer that it lives.
    Answer,
}

/// A message from the dead man's switch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// It can take orders.
    Ready,
    /// It lives, and so do the threads of all members.
    Alive,
    /// A hook for this member runs as this process, the leader of its group.
    Started(usize, u32),
    /// It stands still.
    Still(usize),
    /// It does not stand still, or that is not known.
    NotStill(usize, NotStill),
    /// It goes on, or it could not be made to.
    Resumed(usize, Resumed),
}

/// Why something failed, in words. A hook's output can be a secret, so it is not part of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Why {
    /// What happened.
    pub how: String,
    /// The end of the hook's output.
    pub said: Option<String>,
}

impl From<String> for Why {
    fn from(how: String) -> Self {
        Why { how, said: None }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.how)?;
        self.said.as_ref().map_or(Ok(()), |said| write!(f, "; it said: {said}"))
    }
}

/// Why it is not certain that an instance stands still.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotStill {
    /// The reason in words.
    pub why: Why,
    /// Whether nothing was done to it, so that it need not be let go on.
    pub untouched: bool,
    /// Whether somebody else had stopped it already, and snapback must not let it go on.
    pub by_another: bool,
}

impl NotStill {
    /// An instance that may stand still all the same.
    pub(in crate::ops) fn may_be(why: impl Into<Why>) -> NotStill {
        NotStill { why: why.into(), untouched: false, by_another: false }
    }

    /// Whether snapback has to let it go on.
    pub(in crate::ops) fn is_owed(&self) -> bool {
        !self.untouched && !self.by_another
    }
}

/// How an instance was let go on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resumed {
    /// Why it could not be let go on, in words; `None` if it goes on.
    pub failed: Option<Why>,
    /// What caused it.
    pub by: Cause,
    /// Whether it had stood still until then, as far as the hook can tell.
    pub was_still: bool,
    /// The time from before the first hook to the end of the second, in milliseconds.
    pub still_ms: u64,
}

/// What caused an instance to be let go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An order of snapback.
    Word,
    /// It had stood still for too long.
    Deadline,
    /// snapback is gone.
    Break,
    /// snapback, which has ended the switch because it did not answer.
    Hung,
}
