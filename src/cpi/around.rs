//! Wrappers around a cloud: retry, trace, a test's double. Each says only what it changes.

use std::path::PathBuf;

use super::{Answer, Capabilities, Cpi, CpiResult, DiskRequest, Effect, Effects, Foreseen, Made, Queries, Query};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::intent::Intent;
use crate::error::Error;

/// A cloud around another one. Calls that it does not change go through.
pub trait Around: Send + Sync {
    /// The cloud that is inside.
    fn inner(&self) -> &dyn Cpi;

    /// The capabilities of both together.
    fn can(&self) -> Capabilities {
        self.inner().capabilities()
    }

    /// See [`Queries::why_alone`].
    fn lacks_native(&self) -> Option<&Error> {
        self.inner().why_alone()
    }

    /// Answers a question; the default passes it on.
    ///
    /// # Errors
    /// Those of the inner cloud, or its own.
    fn query(&self, query: &Query) -> CpiResult<Answer> {
        self.inner().ask(query)
    }

    /// Makes a change; the default passes it on.
    ///
    /// # Errors
    /// Those of the inner cloud, or its own.
    fn effect(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.inner().act(intent, effect)
    }
}

impl<T: Around> Queries for T {
    fn name(&self) -> &CpiName {
        self.inner().name()
    }

    fn capabilities(&self) -> Capabilities {
        self.can()
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        self.query(query)
    }

    fn wants_witness(&self) -> bool {
        self.inner().wants_witness()
    }

    fn why_alone(&self) -> Option<&Error> {
        self.lacks_native()
    }

    fn foresee(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Option<Foreseen>> {
        self.inner().foresee(snapshot, request)
    }

    fn disk_image(&self, disk: &DiskCid) -> Option<PathBuf> {
        self.inner().disk_image(disk)
    }

    fn snapshot_image(&self, snapshot: &SnapshotCid) -> Option<PathBuf> {
        self.inner().snapshot_image(snapshot)
    }
}

impl<T: Around> Effects for T {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.effect(intent, effect)
    }
}
