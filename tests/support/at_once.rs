//! Runs independent cases, several at once: most of them wait for a child or for a double.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many at once.
fn workers() -> usize {
    2 * std::thread::available_parallelism().map_or(2, usize::from).min(8)
}

/// Runs each case; returns their number.
pub fn each<T: Sync>(cases: &[T], one: impl Fn(&T) + Sync) -> usize {
    several(workers(), cases, one)
}

/// The same, with so many at once.
pub fn several<T: Sync>(at_once: usize, cases: &[T], one: impl Fn(&T) + Sync) -> usize {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    one(case);
                }
            });
        }
    });
    cases.len()
}

/// Runs `one` with 1, 2, 3 ... until it says that there are no more; returns their number.
pub fn counted(one: impl Fn(usize) -> bool + Sync) -> usize {
    let (ended, next, count) = (AtomicBool::new(false), AtomicUsize::new(1), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| {
                while !ended.load(Ordering::SeqCst) {
                    if one(next.fetch_add(1, Ordering::SeqCst)) {
                        count.fetch_add(1, Ordering::SeqCst);
                    } else {
                        ended.store(true, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    count.into_inner()
}
