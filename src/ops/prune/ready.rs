//! Whether the snapshots that the floor stands on are ready, asked of their clouds.

use std::collections::{HashMap, HashSet};

use crate::cpi::{Cpi, SnapshotState};
use crate::domain::ids::{CpiName, SnapshotCid};
use crate::domain::snapshot::{Metadata, Snapshot};
use crate::error::{Error, Result};
use crate::ops::presence::{Presence, Thing};
use crate::ops::session::CpiSource;
use crate::state::Reader;

/// What clouds say, each asked once for each thing.
pub(super) struct Clouds<'a> {
    pub(super) reader: &'a Reader,
    pub(super) cpis: &'a dyn CpiSource,
    pub(super) presence: &'a Presence,
    listed: HashMap<CpiName, HashMap<SnapshotCid, SnapshotState>>,
    failed: HashMap<CpiName, Error>,
    /// Those that were seen to be the right ones: once is enough for a plan.
    seen: HashSet<CpiName>,
}

impl<'a> Clouds<'a> {
    pub(super) fn new(reader: &'a Reader, cpis: &'a dyn CpiSource, presence: &'a Presence) -> Clouds<'a> {
        Clouds { reader, cpis, presence, listed: HashMap::new(), failed: HashMap::new(), seen: HashSet::new() }
    }

    /// Whether a disk can be made of it. One of which the cloud cannot tell is believed to be ready.
    ///
    /// # Errors
    /// The CPI's, or a cloud that has nothing of what is known. A CPI that failed is not asked again.
    pub(super) fn is_ready(&mut self, snapshot: &Snapshot) -> Result<bool> {
        self.there(&snapshot.cpi)?;
        let cpi = self.cpis.cpi(&snapshot.cpi)?;
        let state = self.state(cpi.as_ref(), &snapshot.cid);
        state.map(|state| state == SnapshotState::Ready).inspect_err(|error| {
            self.failed.insert(snapshot.cpi.clone(), again(error));
        })
    }

    /// Fails where nothing may be deleted on a cloud.
    ///
    /// # Errors
    /// An unknown CPI, a cloud that has nothing of what is known, or one that has failed.
    pub(super) fn there(&mut self, name: &CpiName) -> Result<()> {
        if let Some(why) = self.failed.get(name) {
            return Err(again(why).hint("nothing of this cloud was deleted"));
        }
        if self.seen.contains(name) {
            return Ok(());
        }
        let there = self.cpis.cpi(name).and_then(|cpi| {
            Ok(self.presence.refuse_if_absent(self.reader, cpi.as_ref(), "delete_snapshot", Thing::Snapshot)?)
        });
        match there {
            Ok(()) => drop(self.seen.insert(name.clone())),
            Err(ref error) => drop(self.failed.insert(name.clone(), again(error))),
        }
        there
    }

    fn state(&mut self, cpi: &dyn Cpi, cid: &SnapshotCid) -> Result<SnapshotState> {
        let can = cpi.capabilities();
        if can.list_snapshots {
            // One call for all.
            if !self.listed.contains_key(cpi.name()) {
                let listed = cpi.list_snapshots(&Metadata::new())?;
                self.listed.insert(cpi.name().clone(), listed.into_iter().map(|one| (one.cid, one.state)).collect());
            }
            let state = self.listed.get(cpi.name()).and_then(|listed| listed.get(cid)).copied();
            match state {
                Some(state) => return Ok(state),
                None if !can.describe_snapshots => return Ok(SnapshotState::Missing),
                None => {}
            }
        }
        if can.describe_snapshots { Ok(cpi.describe_snapshot(cid)?.state) } else { Ok(SnapshotState::Ready) }
    }
}

/// The same failure, with its advice.
fn again(error: &Error) -> Error {
    Error::new(error.kind(), error.in_one_line()).with_hints_of(error)
}
