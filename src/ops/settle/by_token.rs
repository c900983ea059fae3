//! Finds the thing that a step made, by the step's token in the cloud, and believes only what really is that step's.

use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::cpi::{CloudSnapshot, Cpi, SnapshotState, SnapshotTaken};
use crate::domain::facts::Made;
use crate::domain::ids::DiskCid;
use crate::domain::operation::StepRow;
use crate::domain::snapshot::{OPERATION_KEY, name_of};
use crate::domain::step::{Outcome, Step};
use crate::error::Result;
use crate::ops::again::ask_again;
use crate::ops::presence::Thing;
use crate::ops::session::Session;

/// How far a cloud's clock may differ from this host's.
pub const SKEW: TimeDelta = TimeDelta::minutes(5);

/// The longest pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// How long to ask a cloud again that shows nothing: it may be late to show what it has made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// Not at all.
    Once,
    /// For its lag, from this instant on.
    Since(Instant),
}

impl Patience {
    /// Asks until something is found, or the lag is over.
    pub(super) fn ask(
        self,
        session: &Session<'_>,
        cpi: &dyn Cpi,
        look: impl Fn() -> Result<Outcome>,
    ) -> Result<Outcome> {
        let left = match self {
            Patience::Once => Duration::ZERO,
            Patience::Since(begun) => cpi.capabilities().lag.saturating_sub(begun.elapsed()),
        };
        let ask = || {
            let told = look();
            (!matches!(told, Ok(Outcome::Failed { .. })), told)
        };
        ask_again(left, (PAUSE, PAUSE), ask, || session.interrupt.check().err().map(Err))
    }
}

/// The outcome of a step whose CPI lacks the method that could tell.
pub(super) fn cannot_tell(cloud: &dyn Cpi, method: &str) -> Outcome {
    let alone = cloud.why_alone().map_or_else(String::new, |why| format!(" ({})", why.in_one_line()));
    Outcome::Unknown { reason: format!("the CPI '{}' cannot tell: it has no {method}{alone}", cloud.name()) }
}

/// The snapshot of a step.
pub(super) fn snapshot(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    let Step::SnapshotDisk { cpi, disk, .. } = &row.step else { return Ok(Outcome::failed("no such step")) };
    let cloud = session.cpis.cpi(cpi)?;
    let can = cloud.capabilities();
    if !can.find_snapshots {
        let lacks = if can.list_snapshots { "metadata of snapshots" } else { "list_snapshots" };
        return Ok(cannot_tell(cloud.as_ref(), lacks));
    }
    patience.ask(session, cloud.as_ref(), || listed(session, row, cloud.as_ref(), disk))
}

fn listed(session: &Session<'_>, row: &StepRow, cloud: &dyn Cpi, disk: &DiskCid) -> Result<Outcome> {
    let cpi = cloud.name();
    // A CPI may ignore the filter, so its list is filtered here.
    let filter = name_of(&row.token);
    let own = |found: &CloudSnapshot| filter.iter().all(|(key, value)| found.metadata.get(key) == Some(value));
    let in_time = |found: &CloudSnapshot| found.created_at >= row.started_at - SKEW;
    let reader = session.state.reader();
    let mut nameless = None;
    for found in cloud.list_snapshots(&filter)?.into_iter().filter(|found| found.disk == *disk) {
        if own(&found) {
            if !in_time(&found) {
                let (cid, made) = (&found.cid, found.created_at.format("%Y-%m-%d %H:%M:%S"));
                let reason = format!("snapshot {cid} has this step's name, and was made at {made} UTC, before it");
                return Ok(Outcome::Unknown { reason });
            }
            if matches!(found.state, SnapshotState::Failed | SnapshotState::Missing) {
                return Ok(Outcome::failed(format!("it has failed in the cloud: snapshot {}", found.cid)));
            }
            let taken = SnapshotTaken {
                cid: found.cid,
                created_at: found.created_at,
                consistency: found.consistency,
                size_mib: found.size_mib,
            };
            return Ok(row.step.made(&Made::Snapshot(taken, row.token.operation.clone())));
        }
        let is_nameless = !found.metadata.contains_key(OPERATION_KEY);
        if is_nameless && in_time(&found) && reader.known_as(cpi, found.cid.as_str())?.is_none() {
            nameless = Some(found.cid);
        }
    }
    Ok(match nameless {
        None => {
            session.refuse_if_absent(cloud, "list_snapshots", Thing::Snapshot)?;
            Outcome::failed("it had not happened")
        }
        Some(cid) => Outcome::Unknown {
            reason: format!("the CPI '{cpi}' cannot tell: snapshot {cid} is of that time, and has no step's name"),
        },
    })
}

/// The disk of a step.
pub(super) fn disk(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    let (Step::CreateDiskFromSnapshot { cpi, .. } | Step::CreateDisk { cpi, .. }) = &row.step else {
        return Ok(Outcome::failed("no such step"));
    };
    let cloud = session.cpis.cpi(cpi)?;
    if !cloud.capabilities().find_disks {
        return Ok(cannot_tell(cloud.as_ref(), "find_disk"));
    }
    patience.ask(session, cloud.as_ref(), || {
        let Some(made) = cloud.find_disk(&row.token)? else {
            session.refuse_if_absent(cloud.as_ref(), "find_disk", Thing::Disk)?;
            return Ok(Outcome::failed("it had not happened"));
        };
        if !cloud.has_disk(&made.cid).unwrap_or(true) {
            let reason =
                format!("the CPI '{cpi}' finds disk {} by the step's name, and says that there is none", made.cid);
            return Ok(Outcome::Unknown { reason });
        }
        Ok(row.step.made(&Made::Disk(made, session.clock.now())))
    })
}
