//! The session of a use case that changes something: everything that it works with.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::dead_man::{Member, Watch};
use super::elsewhere::refuse_if_elsewhere;
use super::interrupt::Interrupt;
use super::presence::{Presence, Thing};
use super::progress::Progress;
use crate::clock::Clock;
use crate::cpi::{Cpi, CpiError};
use crate::director::Bosh;
use crate::domain::freshness::{Freshness, MaxAge};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::operation::{Author, Claim, Verb};
use crate::domain::step::{Hook, Step};
use crate::domain::swap::{HooksPresent, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::fault::Faults;
use crate::state::{NewOperation, OpenOperation, Seen, State, StateError};

/// Where the clouds come from.
pub trait CpiSource: Sync {
    /// The CPI of this name.
    ///
    /// # Errors
    /// It is unknown here, or its settings are wrong.
    fn cpi(&self, name: &CpiName) -> Result<Arc<dyn Cpi>>;

    /// Whether snapback itself is this CPI: asking it starts no program.
    fn is_builtin(&self, _name: &CpiName) -> bool {
        false
    }
}

/// The operator's hooks.
pub trait HookRunner: Sync {
    /// The hooks that exist.
    fn present(&self) -> HooksPresent;

    /// Runs a hook to its end. A hook that does not exist succeeds.
    ///
    /// # Errors
    /// It could not be run, failed, or took too long.
    fn run(&self, hook: Hook, instance: &InstanceName) -> Result<()>;

    /// Runs the verify hook on a disk that no VM has. Returns what it found wrong, if anything.
    ///
    /// # Errors
    /// There is no such hook, it could not be run, took too long, or did not say that it has looked at this disk.
    fn verify_scratch(&self, _scratch: &Scratch<'_>) -> Result<Option<String>> {
        Err(Error::new(Kind::Unsupported, "there is no verify hook"))
    }

    /// How an instance is made to stand still, and to go on; `None` if nothing is set for it.
    ///
    /// # Errors
    /// [`Kind::Refused`] if the settings do not fit the instance.
    fn stillness(&self, _instance: &Instance) -> Result<Option<Member>> {
        Ok(None)
    }

    /// Starts the dead man's switch for these members.
    ///
    /// # Errors
    /// It could not be started.
    fn watch(&self, _members: Vec<Member>) -> Result<Watch> {
        Err(Error::new(Kind::Unsupported, "there are no quiesce and resume hooks"))
    }
}

/// A disk that was made only to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Scratch<'a> {
    /// The disk.
    pub disk: &'a DiskCid,
    /// Its raw image, if that is a file on this machine.
    pub image: Option<&'a Path>,
    /// The snapshot that it was made from.
    pub snapshot: &'a SnapshotCid,
    /// The instance that the snapshot was taken of.
    pub instance: &'a InstanceName,
}

/// A state file, clouds, hooks, time: everything that a use case needs to change something.
pub struct Session<'a> {
    /// The state file.
    pub state: State,
    /// The clouds.
    pub cpis: &'a dyn CpiSource,
    /// The operator's hooks.
    pub hooks: &'a dyn HookRunner,
    /// The Director, asked through the operator's bosh CLI.
    pub bosh: &'a Bosh,
    /// Listens to the use case.
    pub progress: &'a dyn Progress,
    /// The time.
    pub clock: Clock,
    /// The faults of a test.
    pub faults: Faults,
    /// Ctrl-C.
    pub interrupt: Interrupt,
    /// The user and the host.
    pub author: Author,
    /// The command line, without secrets.
    pub arguments: String,
    /// How long to wait for things that other operations have claimed.
    pub wait: Duration,
    /// How old the inventory may be if a CPI cannot tell which disks a VM has.
    pub max_inventory_age: MaxAge,
    /// The clouds, as far as they were seen in this run.
    pub presence: Presence,
}

impl Session<'_> {
    /// The greatest age of an inventory that is believed, and the present time.
    pub fn freshness(&self) -> Freshness {
        Freshness { now: self.clock.now(), most: self.max_inventory_age }
    }

    /// Refuses to take for gone a thing that a cloud says it does not have, if the cloud has none of the things that
    /// are known to be there.
    ///
    /// # Errors
    /// As [`Presence::refuse_if_absent`].
    pub fn refuse_if_absent(&self, cpi: &dyn Cpi, method: &'static str, thing: Thing) -> Result<(), CpiError> {
        self.presence.refuse_if_absent(self.state.reader(), cpi, method, thing)
    }

    /// Refuses to take a snapshot for gone if the cloud does not have its disk either.
    ///
    /// # Errors
    /// As [`refuse_if_elsewhere`].
    pub fn refuse_if_elsewhere(
        &self,
        cpi: &dyn Cpi,
        method: &'static str,
        snapshot: &SnapshotCid,
    ) -> Result<(), CpiError> {
        refuse_if_elsewhere(&self.presence, self.state.reader(), cpi, method, snapshot)
    }

    /// Begins an operation.
    ///
    /// # Errors
    /// Another operation has claimed a thing that it needs; the errors of the state file.
    pub fn begin(&self, verb: Verb, claims: Vec<Claim>, plan: Option<SwapPlan>) -> Result<OpenOperation> {
        Ok(self.begin_new(&NewOperation { plan, ..self.new_operation(verb, claims) })??)
    }

    /// Begins an operation whose first step comes next, with the row of that step in the same commit.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub fn begin_with(&self, verb: Verb, claims: Vec<Claim>, first: Step) -> Result<OpenOperation> {
        Ok(self.begin_new(&NewOperation { first: Some(first), ..self.new_operation(verb, claims) })??)
    }

    /// As [`Session::begin_with`], for an operation whose step was prepared since `seen`, without its claims; there is
    /// no step if the look has shown that there is nothing to do. Returns `None` if another operation has begun
    /// meanwhile: then the caller has to look again.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub fn begin_as_seen(
        &self,
        verb: Verb,
        claims: Vec<Claim>,
        first: Option<Step>,
        seen: Seen,
    ) -> Result<Option<OpenOperation>> {
        match self.begin_new(&NewOperation { first, seen: Some(seen), ..self.new_operation(verb, claims) })? {
            Err(StateError::Overtaken) => Ok(None),
            begun => Ok(Some(begun?)),
        }
    }

    fn new_operation(&self, verb: Verb, claims: Vec<Claim>) -> NewOperation {
        let (arguments, author) = (self.arguments.clone(), self.author.clone());
        NewOperation { verb, arguments, author, claims, plan: None, wait: self.wait, first: None, seen: None }
    }

    fn begin_new(&self, new: &NewOperation) -> Result<std::result::Result<OpenOperation, StateError>> {
        let _beginning = self.interrupt.beginning()?;
        let verb = new.verb.name();
        self.faults.at(&[verb, "begin", "before"])?;
        let operation = match self.state.begin(new, &|| self.interrupt.check().is_ok()) {
            Ok(operation) => operation,
            // An operation that waits for another one, and is told to end, has not failed.
            Err(error) => return self.interrupt.check().map(|()| Err(error)),
        };
        self.interrupt.begun(operation.id());
        match self.faults.at(&[verb, "begin", "after"]) {
            Ok(()) => Ok(Ok(operation)),
            Err(error) => Err(error.in_operation(operation.id()).try_command("snapback recover")),
        }
    }
}
