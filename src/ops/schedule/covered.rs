//! The disks of which a schedule has snapshots.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::InstanceName;
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::take::Taken;
use crate::state::{Reader, SnapshotFilter};

/// How far a cloud's clock may be ahead of this machine's.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The disks of which a schedule has taken a snapshot since a time. A snapshot from the future does not count: a clock
/// was wrong then.
///
/// # Errors
/// Those of the state file.
pub fn taken_since(
    reader: &Reader,
    schedule: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<(CpiName, DiskCid)>> {
    let filter = SnapshotFilter { after: Some(since), before: Some(now + AHEAD), ..SnapshotFilter::default() };
    let mut taken = Vec::new();
    reader.each_snapshot::<Error>(&filter, |snapshot: Snapshot| {
        if snapshot.schedule.as_deref() == Some(schedule) {
            taken.extend(snapshot.disk.map(|disk| (snapshot.cpi, disk)));
        }
        Ok(true)
    })?;
    Ok(taken)
}

/// One error for each disk of these instances that has no snapshot at all: a schedule must not skip it in silence. A
/// disk whose take has just failed is left out, since that was reported already.
///
/// # Errors
/// Those of the state file.
pub fn bare(reader: &Reader, instances: &[InstanceName], rows: &[Taken]) -> Result<Vec<Error>> {
    let mut covered: BTreeSet<(CpiName, DiskCid)> = BTreeSet::new();
    reader.each_snapshot::<Error>(&SnapshotFilter::default(), |snapshot: Snapshot| {
        covered.extend(snapshot.disk.map(|disk| (snapshot.cpi, disk)));
        Ok(true)
    })?;
    let mut bare = Vec::new();
    for instance in reader.instances_named(&instances.iter().collect::<Vec<_>>())? {
        for disk in &instance.disks {
            let is_told = rows.iter().any(|row| row.disk == disk.cid && row.result.is_err());
            if !is_told && !covered.contains(&(disk.cpi.clone(), disk.cid.clone())) {
                let message = format!("{}: there is no snapshot of its disk {} at all", instance.name, disk.cid);
                let line = format!(
                    "snapback -d {} take --include-detached {}",
                    quoted(&instance.name.deployment),
                    instance.name
                );
                bare.push(Error::new(Kind::Failed, message).hint("to take one:").try_command(line));
            }
        }
    }
    Ok(bare)
}

/// A deployment without any snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// Its name.
    pub deployment: String,
    /// The number of its instances' persistent disks.
    pub disks: usize,
}

impl Uncovered {
    /// The error of a run that leaves it so; `None` if there is nothing to take.
    pub fn error(&self) -> Option<Error> {
        let Uncovered { deployment, disks } = self;
        (*disks > 0).then(|| {
            let message = format!("deployment {deployment} has {disks} persistent disks and no snapshot at all");
            Error::new(Kind::Failed, message.replace(" 1 persistent disks", " 1 persistent disk"))
                .hint("to see what is known of them:")
                .try_command(format!("snapback -d {} instances", quoted(deployment)))
        })
    }
}

/// Those of these deployments that have no snapshot at all, of any owner.
///
/// # Errors
/// Those of the state file.
pub fn uncovered(reader: &Reader, deployments: BTreeSet<String>) -> Result<Vec<Uncovered>> {
    let mut left = deployments;
    reader.each_snapshot::<Error>(&SnapshotFilter::default(), |snapshot: Snapshot| {
        left.remove(&snapshot.instance.deployment);
        Ok(true)
    })?;
    let of = |deployment: String| {
        let disks = reader.instances(Some(&deployment))?.iter().map(|instance| instance.disks.len()).sum();
        Ok(Uncovered { deployment, disks })
    };
    left.into_iter().map(of).collect()
}
