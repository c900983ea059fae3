//! The work in progress, and for how long.

use std::collections::BTreeMap;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use indicatif::BinaryBytes;

use super::words;
use crate::domain::time::span;

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
    /// The bytes that were copied, and their total.
    copied: Option<(u64, u64)>,
    percent: Option<u8>,
    /// When a log last reported it.
    told: Instant,
}

/// How many of them are shown; of the others only the number.
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

    /// Notes the progress of this thread's latest work, in bytes.
    pub(super) fn copied(&mut self, done: u64, total: u64) {
        let me = std::thread::current().id();
        if let Some(work) = self.works.values_mut().rev().find(|work| work.thread == me) {
            work.copied = Some((done, total));
        }
    }

    /// Notes the progress of the only work. False if it is not known which work is meant.
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

    /// A line each of what has been at work for at least so long: its numbers first, and of the rest as many whole words
    /// as the width has room for.
    pub(super) fn lines(&self, least: Duration, now: Instant, width: Option<usize>) -> Vec<String> {
        let long = self.works.values().filter(|work| now.duration_since(work.since) >= least);
        bounded(long.map(|work| words::shortened(&work.line(now), width)).collect())
    }

    /// The lines of those that were not reported for so long, and are reported now.
    pub(super) fn due(&mut self, pause: Duration, now: Instant) -> Vec<String> {
        let due = self.works.values_mut().filter(|work| now.duration_since(work.told) >= pause);
        let lines = due.map(|work| {
            work.told = now;
            work.line(now)
        });
        bounded(lines.collect())
    }

    /// How long it takes until one of them is due, if each is told of so often.
    pub(super) fn next(&self, pause: Duration, now: Instant) -> Duration {
        let left = self.works.values().map(|work| pause.saturating_sub(now.duration_since(work.told)));
        left.min().unwrap_or(pause)
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
    /// `12s: detach disk-1`, `1m 2s, 1.20 GiB of 4.00 GiB, 2m 25s left: new disk from snap-1`
    fn line(&self, now: Instant) -> String {
        let taken = now.duration_since(self.since);
        let mut line = span(taken.as_secs());
        if let Some((done, total)) = self.copied.filter(|(_, total)| *total > 0) {
            line.push_str(&format!(", {} of {}", BinaryBytes(done), BinaryBytes(total)));
            if (1..total).contains(&done) {
                let left = taken.mul_f64((total - done) as f64 / done as f64);
                line.push_str(&format!(", {} left", span(left.as_secs())));
            }
        }
        if let Some(percent) = self.percent {
            line.push_str(&format!(", {percent} %"));
        }
        line.push_str(&format!(": {}", self.what));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_time_its_bytes_and_its_percent() {
        let (mut running, begin) = (Running::default(), Instant::now());
        let after = |seconds| begin + Duration::from_secs(seconds);
        let first = running.begin("detach disk-1", begin);
        assert_eq!(running.lines(Duration::ZERO, after(100), None), ["1m 40s: detach disk-1"]);
        assert!(running.lines(Duration::from_secs(101), after(100), None).is_empty());
        assert!(running.far(57));
        assert_eq!(running.lines(Duration::ZERO, after(1), None), ["1s, 57 %: detach disk-1"]);
        running.begin("new disk from snap-1", after(1));
        assert!(!running.far(58));
        running.copied(1 << 30, 4 << 30);
        running.end(first);
        let numbers = "10s, 1.00 GiB of 4.00 GiB, 30s left:";
        for (width, rest) in
            [(None, " new disk from snap-1"), (Some(55), " new disk from …"), (Some(37), "…"), (Some(9), "")]
        {
            assert_eq!(running.lines(Duration::ZERO, after(11), width), [format!("{numbers}{rest}")], "{width:?}");
        }
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
        running.begin("late", after(37));
        assert_eq!(running.next(pause, after(38)), Duration::from_secs(7));
        assert_eq!(Running::default().next(pause, after(38)), pause);
    }
}
