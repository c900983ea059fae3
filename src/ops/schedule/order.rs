//! Which runs that are due at once wait for others: commands that look at snapshots come after those that take them.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a run waits at most. A take without an answer delays no other schedule for longer.
const WAIT: Duration = Duration::from_secs(15 * 60);
/// How often to check whether the end is asked for.
const GLANCE: Duration = Duration::from_millis(200);

/// The number of takes at work that others wait for.
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

/// Runs that are due at once.
#[derive(Debug, Default)]
pub(super) struct Order(Arc<AtWork>);

impl Order {
    /// Adds a take.
    pub(super) fn ahead(&self) -> Ahead {
        *self.0.takes.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Ahead(Arc::clone(&self.0))
    }

    /// Adds a run that waits for the takes.
    pub(super) fn behind(&self) -> Behind {
        Behind(Arc::clone(&self.0))
    }
}
