//! What holds the state, as values: no database, no path and no transaction shows through these. A second store is
//! another implementation, and `tests/state/stores` says what each has to hold.
//!
//! Each change is one transaction, durable when the method returns, and seen by every other handle from then on.
//! Two handles, also of two processes, may change one store at a time: who looks and changes does both in one transaction.

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

/// The right to write for an operation. Whoever takes it over gets another fence, and this one is worth nothing then.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The operation.
    pub operation: OperationId,
    /// The fence that the operation's row must have for this pass to be valid.
    pub fence: i64,
}

/// How an operation ends.
#[derive(Debug, Clone)]
pub struct End {
    /// Its final state.
    pub state: OperationState,
    /// Its summary, in one line.
    pub summary: Option<String>,
    /// Whether it leaves a checklist, though it is not done.
    pub leaves_to_do: bool,
}

/// A place in the course of all operations: how many have begun or were taken over by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen(pub i64);

/// A pending operation that keeps another from claiming what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The thing.
    pub what: String,
    /// Who has it.
    pub operation: OperationId,
    /// The command of that operation.
    pub verb: String,
}

/// A claim, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldClaim {
    /// The key of the claimed thing ([`Resource::key`]).
    pub key: String,
    /// By whom.
    pub operation: OperationId,
    /// True if nobody else may claim it.
    pub alone: bool,
}

impl Conflict {
    /// As an error, with what its lock says.
    pub fn with(self, holder: LockState) -> StateError {
        let Conflict { what, operation, verb } = self;
        StateError::Claimed { what, operation, verb, holder }
    }
}

/// The changes. `at` is the time that is written.
pub trait Store: Send + Sync {
    /// Begins an operation, with its claims, and with the row of its first step where it has one.
    ///
    /// # Errors
    /// [`StateError::Claimed`] where a pending operation has one of them, as if that were dead; [`StateError::Overtaken`] where
    /// another operation has begun or was taken over since [`NewOperation::seen`]. Nothing has begun then.
    fn begin(&self, id: &OperationId, new: &NewOperation, at: DateTime<Utc>) -> Result<Pass>;

    /// Takes over a pending operation, whatever pass its former life has, and tells the number of its next step.
    ///
    /// # Errors
    /// [`StateError::TakenOver`] where it has ended.
    fn take_over(&self, id: &OperationId) -> Result<(Pass, u32)>;

    /// Writes the row of a step whose effect comes next.
    ///
    /// # Errors
    /// [`StateError::TakenOver`] where the pass is worth nothing, or the operation has ended.
    fn intend(&self, pass: &Pass, number: u32, step: &Step, at: DateTime<Utc>) -> Result<()>;

    /// Writes the outcome of a step that has none, or an unknown one, with the facts that it brings. An outcome that brings
    /// as new what is known already is not believed: of all it says nothing is recorded, and its step is unknown. With `end`
    /// the operation ends with it, if it is believed.
    ///
    /// # Errors
    /// [`StateError::NotNew`] in that case; [`StateError::TakenOver`] where the pass is worth nothing, or the step is settled.
    fn settle(&self, pass: &Pass, number: u32, outcome: Outcome, end: Option<End>, at: DateTime<Utc>) -> Result<()>;

    /// Adds a line to the notes of a step, if the pass is still valid.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note(&self, pass: &Pass, number: u32, line: &str) -> Result<()>;

    /// Ends an operation, and with it its claims.
    ///
    /// # Errors
    /// [`StateError::TakenOver`] where the pass is worth nothing.
    fn finish(&self, pass: &Pass, end: End, at: DateTime<Utc>) -> Result<()>;

    /// Lets go of a shared claim where another operation, alive or dead, has it too, and gives that one. Where none has,
    /// the claim keeps all others away from now on: of two that end at once, one is the last.
    ///
    /// # Errors
    /// The store cannot be written.
    fn leave_to_others(&self, operation: &OperationId, resource: &Resource) -> Result<Option<OperationId>>;

    /// Ends one claim.
    ///
    /// # Errors
    /// The store cannot be written.
    fn let_go_of(&self, operation: &OperationId, resource: &Resource) -> Result<()>;

    /// Notes that the checklist of an operation is done, where it has one that is open, with its new summary; says whether
    /// it had.
    ///
    /// # Errors
    /// The store cannot be written.
    fn check_off(&self, operation: &OperationId, summary: &str) -> Result<bool>;

    /// Notes a change that `guard` watches, which has not ended.
    ///
    /// # Errors
    /// The store cannot be written.
    fn begin_change(&self, change: &GuardedChange) -> Result<()>;

    /// Notes that the command of a change is about to run.
    ///
    /// # Errors
    /// The store cannot be written.
    fn run_change(&self, id: &str, at: DateTime<Utc>) -> Result<()>;

    /// Notes how a change has ended; one that has ended already stays as it is.
    ///
    /// # Errors
    /// The store cannot be written.
    fn end_change(&self, id: &str, ending: Ending, at: DateTime<Utc>) -> Result<()>;

    /// Notes that a snapshot belongs to a change.
    ///
    /// # Errors
    /// The store cannot be written.
    fn belongs_to_change(&self, id: &str, cpi: &CpiName, snapshot: &SnapshotCid) -> Result<()>;

    /// Takes in what inventories and the Director said: all of it, or nothing.
    ///
    /// # Errors
    /// [`StateError::Claimed`], as [`Store::begin`].
    fn import(&self, import: Import, at: DateTime<Utc>) -> Result<Vec<Change>>;

    /// Decides what is to be done about a schedule, by what is kept of it, its run that has no end, and the times that it has
    /// runs of; and writes what is decided, all in one transaction: of two that ask at once, one gets the run.
    ///
    /// # Errors
    /// The store cannot be read or written.
    fn decide(&self, schedule: &str, decide: Decide) -> Result<Decision>;

    /// Writes the end of a run.
    ///
    /// # Errors
    /// The store cannot be written.
    fn end_run(&self, run: Run) -> Result<()>;

    /// Notes a command that is to be run once.
    ///
    /// # Errors
    /// The store cannot be written.
    fn add_one_off(&self, one_off: OneOff) -> Result<()>;

    /// Gives it another state, if it still has this one; says whether it had.
    ///
    /// # Errors
    /// The store cannot be written.
    fn change_one_off(&self, one_off: OneOff, from: OneOffState) -> Result<bool>;
}

/// How it is decided what to do about a schedule.
pub type Decide = Box<dyn FnOnce(Option<Known>, Option<Run>, &Runs) -> Decision + Send>;

/// The operations, their steps and their claims. Each fails if the store cannot be read or holds a step of a newer
/// snapback.
#[expect(clippy::missing_errors_doc, reason = "the line above says it")]
pub trait History {
    /// The operations, newest first.
    fn operations(&self, limit: Option<u32>) -> Result<Vec<Operation>>;

    /// The operations that have not ended, oldest first.
    fn pending_operations(&self) -> Result<Vec<Operation>>;

    /// The operations whose id begins so.
    fn operations_by_prefix(&self, prefix: &str) -> Result<Vec<Operation>>;

    /// The operations that were about an instance and began after one time, and not after another; oldest first.
    fn operations_between(
        &self,
        instance: &InstanceName,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Operation>>;

    /// The restores and undos that are done or under way.
    fn exchanges(&self) -> Result<Exchanges>;

    /// How far the course of all operations has come.
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

    /// The pending operation that names or claims a disk, besides this one.
    fn pending_use_of_disk(
        &self,
        cpi: &CpiName,
        disk: &DiskCid,
        besides: Option<&OperationId>,
    ) -> Result<Option<String>>;

    /// The operation that has deleted a disk, with its command.
    fn disk_deleted_by(&self, cpi: &CpiName, disk: &DiskCid) -> Result<Option<String>>;

    /// Whether a disk has gone since an operation: it was deleted, or taken off the list. What a cloud has under its CID
    /// after that is another disk.
    fn has_gone_since(&self, operation: &OperationId, cpi: &CpiName, disk: &DiskCid) -> Result<bool>;
}

/// All that can be asked.
pub trait Lists: Holdings + History + Timetable + Send + Sync {}

impl<T: Holdings + History + Timetable + Send + Sync> Lists for T {}
