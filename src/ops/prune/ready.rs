//! Asks the clouds whether the snapshots of the floor are ready.

use std::collections::{HashMap, HashSet};

use crate::cpi::{Cpi, CpiError, SnapshotState};
use crate::domain::ids::{CpiName, SnapshotCid};
use crate::domain::snapshot::{Metadata, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::ops::presence::{Absent, Presence, Thing};
use crate::ops::session::CpiSource;
use crate::state::Reader;

/// The clouds' answers: each cloud is asked once for each thing.
pub(super) struct Clouds<'a> {
    pub(super) reader: &'a Reader,
    pub(super) cpis: &'a dyn CpiSource,
    pub(super) presence: &'a Presence,
    listed: HashMap<CpiName, HashMap<SnapshotCid, SnapshotState>>,
    failed: HashMap<CpiName, Error>,
    /// The clouds that were seen to be the right ones: once is enough for a plan.
    seen: HashSet<CpiName>,
}

impl<'a> Clouds<'a> {
    pub(super) fn new(reader: &'a Reader, cpis: &'a dyn CpiSource, presence: &'a Presence) -> Clouds<'a> {
        Clouds { reader, cpis, presence, listed: HashMap::new(), failed: HashMap::new(), seen: HashSet::new() }
    }

    /// Whether a disk can be made from it. If the cloud cannot tell, it is believed to be ready.
    ///
    /// # Errors
    /// The trouble with the cloud, in one sentence: nothing is deleted on it. A CPI that failed is not asked again.
    pub(super) fn is_ready(&mut self, snapshot: &Snapshot) -> Result<bool> {
        self.there(&snapshot.cpi)?;
        let state = self.cpis.cpi(&snapshot.cpi).map_err(|error| (error.kind(), error.in_one_line()));
        let state = state.and_then(|cpi| {
            let asked = self.state(cpi.as_ref(), &snapshot.cid);
            asked.map_err(|error| {
                (Kind::Cpi, format!("does not tell of its snapshots ({}: {})", error.method, error.message))
            })
        });
        match state {
            Ok(state) => Ok(state == SnapshotState::Ready),
            Err((kind, why)) => Err(self.trouble(&snapshot.cpi, kind, &why)),
        }
    }

    /// Fails if nothing may be deleted on a cloud.
    ///
    /// # Errors
    /// An unknown CPI, a cloud that has none of the known things, or one that failed: in one sentence, the same each
    /// time.
    pub(super) fn there(&mut self, name: &CpiName) -> Result<()> {
        if let Some(why) = self.failed.get(name) {
            return Err(again(why));
        }
        if self.seen.contains(name) {
            return Ok(());
        }
        let cpi = match self.cpis.cpi(name) {
            Ok(cpi) => cpi,
            Err(error) => {
                self.failed.insert(name.clone(), again(&error));
                return Err(error);
            }
        };
        let Some(absent) = self.presence.absent(self.reader, cpi.as_ref(), Thing::Snapshot)? else {
            self.seen.insert(name.clone());
            return Ok(());
        };
        if let Absent::TwoClouds { .. } = absent {
            let refused = self.presence.refuse_if_absent(self.reader, cpi.as_ref(), "delete_snapshot", Thing::Snapshot);
            return refused.map_err(|error| {
                let error = Error::from(error);
                self.failed.insert(name.clone(), again(&error));
                error
            });
        }
        let error = self.trouble(name, Kind::Cpi, &absent.predicate());
        Err(match absent {
            Absent::Nothing(..) => {
                let error =
                    error.hint("or, if it is true that all is gone:").try_command("snapback prune --believe-empty");
                self.failed.insert(name.clone(), again(&error));
                error
            }
            Absent::Silent { .. } | Absent::TwoClouds { .. } => error,
        })
    }

    /// Notes what is wrong with a cloud, and returns it as an error. `why` continues a sentence that begins with its
    /// name.
    fn trouble(&mut self, name: &CpiName, kind: Kind, why: &str) -> Error {
        let error = Error::new(kind, format!("nothing is deleted on {name}, since it {why}"))
            .hint("look at the manifest's credentials and paths, and then run it again:")
            .try_command("snapback prune");
        self.failed.insert(name.clone(), again(&error));
        error
    }

    fn state(&mut self, cpi: &dyn Cpi, cid: &SnapshotCid) -> Result<SnapshotState, CpiError> {
        let can = cpi.capabilities();
        // For a file on this machine that means a look at it, and no reading of the long list.
        let is_at_home = can.describe_snapshots && cpi.snapshot_image(cid).is_some();
        if can.list_snapshots && !is_at_home {
            // One call for all of them.
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
