//! The local backend by itself, without a command and a journal around it.

use std::time::{Duration, Instant};

use snapback::clock::{Clock, Ids};
use snapback::cpi::builtin::local::LocalCpi;
use snapback::cpi::{DiskRequest, Effects, SnapshotOptions};
use snapback::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, Token};
use snapback::domain::intent::{Intent, Journal};
use snapback::domain::snapshot::Metadata;
use snapback::domain::step::Outcome;
use snapback::error::Error;
use snapback::fault::Faults;
use snapback::ops::clouds::DEFAULT_CPI;

use crate::support::{Sandbox, disk_of};

struct NoJournal;

impl Journal for NoJournal {
    fn settle(&self, _: &Token, _: Outcome) -> Result<(), Error> {
        Ok(())
    }
    fn note(&self, _token: &Token, _line: &str) {}

    fn abandon(&self, _: &Token) {}
}

fn cloud(sandbox: &Sandbox) -> (LocalCpi, Intent) {
    let cpi =
        LocalCpi::new(CpiName::new(DEFAULT_CPI), sandbox.path("cloud"), Clock::System, Ids::Random, Faults::none());
    let token = Token { operation: OperationId::new("0123456789ab"), step: 1 };
    (cpi, Intent::committed(token, Box::new(NoJournal)))
}

/// The time of a snapshot, which is deleted again.
pub fn snapshot(sandbox: &Sandbox) -> Duration {
    let (cpi, intent) = cloud(sandbox);
    let (disk, metadata) = (DiskCid::new(disk_of("db/0")), Metadata::default());
    let begun = Instant::now();
    let taken = cpi.snapshot_disk(&intent, &disk, &metadata, SnapshotOptions::default()).unwrap();
    let took = begun.elapsed();
    cpi.delete_snapshot(&intent, &taken.cid).unwrap();
    crate::copies::settle(sandbox);
    took
}

/// The time of a disk from a snapshot, which is deleted again.
pub fn promote(sandbox: &Sandbox, cid: &str) -> Duration {
    let (cpi, intent) = cloud(sandbox);
    let cid = SnapshotCid::new(cid);
    let begun = Instant::now();
    let made = cpi.create_disk_from_snapshot(&intent, &cid, &DiskRequest::default()).unwrap();
    let took = begun.elapsed();
    cpi.delete_disk(&intent, &made.cid).unwrap();
    crate::copies::settle(sandbox);
    took
}
