//! Which runs that are due at once wait for others: what looks at snapshots comes after what takes them.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::begun::Begun;

/// How long it is waited. A take that gets no answer holds up no other schedule for longer.
const WAIT: Duration = Duration::from_secs(15 * 60);
/// How often it is looked whether the end is asked for.
const GLANCE: Duration = Duration::from_millis(200);

/// How many takes are at work that others wait for.
#[derive(Debug, Default)]
struct AtWork {
    takes: Mutex<usize>,
    over: Condvar,
}

/// A take that others wait for, until this is dropped.
#[derive(Debug)]
pub(super) struct Ahead(Arc<AtWork>);

impl Drop for Ahead {
    fn drop(&mut self) {
        let mut takes = self.0.takes.lock().unwrap_or_else(PoisonError::into_inner);
        *takes -= 1;
        self.0.over.notify_all();
    }
}

/// A run that waits for takes.
#[derive(Debug)]
pub(super) struct Behind(Arc<AtWork>);

impl Behind {
    /// Waits until the takes are over, some minutes have passed, or the end is asked for.
    pub(super) fn wait(&self, is_asked_to_end: impl Fn() -> bool) {
        let until = Instant::now() + WAIT;
        let mut takes = self.0.takes.lock().unwrap_or_else(PoisonError::into_inner);
        while *takes > 0 && Instant::now() < until && !is_asked_to_end() {
            takes = self.0.over.wait_timeout(takes, GLANCE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Puts the runs of schedules that are due at once in their order: takes first, then all else. What runs once, at its own time, has
/// none.
pub(super) fn in_order(begun: &mut [Begun]) {
    let takes = |one: &Begun| one.command.first().is_some_and(|verb| verb == "take");
    let at_work = Arc::new(AtWork::default());
    for one in begun.iter_mut().filter(|one| one.one_off.is_none()) {
        if takes(one) {
            *at_work.takes.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            one.ahead = Some(Ahead(Arc::clone(&at_work)));
        } else {
            one.behind = Some(Behind(Arc::clone(&at_work)));
        }
    }
}
