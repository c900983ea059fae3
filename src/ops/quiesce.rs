//! Makes instances stand still and lets them go on, journalled; and finds instances that an operation still has to let
//! go on.

mod held;
mod members;
mod owed;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::dead_man::{Cause, Member, NotStill, Resumed, Watch, Why};
use super::perform::{EffectError, Run, perform};
use super::to_take::Still;
use crate::domain::facts::Made;
use crate::domain::ids::{CpiName, SnapshotCid, Token};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::step::{Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::state::StillLock;
use held::{hold, hold_thing};
use members::{can_be_frozen, goes_on, is_by_its_director};
use owed::{NotResumed, still_stands};

pub(super) use members::{are_apart, may_be_stopped, members};
pub(super) use owed::{all_go_on, let_go_on};

/// The instances of an operation that can be made to stand still.
pub(super) struct Standstill<'a> {
    run: Run<'a>,
    watch: Watch,
    members: Vec<Standing>,
    things: BTreeMap<String, Thing>,
    /// Held as long as this process may let one go on; the switch holds its own copies.
    _locks: Vec<StillLock>,
}

/// A thing that the hooks of several instances stop.
struct Thing {
    lock: StillLock,
    /// Held by the instance that is being stopped.
    turn: Mutex<()>,
    /// The instance that may stand still because of it for good, if one could not be let go on.
    left_by: Mutex<Option<InstanceName>>,
}

impl Thing {
    fn left_by(&self) -> Option<InstanceName> {
        self.left_by.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The turn of one of the instances that share a thing that is stopped.
pub(super) type Turn<'a> = MutexGuard<'a, ()>;

/// One of these instances.
struct Standing {
    name: InstanceName,
    member: Member,
    /// Whether it was told to stand still, and not yet to go on.
    begun: AtomicBool,
    /// The step that may have made it stand still, if that is not known.
    unknown: Mutex<Option<(Token, String)>>,
}

/// How long an instance stood still, and whether it did so to the end.
pub(super) struct Stood {
    pub still_ms: u64,
    /// Why the snapshots that were taken meanwhile are not clean; `None` if they are.
    pub spoilt: Option<String>,
}

/// Why an instance does not stand still.
pub(super) struct Refusal {
    pub error: Error,
    /// Whether it may stand still all the same.
    pub may_be_still: bool,
}

impl EffectError for NotStill {
    fn may_have_happened(&self) -> bool {
        self.is_owed()
    }

    fn reason(&self) -> String {
        self.why.how.clone()
    }
}

impl From<NotStill> for Error {
    fn from(not_still: NotStill) -> Self {
        let error = Error::new(Kind::Failed, not_still.why.to_string());
        match not_still.by_another {
            true => error.hint("someone else has frozen it already, and has to thaw it"),
            false => error,
        }
    }
}

impl<'a> Standstill<'a> {
    /// Starts the dead man's switch for these instances. No other thread may start children meanwhile.
    ///
    /// # Errors
    /// An instance without hooks; the switch could not be started. Then nothing stands still.
    pub(super) fn prepare<'i>(
        run: Run<'a>,
        instances: impl Iterator<Item = &'i Instance>,
        still: Still,
    ) -> Result<Standstill<'a>> {
        let members = members(run.session.hooks, instances, still.where_there_are_hooks)?;
        if still.together {
            are_apart(&members)?;
        }
        members.iter().try_for_each(|(_, member)| can_be_frozen(run.session, member))?;
        let locks: Vec<StillLock> = members.iter().map(|(name, _)| hold(run.session, name)).collect::<Result<_>>()?;
        let mut things: BTreeMap<String, Thing> = BTreeMap::new();
        for (name, member) in &members {
            let Some(thing) = member.stops.as_ref().filter(|thing| !things.contains_key(*thing)) else { continue };
            let lock = hold_thing(run.session, name, thing)?;
            things.insert(thing.clone(), Thing { lock, turn: Mutex::default(), left_by: Mutex::default() });
        }
        let lent = |((_, member), lock): (&(InstanceName, Member), &StillLock)| {
            let thing = member.stops.as_ref().and_then(|thing| things.get(thing));
            let locks = [Some(lock), thing.map(|thing| &thing.lock)];
            Member { locks: locks.into_iter().flatten().map(|lock| lock.lend(true)).collect(), ..member.clone() }
        };
        let works = members.iter().zip(&locks).map(lent).collect();
        let watch = run.operation.without_its_lock(|| run.session.hooks.watch(works));
        for lock in locks.iter().chain(things.values().map(|thing| &thing.lock)) {
            let _ = lock.lend(false);
        }
        let watch = watch?;
        let standing =
            |(name, member)| Standing { name, member, begun: AtomicBool::default(), unknown: Mutex::default() };
        let members = members.into_iter().map(standing).collect();
        Ok(Standstill { run, watch, members, things, _locks: locks })
    }

    /// Waits for the turn of an instance that shares with others a thing that is stopped. While the turn is held, none
    /// of the others is stopped or let go on.
    pub(super) fn turn(&self, instance: &InstanceName) -> Option<Turn<'_>> {
        Some(self.thing(self.member(instance)?)?.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn thing(&self, member: &Member) -> Option<&Thing> {
        self.things.get(member.stops.as_ref()?)
    }

    /// How an instance is stopped and let go on.
    pub(super) fn member(&self, instance: &InstanceName) -> Option<&Member> {
        self.members.iter().find(|one| one.name == *instance).map(|one| &one.member)
    }

    fn place(&self, instance: &InstanceName) -> Result<usize> {
        let place = self.members.iter().position(|one| one.name == *instance);
        place.ok_or_else(|| Error::new(Kind::Failed, format!("{instance}: its hooks were not looked up")))
    }

    /// Makes an instance stand still. If that fails, and it may stand still all the same, it must be let go on.
    pub(super) fn quiesce(&self, instance: &InstanceName) -> std::result::Result<(), Refusal> {
        let number = self.place(instance).map_err(|error| Refusal { error, may_be_still: false })?;
        let Standing { member, begun, unknown, .. } = &self.members[number];
        if let Some(other) = self.thing(member).and_then(Thing::left_by) {
            // A process that lets the other one go on would let this one go on, too.
            let message = format!("{instance} shares what is stopped with {other}, which may stand still");
            return Err(Refusal { error: Error::new(Kind::Failed, message), may_be_still: false });
        }
        let step = Step::Quiesce { instance: instance.clone(), hooks: Some(member.checksum()) };
        let is_owed = Cell::new(true);
        let done = perform(
            self.run,
            &step,
            |intent| {
                begun.store(true, Ordering::SeqCst);
                let still = self.watch.quiesce(number, intent.starting().as_ref());
                let still = still.and_then(|()| {
                    let stands = is_by_its_director(self.run.session, instance, member, "stopped");
                    stands.map_err(NotStill::may_be)
                });
                is_owed.set(still.as_ref().err().is_none_or(NotStill::is_owed));
                if let Err(not_still) = &still {
                    let open = (intent.token().clone(), not_still.why.how.clone());
                    *unknown.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
                }
                still
            },
            |()| step.happened(),
        );
        done.map_err(|failed| Refusal {
            error: failed.error,
            may_be_still: begun.load(Ordering::SeqCst) && is_owed.get(),
        })
    }

    /// Lets an instance go on, whatever has happened. These snapshots of it are clean if it stood still until now.
    ///
    /// # Errors
    /// It could not be let go on, or that could not be recorded: then the operation still has to do it.
    pub(super) fn resume(&self, instance: &InstanceName, snapshots: Vec<(CpiName, SnapshotCid)>) -> Result<Stood> {
        let number = self.place(instance)?;
        let Standing { member, begun, unknown, .. } = &self.members[number];
        if !begun.swap(false, Ordering::SeqCst) {
            return Err(Error::new(Kind::Failed, format!("{instance} was not made to stand still")));
        }
        let is_unknown = unknown.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let step = Step::Resume { instance: instance.clone(), snapshots };
        let told = RefCell::new(None);
        let act = || {
            let resumed = self.watch.resume(number);
            let (by, stood) = (resumed.by, Stood { still_ms: resumed.still_ms, spoilt: spoilt(&resumed, member) });
            let goes_on = match resumed.failed {
                Some(why) => Err(NotResumed(why)),
                None => goes_on(self.run.session, instance, member, is_unknown).map_err(|how| NotResumed(how.into())),
            };
            if let (Err(_), Some(thing)) = (&goes_on, self.thing(member)) {
                *thing.left_by.lock().unwrap_or_else(PoisonError::into_inner) = Some(instance.clone());
            }
            let (failed, still_ms) = (goes_on.as_ref().err().map(|failed| failed.0.clone()), stood.still_ms);
            *told.borrow_mut() = Some(Told { by, failed, still_ms });
            goes_on.map(|()| stood)
        };
        let done = perform(self.run, &step, |_| act(), |stood| stood.outcome(&step));
        if told.borrow().is_none() {
            // If it cannot be recorded, it is done all the same.
            let _ = act();
        }
        let open = unknown.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Ok(_), Some((token, reason))) = (&done, open) {
            // If it cannot be recorded, the step is open, and the code that ends the operation sees that.
            let _ = self.run.operation.settle(&token, Outcome::Failed { reason });
        }
        done.map_err(|failed| {
            let id = self.run.operation.id();
            match told.take() {
                Some(told) => told.error(instance, member, failed.error).in_operation(id),
                None => failed.error,
            }
            .try_command(format!("snapback recover {id}"))
        })
    }
}

/// The result of letting an instance go on.
struct Told {
    by: Cause,
    /// Why it may stand still; `None` if it goes on.
    failed: Option<Why>,
    still_ms: u64,
}

impl Told {
    /// The error of a step that failed, or could not be recorded. The command to type comes after it.
    fn error(self, instance: &InstanceName, member: &Member, error: Error) -> Error {
        let Some(why) = self.failed else {
            let (still, unwritten) = (seconds(self.still_ms), error.in_one_line());
            let message = format!(
                "{instance} was let go on (it stood still for {still}), but that could not be recorded: {unwritten}"
            );
            return Error::new(error.kind(), message)
                .hint("no snapshot of it counts as clean; once the state file can be written, to end the operation:");
        };
        let unwritten = error.kind() == Kind::State;
        let error = match unwritten {
            true => Error::new(Kind::State, format!("{why}; and that could not be recorded: {}", error.in_one_line())),
            false => error,
        };
        let error = still_stands(instance, Some(member), error);
        error.hint(match self.by {
            Cause::Break | Cause::Hung => "snapback does not try it again by itself; to try it:",
            Cause::Word | Cause::Deadline => "a snapback process goes on trying for some minutes; to try it at once:",
        })
    }
}

impl Stood {
    /// The result in a line for people.
    pub(super) fn line(&self, instance: &InstanceName) -> String {
        format!("{instance} stood still for {}", seconds(self.still_ms))
    }

    fn outcome(&self, step: &Step) -> Outcome {
        let line = format!("stood still for {}", seconds(self.still_ms));
        match &self.spoilt {
            None => step.made(&Made::StoodStill(self.still_ms)),
            Some(why) => step.happened().telling(Some(format!("{line}; {why}"))),
        }
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}

/// Why snapshots that were taken before are not clean.
fn spoilt(resumed: &Resumed, member: &Member) -> Option<String> {
    let name = &member.name;
    match resumed.by {
        Cause::Deadline => {
            Some(format!("{name} was let go on when its time (max_still, {}) was over", seconds(member.max_still_ms)))
        }
        Cause::Break => Some(format!("the process that watches {name} had been killed")),
        Cause::Hung => Some(format!("the process that watches {name} did not answer any more, and was ended")),
        Cause::Word if !resumed.was_still => Some(format!("someone else had let {name} go on before")),
        Cause::Word => None,
    }
}
