//! Ctrl-C and similar signals: what is under way when the end is asked for, and what must not begin any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::domain::called::Called;
use crate::domain::ids::{OperationId, Token};
use crate::error::{Error, Kind, Result};
use crate::process::foreground::{SIGINT, pass_on};

/// The signal that asked for the end, if any, and what is at stake.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    signal: AtomicUsize,
    course: Mutex<Course>,
}

/// The work that this process is doing.
#[derive(Debug, Default)]
struct Course {
    called: Called,
    /// Operations that are just being begun.
    beginning: usize,
    /// The operations that have begun, and have not ended.
    operations: BTreeSet<OperationId>,
    calls: BTreeMap<u64, Call>,
    next: u64,
    asking: bool,
    foreground: Option<Running>,
    /// The exit status of the command that was in the foreground.
    passed_on: Option<u8>,
}

/// A command in the foreground: signals are for it.
#[derive(Debug, Default)]
struct Running {
    process: Option<u32>,
    /// The signals that came before the process existed.
    early: Vec<i32>,
}

#[derive(Debug, Clone)]
struct Call {
    step: Option<Token>,
    what: String,
    since: Instant,
}

/// What is at stake when a signal comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stake {
    /// Nothing has been begun.
    Nothing,
    /// Nothing has been begun, and a question is open: only the operator could end it.
    Question,
    /// Operations are under way; the calls that are waited for, a line each.
    Operations(Vec<String>),
}

/// What a process leaves open that ends at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The calls whose result nobody will know, a line each.
    pub calls: Vec<String>,
    /// The operations that wait for `recover`.
    pub operations: Vec<String>,
    /// What printed commands repeat of the command line.
    pub called: Called,
}

/// Something that lasts until this value is dropped.
#[must_use = "it ends where this is dropped"]
pub struct Lasting {
    interrupt: Interrupt,
    what: Thing,
}

enum Thing {
    Foreground,
    Call(u64),
    Question,
    Beginning,
}

impl Interrupt {
    /// Fails once a signal has come.
    ///
    /// # Errors
    /// [`Kind::Interrupted`]
    pub fn check(&self) -> Result<()> {
        match i32::try_from(self.0.signal.load(Ordering::SeqCst)).unwrap_or(0) {
            0 => Ok(()),
            signal => Err(Error::new(Kind::Interrupted(signal), "interrupted: nothing new was begun")),
        }
    }

    /// Notes a signal, and returns what is at stake.
    pub fn came(&self, signal: i32) -> Stake {
        let course = self.course();
        self.0.signal.store(usize::try_from(signal).unwrap_or(0), Ordering::SeqCst);
        if course.at_stake() {
            return Stake::Operations(course.waited_for());
        }
        if course.asking { Stake::Question } else { Stake::Nothing }
    }

    /// Ends the process by calling `end` with the exit status, unless something is at stake. Nothing can begin
    /// meanwhile.
    pub fn end_if_nothing_is_at_stake(&self, signal: i32, end: impl FnOnce(i32)) {
        let course = self.course();
        if !course.at_stake() {
            end(course.passed_on.map_or(128 + signal, i32::from));
        }
    }

    /// True while children are being asked or ended.
    pub fn is_calling(&self) -> bool {
        !self.course().calls.is_empty()
    }

    /// What is left open if the process ends at once.
    pub fn left(&self) -> Left {
        let course = self.course();
        Left {
            calls: course.calls.values().filter(|call| call.step.is_some()).map(Call::line).collect(),
            operations: course.operations.iter().map(ToString::to_string).collect(),
            called: course.called.clone(),
        }
    }

    /// Notes what printed commands repeat of the command line.
    pub fn called(&self, called: &Called) {
        self.course().called = called.clone();
    }

    /// Notes that an operation is about to begin.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] once a signal has come.
    pub fn beginning(&self) -> Result<Lasting> {
        let mut course = self.course();
        self.check()?;
        course.beginning += 1;
        Ok(self.lasting(Thing::Beginning))
    }

    /// Until the value is dropped, no signal ends the process: it finishes what it has begun.
    pub fn finishing(&self) -> Lasting {
        self.course().beginning += 1;
        self.lasting(Thing::Beginning)
    }

    /// Notes that an operation has begun, or was taken over.
    pub fn begun(&self, operation: &OperationId) {
        self.course().operations.insert(operation.clone());
    }

    /// Notes that an operation has ended.
    pub fn ended(&self, operation: &OperationId) {
        self.course().operations.remove(operation);
    }

    /// Notes that a call is under way, with its step if it changes something.
    pub fn calling(&self, step: Option<&Token>, what: String) -> Lasting {
        let mut course = self.course();
        let number = course.next;
        course.next += 1;
        course.calls.insert(number, Call { step: step.cloned(), what, since: Instant::now() });
        self.lasting(Thing::Call(number))
    }

    /// Notes that the operator is being asked.
    pub fn asking(&self) -> Lasting {
        self.course().asking = true;
        self.lasting(Thing::Question)
    }

    /// Notes that a command runs in the foreground, until the value is dropped.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] once a signal has come: that one was for snapback, and the command must not be run.
    pub fn foreground(&self) -> Result<Lasting> {
        let mut course = self.course();
        self.check()?;
        course.foreground = Some(Running::default());
        Ok(self.lasting(Thing::Foreground))
    }

    /// The exit status of the command that was in the foreground: once it has ended, no signal changes the status.
    pub fn passed_on(&self) -> Option<u8> {
        self.course().passed_on
    }

    /// The exit status of a process that a signal ends.
    pub fn status_by(&self, signal: i32) -> i32 {
        self.passed_on().map_or(128 + signal, i32::from)
    }

    /// Whether a signal is for the command in the foreground. The terminal sends Ctrl-C to it, too; a signal to
    /// snapback alone is passed on.
    pub fn is_anothers(&self, signal: i32) -> bool {
        let mut course = self.course();
        let Some(running) = &mut course.foreground else { return false };
        match running.process {
            _ if signal == SIGINT => {}
            Some(process) => pass_on(process, signal),
            None => running.early.push(signal),
        }
        true
    }

    /// Whether children that change nothing are to end: the end was asked for, and no operation needs their answer.
    pub fn ends_queries(&self) -> bool {
        self.check().is_err() && !self.course().at_stake()
    }

    fn lasting(&self, what: Thing) -> Lasting {
        Lasting { interrupt: self.clone(), what }
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.0.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lasting {
    /// Notes that this process is the command in the foreground.
    pub fn is(&self, process: u32) {
        if let Some(running) = &mut self.interrupt.course().foreground {
            running.process = Some(process);
            running.early.drain(..).for_each(|signal| pass_on(process, signal));
        }
    }

    /// Notes that the command in the foreground has ended, with this exit status.
    pub fn passes_on(&self, status: u8) {
        self.interrupt.course().passed_on = Some(status);
    }
}

impl Course {
    fn at_stake(&self) -> bool {
        self.beginning > 0 || !self.operations.is_empty()
    }

    fn waited_for(&self) -> Vec<String> {
        if self.calls.is_empty() {
            return self.operations.iter().map(|operation| format!("the end of operation {operation}")).collect();
        }
        self.calls.values().map(Call::line).collect()
    }
}

impl Call {
    fn line(&self) -> String {
        let step = self.step.as_ref().map_or(String::new(), |of| format!("step {} of {}: ", of.step, of.operation));
        format!("{step}{}, for {} s so far", self.what, self.since.elapsed().as_secs())
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        let mut course = self.interrupt.course();
        match self.what {
            Thing::Call(number) => drop(course.calls.remove(&number)),
            Thing::Foreground => course.foreground = None,
            Thing::Question => course.asking = false,
            Thing::Beginning => course.beginning -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_stake_is_told_and_nothing_more_is_begun() {
        let interrupt = Interrupt::default();
        let (operation, token) = (OperationId::new("a1"), Token { operation: OperationId::new("a1"), step: 2 });
        drop(interrupt.beginning().unwrap());
        let asking = interrupt.asking();
        assert_eq!(interrupt.came(0), Stake::Question);
        drop(asking);
        assert_eq!(interrupt.came(0), Stake::Nothing);
        interrupt.begun(&operation);
        let call = interrupt.calling(Some(&token), "snapshot_disk".to_owned());
        assert!(!interrupt.ends_queries());
        let line = "step 2 of a1: snapshot_disk, for 0 s so far".to_owned();
        assert_eq!(interrupt.came(2), Stake::Operations(vec![line.clone()]));
        assert!(interrupt.check().is_err() && interrupt.beginning().is_err());
        let left = interrupt.left();
        assert_eq!((left.calls, left.operations), (vec![line], vec!["a1".to_owned()]));
        drop(call);
        assert_eq!(interrupt.came(2), Stake::Operations(vec!["the end of operation a1".to_owned()]));
        interrupt.end_if_nothing_is_at_stake(2, |_| panic!("an operation is under way"));
        interrupt.ended(&operation);
        assert!(interrupt.ends_queries());
        let mut ended = None;
        interrupt.end_if_nothing_is_at_stake(2, |status| ended = Some(status));
        assert_eq!(ended, Some(130));
    }
    #[test]
    fn a_signal_before_a_command_keeps_it_from_running_and_one_after_it_does_not_change_its_status() {
        let interrupt = Interrupt::default();
        let foreground = interrupt.foreground().unwrap();
        assert!(interrupt.is_anothers(SIGINT));
        foreground.passes_on(7);
        drop(foreground);
        assert!(!interrupt.is_anothers(SIGINT));
        assert_eq!((interrupt.came(SIGINT), interrupt.status_by(SIGINT)), (Stake::Nothing, 7));
        assert!(interrupt.foreground().is_err());
    }
}
