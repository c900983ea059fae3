//! Trying again what the cloud was too busy for: a wrapper of any CPI.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::{
    Capabilities, CloudSnapshot, Cpi, CpiError, CpiErrorKind, CpiResult, DiskMade, DiskRequest, Effects, Queries,
    SnapshotOptions, SnapshotStatus, SnapshotTaken,
};
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::Metadata;

/// How often, and after which pauses. The pauses double, each with up to as much again by chance, so that many who
/// were turned away do not come back together.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How often at most; 0 for never.
    pub retries: usize,
    /// The first pause.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

/// Who is told of a pause, and can end it.
pub trait Watch: Send + Sync {
    /// Ends the question, where it is dropped.
    type Asking;

    /// Something is asked, which takes its time.
    fn asking(&self, what: String) -> Self::Asking;

    /// A call failed, and will be tried again.
    fn again(&self, line: &str);

    /// Waits; false where something asked for the end meanwhile: then it is not tried again.
    fn pause(&self, pause: Duration) -> bool;
}

/// A CPI whose calls are tried again where that may help.
pub struct Retrying<C, W> {
    inner: C,
    watch: W,
    policy: Policy,
}

impl<C: Cpi, W: Watch> Retrying<C, W> {
    /// Around this one.
    pub fn new(inner: C, watch: W, policy: Policy) -> Self {
        Retrying { inner, watch, policy }
    }

    fn ask<T>(&self, method: &str, about: &str, call: impl Fn() -> CpiResult<T>) -> CpiResult<T> {
        let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
        let _asking = self.watch.asking(format!("{method} on the CPI '{}'{about}", self.inner.name()));
        self.repeat(call, |_| {})
    }

    /// Each attempt that failed is noted in the journal.
    fn act<T>(&self, intent: &Intent, call: impl Fn() -> CpiResult<T>) -> CpiResult<T> {
        self.repeat(call, |line| intent.note(line))
    }

    fn repeat<T>(&self, call: impl Fn() -> CpiResult<T>, note: impl Fn(&str)) -> CpiResult<T> {
        let policy = self.policy;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(policy.first)
            .with_max_delay(policy.longest)
            .with_max_times(policy.retries)
            .with_jitter()
            .build();
        let mut attempt = 0;
        loop {
            match call() {
                Err(error) if worth_it(&error) => {
                    let Some(pause) = pauses.next() else { return Err(error) };
                    attempt += 1;
                    let wait = pause.as_secs_f64();
                    let line = format!("{error}: trying again in {wait:.1} s ({attempt} of {})", policy.retries);
                    note(&line);
                    self.watch.again(&line);
                    if !self.watch.pause(pause) {
                        return Err(error);
                    }
                }
                other => return other,
            }
        }
    }
}

/// What may have happened is not done again: only `recover` finds out.
fn worth_it(error: &CpiError) -> bool {
    error.ok_to_retry && error.kind != CpiErrorKind::OutcomeUnknown
}

impl<C: Cpi, W: Watch> Queries for Retrying<C, W> {
    fn name(&self) -> &CpiName {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        self.ask("has_disk", disk.as_str(), || self.inner.has_disk(disk))
    }

    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        self.ask("get_disks", vm.as_str(), || self.inner.get_disks(vm))
    }

    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        self.ask("list_snapshots", "", || self.inner.list_snapshots(filter))
    }

    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        self.ask("describe_snapshot", snapshot.as_str(), || self.inner.describe_snapshot(snapshot))
    }

    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        self.ask("find_disk", &token.to_string(), || self.inner.find_disk(token))
    }
}

impl<C: Cpi, W: Watch> Effects for Retrying<C, W> {
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        self.act(intent, || self.inner.create_disk(intent, request))
    }

    fn delete_disk(&self, intent: &Intent, disk: &DiskCid) -> CpiResult<()> {
        self.act(intent, || self.inner.delete_disk(intent, disk))
    }

    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        self.act(intent, || self.inner.snapshot_disk(intent, disk, metadata, options))
    }

    fn delete_snapshot(&self, intent: &Intent, snapshot: &SnapshotCid) -> CpiResult<()> {
        self.act(intent, || self.inner.delete_snapshot(intent, snapshot))
    }

    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        self.act(intent, || self.inner.create_disk_from_snapshot(intent, snapshot, request))
    }

    fn attach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.act(intent, || self.inner.attach_disk(intent, vm, disk))
    }

    fn detach_disk(&self, intent: &Intent, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.act(intent, || self.inner.detach_disk(intent, vm, disk))
    }

    fn set_disk_metadata(&self, intent: &Intent, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.act(intent, || self.inner.set_disk_metadata(intent, disk, metadata))
    }

    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        self.act(intent, || self.inner.clear_leftovers(intent, operation))
    }
}
