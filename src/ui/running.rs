//! What is at work right now, and for how long.

use std::collections::BTreeMap;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanDuration};

/// The pieces of work that are under way.
#[derive(Default)]
pub(super) struct Running {
    next: u64,
    works: BTreeMap<u64, Work>,
}

struct Work {
    what: String,
    thread: ThreadId,
    since: Instant,
    /// Bytes copied, and of how many.
    copied: Option<(u64, u64)>,
    percent: Option<u8>,
    /// When a log has last been told of it.
    told: Instant,
}

/// How many of them are shown; of the others it is said how many they are.
const SHOWN: usize = 6;

impl Running {
    pub(super) fn begin(&mut self, what: &str, now: Instant) -> u64 {
        self.next += 1;
        let work = Work {
            what: what.to_owned(),
            thread: std::thread::current().id(),
            since: now,
            copied: None,
            percent: None,
            told: now,
        };
        self.works.insert(self.next, work);
        self.next
    }

    pub(super) fn end(&mut self, number: u64) {
        self.works.remove(&number);
    }

    /// Notes the bytes of what this thread is at, and the latest of it.
    pub(super) fn copied(&mut self, done: u64, total: u64) {
        let me = std::thread::current().id();
        if let Some(work) = self.works.values_mut().rev().find(|work| work.thread == me) {
            work.copied = Some((done, total));
        }
    }

    /// Notes how far the only one is. False if it is not known which of them is meant.
    pub(super) fn far(&mut self, percent: u8) -> bool {
        let mut works = self.works.values_mut();
        match (works.next(), works.next()) {
            (Some(work), None) => {
                work.percent = Some(percent);
                true
            }
            _ => false,
        }
    }

    /// A line each of what has been at work for at least so long.
    pub(super) fn lines(&self, least: Duration, now: Instant) -> Vec<String> {
        let long = self.works.values().filter(|work| now.duration_since(work.since) >= least);
        bounded(long.map(|work| work.line(now)).collect())
    }

    /// The same of those of which nothing was told for so long, which are told of now.
    pub(super) fn due(&mut self, pause: Duration, now: Instant) -> Vec<String> {
        let due = self.works.values_mut().filter(|work| now.duration_since(work.told) >= pause);
        let lines = due.map(|work| {
            work.told = now;
            work.line(now)
        });
        bounded(lines.collect())
    }
}

fn bounded(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > SHOWN {
        let more = lines.len() - (SHOWN - 1);
        lines.truncate(SHOWN - 1);
        lines.push(format!("... and {more} more"));
    }
    lines
}

impl Work {
    /// `detach disk-1 (12 seconds)`, `new disk from snap-1 (1 minute; 1.20 GiB of 4.00 GiB, 2 minutes left)`
    fn line(&self, now: Instant) -> String {
        let taken = now.duration_since(self.since);
        let mut line = format!("{} ({}", self.what, HumanDuration(whole(taken)));
        if let Some((done, total)) = self.copied.filter(|(_, total)| *total > 0) {
            line.push_str(&format!("; {} of {}", BinaryBytes(done), BinaryBytes(total)));
            if (1..total).contains(&done) {
                let left = taken.mul_f64((total - done) as f64 / done as f64);
                line.push_str(&format!(", {} left", HumanDuration(whole(left))));
            }
        }
        if let Some(percent) = self.percent {
            line.push_str(&format!("; {percent} %"));
        }
        line.push(')');
        line
    }
}

fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_time_its_bytes_and_its_percent() {
        let (mut running, begin) = (Running::default(), Instant::now());
        let after = |seconds| begin + Duration::from_secs(seconds);
        let first = running.begin("detach disk-1", begin);
        assert_eq!(running.lines(Duration::ZERO, after(100)), ["detach disk-1 (2 minutes)"]);
        assert!(running.lines(Duration::from_secs(101), after(100)).is_empty());
        assert!(running.far(57));
        assert_eq!(running.lines(Duration::ZERO, after(1)), ["detach disk-1 (1 second; 57 %)"]);
        running.begin("new disk from snap-1", after(1));
        assert!(!running.far(58));
        running.copied(1 << 30, 4 << 30);
        running.end(first);
        assert_eq!(
            running.lines(Duration::ZERO, after(11)),
            ["new disk from snap-1 (10 seconds; 1.00 GiB of 4.00 GiB, 30 seconds left)"]
        );
    }

    #[test]
    fn a_log_is_told_now_and_then_and_never_of_too_many() {
        let (mut running, begin) = (Running::default(), Instant::now());
        let (pause, after) = (Duration::from_secs(15), |seconds| begin + Duration::from_secs(seconds));
        for number in 0..20 {
            running.begin(&format!("take {number}"), begin);
        }
        assert!(running.due(pause, after(14)).is_empty());
        let lines = running.due(pause, after(15));
        assert_eq!((lines.len(), lines.last().unwrap().as_str()), (6, "... and 15 more"));
        assert!(running.due(pause, after(16)).is_empty());
        assert_eq!(running.due(pause, after(30)).len(), 6);
    }
}
