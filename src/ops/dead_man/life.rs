//! The dead man's switch itself: what it does when it is told to, when snapback is gone, and when time is over.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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

/// The exit status if it could not even begin.
const FAILED: u8 = 1;
/// How long it waits before it repeats a failed attempt at its deadline.
const AGAIN: Duration = Duration::from_secs(30);
/// The time beyond a hook's deadline after which it counts as stuck.
const SLACK: Duration = Duration::from_secs(60);

/// State that the lives of all members share.
#[derive(Clone)]
struct Shared {
    /// Whether the pipe to snapback is broken.
    broken: Arc<AtomicBool>,
    said: Arc<Mutex<io::Stdout>>,
    faults: Faults,
    /// By when each member must have finished its present work; one that has died is always late.
    due: Arc<Mutex<BTreeMap<usize, Instant>>>,
}

impl Shared {
    /// Says it; nobody may be there to hear it.
    fn say(&self, said: &Said) {
        if let Ok(line) = serde_json::to_string(said) {
            let _ = process::companion::tell(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner), &line);
        }
    }

    /// Notes by when a member must have finished its present work.
    fn until(&self, number: usize, most: Duration) {
        let due = Instant::now().checked_add(most.saturating_add(SLACK));
        let mut all = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = due.map(|due| all.insert(number, due));
    }

    /// Notes that a member waits for an order.
    fn waits(&self, number: usize) {
        let _ = self.due.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    /// Whether each member keeps to its time.
    fn is_in_time(&self) -> bool {
        let now = Instant::now();
        self.due.lock().unwrap_or_else(PoisonError::into_inner).values().all(|due| now <= *due)
    }

    /// An error that a test wants counts as one of the hook.
    fn at(&self, hook: &str, phase: &str) -> Result<(), Why> {
        self.faults.at(&["dead_man", hook, phase]).map_err(|error| Why::from(error.in_one_line()))
    }

    /// The function that notes the hooks of a member, and reports them.
    fn starting(&self, number: usize, locks: &[Arc<Inherited>]) -> Starting {
        let (teller, locks) = (self.clone(), locks.to_vec());
        Arc::new(move |pid| {
            locks.iter().for_each(|lock| lock.note(pid));
            teller.say(&Said::Started(number, pid));
        })
    }
}

/// Acts as the dead man's switch, if the arguments say so, until its work is over. Returns an exit status then, and
/// `None` if this is not such a process.
pub fn serve(mut arguments: impl Iterator<Item = OsString>) -> Option<u8> {
    arguments.nth(1).filter(|word| word == WORD)?;
    process::companion::stand_alone();
    let mut input = BufReader::new(io::stdin());
    let mut line = String::new();
    let members: Vec<Member> = match input.read_line(&mut line) {
        Ok(_) => serde_json::from_str(&line).ok()?,
        Err(_) => return Some(FAILED),
    };
    let shared = Shared {
        broken: Arc::default(),
        said: Arc::new(Mutex::new(io::stdout())),
        faults: faults(&members),
        due: Arc::default(),
    };
    let _ = shared.at("begin", "before");
    let mut lives = Vec::new();
    for (number, member) in members.into_iter().enumerate() {
        let (orders, told) = channel();
        let shared = shared.clone();
        let life = move || {
            let _late = LateIfDead(number, shared.clone());
            live(number, &member, &told, &shared);
        };
        let Ok(thread) = thread::Builder::new().name("member".to_owned()).spawn(life) else { return Some(FAILED) };
        lives.push((orders, thread));
    }
    shared.say(&Said::Ready);
    listen(&mut input, &lives.iter().map(|(orders, _)| orders.clone()).collect::<Vec<_>>(), &shared);
    shared.broken.store(true, Ordering::SeqCst);
    let _ = shared.at("end", "before");
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

/// Passes on snapback's orders until there are no more.
fn listen(input: &mut impl BufRead, members: &[Sender<Order>], shared: &Shared) {
    for line in input.lines().map_while(Result::ok) {
        let Ok(order) = serde_json::from_str(&line) else { continue };
        let number = match order {
            Order::Quiesce(number) | Order::Resume(number) => number,
            Order::Answer if shared.is_in_time() => {
                shared.say(&Said::Alive);
                continue;
            }
            // snapback ends a switch that does not answer, and takes over.
            Order::Answer => continue,
        };
        // A member that goes on already does not listen.
        let _ = members.get(number).map(|member| member.send(order));
    }
}

/// Marks a panicked life as late: otherwise snapback would wait for it for ever.
struct LateIfDead(usize, Shared);

impl Drop for LateIfDead {
    fn drop(&mut self) {
        if thread::panicking() {
            let long_ago = Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or_else(Instant::now);
            self.1.due.lock().unwrap_or_else(PoisonError::into_inner).insert(self.0, long_ago);
        }
    }
}

/// The life of one member: it is stopped once, and it goes on once.
fn live(number: usize, member: &Member, told: &Receiver<Order>, shared: &Shared) {
    let Ok(Order::Quiesce(_)) = told.recv() else { return };
    let locks: Vec<_> = member.locks.iter().filter_map(|lock| Inherited::of(*lock).ok()).map(Arc::new).collect();
    let begun = Instant::now();
    let (mut loose, last) = (Loose::default(), AtomicU32::default());
    // The look before it may take as long.
    shared.until(number, member.max_still().saturating_mul(2));
    let stands = quiesce(number, member, &locks, shared);
    shared.waits(number);
    match stands {
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
    // A process that wants the lock lets the member go on; nobody does while snapback is there.
    let is_over = || shared.broken.load(Ordering::SeqCst) && locks.iter().any(|lock| lock.is_asked_to_end());
    loop {
        let heard = told.recv_timeout(until.saturating_duration_since(Instant::now()));
        is_late |= begun.elapsed() > member.max_still();
        let cause = match heard {
            Ok(Order::Resume(_)) if is_late => Cause::Deadline,
            Ok(Order::Resume(_)) => Cause::Word,
            Ok(Order::Quiesce(_) | Order::Answer) => continue,
            Err(RecvTimeoutError::Timeout) => Cause::Deadline,
            Err(RecvTimeoutError::Disconnected) => Cause::Break,
        };
        is_late |= cause == Cause::Deadline;
        let is_alone = cause == Cause::Break;
        let attempts = Attempts {
            most: if is_alone { MANY } else { FEW },
            is_waited_for: !is_alone,
            loose,
            starting: Some(shared.starting(number, &locks)),
            last: &last,
            is_over: &is_over,
        };
        // Each waits for the one before it, or for a hook that cannot be ended.
        shared.until(number, Duration::from_millis(member.resume_ms).saturating_mul(2 * (FEW + 1)));
        let result = shared
            .at("resume", "before")
            .and_then(|()| hook::resume_trying(member, &attempts))
            .and_then(|was_still| shared.at("resume", "after").map(|()| was_still));
        shared.waits(number);
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

fn quiesce(number: usize, member: &Member, locks: &[Arc<Inherited>], shared: &Shared) -> Result<(), (NotStill, Loose)> {
    let failed = |why| (NotStill::may_be(why), Loose::default());
    shared.at("quiesce", "before").map_err(failed)?;
    let broken = Arc::clone(&shared.broken);
    let stop: Stop = Arc::new(move || broken.load(Ordering::SeqCst));
    hook::quiesce(member, stop, shared.starting(number, locks))?;
    shared.at("quiesce", "after").map_err(failed)
}
