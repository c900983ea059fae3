//! One suite for every backend of the CPI contract. A backend gives a [`Subject`]; [`run`] does the rest.
//! Each case starts with a fresh cloud, and what a backend says it cannot do is counted, not hidden.

mod attachments;
mod disks;
mod executable;
mod hostile;
mod journal;
mod promotion;
mod recipe;
mod snapshots;
mod tokens;
mod toy;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use snapback::cpi::{
    Capabilities, Cpi, CpiError, CpiErrorKind, CpiResult, DiskRequest, SnapshotOptions, SnapshotTaken,
};
use snapback::domain::ids::{DiskCid, OperationId, SnapshotCid, Token, VmCid};
use snapback::domain::intent::Intent;
use snapback::domain::snapshot::{Metadata, OPERATION_KEY, STEP_KEY};
use snapback::domain::step::Outcome;

pub use executable::Executable;
pub use journal::Memory;
pub use recipe::{Told, Toy};

/// A fresh cloud.
pub trait Subject {
    /// The cloud.
    fn cpi(&self) -> &dyn Cpi;
    /// A VM that has no disk.
    fn vm(&self) -> VmCid;
    /// Another one.
    fn other_vm(&self) -> VmCid;
    /// The bytes of disks, where the backend lets anybody at them.
    fn content(&self) -> Option<&dyn Content>;
    /// The least size of a disk, in MiB: all sizes of the suite are so many times as big.
    fn unit_mib(&self) -> u64 {
        1
    }
    /// How exactly the cloud's clock tells the time.
    fn clock_step(&self) -> Duration {
        Duration::ZERO
    }
    /// Whether a disk that has snapshots can be deleted. Where it cannot, that is refused, and the snapshots are named.
    fn snapshots_outlive_disks(&self) -> bool {
        true
    }
}

/// The bytes of disks.
pub trait Content {
    /// Writes, and closes what it has opened.
    fn write(&self, disk: &DiskCid, offset: u64, bytes: &[u8]);
    /// Reads.
    fn read(&self, disk: &DiskCid, offset: u64, length: usize) -> Vec<u8>;
    /// The bytes that the disk takes up.
    fn allocated(&self, disk: &DiskCid) -> u64;
}

/// A case under way: its cloud, and the operation in whose name it acts.
pub struct Case<'a> {
    pub subject: &'a dyn Subject,
    pub journal: Memory,
    operation: OperationId,
    step: AtomicU32,
}

impl<'a> Case<'a> {
    pub fn new(subject: &'a dyn Subject) -> Self {
        let operation = OperationId::new("0123456789ab");
        Case { subject, journal: Memory::default(), operation, step: AtomicU32::new(1) }
    }

    pub fn cpi(&self) -> &'a dyn Cpi {
        self.subject.cpi()
    }

    pub fn token(&self) -> Token {
        Token { operation: self.operation.clone(), step: self.step.fetch_add(1, Ordering::SeqCst) }
    }

    /// Causes an effect under an intent of its own, and settles it as a command does.
    pub fn effect<T>(&self, act: impl FnOnce(&dyn Cpi, &Intent) -> CpiResult<T>) -> CpiResult<T> {
        self.effect_as(&self.token(), act)
    }

    pub fn effect_as<T>(&self, token: &Token, act: impl FnOnce(&dyn Cpi, &Intent) -> CpiResult<T>) -> CpiResult<T> {
        let intent = self.journal.commit(token);
        let result = act(self.cpi(), &intent);
        let outcome = match &result {
            Ok(_) => Outcome::done(),
            Err(error) if error.kind == CpiErrorKind::OutcomeUnknown => Outcome::Unknown { reason: error.to_string() },
            Err(error) => Outcome::Failed { reason: error.to_string() },
        };
        intent.settle(outcome).unwrap();
        result
    }

    pub fn disk(&self, units: u64) -> DiskCid {
        self.effect(|cpi, intent| cpi.create_disk(intent, &self.sized(units))).unwrap().cid
    }

    /// A request of so many units.
    pub fn sized(&self, units: u64) -> DiskRequest {
        sized(units.saturating_mul(self.subject.unit_mib()))
    }

    /// A size in units.
    pub fn units(&self, mib: Option<u64>) -> Option<u64> {
        mib.map(|mib| mib / self.subject.unit_mib())
    }

    pub fn snapshot(&self, disk: &DiskCid) -> SnapshotCid {
        self.take(disk).cid
    }

    pub fn take(&self, disk: &DiskCid) -> SnapshotTaken {
        let token = self.token();
        let metadata = token_metadata(&token);
        let options = SnapshotOptions::default();
        self.effect_as(&token, |cpi, intent| cpi.snapshot_disk(intent, disk, &metadata, options)).unwrap()
    }

    pub fn promote(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> DiskCid {
        self.effect(|cpi, intent| cpi.create_disk_from_snapshot(intent, snapshot, request)).unwrap().cid
    }

    /// Deletes a disk that has this snapshot, where the cloud lets go of such a disk.
    pub fn delete_disk_of(&self, snapshot: &SnapshotCid, disk: &DiskCid) {
        let deleted = self.effect(|cpi, intent| cpi.delete_disk(intent, disk));
        if self.subject.snapshots_outlive_disks() {
            return deleted.unwrap();
        }
        let error = refused(deleted, CpiErrorKind::InUse);
        assert!(error.message.contains(snapshot.as_str()), "{error}");
        assert!(self.cpi().has_disk(disk).unwrap());
    }

    pub fn attach(&self, vm: &VmCid, disk: &DiskCid) {
        self.effect(|cpi, intent| cpi.attach_disk(intent, vm, disk)).unwrap();
    }
}

/// A request of a size in MiB, and nothing else.
pub fn sized(mib: u64) -> DiskRequest {
    DiskRequest { size_mib: Some(mib), ..DiskRequest::default() }
}

/// The metadata by which a lost snapshot is found again.
pub fn token_metadata(token: &Token) -> Metadata {
    Metadata::from([
        (OPERATION_KEY.to_owned(), token.operation.to_string()),
        (STEP_KEY.to_owned(), token.step.to_string()),
    ])
}

/// The error of a call that must fail, of the kind that it must have.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: CpiResult<T>, kind: CpiErrorKind) -> CpiError {
    let error = result.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    assert!(!error.message.is_empty());
    assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
    error
}

type CaseFn = fn(&Case<'_>);
type Needs = fn(Capabilities) -> bool;

const ANY: Needs = |_| true;
const ATTACH: Needs = |can| can.attach;
const SNAPSHOTS: Needs = |can| can.snapshots;
const FIND: Needs = |can| can.snapshots && can.find_snapshots && can.find_disks;
const PROMOTE: Needs = |can| can.snapshots && can.promote;

const CASES: &[(&str, Needs, CaseFn)] = &[
    ("a disk comes and goes", ANY, disks::a_disk_comes_and_goes),
    ("a disk needs a size that can be", ANY, disks::a_disk_needs_a_size_that_can_be),
    ("a disk is found by its token", FIND, disks::a_disk_is_found_by_its_token),
    ("a disk's metadata can be set", ANY, disks::metadata_can_be_set),
    ("nothing is left over", ANY, disks::nothing_is_left_over),
    ("attaching and detaching", ATTACH, attachments::attaching_and_detaching),
    ("a VM's disks are in a stable order", ATTACH, attachments::a_stable_order),
    ("a disk has one VM", ATTACH, attachments::a_disk_has_one_vm),
    ("an attached disk is not deleted", ATTACH, attachments::an_attached_disk_is_not_deleted),
    ("what is not there cannot be attached", ATTACH, attachments::what_is_not_there),
    ("two at once attach a disk once", ATTACH, attachments::two_at_once),
    ("a snapshot comes and goes", SNAPSHOTS, snapshots::a_snapshot_comes_and_goes),
    ("a snapshot of nothing", SNAPSHOTS, snapshots::of_nothing),
    ("an attached disk that is still is snapshotted", SNAPSHOTS, snapshots::of_an_attached_disk),
    ("snapshots are listed with what was given", FIND, snapshots::are_listed),
    ("a snapshot is described", |can| can.snapshots && can.describe_snapshots, snapshots::is_described),
    ("a snapshot outlives its disk", PROMOTE, promotion::a_snapshot_outlives_its_disk),
    ("a new disk holds what the snapshot holds", PROMOTE, promotion::the_same_bytes),
    ("holes stay holes", PROMOTE, promotion::holes_stay_holes),
    ("a new disk is as big as asked", PROMOTE, promotion::as_big_as_asked),
    ("a new disk is not smaller than its snapshot", PROMOTE, promotion::not_smaller),
    ("the same token gives the same disk", |can| PROMOTE(can) && can.find_disks, promotion::the_same_token),
    ("the same token makes one disk", FIND, tokens::one_empty_disk),
    ("four at once make one disk", FIND, tokens::one_empty_disk_at_once),
    ("the same token takes one snapshot", FIND, tokens::one_snapshot),
    ("four at once take one snapshot", FIND, tokens::one_snapshot_at_once),
    ("a token's snapshot is of its disk", FIND, tokens::no_snapshot_of_another_disk),
    (
        "four at once make one disk of a snapshot",
        |can| PROMOTE(can) && FIND(can),
        tokens::one_disk_of_a_snapshot_at_once,
    ),
    ("a disk from no snapshot", PROMOTE, promotion::from_no_snapshot),
    ("hostile CIDs", ANY, hostile::cids),
    ("many at once", SNAPSHOTS, snapshots::many_at_once),
    ("what it cannot do it says", ANY, hostile::what_it_cannot_do),
];

/// Runs each case on a fresh cloud, and fails with the names of all that failed.
pub fn run(name: &str, fresh: &dyn Fn() -> Box<dyn Subject>) {
    run_apart_from(name, &[], fresh);
}

/// The same on a server that is not quite the cloud: these cases cannot hold there, and why. If one does, the list is wrong.
pub fn run_apart_from(name: &str, beyond: &[(&str, &str)], fresh: &dyn Fn() -> Box<dyn Subject>) {
    let (mut passed, mut skipped, mut failed) = (0, 0, Vec::new());
    for (case, why) in beyond {
        assert!(CASES.iter().any(|(known, ..)| known == case), "there is no case {case}");
        eprintln!("{name}: not by this server: {case}: {why}");
    }
    for (case_name, needs, case) in CASES {
        let subject = fresh();
        if !needs(subject.cpi().capabilities()) {
            skipped += 1;
            continue;
        }
        let result = catch_unwind(AssertUnwindSafe(|| {
            let running = Case::new(subject.as_ref());
            case(&running);
            running.journal.assert_settled();
        }));
        match (result.is_ok(), beyond.iter().any(|(listed, _)| listed == case_name)) {
            (true, false) => passed += 1,
            (false, true) => skipped += 1,
            (false, false) => failed.push(*case_name),
            (true, true) => panic!("{name}: {case_name}: this server can do it, and is listed as one that cannot"),
        }
    }
    eprintln!("{name}: {passed} cases passed, {} failed, {skipped} beyond the backend", failed.len());
    assert!(failed.is_empty(), "{name}: failed: {failed:#?}");
    assert!(passed > 0);
}
