//! How far it is: a bar on a terminal, a line now and then otherwise.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printable;
use crate::ops::Progress;

/// Shows progress on stderr.
pub struct Meter {
    bar: Mutex<Option<ProgressBar>>,
    how: How,
    log: Mutex<Log>,
}

/// What a log has read of the course so far.
#[derive(Default)]
struct Log {
    total: usize,
    done: usize,
    last: Option<Instant>,
}

/// Up to so many things get a line each; of more, a line now and then.
const EACH: usize = 20;
/// Now and then.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Bar,
    Lines,
    Nothing,
}

impl Meter {
    /// A meter for a terminal, for a log, or (quiet) for nobody.
    pub fn new(terminal: bool, quiet: bool) -> Self {
        let how = match (quiet, terminal) {
            (true, _) => How::Nothing,
            (_, true) => How::Bar,
            _ => How::Lines,
        };
        Meter { bar: Mutex::default(), how, log: Mutex::default() }
    }

    /// Prints lines that were asked for, however quiet the course is kept.
    pub fn tell(&self, lines: &str) {
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.println(lines),
            None => {
                let _ = writeln!(std::io::stderr().lock(), "{lines}");
            }
        }
    }

    fn line(&self, line: &str) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match (self.how, &*bar) {
            (How::Nothing, _) => {}
            (How::Bar, Some(bar)) => bar.println(printable(line)),
            _ => {
                // Nobody is left to tell that stderr is gone.
                let _ = writeln!(std::io::stderr().lock(), "{}", printable(line));
            }
        }
    }
}

impl Progress for Meter {
    fn begin(&self, total: usize) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Log { total, done: 0, last: None };
        if self.how == How::Bar {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
                bar.set_style(style);
            }
            *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        }
    }

    fn step(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.done += 1;
        if self.how == How::Bar || log.total <= EACH {
            self.line(line);
        } else if log.done == log.total || log.last.is_none_or(|last| last.elapsed() >= PAUSE) {
            log.last = Some(Instant::now());
            self.line(&format!("{} of {}: {line}", log.done, log.total));
        }
        drop(log);
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(1);
        }
    }

    fn note(&self, line: &str) {
        self.line(line);
    }

    fn far(&self, what: &str, percent: u8) {
        let far = format!("{what}: {percent} %");
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.set_message(printable(&far).into_owned());
        }
        if self.how != How::Bar {
            self.line(&far);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
