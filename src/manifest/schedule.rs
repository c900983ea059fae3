//! When the Director takes snapshots by itself. The schedule is kept as text, which is not interpreted here.

use crate::yaml::{Complaint, Scalar, Value, View};

use super::director::{first, second};
use super::setting::Setting;

/// One of the Director's two schedules of snapshots.
pub(super) struct Kind {
    /// Its key, beside `enable_snapshots`.
    key: &'static str,
    /// Its default (`jobs/director/spec` of cloudfoundry/bosh).
    default: &'static str,
    /// The command of its job in a rendered `director.yml` (`jobs/director/templates/director.yml.erb`).
    command: &'static str,
}

/// The schedule for the disks of all deployments.
pub(super) const DEPLOYMENTS: Kind =
    Kind { key: "snapshot_schedule", default: "0 0 7 * * * UTC", command: "SnapshotDeployments" };
/// The schedule for the Director's own disk.
pub(super) const ITSELF: Kind =
    Kind { key: "self_snapshot_schedule", default: "0 0 6 * * * UTC", command: "SnapshotSelf" };

/// The schedule's text; `None` if nothing is scheduled.
pub(super) type Schedule = Setting<Option<String>>;

impl Kind {
    /// Reads it from the mappings `director`, the most specific first.
    pub(super) fn of_directors(&self, directors: &[View<'_>]) -> Result<Schedule, Complaint> {
        if let Some(written) = first(directors, self.key)? {
            return text(&written);
        }
        let key = match directors.first() {
            Some(director) => director.key_of(self.key),
            None => format!("properties.director.{}", self.key),
        };
        Ok(Setting::default(Some(self.default.to_owned()), key))
    }

    /// Reads it from a rendered file's `scheduled_jobs`. BOSH has written all defaults there, so a missing job does not
    /// run.
    pub(super) fn of_jobs(&self, root: &View<'_>) -> Result<Schedule, Complaint> {
        let mut found: Option<View<'_>> = None;
        for job in root.get("scheduled_jobs")?.map(|jobs| jobs.list()).transpose()?.unwrap_or_default() {
            if job.node().get("command").and_then(|command| command.text()) != Some(self.command) {
                continue;
            }
            if let Some(before) = &found {
                return Err(second(before, &job));
            }
            found = Some(job);
        }
        match found {
            None => Ok(Setting::default(None, format!("scheduled_jobs[command={}].schedule", self.command))),
            Some(job) => match job.get("schedule")? {
                Some(written) => text(&written),
                None => Err(job.complain("a job without a schedule").hint("give the file as BOSH rendered it")),
            },
        }
    }
}

fn text(written: &View<'_>) -> Result<Schedule, Complaint> {
    const REMEDY: &str = "write a cron line in quotes, as in \"0 0 7 * * * UTC\"; to take none, set \
                          enable_snapshots: false";
    match &written.node().value {
        Value::Scalar(Scalar::Text(text)) if text.trim().is_empty() => {
            Err(written.complain("an empty schedule").hint(REMEDY))
        }
        Value::Scalar(Scalar::Text(text)) => {
            written.as_str()?;
            Ok(Setting::of(Some(text.clone()), written))
        }
        _ => Err(written.complain(format!("expected a schedule, found {}", written.node().kind())).hint(REMEDY)),
    }
}
