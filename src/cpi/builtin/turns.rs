//! Turns within this process: two calls about one disk, one VM or one step run one after the other.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Names that are taken.
#[derive(Default)]
pub(super) struct Turns {
    taken: Arc<(Mutex<BTreeSet<String>>, Condvar)>,
}

/// A turn. The next one comes when it is dropped.
pub(super) struct Turn {
    name: String,
    taken: Arc<(Mutex<BTreeSet<String>>, Condvar)>,
}

impl Turns {
    /// Waits for the turn of this name. A caller that has a turn takes no second one, unless all callers take them in
    /// the same order.
    pub(super) fn of(&self, name: &str) -> Turn {
        let (lock, free) = &*self.taken;
        let mut taken = lock.lock().unwrap_or_else(PoisonError::into_inner);
        while taken.contains(name) {
            taken = free.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        taken.insert(name.to_owned());
        Turn { name: name.to_owned(), taken: Arc::clone(&self.taken) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (lock, free) = &*self.taken;
        lock.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
        free.notify_all();
    }
}
