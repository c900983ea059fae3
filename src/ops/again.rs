//! Asks a cloud again: it may show late what has happened in it.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Asks until an answer is good enough, or this time is over. The first pause between two questions doubles up to the
/// longest. An answer is as old as its question, however long the call takes. `stop` ends it before a pause, with an
/// answer of its own.
pub(super) fn ask_again<T>(
    lag: Duration,
    (first, longest): (Duration, Duration),
    mut ask: impl FnMut() -> (bool, T),
    stop: impl Fn() -> Option<T>,
) -> T {
    let begun = Instant::now();
    let mut pause = first;
    loop {
        let asked = begun.elapsed();
        let (enough, answer) = ask();
        let left = lag.saturating_sub(asked);
        if enough || left.is_zero() {
            return answer;
        }
        if let Some(stopped) = stop() {
            return stopped;
        }
        sleep(pause.min(left));
        pause = (2 * pause).min(longest);
    }
}
