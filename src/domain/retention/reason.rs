//! Why a snapshot is kept or removed.

use std::fmt;

use chrono::{DateTime, Utc};

use super::entry::Need;

/// A rule of the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `keep_last`
    Last,
    /// `keep_hourly`
    Hourly,
    /// `keep_daily`
    Daily,
    /// `keep_weekly`
    Weekly,
    /// `keep_monthly`
    Monthly,
    /// `keep_within`
    Within,
}

impl Rule {
    /// Its key in the manifest.
    pub fn key(self) -> &'static str {
        match self {
            Rule::Last => "keep_last",
            Rule::Hourly => "keep_hourly",
            Rule::Daily => "keep_daily",
            Rule::Weekly => "keep_weekly",
            Rule::Monthly => "keep_monthly",
            Rule::Within => "keep_within",
        }
    }
}

/// Why a snapshot is kept or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A rule keeps it.
    Rule(Rule),
    /// No rule is set for it.
    NoRules,
    /// It is the newest good one of its instance, or of one of its disks.
    Newest,
    /// It is the newest one of its instance that a drill verified.
    NewestVerified,
    /// There is no good one of its disk, and this is the newest of the best that exist.
    Best,
    /// The operator holds it.
    Held(String),
    /// Something needs it.
    Needed(Need),
    /// Its time is in the future.
    Future,
    /// Its time is not known.
    NoTime,
    /// It has expired.
    Expired(DateTime<Utc>),
    /// No rule keeps it.
    NotKept,
    /// Its instance has been gone for long.
    Gone,
    /// It would be kept, but the cloud does not show it as ready: that may change.
    NotShown,
}

impl Reason {
    /// The reason in one word, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Rule(rule) => rule.key(),
            Reason::NoRules => "no_rules",
            Reason::Newest => "newest",
            Reason::NewestVerified => "newest_verified",
            Reason::Best => "newest_of_the_best",
            Reason::Held(_) => "held",
            Reason::Needed(Need::Pending(_)) => "pending",
            Reason::Needed(Need::Undo(_)) => "undo",
            Reason::Needed(Need::Change(_)) => "change",
            Reason::Future => "future",
            Reason::NoTime => "untrusted_time",
            Reason::Expired(_) => "expired",
            Reason::NotKept => "not_kept",
            Reason::Gone => "instance_gone",
            Reason::NotShown => "not_shown",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Rule(rule) => f.write_str(rule.key()),
            Reason::NoRules => f.write_str("no retention rule is set for it"),
            Reason::Newest => f.write_str("the newest good one"),
            Reason::NewestVerified => f.write_str("the newest one that a drill verified"),
            Reason::Best => f.write_str("there is no good one, and this is the newest of the best"),
            Reason::Held(why) => write!(f, "held: {why}"),
            Reason::Needed(Need::Pending(operation)) => write!(f, "pending operation {operation} needs it"),
            Reason::Needed(Need::Undo(operation)) => write!(f, "undoing operation {operation} may need it"),
            Reason::Needed(Need::Change(change)) => write!(f, "it is from before change {change}"),
            Reason::Future => f.write_str("its time is in the future"),
            Reason::NoTime => f.write_str("its time is not known"),
            Reason::Expired(at) => write!(f, "expired {}", at.format("%Y-%m-%d %H:%M UTC")),
            Reason::NotKept => f.write_str("no rule keeps it"),
            Reason::Gone => f.write_str("its instance has been gone for longer than gone_after"),
            Reason::NotShown => f.write_str("the cloud does not show it as ready: see `snapback check`"),
        }
    }
}
