//! The side of the dead man's switch: what it does when it is told to, when nobody is there any more, and when time is over.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::hook::{self, Attempts, FEW, Loose, MANY};
use super::words::{Cause, Member, NotStill, Order, Resumed, Said, WORD, Why};
use crate::domain::intent::Starting;
use crate::fault::Faults;
use crate::process::{self, Stop};
use crate::state::Inherited;

/// How it ends where it could not even begin.
const FAILED: u8 = 1;
/// How long it waits before it tries again what has failed at its deadline.
const AGAIN: Duration = Duration::from_secs(30);

/// What all members share.
#[derive(Clone)]
struct Shared {
    /// Whether the pipe to snapback is broken.
    broken: Arc<AtomicBool>,
    said: Arc<Mutex<io::Stdout>>,
    faults: Faults,
}

impl Shared {
    /// Nobody may be there to hear it.
    fn say(&self, said: &Said) {
        if let Ok(line) = serde_json::to_string(said) {
            let _ = process::companion::tell(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner), &line);
        }
    }

    /// An error that a test wants is one of the hook.
    fn at(&self, hook: &str, phase: &str) -> Result<(), Why> {
        self.faults.at(&["dead_man", hook, phase]).map_err(|error| Why::from(error.in_one_line()))
    }

    /// Who notes the hooks of a member, and tells of them.
    fn starting(&self, number: usize, lock: Option<&Arc<Inherited>>) -> Starting {
        let (teller, lock) = (self.clone(), lock.cloned());
        Arc::new(move |pid| {
            if let Some(lock) = &lock {
                lock.note(pid);
            }
            teller.say(&Said::Started(number, pid));
        })
    }
}

/// Is the dead man's switch, where the arguments say so, until its work is over. Gives an exit status then, and none where
/// this is no such process.
pub fn serve(mut arguments: impl Iterator<Item = OsString>) -> Option<u8> {
    arguments.nth(1).filter(|word| word == WORD)?;
    process::companion::stand_alone();
    let mut input = BufReader::new(io::stdin());
    let mut line = String::new();
    let members: Vec<Member> = match input.read_line(&mut line) {
        Ok(_) => serde_json::from_str(&line).ok()?,
        Err(_) => return Some(FAILED),
    };
    let shared = Shared { broken: Arc::default(), said: Arc::new(Mutex::new(io::stdout())), faults: faults(&members) };
    let mut lives = Vec::new();
    for (number, member) in members.into_iter().enumerate() {
        let (orders, told) = channel();
        let shared = shared.clone();
        let life = move || live(number, &member, &told, &shared);
        let Ok(thread) = thread::Builder::new().name("member".to_owned()).spawn(life) else { return Some(FAILED) };
        lives.push((orders, thread));
    }
    shared.say(&Said::Ready);
    listen(&mut input, &lives.iter().map(|(orders, _)| orders.clone()).collect::<Vec<_>>());
    shared.broken.store(true, Ordering::SeqCst);
    for (orders, thread) in lives {
        drop(orders);
        let _ = thread.join();
    }
    Some(0)
}

#[cfg(debug_assertions)]
fn faults(members: &[Member]) -> Faults {
    let told = members.iter().flat_map(|member| &member.env).find(|(name, _)| name == "SNAPBACK_TEST_FAULT_DEAD_MAN");
    told.map_or_else(Faults::none, |(_, spec)| Faults::parse(spec))
}

#[cfg(not(debug_assertions))]
fn faults(_members: &[Member]) -> Faults {
    Faults::none()
}

/// Passes on what snapback says, until it says nothing any more.
fn listen(input: &mut impl BufRead, members: &[Sender<Order>]) {
    for line in input.lines().map_while(Result::ok) {
        let Ok(order) = serde_json::from_str(&line) else { continue };
        let (Order::Quiesce(number) | Order::Resume(number)) = order;
        // One that goes on already does not listen.
        let _ = members.get(number).map(|member| member.send(order));
    }
}

/// The life of one member: it is stopped once, and goes on once.
fn live(number: usize, member: &Member, told: &Receiver<Order>, shared: &Shared) {
    let Ok(Order::Quiesce(_)) = told.recv() else { return };
    let lock = member.lock.and_then(|lock| Inherited::of(lock).ok()).map(Arc::new);
    let begun = Instant::now();
    let mut loose = Loose::default();
    match quiesce(number, member, lock.as_ref(), shared) {
        Ok(()) => shared.say(&Said::Still(number)),
        Err((not_still, what)) => {
            let is_owed = not_still.is_owed();
            loose = what;
            shared.say(&Said::NotStill(number, not_still));
            if !is_owed {
                return;
            }
        }
    }
    let mut until = begun + member.max_still();
    let mut is_late = false;
    // Whoever wants the lock lets it go on; nobody does while snapback is there.
    let is_over = || shared.broken.load(Ordering::SeqCst) && lock.as_ref().is_some_and(|lock| lock.is_asked_to_end());
    loop {
        let heard = told.recv_timeout(until.saturating_duration_since(Instant::now()));
        is_late |= begun.elapsed() > member.max_still();
        let cause = match heard {
            Ok(Order::Resume(_)) if is_late => Cause::Deadline,
            Ok(Order::Resume(_)) => Cause::Word,
            Ok(Order::Quiesce(_)) => continue,
            Err(RecvTimeoutError::Timeout) => Cause::Deadline,
            Err(RecvTimeoutError::Disconnected) => Cause::Break,
        };
        is_late |= cause == Cause::Deadline;
        let is_alone = cause == Cause::Break;
        let attempts = Attempts {
            most: if is_alone { MANY } else { FEW },
            is_waited_for: !is_alone,
            loose,
            starting: Some(shared.starting(number, lock.as_ref())),
            is_over: &is_over,
        };
        let result = shared
            .at("resume", "before")
            .and_then(|()| hook::resume_trying(member, &attempts))
            .and_then(|was_still| shared.at("resume", "after").map(|()| was_still));
        let still_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(was_still) => {
                let resumed = Resumed { failed: None, by: cause, was_still, still_ms };
                return shared.say(&Said::Resumed(number, resumed));
            }
            Err(_) if is_alone => return,
            Err(why) => {
                // At the deadline nobody waits for it yet.
                if heard.is_ok() {
                    let resumed = Resumed { failed: Some(why), by: cause, was_still: true, still_ms };
                    shared.say(&Said::Resumed(number, resumed));
                }
                until = Instant::now() + AGAIN;
            }
        }
    }
}

fn quiesce(
    number: usize,
    member: &Member,
    lock: Option<&Arc<Inherited>>,
    shared: &Shared,
) -> Result<(), (NotStill, Loose)> {
    let failed = |why| (NotStill::may_be(why), Loose::default());
    shared.at("quiesce", "before").map_err(failed)?;
    let broken = Arc::clone(&shared.broken);
    let stop: Stop = Arc::new(move || broken.load(Ordering::SeqCst));
    hook::quiesce(member, stop, shared.starting(number, lock))?;
    shared.at("quiesce", "after").map_err(failed)
}
