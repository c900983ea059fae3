//! A change that `guard` watches: a command that runs after snapshots were taken, and how it ended.

use chrono::{DateTime, Utc};

/// One change, as the state file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedChange {
    /// Its id. No operation has the same.
    pub id: String,
    /// The command, without parts that may be secret.
    pub command: String,
    /// The deployment, if one is known.
    pub deployment: Option<String>,
    /// When it was begun, before its snapshots, UTC.
    pub began_at: DateTime<Utc>,
    /// When its command was about to run, UTC; `None` while the snapshots are taken.
    pub runs_at: Option<DateTime<Utc>>,
    /// When it had ended, UTC; `None` while it runs, or if snapback was killed meanwhile.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended, once that is known.
    pub ending: Option<Ending>,
}

/// How a guarded command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was not run: snapback could not do its part, or found no such program.
    NotRun,
    /// With this exit status; 128 + N if signal N ended it.
    Exited(u8),
}

impl Ending {
    /// The name in the state file.
    pub fn name(self) -> &'static str {
        match self {
            Ending::NotRun => "not run",
            Ending::Exited(0) => "succeeded",
            Ending::Exited(_) => "failed",
        }
    }

    /// The exit status, if there is one.
    pub fn status(self) -> Option<u8> {
        match self {
            Ending::NotRun => None,
            Ending::Exited(status) => Some(status),
        }
    }

    /// The value of [`Ending::name`] and [`Ending::status`].
    pub fn of(name: &str, status: Option<u8>) -> Option<Ending> {
        match (name, status) {
            ("not run", _) => Some(Ending::NotRun),
            ("succeeded" | "failed", Some(status)) => Some(Ending::Exited(status)),
            _ => None,
        }
    }
}

impl GuardedChange {
    /// Since when its snapshots may be wanted, UTC: it has failed, or is not known to have ended. `None` if it has
    /// succeeded, or if nothing was run.
    pub fn is_wanted_since(&self) -> Option<DateTime<Utc>> {
        match self.ending {
            Some(Ending::NotRun | Ending::Exited(0)) => None,
            Some(Ending::Exited(_)) | None => Some(self.ended_at.unwrap_or(self.began_at)),
        }
    }

    /// In a few words, for a list of snapshots: `deploy 51d0ab12c3d4, failed`.
    pub fn in_short(&self) -> String {
        let ending = match (self.ending, self.runs_at) {
            (Some(ending), _) => ending.name(),
            (None, Some(_)) => "not known to have ended",
            (None, None) => "not begun",
        };
        format!("{} {}, {ending}", word(&self.command), self.id)
    }
}

/// The words of bosh that change something: they say more than the program's name.
const VERBS: [&str; 14] = [
    "deploy",
    "create-env",
    "delete-env",
    "delete-deployment",
    "recreate",
    "restart",
    "start",
    "stop",
    "cloud-check",
    "cck",
    "run-errand",
    "attach-disk",
    "update-config",
    "update-cloud-config",
];

fn word(command: &str) -> &str {
    let words = || command.split(' ');
    let first = words().next().unwrap_or_default();
    let verb = words().skip(1).find(|word| VERBS.contains(word));
    verb.unwrap_or_else(|| first.rsplit('/').next().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_short() {
        let change = |command: &str, ending| GuardedChange {
            id: "51d0ab12c3d4".to_owned(),
            command: command.to_owned(),
            deployment: None,
            began_at: DateTime::UNIX_EPOCH,
            runs_at: Some(DateTime::UNIX_EPOCH),
            ended_at: None,
            ending,
        };
        let failed = Some(Ending::Exited(137));
        assert_eq!(change("bosh -n -d prod deploy m.yml", failed).in_short(), "deploy 51d0ab12c3d4, failed");
        assert_eq!(change("/usr/bin/make all", Some(Ending::Exited(0))).in_short(), "make 51d0ab12c3d4, succeeded");
        assert_eq!(change("bosh -n deploy", None).in_short(), "deploy 51d0ab12c3d4, not known to have ended");
        let early = GuardedChange { runs_at: None, ..change("bosh -n deploy", None) };
        assert_eq!(early.in_short(), "deploy 51d0ab12c3d4, not begun");
        assert_eq!(change("./x", Some(Ending::NotRun)).in_short(), "x 51d0ab12c3d4, not run");
        for ending in [Ending::NotRun, Ending::Exited(0), Ending::Exited(1)] {
            assert_eq!(Ending::of(ending.name(), ending.status()), Some(ending));
        }
    }
}
