//! `check`: compares the state file with the clouds and, if asked to, with the Director. It only reads, and changes
//! nothing.

mod advice;
pub mod attach;
mod back;
mod cloud;
mod director;
mod finding;
mod forget;
mod in_change;
mod known;
mod leftovers;
pub mod repair;
mod snapshots;

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::presence::Presence;
use super::schedule::Scheduled;
use super::session::CpiSource;
use super::space::LittleSpace;
use crate::domain::findings::Findings;
use crate::domain::freshness::Freshness;
use crate::error::{Error, Result};
use crate::state::{Reader, SnapshotFilter};
use finding::Known;

pub use finding::{Finding, Severity};

/// The scope of a check.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Only this deployment.
    pub deployment: Option<&'a str>,
    /// The Director's lists, if it was asked.
    pub director: Option<&'a Findings>,
    /// How old an inventory may be to be believed.
    pub freshness: Freshness,
    /// The age from which on snapshots are reported.
    pub warn_age: Duration,
    /// The schedules whose runs are due and that nothing begins, each with the time since when.
    pub overdue: &'a [(String, DateTime<Utc>)],
    /// The local backend's file system, if it has too little free space.
    pub little_space: Option<&'a LittleSpace>,
    /// The schedules.
    pub schedules: &'a [Scheduled],
}

/// Checks everything. A thing that cannot be checked is a finding, and hides nothing else.
///
/// # Errors
/// Those of the state file.
pub fn check(
    reader: &Reader,
    cpis: &dyn CpiSource,
    presence: &Presence,
    question: Question<'_>,
) -> Result<Vec<Finding>> {
    let deployment = question.deployment;
    let mut snapshots = Vec::new();
    let filter = SnapshotFilter { deployment: deployment.map(str::to_owned), ..SnapshotFilter::default() };
    reader.each_snapshot(&filter, |snapshot| {
        snapshots.push(snapshot);
        Ok::<bool, Error>(true)
    })?;
    let known = Known {
        instances: reader.instances(deployment)?,
        disks: reader.disks(None, deployment)?,
        snapshots,
        all_instances: reader.instances(None)?,
        all_disks: reader.disks(None, None)?,
        director_uuid: reader.director()?.uuid,
        director: question.director,
        now: question.freshness.now,
    };
    let mut found = known::operations(reader)?;
    found.extend(known::checklists(reader)?);
    found.extend(known::stale(&known, question.freshness));
    found.extend(known::orphans(&known));
    found.extend(known::old(&known, question.warn_age));
    found.extend(known::never_run(question.schedules));
    found.extend(
        question
            .little_space
            .map(|space| Finding::problem("little_space", &space.path, space.told.clone(), "snapback prune --dry-run")),
    );
    found.extend(question.overdue.iter().map(|(name, since)| {
        let since = since.format("%Y-%m-%dT%H:%M:%SZ");
        let told = format!("it is due since {since}, and nothing has begun it: is `snapback schedule run` running?");
        Finding::problem("schedule_overdue", name, told, "snapback schedule run --once")
    }));
    let ended = reader.operations(None)?.into_iter().filter(|operation| operation.ended_at.is_some());
    let ended: Vec<_> = ended.map(|operation| operation.id).collect();
    found.extend(cloud::compare(&known, &ended, cpis, (reader, presence))?);
    if let Some(says) = question.director {
        found.extend(director::compare(&known, says, deployment));
    }
    Ok(found)
}
