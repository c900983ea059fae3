//! Whether a cloud is there. A directory that is not mounted and the credentials of another project look like a cloud that
//! has lost everything: before anything is taken for gone, something that is known has to be found.

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

/// So many lost snapshots at once are a place that is not mounted, rather than so many losses.
const SEVERAL: usize = 2;

/// The kind of thing that is about to be taken for gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A disk, or what only the whole cloud can tell of.
    Disk,
    /// One of several disks: these may be on a file system of their own, or in another place than what else is seen.
    AnyDisk,
    /// A snapshot: these may be on a file system, or under a right, of their own.
    Snapshot,
}

/// Whether a cloud shows anything that is known to be there.
#[derive(Debug, Clone)]
enum Sight {
    /// Something of it, or nobody can tell.
    There,
    /// Nothing of so many things.
    Nothing(usize),
    /// It was asked, and has not answered.
    Silent(Silence),
}

/// The error of a cloud that does not answer, in words: with who was asked for what, and without.
#[derive(Debug, Clone)]
struct Silence {
    told: String,
    alone: String,
}

/// The clouds of a run, as they were seen so far.
#[derive(Debug, Default)]
pub struct Presence {
    /// The operator says that emptiness is true.
    believed: bool,
    seen: Mutex<HashMap<(CpiName, Thing), Sight>>,
}

impl Presence {
    /// Nothing is known yet. Where `believed`, emptiness is taken for true.
    pub fn new(believed: bool) -> Self {
        Presence { believed, seen: Mutex::default() }
    }

    /// Whether the operator says that emptiness is true.
    pub fn is_believed(&self) -> bool {
        self.believed
    }

    /// Refuses to take for gone what a cloud says it has not, where it has nothing of all that is known to be there.
    ///
    /// # Errors
    /// A [`CpiErrorKind::Cloud`], which says what to look at.
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

    /// Why a cloud is not believed to be the right one, or to be there; none where it is.
    ///
    /// # Errors
    /// The state file's.
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
    /// It was asked, and has not answered: its error, with who was asked for what, and without.
    Silent {
        /// With.
        told: String,
        /// Without.
        alone: String,
    },
    /// Its two sides, snapback's own and the executable's, mean two clouds: in words, with who was asked for what, and without.
    TwoClouds {
        /// With.
        told: String,
        /// Without.
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
            // What cannot be told may be there.
            _ if asked.clone().any(|disk| cpi.has_disk(disk).unwrap_or(true)) => Sight::There,
            _ => Sight::Nothing(asked.len()),
        }
    }

    /// A file on this machine is seen at once; the list of all of them is long. It says nothing about the disks beside it.
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

/// Whether a cloud shows the snapshots that are known.
enum Snapshots {
    There,
    Missing(usize),
    CannotTell,
}

/// Looks whether a cloud shows anything of all that is known of it.
fn look(reader: &Reader, cpi: &dyn Cpi, known: &Known) -> Result<Sight, StateError> {
    let (mut asked, mut silent) = (0, None);
    for disk in known.disks.iter().take(MOST) {
        match cpi.has_disk(disk) {
            Ok(true) => return Ok(Sight::There),
            Ok(false) => asked += 1,
            Err(error) => {
                // One that cannot answer is not empty; one that does not, may be anything.
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
