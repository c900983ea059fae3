//! The life of an operation: begun with its claims, fenced, finished, or taken over from the dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::claims::conflict;
use super::lock::{self, LockState, OperationLock, Taking};
use super::roster::Roster;
use super::writer::Writer;
use super::{State, StateError, binding, holders};
use crate::clock::Clock;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Author, Claim, Operation, OperationState, Verb};
use crate::domain::swap::SwapPlan;

/// What is known of an operation before it begins.
#[derive(Debug, Clone)]
pub struct NewOperation {
    /// The command.
    pub verb: Verb,
    /// The command line, without secrets.
    pub arguments: String,
    /// Who and where.
    pub author: Author,
    /// What it keeps others from.
    pub claims: Vec<Claim>,
    /// What a restore or an undo means to do.
    pub plan: Option<SwapPlan>,
    /// How long to wait for what others have claimed.
    pub wait: Duration,
}

/// An operation under way: it holds its lock until it is finished or dropped; dropped, it is pending, and
/// `recover` finds it.
pub struct OpenOperation {
    pub(super) id: OperationId,
    pub(super) fence: i64,
    pub(super) writer: Arc<Writer>,
    pub(super) clock: Clock,
    pub(super) next_step: AtomicU32,
    lock: OperationLock,
    /// Whether it leaves a checklist, though it is not done.
    has_to_do: bool,
}

impl State {
    /// Begins an operation: its lock is held, and its row and claims are on disk. It waits for what others have claimed as
    /// long as [`NewOperation::wait`] and `may_wait` say.
    ///
    /// # Errors
    /// [`StateError::Claimed`], or what writing met.
    pub fn begin(&self, new: &NewOperation, may_wait: &dyn Fn() -> bool) -> Result<OpenOperation, StateError> {
        let id = self.ids.operation();
        let lock = OperationLock::create(&self.path, &id)?;
        let until = Instant::now() + new.wait;
        let mut seen_dead = None;
        let fence = loop {
            match self.insert(&id, new) {
                Err(error) => {
                    let error = self.by_the_living(error);
                    if let StateError::Claimed { operation, holder, .. } = &error
                        && *holder != LockState::Held
                        && seen_dead.as_ref() != Some(operation)
                    {
                        // It may just have ended. Only what is claimed after its lock was seen free is the dead's.
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
                Ok(fence) => break fence,
            }
        };
        Ok(self.open_operation(id, fence, 1, lock))
    }

    /// Finds out whether the holder of a claim lives.
    pub(super) fn by_the_living(&self, error: StateError) -> StateError {
        match error {
            StateError::Claimed { what, operation, verb, .. } => {
                let holder = lock::probe(&self.path, &operation);
                StateError::Claimed { what, operation, verb, holder }
            }
            other => other,
        }
    }

    fn open_operation(&self, id: OperationId, fence: i64, next: u32, lock: OperationLock) -> OpenOperation {
        OpenOperation {
            id,
            fence,
            writer: Arc::clone(&self.writer),
            clock: self.clock.clone(),
            next_step: AtomicU32::new(next),
            lock,
            has_to_do: false,
        }
    }

    fn insert(&self, id: &OperationId, new: &NewOperation) -> Result<i64, StateError> {
        let (id, new, path, now) = (id.clone(), new.clone(), self.path.clone(), self.clock.now());
        let (state_id, fence) = self.writer.transact(move |connection| {
            if let Some(claimed) = conflict(connection, &new.claims).map_err(|error| StateError::of(&path, &error))? {
                return Err(claimed);
            }
            let insert = || -> rusqlite::Result<(String, i64)> {
                let identity = next_generation(connection)?;
                let plan = new.plan.as_ref().map(serde_json::to_string).transpose().map_err(unwritable_json)?;
                connection.execute(
                    "INSERT INTO operations (id, verb, arguments, user, host, host_id, pid, started_at, state, plan, fence)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', ?9, ?10)",
                    (
                        id.as_str(),
                        new.verb.name(),
                        &new.arguments,
                        &new.author.user,
                        &new.author.host,
                        &new.author.host_id,
                        new.author.pid,
                        now.timestamp_millis(),
                        plan,
                        identity.1,
                    ),
                )?;
                for claim in &new.claims {
                    connection.execute(
                        "INSERT OR REPLACE INTO claims (resource, operation, mode) VALUES (?1, ?2, ?3)",
                        (claim.resource.key(), id.as_str(), claim.mode.name()),
                    )?;
                }
                Ok(identity)
            };
            insert().map_err(|error| StateError::of(&path, &error))
        })?;
        binding::note_generation(&self.path, &state_id, fence);
        Ok(fence)
    }

    /// The processes that hold the lock of an operation, but for `own`, as far as this user may see them.
    pub fn others_at_work(&self, id: &OperationId, own: u32) -> Vec<String> {
        let others = holders(&self.path, id).into_iter().filter(|pid| *pid != own);
        others.map(lock::told).collect()
    }

    /// Whether a call that an operation has started is still at work, also one that has closed all that it inherited.
    pub fn has_calls_at_work(&self, id: &OperationId) -> bool {
        !lock::calls(&self.path, id).is_empty()
    }

    /// Takes over an operation whose author is dead, so that `recover` can settle it: nobody of its former
    /// life can write to its journal from now on. `surely_dead` is an operator's word, where the lock cannot tell; the
    /// processes of `ignored` may hold it: the operator says that they are no part of the operation.
    ///
    /// # Errors
    /// [`StateError::Running`] while its lock is held by a living process, [`StateError::Doubtful`] where that cannot be
    /// told, or what writing met.
    pub fn take_over(
        &self,
        operation: &Operation,
        surely_dead: bool,
        ignored: &[u32],
    ) -> Result<OpenOperation, StateError> {
        let id = operation.id.clone();
        let lock = match OperationLock::take(&self.path, &id, surely_dead)? {
            Taking::Taken(lock) => lock,
            Taking::Held => {
                let running = || StateError::Running { operation: id.clone(), holders: holders(&self.path, &id) };
                let passed =
                    if ignored.is_empty() { None } else { OperationLock::take_from(&self.path, &id, ignored)? };
                passed.ok_or_else(running)?
            }
            // An operation that has just ended has no lock file either.
            Taking::Unknown(_) if !self.reader.is_pending(&id)? => return Err(StateError::TakenOver(id)),
            Taking::Unknown(doubt) => return Err(StateError::Doubtful { operation: id, doubt }),
        };
        let path = self.path.clone();
        let of = id.clone();
        let taken = self.writer.transact(move |connection| {
            let run = || -> rusqlite::Result<Option<(i64, u32)>> {
                let (_, fence) = next_generation(connection)?;
                let changed = connection.execute(
                    "UPDATE operations SET fence = ?2 WHERE id = ?1 AND state = 'pending'",
                    (of.as_str(), fence),
                )?;
                let next = connection.query_row(
                    "SELECT coalesce(max(number), 0) + 1 FROM steps WHERE operation = ?1",
                    [of.as_str()],
                    |row| row.get(0),
                )?;
                Ok((changed == 1).then_some((fence, next)))
            };
            // Somebody else has recovered it between the look and the lock.
            run().map_err(|error| StateError::of(&path, &error))?.ok_or(StateError::TakenOver(of))
        });
        match taken {
            Ok((fence, next)) => Ok(self.open_operation(id, fence, next, lock)),
            Err(error) => {
                if matches!(error, StateError::TakenOver(_)) {
                    lock.release();
                }
                Err(error)
            }
        }
    }
}

fn next_generation(connection: &Connection) -> rusqlite::Result<(String, i64)> {
    connection.query_row("UPDATE identity SET generation = generation + 1 RETURNING state_id, generation", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

fn unwritable_json(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

impl OpenOperation {
    /// Its name.
    pub fn id(&self) -> &OperationId {
        &self.id
    }

    /// Runs `start` so that the children which it starts do not hold this operation's lock: a start hook may leave
    /// a daemon behind, which lives on and is no part of the operation. No other thread may start children
    /// meanwhile.
    pub fn without_its_lock<T>(&self, start: impl FnOnce() -> T) -> T {
        self.lock.set_inherited(false);
        let result = start();
        self.lock.set_inherited(true);
        result
    }

    pub(super) fn roster(&self) -> Roster {
        self.lock.roster()
    }

    pub(super) fn next_number(&self) -> u32 {
        self.next_step.fetch_add(1, Ordering::SeqCst)
    }

    /// Whatever it ends as: it may have put a Director on a database of the past, and leaves a checklist open.
    pub fn leave_to_do(&mut self) {
        self.has_to_do = true;
    }

    /// Ends it: the state is on disk, its claims are free, and then its lock.
    ///
    /// # Errors
    /// What writing met; it stays pending then, and `recover` ends it.
    pub fn finish(self, state: OperationState, summary: Option<String>) -> Result<(), StateError> {
        let (id, fence, path, now) = (self.id.clone(), self.fence, self.writer.path().to_owned(), self.clock.now());
        let has_to_do = self.has_to_do;
        self.writer.transact(move |connection| {
            let run = || -> rusqlite::Result<usize> {
                connection.execute("DELETE FROM claims WHERE operation = ?1", [id.as_str()])?;
                connection.execute(
                    // A swap by create-env that is done has put a Director on a database of the past.
                    "UPDATE operations SET state = ?2, summary = ?3, ended_at = ?4,
                     checklist = iif((?2 = 'done' OR ?6) AND plan ->> '$.method.by' = 'create-env', 'open', NULL)
                     WHERE id = ?1 AND fence = ?5",
                    (id.as_str(), state.name(), &summary, now.timestamp_millis(), fence, has_to_do),
                )
            };
            match run().map_err(|error| StateError::of(&path, &error))? {
                1 => Ok(()),
                _ => Err(StateError::TakenOver(id)),
            }
        })?;
        self.lock.release();
        Ok(())
    }
}
