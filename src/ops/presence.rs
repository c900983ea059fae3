//! Whether a cloud is there. A directory that is not mounted and the credentials of another project look like a cloud that
//! has lost everything: before anything is taken for gone, something that is known has to be found.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::cpi::{Cpi, CpiError, CpiErrorKind, SnapshotState};
use crate::domain::ids::CpiName;
use crate::domain::instance::DiskState;
use crate::domain::snapshot::Metadata;
use crate::state::{Reader, SnapshotFilter, StateError};

/// How many things of a kind are asked for until one is found.
const MOST: usize = 20;

/// What a run knows of its clouds.
#[derive(Debug, Default)]
pub struct Presence {
    /// The operator says that emptiness is true.
    believed: bool,
    /// How many known things were asked for in vain; none where one was found, or where nothing can be told.
    seen: Mutex<HashMap<CpiName, Option<usize>>>,
}

impl Presence {
    /// Nothing is known yet. Where `believed`, emptiness is taken for true.
    pub fn new(believed: bool) -> Self {
        Presence { believed, seen: Mutex::default() }
    }

    /// Refuses to take for gone what a cloud says it has not, where it has nothing of all that is known to be there.
    ///
    /// # Errors
    /// A [`CpiErrorKind::Cloud`], which says what to look at.
    pub fn refuse_if_absent(&self, reader: &Reader, cpi: &dyn Cpi, method: &'static str) -> Result<(), CpiError> {
        if self.believed {
            return Ok(());
        }
        let known = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(cpi.name()).copied();
        let absent = match known {
            Some(known) => known,
            None => {
                let failed =
                    |error: StateError| CpiError::new(cpi.name(), method, CpiErrorKind::Cloud, error.to_string());
                let found = missed(reader, cpi).map_err(failed)?;
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(cpi.name().clone(), found);
                found
            }
        };
        let Some(asked) = absent else { return Ok(()) };
        let message = format!(
            "it is not taken for gone: the cloud has none of the {asked} disks, VMs and snapshots that were looked for and \
             are known to be there; it may be another cloud, or not mounted"
        );
        Err(CpiError::new(cpi.name(), method, CpiErrorKind::Cloud, message)
            .hint("look at the manifest's credentials and paths; if it is true that all is gone, add --believe-empty"))
    }
}

/// How many known things a cloud was asked for and has not; none where it has one, or cannot tell.
fn missed(reader: &Reader, cpi: &dyn Cpi) -> Result<Option<usize>, StateError> {
    let mut asked = 0;
    let mut disks = reader.disks(None, None)?;
    disks.retain(|disk| disk.cpi == *cpi.name());
    disks.sort_by_key(|disk| disk.state == DiskState::Orphaned);
    for disk in disks.iter().take(MOST) {
        match cpi.has_disk(&disk.cid) {
            Ok(true) => return Ok(None),
            Ok(false) => asked += 1,
            // One that cannot answer is not empty.
            Err(_) => break,
        }
    }
    if cpi.capabilities().attach {
        let instances = reader.instances(None)?;
        let vms = instances.iter().filter(|one| one.cpi == *cpi.name()).filter_map(|one| one.vm.as_ref());
        for vm in vms.take(MOST) {
            match cpi.get_disks(vm) {
                Ok(disks) if !disks.is_empty() => return Ok(None),
                Err(error) if error.kind == CpiErrorKind::VmNotFound => asked += 1,
                Ok(_) | Err(_) => {}
            }
        }
    }
    let can = cpi.capabilities();
    let mut snapshots = Vec::new();
    reader.each_snapshot(&SnapshotFilter::default(), |snapshot| {
        if snapshot.cpi == *cpi.name() {
            snapshots.push(snapshot.cid);
        }
        Ok::<bool, StateError>(true)
    })?;
    if can.list_snapshots && !snapshots.is_empty() {
        match cpi.list_snapshots(&Metadata::new()) {
            Ok(listed) if listed.iter().any(|one| snapshots.contains(&one.cid)) => return Ok(None),
            Ok(_) => asked += snapshots.len(),
            Err(_) => {}
        }
    } else if can.describe_snapshots {
        for cid in snapshots.iter().take(MOST) {
            match cpi.describe_snapshot(cid) {
                Ok(status) if status.state != SnapshotState::Missing => return Ok(None),
                Ok(_) => asked += 1,
                Err(_) => break,
            }
        }
    }
    Ok((asked > 0).then_some(asked))
}
