//! The side of the dead man's switch: what it does when it is told to, when nobody is there any more, and when time is over.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::hook::{self, FEW, MANY};
use super::words::{Cause, Member, NotStill, Order, Resumed, Said, WORD};
use crate::fault::Faults;
use crate::process::{self, Stop};

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
    fn at(&self, hook: &str, phase: &str) -> Result<(), String> {
        self.faults.at(&["dead_man", hook, phase]).map_err(|error| error.in_one_line())
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
    let begun = Instant::now();
    match quiesce(number, member, shared) {
        Ok(()) => shared.say(&Said::Still(number)),
        Err(not_still) => {
            let by_another = not_still.by_another;
            shared.say(&Said::NotStill(number, not_still));
            if by_another {
                return;
            }
        }
    }
    let mut until = begun + member.max_still();
    let mut is_late = false;
    loop {
        let heard = told.recv_timeout(until.saturating_duration_since(Instant::now()));
        let cause = match heard {
            Ok(Order::Resume(_)) if is_late => Cause::Deadline,
            Ok(Order::Resume(_)) => Cause::Word,
            Ok(Order::Quiesce(_)) => continue,
            Err(RecvTimeoutError::Timeout) => Cause::Deadline,
            Err(RecvTimeoutError::Disconnected) => Cause::Break,
        };
        is_late |= cause == Cause::Deadline;
        let result = shared
            .at("resume", "before")
            .and_then(|()| hook::resume_trying(member, if cause == Cause::Break { MANY } else { FEW }))
            .and_then(|was_still| shared.at("resume", "after").map(|()| was_still));
        let still_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(was_still) => {
                let resumed = Resumed { failed: None, by: cause, was_still, still_ms };
                return shared.say(&Said::Resumed(number, resumed));
            }
            Err(_) if cause == Cause::Break => return,
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

fn quiesce(number: usize, member: &Member, shared: &Shared) -> Result<(), NotStill> {
    let failed = |why| NotStill { why, by_another: false };
    shared.at("quiesce", "before").map_err(failed)?;
    let broken = Arc::clone(&shared.broken);
    let stop: Stop = Arc::new(move || broken.load(Ordering::SeqCst));
    let teller = shared.clone();
    hook::quiesce(member, stop, Arc::new(move |pid| teller.say(&Said::Started(number, pid))))?;
    shared.at("quiesce", "after").map_err(failed)
}
