//! Follows what the dead man's switch does, and takes over if it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::hook::{self, Attempts, FEW, Loose};
use super::words::{Cause, Member, Resumed, Said, Why};
use crate::process::companion::Process;
use crate::process::group;

/// How long a hook of a killed switch may take to end by SIGKILL. One that waits in the kernel takes longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// State that the threads of a watch share.
pub(super) struct Shared {
    members: Vec<Member>,
    /// The threads that wait for reports of each member; `None` once there can be no more reports.
    senders: Mutex<Option<Vec<Sender<Said>>>>,
    /// Whether nothing more is expected of it.
    closing: AtomicBool,
    /// Whether it was ended because it did not answer.
    hung: AtomicBool,
    /// Whether it has said something since the last check.
    has_spoken: AtomicBool,
    facts: Mutex<Facts>,
    /// The members that may stand still.
    owed: Mutex<BTreeSet<usize>>,
    child: Mutex<Process>,
}

#[derive(Default)]
struct Facts {
    /// Since when members stand still.
    still: BTreeMap<usize, Instant>,
    /// The last hook of each member.
    hooks: BTreeMap<usize, Hook>,
    /// The members whose first hook is over.
    is_second: BTreeMap<usize, ()>,
    /// Hooks of a stuck switch that it has not reported, and that could not be ended.
    strays: Vec<u32>,
}

/// A hook's process, the leader of its group.
#[derive(Clone, Copy)]
struct Hook {
    pid: u32,
    /// Whether it lets its member go on.
    lets_go: bool,
}

impl Shared {
    pub(super) fn new(members: Vec<Member>, senders: Vec<Sender<Said>>, child: Process) -> Shared {
        Shared {
            members,
            senders: Mutex::new(Some(senders)),
            closing: AtomicBool::default(),
            hung: AtomicBool::default(),
            has_spoken: AtomicBool::default(),
            facts: Mutex::default(),
            owed: Mutex::default(),
            child: Mutex::new(child),
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a member is about to be stopped.
    pub(super) fn owes(&self, number: usize) {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
    }

    /// Whether any member may stand still.
    pub(super) fn is_owed(&self) -> bool {
        !self.owed.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn goes_on(&self, number: usize) {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    /// Notes that nothing more is expected of it.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    pub(super) fn is_hung(&self) -> bool {
        self.hung.load(Ordering::SeqCst)
    }

    /// Whether it is known that there will be no more reports.
    pub(super) fn is_over(&self) -> bool {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Notes that it has said something.
    pub(super) fn heard(&self) {
        self.has_spoken.store(true, Ordering::SeqCst);
    }

    /// Whether it has said something since the last check.
    pub(super) fn has_spoken(&self) -> bool {
        self.has_spoken.swap(false, Ordering::SeqCst)
    }

    /// Notes a report about a member, and passes it on.
    pub(super) fn note(&self, said: Said) {
        let mut facts = self.facts();
        let number = match &said {
            Said::Ready | Said::Alive => return,
            Said::Still(number) => {
                facts.still.insert(*number, Instant::now());
                facts.is_second.insert(*number, ());
                *number
            }
            Said::NotStill(number, not_still) => {
                if !not_still.is_owed() {
                    self.goes_on(*number);
                }
                facts.is_second.insert(*number, ());
                *number
            }
            Said::Resumed(number, resumed) => {
                if resumed.failed.is_none() {
                    facts.still.remove(number);
                    self.goes_on(*number);
                }
                *number
            }
            Said::Started(number, pid) => {
                let lets_go = facts.is_second.contains_key(number);
                facts.hooks.insert(*number, Hook { pid: *pid, lets_go });
                *number
            }
        };
        drop(facts);
        let senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = senders.as_ref().and_then(|senders| senders.get(number)).map(|sender| sender.send(said));
    }

    /// Ends a switch that does not answer, and its hooks.
    pub(super) fn end_it(&self) {
        self.hung.store(true, Ordering::SeqCst);
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // While it is stopped, it starts no hook between the look and its end.
        group::stop(child.id());
        let hooks = group::children(child.id());
        let _ = child.kill();
        drop(child);
        // All of them get the signal before snapback waits for one.
        let mut strays = hooks;
        strays.retain(|hook| !group::kill(*hook, Duration::ZERO));
        strays.retain(|hook| !group::is_gone_within(*hook, PATIENCE));
        self.facts().strays = strays;
    }

    /// Reaps the process.
    pub(super) fn reap(&self) {
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }

    /// Lets every member go on that stands still, unless the switch was told to end. From now on nothing is heard of
    /// it.
    pub(super) fn take_over(&self) {
        let Some(senders) = self.senders.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        thread::scope(|scope| {
            while !self.is_closing() {
                let Some((number, since)) = self.facts().still.pop_first() else { break };
                let Some(sender) = senders.get(number).cloned() else { continue };
                let act = move || {
                    let _ = sender.send(Said::Resumed(number, self.by_hand(number, Some(since))));
                };
                // Each in a thread of its own: the hook of one may hang. If there are no more threads, one after the
                // other.
                if thread::Builder::new().name("by-hand".to_owned()).spawn_scoped(scope, act.clone()).is_err() {
                    act();
                }
            }
        });
    }

    /// Lets a member go on without the switch. The switch's last hook must not do anything unnoticed.
    pub(super) fn by_hand(&self, number: usize, since: Option<Instant>) -> Resumed {
        let by = if self.is_hung() { Cause::Hung } else { Cause::Break };
        let still_ms = || since.map_or(0, |since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX));
        let failed = |why: Why| Resumed { failed: Some(why), by, was_still: false, still_ms: still_ms() };
        let Some(member) = self.members.get(number) else {
            return failed(format!("there is no member {number}").into());
        };
        let (hook, stray) = {
            let facts = self.facts();
            (facts.hooks.get(&number).copied(), facts.strays.iter().copied().find(|stray| group::lives(*stray)))
        };
        let living = hook.filter(|hook| !group::kill(hook.pid, PATIENCE));
        // Never two at the same time.
        let in_the_way = living.filter(|hook| hook.lets_go).map(|hook| hook.pid);
        let unknown = stray.filter(|stray| living.is_none_or(|hook| hook.pid != *stray));
        if let Some(pid) = in_the_way.or(unknown) {
            let name = &member.name;
            return failed(format!("a hook for {name} cannot be ended (process {pid}), so no other was run").into());
        }
        let loose = match (since, living) {
            // One that was stopped by its hook can only have been let go on by the next.
            (Some(_), None) => Loose::default(),
            (Some(_), Some(hook)) => Loose { hook: Some(hook.pid), is_elsewhere: false },
            (None, _) => Loose::cut_off(member, hook.map(|hook| hook.pid)),
        };
        let last = AtomicU32::default();
        let attempts =
            Attempts { most: FEW, is_waited_for: true, loose, starting: None, last: &last, is_over: &|| false };
        match hook::resume_trying(member, &attempts) {
            Ok(was_still) => Resumed { failed: None, by, was_still, still_ms: still_ms() },
            Err(why) => failed(why),
        }
    }
}
