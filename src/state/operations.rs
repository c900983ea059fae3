//! The life of an operation: begun with its claims, fenced, finished, or taken over after its author's death.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::lock::{self, LockState, OperationLock, Taking};
use super::store::{End, Pass, Seen};
use super::{Change, Import, State, StateError, Store};
use crate::clock::Clock;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Author, Claim, Operation, OperationState, Resource, Verb};
use crate::domain::step::Step;
use crate::domain::swap::SwapPlan;

/// The data of an operation that is about to begin.
#[derive(Debug, Clone)]
pub struct NewOperation {
    /// The command.
    pub verb: Verb,
    /// The command line, without secrets.
    pub arguments: String,
    /// The user and the host.
    pub author: Author,
    /// The things that it claims, to keep other operations away.
    pub claims: Vec<Claim>,
    /// The plan, if it is a restore or an undo.
    pub plan: Option<SwapPlan>,
    /// How long to wait for things that other operations have claimed.
    pub wait: Duration,
    /// Its first step, whose row is written with the operation's. It is for a step whose effect comes next, whatever is
    /// read meanwhile.
    pub first: Option<Step>,
    /// When its facts were read, if that was before it had its claims: it may begin only if no other operation has
    /// begun since.
    pub seen: Option<Seen>,
}

/// Makes the summary of an operation from the CID of the thing that it made.
pub(super) type Summary = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// An operation under way: it holds its lock until it is finished or dropped; if it is dropped, it is pending, and
/// `recover` finds it.
pub struct OpenOperation {
    pub(super) pass: Pass,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    next_step: AtomicU32,
    pub(super) lock: Arc<OperationLock>,
    /// Whether it leaves a checklist, even if it is not done.
    has_to_do: bool,
    /// The step whose row was written with the begin.
    first: Option<Step>,
    /// Its last step, and the summary if that step is done.
    last: Option<(Step, Summary)>,
    pub(super) has_ended: Arc<AtomicBool>,
}

impl State {
    /// Begins an operation: its lock is held, and its row and claims are on disk. It waits for things that others have
    /// claimed as long as [`NewOperation::wait`] and `may_wait` say.
    ///
    /// # Errors
    /// [`StateError::Claimed`], [`StateError::Overtaken`], or the state file cannot be written.
    pub fn begin(&self, new: &NewOperation, may_wait: &dyn Fn() -> bool) -> Result<OpenOperation, StateError> {
        let id = self.ids.operation();
        let lock = self.reader.locks.create(&id)?;
        let until = Instant::now() + new.wait;
        let mut seen_dead = None;
        let pass = loop {
            match self.store.begin(&id, new, self.clock.now()) {
                Err(error) => {
                    let error = self.by_the_living(error);
                    if let StateError::Claimed { operation, holder, .. } = &error
                        && *holder != LockState::Held
                        && seen_dead.as_ref() != Some(operation)
                    {
                        // It may just have ended. Only a claim that still exists after its lock was seen free belongs
                        // to a dead operation.
                        seen_dead = Some(operation.clone());
                        continue;
                    }
                    if matches!(error, StateError::Claimed { holder, .. } if holder != LockState::Free)
                        && Instant::now() < until
                        && may_wait()
                    {
                        std::thread::sleep(Duration::from_millis(100));
                        continue;
                    }
                    lock.release();
                    return Err(error);
                }
                Ok(pass) => break pass,
            }
        };
        Ok(OpenOperation { first: new.first.clone(), ..self.open_operation(pass, 1, lock) })
    }

    /// Finds out whether the holder of a claim lives.
    fn by_the_living(&self, error: StateError) -> StateError {
        match error {
            StateError::Claimed { what, operation, verb, .. } => {
                let holder = self.reader.locks.probe(&operation);
                StateError::Claimed { what, operation, verb, holder }
            }
            other => other,
        }
    }

    fn open_operation(&self, pass: Pass, next: u32, lock: OperationLock) -> OpenOperation {
        let (store, clock) = (Arc::clone(&self.store), self.clock.clone());
        let (next_step, has_ended, lock) = (AtomicU32::new(next), Arc::default(), Arc::new(lock));
        OpenOperation { pass, store, clock, next_step, lock, has_to_do: false, first: None, last: None, has_ended }
    }

    /// Imports the data of inventories and the Director.
    ///
    /// # Errors
    /// [`StateError::Claimed`], or the state file cannot be written. Then nothing is imported.
    pub fn import(&self, import: Import) -> Result<Vec<Change>, StateError> {
        self.store.import(import, self.clock.now()).map_err(|error| self.by_the_living(error))
    }

    /// Records that the checklist of an operation is done, if it has an open one. Returns whether it had. Nothing else
    /// of an operation changes after its end.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn check_off(&self, operation: &Operation) -> Result<bool, StateError> {
        self.store.check_off(&operation.id, &operation.checked_off())
    }

    /// The processes that hold the lock of an operation, without `own`, as far as this user may see them.
    pub fn others_at_work(&self, id: &OperationId, own: u32) -> Vec<String> {
        let others = self.reader.locks.holders(id).into_iter().filter(|pid| *pid != own);
        others.map(lock::told).collect()
    }

    /// Whether a call that an operation started is still at work, even if it has closed everything that it inherited.
    pub fn has_calls_at_work(&self, id: &OperationId) -> bool {
        !self.reader.locks.calls(id).is_empty()
    }

    /// Takes over an operation whose author is dead, so that `recover` can settle it: from now on its former process
    /// cannot write to its journal. `surely_dead` is an operator's statement, for a lock that cannot tell. The
    /// processes of `ignored` may hold the lock: the operator says that they do not belong to the operation.
    ///
    /// # Errors
    /// [`StateError::Running`] while its lock is held by a living process, [`StateError::Doubtful`] if that is not
    /// known; the errors of writing.
    pub fn take_over(
        &self,
        operation: &Operation,
        surely_dead: bool,
        ignored: &[u32],
    ) -> Result<OpenOperation, StateError> {
        let id = operation.id.clone();
        let locks = &self.reader.locks;
        let lock = match locks.take(&id, surely_dead)? {
            Taking::Taken(lock) => lock,
            Taking::Held => {
                let running = || StateError::Running { operation: id.clone(), holders: locks.holders(&id) };
                let passed = if ignored.is_empty() { None } else { locks.take_from(&id, ignored)? };
                passed.ok_or_else(running)?
            }
            // An operation that has just ended has no lock file either.
            Taking::Unknown(_) if !self.reader.is_pending(&id)? => return Err(StateError::TakenOver(id)),
            Taking::Unknown(doubt) => return Err(StateError::Doubtful { operation: id, doubt }),
        };
        match self.store.take_over(&id) {
            Ok((pass, next)) => Ok(self.open_operation(pass, next, lock)),
            Err(error) => {
                // Another process has recovered it between the look and the lock.
                if matches!(error, StateError::TakenOver(_)) {
                    lock.release();
                }
                Err(error)
            }
        }
    }
}

impl OpenOperation {
    /// Its name.
    pub fn id(&self) -> &OperationId {
        &self.pass.operation
    }

    /// Runs `start`; the children that it starts do not hold this operation's lock. A start hook may leave a daemon
    /// behind, which lives on and does not belong to the operation. No other thread may start children meanwhile.
    pub fn without_its_lock<T>(&self, start: impl FnOnce() -> T) -> T {
        self.lock.set_inherited(false);
        let result = start();
        self.lock.set_inherited(true);
        result
    }

    pub(super) fn next_number(&self) -> u32 {
        self.next_step.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes that it leaves a checklist open, whatever its end: it may have put a Director on an old database.
    pub fn leave_to_do(&mut self) {
        self.has_to_do = true;
    }

    /// Whether the row of its next step is on disk already, and is for this step.
    pub(super) fn has_intended(&self, step: &Step) -> bool {
        self.first.as_ref() == Some(step)
    }

    /// If this step is done, its outcome also ends the operation, in the same transaction: it is the last step. If it
    /// fails, or has an unknown outcome, the operation stays open. `summary` gets the CID that was made.
    pub fn end_with(&mut self, last: Step, summary: impl Fn(&str) -> String + Send + Sync + 'static) {
        self.last = Some((last, Arc::new(summary)));
    }

    pub(super) fn summary_after(&self, step: &Step) -> Option<Summary> {
        self.last.as_ref().filter(|(last, _)| last == step).map(|(_, summary)| Arc::clone(summary))
    }

    /// Whether it has ended with its step, and only holds its lock.
    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    /// Ends it: its state is on disk, its claims are released, and then its lock.
    ///
    /// # Errors
    /// [`StateError::TakenOver`], or the state file cannot be written: then it stays pending, and `recover` ends it.
    pub fn finish(self, state: OperationState, summary: Option<String>) -> Result<(), StateError> {
        if !self.has_ended() {
            let end = End { state, summary, leaves_to_do: self.has_to_do };
            self.store.finish(&self.pass, end, self.clock.now())?;
        }
        self.lock.release();
        Ok(())
    }

    /// If another operation, alive or dead, has claimed it too, releases it, and returns that one. If none has, keeps
    /// all others away from now on, until [`OpenOperation::let_go_of`]. Both happen in one transaction, so if two end
    /// at once, one is the last.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn leave_to_others(&self, resource: &Resource) -> Result<Option<OperationId>, StateError> {
        self.store.leave_to_others(self.id(), resource)
    }

    /// Lets others claim it.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn let_go_of(&self, resource: &Resource) -> Result<(), StateError> {
        self.store.let_go_of(self.id(), resource)
    }
}
