//! snapback's side of the dead man's switch. Where that is killed itself, snapback lets its members go on at once.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::hook::{self, Attempts, FEW, Loose};
use super::words::{Cause, Member, NotStill, Order, Resumed, Said, WORD};
use crate::domain::intent::Starting;
use crate::error::{Error, Kind, Result};
use crate::process::companion::{self, Companion, From, Process, To};
use crate::process::group;

/// How long a hook whose switch was killed has to end by SIGKILL. One that waits in the kernel takes longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A dead man's switch that keeps watch. Dropped, it lets go on whatever stands still yet.
pub struct Watch {
    to: Mutex<Option<To>>,
    members: Vec<Side>,
    shared: Arc<Shared>,
}

/// What is known of a member here.
struct Side {
    member: Member,
    heard: Mutex<Receiver<Said>>,
}

#[derive(Default)]
struct Shared {
    /// Nothing more is expected of it.
    closing: AtomicBool,
    /// Since when members stand still.
    still: Mutex<BTreeMap<usize, Instant>>,
    /// The last hook of each member.
    hooks: Mutex<BTreeMap<usize, u32>>,
}

impl Shared {
    fn still(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, Instant>> {
        self.still.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hooks(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, u32>> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a member go on without the dead man's switch, whose last hook must not do anything behind our back.
    fn by_hand(&self, number: usize, member: &Member, since: Option<Instant>) -> Resumed {
        let hook = self.hooks().get(&number).copied();
        let is_gone = hook.is_none_or(|hook| group::kill(hook, PATIENCE));
        let loose = match (since, is_gone) {
            // One that has stood still by its hook can only have been let go on by the next.
            (Some(_), true) => Loose::default(),
            (Some(_), false) => Loose { hook, is_elsewhere: false },
            (None, _) => Loose::cut_off(member, hook),
        };
        let attempts = Attempts { most: FEW, is_waited_for: true, loose, starting: None, is_over: &|| false };
        let result = hook::resume_trying(member, &attempts);
        let still_ms = since.map_or(0, |since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX));
        Resumed { was_still: result.as_ref().is_ok_and(|was| *was), failed: result.err(), by: Cause::Break, still_ms }
    }
}

impl Watch {
    /// Starts it for these members, and waits until it listens: nothing is stopped without it. `itself` is snapback.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(itself: &Path, env: &BTreeMap<String, String>, members: Vec<Member>) -> Result<Watch> {
        let trouble = |why: String| {
            Error::new(Kind::Failed, format!("the process that lets instances go on could not be started: {why}"))
                .hint("without it none is made to stand still; nothing was done")
        };
        let Companion { mut child, mut to, mut from } =
            Companion::start(itself, WORD, env).map_err(|error| trouble(error.to_string()))?;
        let greeted = serde_json::to_string(&members)
            .map_err(io::Error::from)
            .and_then(|work| companion::tell(&mut to, &work))
            .and_then(|()| {
                let mut line = String::new();
                from.read_line(&mut line)?;
                match serde_json::from_str(&line) {
                    Ok(Said::Ready) => Ok(()),
                    _ => Err(io::Error::other("it has ended")),
                }
            });
        if let Err(error) = greeted {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(trouble(error.to_string()));
        }
        let shared = Arc::new(Shared::default());
        let (mut sides, mut senders) = (Vec::new(), Vec::new());
        for member in members {
            let (sender, heard) = channel();
            senders.push((sender, member.clone()));
            sides.push(Side { member, heard: Mutex::new(heard) });
        }
        let listener = Listener { shared: Arc::clone(&shared), members: senders };
        thread::Builder::new()
            .name("dead-man".to_owned())
            .spawn(move || listener.listen(from, child))
            .map_err(|error| trouble(error.to_string()))?;
        Ok(Watch { to: Mutex::new(Some(to)), members: sides, shared })
    }

    /// Makes a member stand still. `starting` is told of the hook's process.
    ///
    /// # Errors
    /// It does not for certain: it has to be let go on all the same, unless that is another's to do.
    pub fn quiesce(&self, number: usize, starting: Option<&Starting>) -> Result<(), NotStill> {
        self.tell(Order::Quiesce(number));
        loop {
            match self.hear(number) {
                Some(Said::Started(_, pid)) => {
                    if let Some(starting) = starting {
                        starting(pid);
                    }
                }
                Some(Said::Still(_)) => return Ok(()),
                Some(Said::NotStill(_, not_still)) => return Err(not_still),
                Some(_) => {}
                None => {
                    let why = "the process that keeps watch over its standing still has been killed".to_owned();
                    return Err(NotStill::may_be(why));
                }
            }
        }
    }

    /// Lets a member go on, and says how that was done.
    pub fn resume(&self, number: usize) -> Resumed {
        self.tell(Order::Resume(number));
        loop {
            match self.hear(number) {
                Some(Said::Resumed(_, resumed)) => return resumed,
                Some(_) => {}
                None => {
                    let side = self.members.get(number);
                    return side
                        .map_or_else(|| unknown(number), |side| self.shared.by_hand(number, &side.member, None));
                }
            }
        }
    }

    /// One that is gone hears nothing, and says nothing.
    fn tell(&self, order: Order) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(to), Ok(line)) = (to.as_mut(), serde_json::to_string(&order)) {
            let _ = companion::tell(to, &line);
        }
    }

    fn hear(&self, number: usize) -> Option<Said> {
        let side = self.members.get(number)?;
        side.heard.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        drop(self.to.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn unknown(number: usize) -> Resumed {
    let failed = Some(format!("there is no member {number}").into());
    Resumed { failed, by: Cause::Break, was_still: false, still_ms: 0 }
}

/// Who hears what it says.
struct Listener {
    shared: Arc<Shared>,
    members: Vec<(Sender<Said>, Member)>,
}

impl Listener {
    fn listen(self, from: From, mut child: Process) {
        for line in from.lines().map_while(Result::ok) {
            let Ok(said) = serde_json::from_str::<Said>(&line) else { continue };
            let number = match &said {
                Said::Ready => continue,
                Said::Still(number) => {
                    self.shared.still().insert(*number, Instant::now());
                    *number
                }
                Said::Resumed(number, resumed) => {
                    if resumed.failed.is_none() {
                        self.shared.still().remove(number);
                    }
                    *number
                }
                Said::Started(number, pid) => {
                    self.shared.hooks().insert(*number, *pid);
                    *number
                }
                Said::NotStill(number, _) => *number,
            };
            let _ = self.members.get(number).map(|(member, _)| member.send(said));
        }
        // It was killed, where it was not told to end.
        thread::scope(|scope| {
            while !self.shared.closing.load(Ordering::SeqCst) {
                let Some((number, since)) = self.shared.still().pop_first() else { break };
                let Some((sender, member)) = self.members.get(number) else { continue };
                let (sender, shared) = (sender.clone(), &self.shared);
                let act = move || {
                    let _ = sender.send(Said::Resumed(number, shared.by_hand(number, member, Some(since))));
                };
                // Each for itself: the hook of one may hang. Without more threads, one after the other.
                if thread::Builder::new().name("by-hand".to_owned()).spawn_scoped(scope, act.clone()).is_err() {
                    act();
                }
            }
        });
        drop(self.members);
        let _ = child.wait();
    }
}
