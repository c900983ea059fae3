//! Finding what a step has made by the step's name in the cloud, and believing only what is that step's.

use std::time::{Duration, Instant};

use super::settle::{cannot_tell, not_done};
use super::unknown::SKEW;
use crate::cpi::{CloudSnapshot, Cpi, SnapshotState, SnapshotTaken};
use crate::domain::ids::DiskCid;
use crate::domain::operation::StepRow;
use crate::domain::snapshot::{Metadata, OPERATION_KEY, STEP_KEY};
use crate::domain::step::{Fact, Outcome, Step};
use crate::error::Result;
use crate::ops::presence::Thing;
use crate::ops::session::Session;
use crate::ops::{promote, take};

/// The longest pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a cloud is asked again that shows nothing: it may show late what it has made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// Not at all.
    Once,
    /// For its lag, from this instant on.
    Since(Instant),
}

impl Patience {
    /// Asks until something has happened, or the lag is over.
    pub(super) fn ask(
        self,
        session: &Session<'_>,
        cpi: &dyn Cpi,
        look: impl Fn() -> Result<Outcome>,
    ) -> Result<Outcome> {
        loop {
            // An answer is as old as its question.
            let left = match self {
                Patience::Once => Duration::ZERO,
                Patience::Since(begun) => cpi.capabilities().lag.saturating_sub(begun.elapsed()),
            };
            let told = look()?;
            if !matches!(told, Outcome::Failed { .. }) || left.is_zero() {
                return Ok(told);
            }
            session.interrupt.check()?;
            std::thread::sleep(PAUSE.min(left));
        }
    }
}

/// The snapshot of a step.
pub(super) fn snapshot(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    let Step::SnapshotDisk { cpi, disk, .. } = &row.step else { return Ok(not_done("no such step")) };
    let cloud = session.cpis.cpi(cpi)?;
    let can = cloud.capabilities();
    if !can.find_snapshots {
        return Ok(cannot_tell(cpi, if can.list_snapshots { "metadata of snapshots" } else { "list_snapshots" }));
    }
    patience.ask(session, cloud.as_ref(), || listed(session, row, cloud.as_ref(), disk))
}

fn listed(session: &Session<'_>, row: &StepRow, cloud: &dyn Cpi, disk: &DiskCid) -> Result<Outcome> {
    let Step::SnapshotDisk { cpi, draft, purpose, .. } = &row.step else { return Ok(not_done("no such step")) };
    let own = |found: &CloudSnapshot| {
        let token = [(OPERATION_KEY, row.token.operation.to_string()), (STEP_KEY, row.token.step.to_string())];
        token.iter().all(|(key, value)| found.metadata.get(*key) == Some(value))
    };
    let filter = Metadata::from([
        (OPERATION_KEY.to_owned(), row.token.operation.to_string()),
        (STEP_KEY.to_owned(), row.token.step.to_string()),
    ]);
    // A CPI may know no filters: what it lists is looked at here.
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
                return Ok(not_done(&format!("it has failed in the cloud: snapshot {}", found.cid)));
            }
            let taken = SnapshotTaken {
                cid: found.cid,
                created_at: found.created_at,
                consistency: found.consistency,
                size_mib: found.size_mib,
            };
            let snapshot = take::record(cpi, disk, *purpose, draft, &taken, &row.token);
            return Ok(Outcome::made(snapshot.cid.clone(), Fact::SnapshotExists(snapshot)));
        }
        let is_nameless = !found.metadata.contains_key(OPERATION_KEY);
        if is_nameless && in_time(&found) && reader.known_as(cpi, found.cid.as_str())?.is_none() {
            nameless = Some(found.cid);
        }
    }
    Ok(match nameless {
        None => {
            session.presence.refuse_if_absent(reader, cloud, "list_snapshots", Thing::Snapshot)?;
            not_done("it had not happened")
        }
        Some(cid) => Outcome::Unknown {
            reason: format!("the CPI '{cpi}' cannot tell: snapshot {cid} is of that time, and has no step's name"),
        },
    })
}

/// The disk of a step.
pub(super) fn disk(session: &Session<'_>, row: &StepRow, patience: Patience) -> Result<Outcome> {
    let (cpi, draft, origin) = match &row.step {
        Step::CreateDiskFromSnapshot { cpi, snapshot, disk } => (cpi, disk, Some(snapshot)),
        Step::CreateDisk { cpi, disk } => (cpi, disk, None),
        _ => return Ok(not_done("no such step")),
    };
    let cloud = session.cpis.cpi(cpi)?;
    if !cloud.capabilities().find_disks {
        return Ok(cannot_tell(cpi, "find_disk"));
    }
    patience.ask(session, cloud.as_ref(), || {
        let Some(made) = cloud.find_disk(&row.token)? else {
            session.presence.refuse_if_absent(session.state.reader(), cloud.as_ref(), "find_disk", Thing::Disk)?;
            return Ok(not_done("it had not happened"));
        };
        if !cloud.has_disk(&made.cid).unwrap_or(true) {
            let reason =
                format!("the CPI '{cpi}' finds disk {} by the step's name, and says that there is none", made.cid);
            return Ok(Outcome::Unknown { reason });
        }
        let disk = promote::record(cpi, draft, &made, origin, session.clock.now());
        Ok(Outcome::made(disk.cid.clone(), Fact::DiskExists(disk)))
    })
}
