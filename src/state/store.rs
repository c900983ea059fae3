//! The interface of a store, as values: it shows no database, no path and no transaction. A second store is another
//! implementation, and `tests/state/stores` says what each has to do.
//!
//! Each change is one transaction, durable when the method returns, and seen by every other handle from then on. Two
//! handles, also of two processes, may change one store at a time: a handle that looks and changes does both in one
//! transaction.

use chrono::{DateTime, Utc};

use super::StateError;
use super::holdings::Holdings;
use super::import::{Change, Import};
use super::lock::LockState;
use super::operations::NewOperation;
use super::timetable::Timetable;
use crate::domain::exchanges::Exchanges;
use crate::domain::guarded::{Ending, GuardedChange};
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::InstanceName;
use crate::domain::operation::{Claim, Operation, OperationState, Resource, StepRow};
use crate::domain::schedule::{Decision, Known, OneOff, OneOffState, Run, Runs};
use crate::domain::step::{Outcome, Step};

type Result<T> = std::result::Result<T, StateError>;

/// The right to write for an operation. A take-over gives the operation another fence, and this right is no longer
/// valid.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The operation.
    pub operation: OperationId,
    /// The fence that the operation's row must have for this pass to be valid.
    pub fence: i64,
}

/// The end of an operation.
#[derive(Debug, Clone)]
pub struct End {
    /// Its final state.
    pub state: OperationState,
    /// Its summary, in one line.
    pub summary: Option<String>,
    /// Whether it leaves a checklist, even if it is not done.
    pub leaves_to_do: bool,
}

/// A position in the order of all operations: how many have begun or were taken over by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen(pub i64);

/// A pending operation that keeps another one from claiming a thing that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The thing.
    pub what: String,
    /// The operation that has it.
    pub operation: OperationId,
    /// The command of that operation.
    pub verb: String,
}

/// A claim in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldClaim {
    /// The key of the claimed thing ([`Resource::key`]).
    pub key: String,
    /// The operation that has it.
    pub operation: OperationId,
    /// True if nobody else may claim it.
    pub alone: bool,
}

impl Conflict {
    /// The conflict as an error, with the state of the operation's lock.
    pub fn with(self, holder: LockState) -> StateError {
        let Conflict { what, operation, verb } = self;
        StateError::Claimed { what, operation, verb, holder }
    }
}

/// The changes. `at` is the time to record.
pub trait Store: Send + Sync {
    /// Begins an operation, with its claims, and with the row of its first step if it has one.
    ///
    /// # Errors
    /// [`StateError::Claimed`] if a pending operation has one of them, as if that one were dead;
    /// [`StateError::Overtaken`] if another operation has begun or was taken over since [`NewOperation::seen`]. Then
    /// nothing has begun.
    fn begin(&self, id: &OperationId, new: &NewOperation, at: DateTime<Utc>) -> Result<Pass>;

    /// Takes over a pending operation, whatever pass its former process has. Returns the new pass, and the number of
    /// its next step.
    ///
    /// # Errors
    /// [`StateError::TakenOver`] if it has ended.
    fn take_over(&self, id: &OperationId) -> Result<(Pass, u32)>;

    /// Writes the row of a step whose effect comes next.
    ///
    /// # Errors
    /// [`StateError::TakenOver`] if the pass is not valid, or the operation has ended.
    fn intend(&self, pass: &Pass, number: u32, step: &Step, at: DateTime<Utc>) -> Result<()>;

    /// Writes the outcome of a step that has none, or an unknown one, with the facts that it brings. An outcome that
    /// brings a known thing as new is not believed: none of it is recorded, and its step is unknown. With `end` the
    /// operation ends with it, if it is believed.
    ///
    /// # Errors
    /// [`StateError::NotNew`] in that case; [`StateError::TakenOver`] if the pass is not valid, or the step is settled.
    fn settle(&self, pass: &Pass, number: u32, outcome: Outcome, end: Option<End>, at: DateTime<Utc>) -> Result<()>;

    /// Adds a line to the notes of a step, if the pass is still valid.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note(&self, pass: &Pass, number: u32, line: &str) -> Result<()>;

    /// Ends an operation, and with it its claims.
    ///
    /// # Errors
    /// [`StateError::TakenOver`] if the pass is not valid.
    fn finish(&self, pass: &Pass, end: End, at: DateTime<Utc>) -> Result<()>;

    /// Releases a shared claim if another operation, alive or dead, has it too, and returns that one. If none has, the
    /// claim keeps all others away from now on: of two that end at once, one is the last.
    ///
    /// # Errors
    /// The store cannot be written.
    fn leave_to_others(&self, operation: &OperationId, resource: &Resource) -> Result<Option<OperationId>>;

    /// Ends one claim.
    ///
    /// # Errors
    /// The store cannot be written.
    fn let_go_of(&self, operation: &OperationId, resource: &Resource) -> Result<()>;

    /// Records that the checklist of an operation is done, if it has an open one, with its new summary. Returns whether
    /// it had.
    ///
    /// # Errors
    /// The store cannot be written.
    fn check_off(&self, operation: &OperationId, summary: &str) -> Result<bool>;

    /// Records a change that `guard` watches, which has not ended.
    ///
    /// # Errors
    /// The store cannot be written.
    fn begin_change(&self, change: &GuardedChange) -> Result<()>;

    /// Records that the command of a change is about to run.
    ///
    /// # Errors
    /// The store cannot be written.
    fn run_change(&self, id: &str, at: DateTime<Utc>) -> Result<()>;

    /// Records how a change has ended; a change that has already ended stays as it is.
    ///
    /// # Errors
    /// The store cannot be written.
    fn end_change(&self, id: &str, ending: Ending, at: DateTime<Utc>) -> Result<()>;

    /// Records that a snapshot belongs to a change.
    ///
    /// # Errors
    /// The store cannot be written.
    fn belongs_to_change(&self, id: &str, cpi: &CpiName, snapshot: &SnapshotCid) -> Result<()>;

    /// Imports the data of inventories and the Director: all of it, or nothing.
    ///
    /// # Errors
    /// [`StateError::Claimed`], as [`Store::begin`].
    fn import(&self, import: Import, at: DateTime<Utc>) -> Result<Vec<Change>>;

    /// Decides what to do about a schedule, from its record, its run without an end, and the times of its runs. Writes
    /// the decision in the same transaction: if two ask at once, one gets the run.
    ///
    /// # Errors
    /// The store cannot be read or written.
    fn decide(&self, schedule: &str, decide: Decide) -> Result<Decision>;

    /// Writes the end of a run.
    ///
    /// # Errors
    /// The store cannot be written.
    fn end_run(&self, run: Run) -> Result<()>;

    /// Records a command to run once.
    ///
    /// # Errors
    /// The store cannot be written.
    fn add_one_off(&self, one_off: OneOff) -> Result<()>;

    /// Gives it another state, if it still has this one; returns whether it had.
    ///
    /// # Errors
    /// The store cannot be written.
    fn change_one_off(&self, one_off: OneOff, from: OneOffState) -> Result<bool>;
}

/// A function that decides what to do about a schedule.
pub type Decide = Box<dyn FnOnce(Option<Known>, Option<Run>, &Runs) -> Decision + Send>;

/// The operations, their steps and their claims. Each method fails if the store cannot be read or holds a step of a
/// newer snapback.
#[expect(clippy::missing_errors_doc, reason = "the line above says it")]
pub trait History {
    /// The operations, newest first.
    fn operations(&self, limit: Option<u32>) -> Result<Vec<Operation>>;

    /// The operations that have not ended, oldest first.
    fn pending_operations(&self) -> Result<Vec<Operation>>;

    /// The operations whose id has this beginning.
    fn operations_by_prefix(&self, prefix: &str) -> Result<Vec<Operation>>;

    /// The operations about an instance that began after one time, and not after another; oldest first.
    fn operations_between(
        &self,
        instance: &InstanceName,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Operation>>;

    /// The restores and undos that are done or under way.
    fn exchanges(&self) -> Result<Exchanges>;

    /// The present position in the order of all operations.
    fn seen(&self) -> Result<Seen>;

    /// Whether an operation has not ended.
    fn is_pending(&self, operation: &OperationId) -> Result<bool>;

    /// The steps of an operation, in order.
    fn steps(&self, operation: &OperationId) -> Result<Vec<StepRow>>;

    /// All claims of the operations that have not ended.
    fn claims(&self) -> Result<Vec<HeldClaim>>;

    /// The first of these that a pending operation keeps from being claimed.
    fn conflict(&self, claims: &[Claim]) -> Result<Option<Conflict>>;

    /// Another use of a disk besides this operation, in words: a snapshot of it, the plan or a step of another
    /// operation. Drills do not count: they delete what they make.
    fn other_use_of_disk(&self, operation: &OperationId, cpi: &CpiName, disk: &DiskCid) -> Result<Option<String>>;

    /// Another pending operation, besides this one, that names or claims a disk.
    fn pending_use_of_disk(
        &self,
        cpi: &CpiName,
        disk: &DiskCid,
        besides: Option<&OperationId>,
    ) -> Result<Option<String>>;

    /// The operation that deleted a disk, with its command.
    fn disk_deleted_by(&self, cpi: &CpiName, disk: &DiskCid) -> Result<Option<String>>;

    /// Whether a disk has gone since an operation: it was deleted, or removed from the list. Anything that a cloud has
    /// under its CID after that is another disk.
    fn has_gone_since(&self, operation: &OperationId, cpi: &CpiName, disk: &DiskCid) -> Result<bool>;
}

/// Everything that can be asked.
pub trait Lists: Holdings + History + Timetable + Send + Sync {}

impl<T: Holdings + History + Timetable + Send + Sync> Lists for T {}
