//! Retention: how long snapshots are kept by the operator's rules.

mod decide;
mod entry;
mod floor;
#[cfg(test)]
mod properties;
mod reason;
mod series;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::time::span;

pub use decide::{Decision, by_instance, decide};
pub use entry::{Entry, Need, Quality};
pub use reason::{Reason, Rule};

/// For how long a restore can be undone if the manifest does not say.
pub const UNDO_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Which takes of an instance are kept. Rules add up: a take is kept if one of them keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep {
    /// The newest ones.
    pub last: Option<u32>,
    /// The newest one of each of the last hours that have one, UTC.
    pub hourly: Option<u32>,
    /// The same for days, UTC.
    pub daily: Option<u32>,
    /// The same for weeks, which begin on Monday, UTC.
    pub weekly: Option<u32>,
    /// The same for months, UTC.
    pub monthly: Option<u32>,
    /// All that are at most this much older than the newest one.
    pub within: Option<Duration>,
}

impl Keep {
    /// True if no rule is set: then all are kept.
    pub fn is_empty(&self) -> bool {
        *self == Keep::default()
    }
}

/// The rules for keeping snapshots: of each instance, by its group, or by the schedule that took the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The rules if nothing more specific applies.
    pub default: Keep,
    /// The rules by instance group, instead of the default.
    pub groups: BTreeMap<String, Keep>,
    /// The rules by schedule, instead of those of the group. The takes of such a schedule are counted separately.
    pub schedules: BTreeMap<String, Keep>,
    /// For how long after a restore or an undo everything is kept that undoing it may need.
    pub undo_within: Duration,
    /// How old the snapshots of an instance may become that is no longer in any inventory; `None` for any age.
    pub gone_after: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            default: Keep::default(),
            groups: BTreeMap::new(),
            schedules: BTreeMap::new(),
            undo_within: UNDO_WITHIN,
            gone_after: None,
        }
    }
}

impl Policy {
    /// The rules for a snapshot of this group and, if one took it, of this schedule; with the name of the schedule if
    /// it has rules of its own.
    pub fn of<'a>(&'a self, group: &str, schedule: Option<&'a str>) -> (&'a Keep, Option<&'a str>) {
        if let Some((name, keep)) = schedule.and_then(|name| Some((name, self.schedules.get(name)?))) {
            return (keep, Some(name));
        }
        (self.groups.get(group).unwrap_or(&self.default), None)
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (Rule::Last, self.last),
            (Rule::Hourly, self.hourly),
            (Rule::Daily, self.daily),
            (Rule::Weekly, self.weekly),
            (Rule::Monthly, self.monthly),
        ];
        let counts = counts.into_iter().filter_map(|(rule, most)| Some(format!("{} {}", rule.key(), most?)));
        let within = self.within.map(|within| format!("{} {}", Rule::Within.key(), span(within.as_secs())));
        let parts: Vec<String> = counts.chain(within).collect();
        f.write_str(if parts.is_empty() { "all are kept".to_owned() } else { parts.join(", ") }.as_str())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.default)?;
        for (kind, named) in [("group", &self.groups), ("schedule", &self.schedules)] {
            for (name, keep) in named {
                write!(f, "; {kind} {name}: {keep}")?;
            }
        }
        write!(f, "; undo_within {}", span(self.undo_within.as_secs()))?;
        self.gone_after.map_or(Ok(()), |after| write!(f, "; gone_after {}", span(after.as_secs())))
    }
}
