//! snapback's side of the dead man's switch: the orders that it gets, and its reports.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::listener;
use super::silence::{self, Patience};
use super::takeover::Shared;
use super::words::{Member, NotStill, Order, Resumed, Said, WORD};
use crate::domain::intent::Starting;
use crate::error::{Error, Kind, Result};
use crate::process::companion::{self, Companion, To};

/// A dead man's switch that keeps watch. If it is dropped, it lets every member go on that still stands still.
pub struct Watch {
    to: Arc<Mutex<Option<To>>>,
    heard: Vec<Mutex<Receiver<Said>>>,
    shared: Arc<Shared>,
    patience: Patience,
}

impl Watch {
    /// Starts the switch for these members, and waits until it listens: nothing is stopped without it. `itself` is
    /// snapback.
    ///
    /// # Errors
    /// It could not be started, or does not answer.
    pub fn start(itself: &Path, env: &BTreeMap<String, String>, members: Vec<Member>) -> Result<Watch> {
        let trouble = |why: String| {
            Error::new(Kind::Failed, format!("the process that lets instances go on could not be started: {why}"))
                .hint("without it, snapback makes no instance stand still; nothing was done")
        };
        let work = serde_json::to_string(&members).map_err(|error| trouble(error.to_string()))?;
        let Companion { child, to, from } =
            Companion::start(itself, WORD, env).map_err(|error| trouble(error.to_string()))?;
        let (senders, heard) = members.iter().map(|_| channel()).map(|(to, from)| (to, Mutex::new(from))).unzip();
        let shared = Arc::new(Shared::new(members, senders, child));
        let to = Arc::new(Mutex::new(Some(to)));
        // Dropped at each way out of here, which ends it.
        let patience = Patience::of(env);
        let watch = Watch { to: Arc::clone(&to), heard, shared: Arc::clone(&shared), patience };
        let (is_ready, ready) = channel();
        listener::start(Arc::clone(&shared), from, is_ready).map_err(|error| trouble(error.to_string()))?;
        // Nothing else is sent before it knows its work.
        let mut first = to.lock().unwrap_or_else(PoisonError::into_inner);
        silence::watch(Arc::clone(&shared), Arc::clone(&to), patience).map_err(|error| trouble(error.to_string()))?;
        let greeted = first.as_mut().is_some_and(|to| companion::tell(to, &work).is_ok());
        drop(first);
        match greeted && ready.recv().is_ok() {
            true => Ok(watch),
            false if shared.is_hung() => Err(trouble("it does not answer".to_owned())),
            false => Err(trouble("it has ended".to_owned())),
        }
    }

    /// Makes a member stand still. `starting` is told the hook's process id.
    ///
    /// # Errors
    /// It is not certain that the member stands still. It must be let go on all the same, unless that is another
    /// process's task.
    pub fn quiesce(&self, number: usize, starting: Option<&Starting>) -> Result<(), NotStill> {
        self.shared.owes(number);
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
                    let became = match self.shared.is_hung() {
                        true => "did not answer any more, and was ended",
                        false => "has been killed",
                    };
                    let why = format!("the process that watches while it stands still {became}");
                    return Err(NotStill::may_be(why));
                }
            }
        }
    }

    /// Lets a member go on. Returns how that was done.
    pub fn resume(&self, number: usize) -> Resumed {
        self.tell(Order::Resume(number));
        loop {
            match self.hear(number) {
                Some(Said::Resumed(_, resumed)) => return resumed,
                Some(_) => {}
                None => return self.shared.by_hand(number, None),
            }
        }
    }

    /// Gives an order. A switch that is gone hears nothing, and says nothing.
    fn tell(&self, order: Order) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(to), Ok(line)) = (to.as_mut(), serde_json::to_string(&order)) {
            let _ = companion::tell(to, &line);
        }
    }

    fn hear(&self, number: usize) -> Option<Said> {
        self.heard.get(number)?.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.close();
        drop(self.to.lock().unwrap_or_else(PoisonError::into_inner).take());
        // If a member stands still, the switch keeps it. Else it has no more work, and ends; otherwise it would keep
        // its instances' locks.
        if !self.shared.is_owed() {
            self.patience.end(&self.shared);
        }
    }
}
