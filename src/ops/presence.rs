//! Whether a cloud is there. A directory that is not mounted and the credentials of another project look like a cloud
//! that has lost everything: before a thing counts as gone, snapback must find at least one known thing.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::cpi::{CloudSnapshot, Cpi, CpiError, CpiErrorKind, SnapshotState};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::snapshot::Metadata;
use crate::domain::step::Step;
use crate::ops::vm_disks::{self, VmDisks};
use crate::ops::witness::two_clouds;
use crate::state::{Reader, StateError};

/// How many things of a kind are asked for until one is found.
const MOST: usize = 20;

/// So many lost snapshots at once mean that a place is not mounted, rather than that all are lost.
const SEVERAL: usize = 2;

/// The kind of thing that may count as gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A disk, or something that only the whole cloud can show.
    Disk,
    /// One of several disks: they may be on a file system of their own, or in another place than the other things that
    /// are seen.
    AnyDisk,
    /// A snapshot: snapshots may be on a file system of their own, or need a permission of their own.
    Snapshot,
}

/// Whether a cloud shows anything that is known to be there.
#[derive(Debug, Clone)]
enum Sight {
    /// It shows something, or that is not known.
    There,
    /// It shows none of so many things.
    Nothing(usize),
    /// It was asked, and did not answer.
    Silent(Silence),
}

/// The error of a cloud that does not answer, in words: with and without the question that was asked.
#[derive(Debug, Clone)]
struct Silence {
    told: String,
    alone: String,
}

/// The clouds of a run, as far as they were seen.
#[derive(Debug, Default)]
pub struct Presence {
    /// Whether the operator says that the cloud is really empty.
    believed: bool,
    seen: Mutex<HashMap<(CpiName, Thing), Sight>>,
}

impl Presence {
    /// Nothing is known yet. With `believed`, an empty cloud counts as really empty.
    pub fn new(believed: bool) -> Self {
        Presence { believed, seen: Mutex::default() }
    }

    /// Whether the operator says that the cloud is really empty.
    pub fn is_believed(&self) -> bool {
        self.believed
    }

    /// Refuses to take for gone a thing that a cloud says it does not have, if the cloud has none of the things that
    /// are known to be there.
    ///
    /// # Errors
    /// A [`CpiErrorKind::Cloud`], which says what to check.
    pub fn refuse_if_absent(
        &self,
        reader: &Reader,
        cpi: &dyn Cpi,
        method: &'static str,
        thing: Thing,
    ) -> Result<(), CpiError> {
        self.refuse_two_clouds(reader, cpi, method)?;
        let failed = |message: String| CpiError::new(cpi.name(), method, CpiErrorKind::Cloud, message);
        let absent = self.absent(reader, cpi, thing).map_err(|error| failed(error.to_string()))?;
        let Some(why) = absent else { return Ok(()) };
        Err(failed(format!("nothing is changed, and snapback does not believe that it is gone: {why}"))
            .hint("look at the manifest's credentials and paths; if it is true that all is gone, add --believe-empty"))
    }

    fn refuse_two_clouds(&self, reader: &Reader, cpi: &dyn Cpi, method: &'static str) -> Result<(), CpiError> {
        match two_clouds(reader, cpi, None) {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(CpiError { method, ..error }),
            Err(error) => Err(CpiError::new(cpi.name(), method, CpiErrorKind::Cloud, error.to_string())),
        }
    }

    /// Why a cloud is not believed to be the right one, or to be there; `None` if it is.
    ///
    /// # Errors
    /// Those of the state file.
    pub fn absent(&self, reader: &Reader, cpi: &dyn Cpi, thing: Thing) -> Result<Option<Absent>, StateError> {
        if let Some(error) = two_clouds(reader, cpi, None)? {
            return Ok(Some(Absent::TwoClouds { told: error.to_string(), alone: error.message.clone() }));
        }
        if self.believed {
            return Ok(None);
        }
        let whole = match self.sight(reader, cpi, Thing::Disk)? {
            Sight::There => None,
            Sight::Nothing(asked) => Some(Absent::Nothing(asked, "disks, VMs and snapshots")),
            Sight::Silent(Silence { told, alone }) => Some(Absent::Silent { told, alone }),
        };
        if whole.is_some() || thing == Thing::Disk {
            return Ok(whole);
        }
        let what = if thing == Thing::AnyDisk { "disks" } else { "snapshots" };
        Ok(match self.sight(reader, cpi, thing)? {
            Sight::Nothing(asked) => Some(Absent::Nothing(asked, what)),
            Sight::There | Sight::Silent(_) => None,
        })
    }

    fn sight(&self, reader: &Reader, cpi: &dyn Cpi, thing: Thing) -> Result<Sight, StateError> {
        let key = (cpi.name().clone(), thing);
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(seen) = seen {
            return Ok(seen);
        }
        let known = Known::of(reader, cpi.name())?;
        let sight = match thing {
            Thing::Disk => look(reader, cpi, &known)?,
            Thing::AnyDisk => known.look_for_disks(cpi),
            Thing::Snapshot if known.snapshots.len() < SEVERAL || known.has_image_of_snapshot(cpi) => Sight::There,
            Thing::Snapshot => match known.look_for_snapshots(reader, cpi)? {
                Snapshots::Missing(asked) => Sight::Nothing(asked),
                Snapshots::There | Snapshots::CannotTell => Sight::There,
            },
        };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key, sight.clone());
        Ok(sight)
    }
}

/// Why a cloud is not believed to be the right one, or to be there.
#[derive(Debug, Clone)]
pub enum Absent {
    /// It has none of so many things of this kind that are known to be there.
    Nothing(usize, &'static str),
    /// It was asked, and did not answer: its error, with and without the question that was asked.
    Silent {
        /// The error with the question.
        told: String,
        /// The error alone.
        alone: String,
    },
    /// Its two sides, snapback's own and the executable's, mean two clouds: in words, with and without the question
    /// that was asked.
    TwoClouds {
        /// The error with the question.
        told: String,
        /// The error alone.
        alone: String,
    },
}

impl Absent {
    /// The trouble with the cloud, as the predicate of a sentence that names it.
    pub fn predicate(&self) -> String {
        match self {
            Absent::Nothing(asked, what) => format!(
                "has none of the {asked} {what} that are known to be there (is it the right cloud, and is it mounted?)"
            ),
            Absent::Silent { alone, .. } => format!("does not answer ({alone})"),
            Absent::TwoClouds { alone, .. } => format!("is not one cloud ({alone})"),
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Absent::Nothing(asked, what) => write!(
                f,
                "the cloud has none of the {asked} {what} that are known to be there and were looked for; is this the \
                 right cloud, and is it mounted?"
            ),
            Absent::TwoClouds { told, .. } => f.write_str(told),
            Absent::Silent { told, .. } => write!(f, "snapback cannot tell whether the cloud is there: {told}"),
        }
    }
}

/// As many of the things that are known to be on a CPI as are asked for. Those that an operation is about to delete, or has
/// deleted without an answer, are not among them.
struct Known {
    disks: Vec<DiskCid>,
    /// The last ones first.
    snapshots: Vec<SnapshotCid>,
    leaving: HashSet<SnapshotCid>,
}

impl Known {
    fn of(reader: &Reader, cpi: &CpiName) -> Result<Known, StateError> {
        let (mut leaving_disks, mut leaving_snapshots) = (HashSet::new(), HashSet::new());
        for operation in reader.pending_operations()? {
            for row in reader.steps(&operation.id)?.into_iter().filter(|row| !row.state.is_settled()) {
                match row.step {
                    Step::DeleteDisk { disk, .. } => drop(leaving_disks.insert(disk)),
                    Step::DeleteSnapshot { snapshot, .. } => drop(leaving_snapshots.insert(snapshot)),
                    _ => {}
                }
            }
        }
        let mut disks = reader.some_disk_cids(cpi, MOST + leaving_disks.len())?;
        disks.retain(|disk| !leaving_disks.contains(disk));
        let mut snapshots = reader.last_snapshot_cids(cpi, MOST + leaving_snapshots.len())?;
        snapshots.retain(|snapshot| !leaving_snapshots.contains(snapshot));
        Ok(Known { disks, snapshots, leaving: leaving_snapshots })
    }

    fn look_for_disks(&self, cpi: &dyn Cpi) -> Sight {
        let asked = self.disks.iter().take(MOST);
        match self.disks.len() {
            0..SEVERAL => Sight::There,
            // A thing may exist if the cloud cannot tell.
            _ if asked.clone().any(|disk| cpi.has_disk(disk).unwrap_or(true)) => Sight::There,
            _ => Sight::Nothing(asked.len()),
        }
    }

    /// Whether a snapshot's image is a file on this machine: such a file is seen at once, while the list of all is
    /// long. It says nothing about the disks beside it.
    fn has_image_of_snapshot(&self, cpi: &dyn Cpi) -> bool {
        self.snapshots.iter().take(MOST).any(|cid| cpi.snapshot_image(cid).is_some())
    }

    fn look_for_snapshots(&self, reader: &Reader, cpi: &dyn Cpi) -> Result<Snapshots, StateError> {
        let can = cpi.capabilities();
        if can.list_snapshots {
            let Ok(listed) = cpi.list_snapshots(&Metadata::new()) else { return Ok(Snapshots::CannotTell) };
            let mut known: HashSet<SnapshotCid> = reader.snapshot_cids(cpi.name())?.into_iter().collect();
            known.retain(|snapshot| !self.leaving.contains(snapshot));
            let is_there = |one: &CloudSnapshot| one.state != SnapshotState::Missing && known.contains(&one.cid);
            return Ok(match listed.iter().any(is_there) {
                true => Snapshots::There,
                false => Snapshots::Missing(known.len()),
            });
        }
        if !can.describe_snapshots {
            return Ok(Snapshots::CannotTell);
        }
        let mut asked = 0;
        for cid in self.snapshots.iter().take(MOST) {
            match cpi.describe_snapshot(cid) {
                Ok(status) if status.state == SnapshotState::Missing => asked += 1,
                Ok(_) => return Ok(Snapshots::There),
                Err(_) => return Ok(Snapshots::CannotTell),
            }
        }
        Ok(Snapshots::Missing(asked))
    }
}

/// Whether a cloud shows the known snapshots.
enum Snapshots {
    There,
    Missing(usize),
    CannotTell,
}

/// Looks whether a cloud shows any of the things that are known of it.
fn look(reader: &Reader, cpi: &dyn Cpi, known: &Known) -> Result<Sight, StateError> {
    let (mut asked, mut silent) = (0, None);
    for disk in known.disks.iter().take(MOST) {
        match cpi.has_disk(disk) {
            Ok(true) => return Ok(Sight::There),
            Ok(false) => asked += 1,
            Err(error) => {
                // A cloud that cannot answer is not empty; one that does not answer may be anything.
                silent = (error.kind == CpiErrorKind::NoAnswer)
                    .then(|| Silence { told: error.to_string(), alone: error.message.clone() });
                break;
            }
        }
    }
    if cpi.capabilities().attach {
        let instances = reader.instances(None)?;
        let vms = instances.iter().filter(|one| one.cpi == *cpi.name()).filter_map(|one| one.vm.as_ref());
        for vm in vms.take(if silent.is_some() { 1 } else { MOST }) {
            match vm_disks::look(cpi, vm) {
                Ok(VmDisks::Listed(disks)) if !disks.is_empty() => return Ok(Sight::There),
                Ok(VmDisks::NoVm) => asked += 1,
                Ok(VmDisks::Listed(_) | VmDisks::CannotTell(_)) | Err(_) => {}
            }
        }
    }
    if !known.snapshots.is_empty() {
        match known.look_for_snapshots(reader, cpi)? {
            Snapshots::There => return Ok(Sight::There),
            Snapshots::Missing(missed) => asked += missed,
            Snapshots::CannotTell => {}
        }
    }
    Ok(match (asked, silent) {
        (0, Some(why)) => Sight::Silent(why),
        (0, None) => Sight::There,
        (asked, _) => Sight::Nothing(asked),
    })
}
