//! The operator's limits on takes.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::count::counted;
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Disk, Instance};
use crate::domain::limits::Limits;
use crate::domain::shell::quoted;
use crate::domain::size::ibytes;
use crate::domain::snapshot::{Consistency, Owner, Purpose};
use crate::error::{Error, Kind, Result};
use crate::state::{Reader, SnapshotFilter, SnapshotsOf};

/// Limits, and the place where they are set, for messages.
#[derive(Debug, Clone, Default)]
pub struct Limited {
    /// The limits.
    pub limits: Limits,
    /// The file, line and key.
    pub place: String,
}

/// Why nothing is taken of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// It is larger than this, in MiB.
    TooLarge {
        /// Its size.
        size: u64,
        /// The largest size.
        most: u64,
    },
    /// Its instance already has too many takes.
    TooMany {
        /// The number of takes.
        takes: usize,
        /// A snapshot of the oldest take that is not held; if there are incomplete or bad takes, of the oldest of
        /// those.
        oldest: Option<SnapshotCid>,
    },
    /// So many takes of its instance are held, and cannot be replaced.
    AllHeld(SnapshotCid),
}

impl Limited {
    /// The limit that forbids taking the disks of an instance: its number of takes. `None` if one more is allowed.
    ///
    /// # Errors
    /// Those of the state file.
    pub(super) fn of_instance(&self, reader: &Reader, instance: &Instance) -> Result<Option<Limit>> {
        let Some(most) = self.limits.max_per_instance else { return Ok(None) };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let filter = SnapshotFilter {
            deployment: Some(instance.name.deployment.clone()),
            of: vec![SnapshotsOf::instance(&instance.name)],
            ..SnapshotFilter::default()
        };
        // The oldest comes first.
        let mut takes: Vec<Take> = Vec::new();
        let mut places: BTreeMap<OperationId, usize> = BTreeMap::new();
        reader.each_snapshot(&filter, |snapshot| {
            if snapshot.owner == Owner::Snapback && snapshot.purpose == Purpose::Take && !snapshot.of_another {
                let known = snapshot.operation.as_ref().and_then(|operation| places.get(operation)).copied();
                let at = known.unwrap_or_else(|| {
                    takes.push(Take { cid: snapshot.cid.clone(), held: false, disks: BTreeSet::new() });
                    takes.len() - 1
                });
                takes[at].held |= snapshot.held.is_some();
                if snapshot.unsound_at.is_none() && snapshot.consistency == Consistency::Crash {
                    takes[at].disks.extend(snapshot.disk.clone());
                }
                snapshot.operation.map(|operation| places.insert(operation, at));
            }
            Ok::<bool, Error>(true)
        })?;
        if !self.limits.replace && takes.len() >= most {
            // An incomplete or bad take is not a copy: it goes before a whole one.
            let is_whole = |take: &Take| instance.disks.iter().all(|disk| take.disks.contains(&disk.cid));
            let loose = || takes.iter().filter(|take| !take.held);
            let oldest = loose().find(|take| !is_whole(take)).or_else(|| loose().next()).map(|take| take.cid.clone());
            return Ok(Some(Limit::TooMany { takes: takes.len(), oldest }));
        }
        let held: Vec<&Take> = takes.iter().filter(|take| take.held).collect();
        Ok(held.first().filter(|_| held.len() >= most).map(|take| Limit::AllHeld(take.cid.clone())))
    }

    /// The limit that forbids taking a disk: its size. `None` if it is allowed, or if the size is not known.
    pub(super) fn of_disk(&self, disk: &Disk) -> Option<Limit> {
        let (size, most) = disk.size_mib.zip(self.limits.max_disk_mib)?;
        (size > most).then_some(Limit::TooLarge { size, most })
    }

    /// The error that refuses the take.
    pub(super) fn refusal(&self, limit: &Limit, instance: &Instance, disk: &Disk) -> Error {
        let (name, place, cid) = (&instance.name, &self.place, &disk.cid);
        let most = usize::try_from(self.limits.max_per_instance.unwrap_or_default()).unwrap_or(usize::MAX);
        match limit {
            Limit::TooLarge { size, most } => {
                let (size, most) = (ibytes(*size), ibytes(*most));
                let message = format!(
                    "{name}: disk {cid} has {size}, and snapshots are taken of disks of up to {most}: {place}.max_disk_size"
                );
                Error::new(Kind::Refused, message)
                    .hint("no snapshot of it was taken; make a backup within the instance, or allow larger disks")
            }
            Limit::TooMany { takes, oldest } => {
                let message =
                    format!("{name} has {}, and may have {most}: {place}.max_per_instance", counted(*takes, "take"));
                let error = Error::new(Kind::Refused, message).hint(
                    "no snapshot was taken of it; with `replace: true` beside it, a new take replaces the oldest one",
                );
                match oldest {
                    Some(oldest) => {
                        error.hint("or delete it:").try_command(format!("snapback delete {}", quoted(oldest.as_str())))
                    }
                    None => error,
                }
            }
            Limit::AllHeld(held) => {
                let message = format!(
                    "{name} may have {}, and as many are held: {place}.max_per_instance",
                    counted(most, "take")
                );
                Error::new(Kind::Refused, message)
                    .hint("no snapshot was taken of it; if one is no longer needed:")
                    .try_command(format!("snapback release {}", quoted(held.as_str())))
            }
        }
    }
}

/// The snapshots of an instance that were taken at once.
struct Take {
    cid: SnapshotCid,
    held: bool,
    /// The disks of which it has a good snapshot.
    disks: BTreeSet<DiskCid>,
}
