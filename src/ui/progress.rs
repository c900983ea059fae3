//! Shows progress: on a terminal a bar, and a line for each thing at work; otherwise a line now and then.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::running::Running;
use super::{Screen, printable, words};
use crate::ops::Progress;

/// Shows progress on stderr.
pub struct Meter {
    shared: Arc<Shared>,
    /// Set once there is something to watch. The thread that watches ends with the meter.
    watcher: OnceLock<Option<Sender<()>>>,
}

/// When the meter reports that something is at work.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long it must be at work before a terminal shows it.
    pub shown: Duration,
    /// How often a log reports it.
    pub told: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { shown: Duration::from_millis(500), told: Duration::from_secs(15) }
    }
}

impl Pace {
    /// The usual pace; a test that does not want to wait for a quarter of a minute names milliseconds.
    #[cfg(debug_assertions)]
    pub fn of(test: Option<&str>) -> Self {
        let told = test.and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
        told.map_or(Pace::default(), |told| Pace { shown: told, told })
    }
}

struct Shared {
    how: How,
    pace: Pace,
    screen: Screen,
    /// The greatest width of stderr.
    width: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    log: Log,
    running: Running,
    bar: Option<ProgressBar>,
    /// The lines of a terminal that show what is at work.
    lines: Vec<ProgressBar>,
}

/// The progress that the log shows so far: items in all, items done, and the time of its last line.
#[derive(Default)]
struct Log {
    total: usize,
    done: usize,
    last: Option<Instant>,
}

/// Up to so many things get a line each; if there are more, there is a line now and then.
const EACH: usize = 20;
/// How often that line comes.
const PAUSE: Duration = Duration::from_secs(5);
/// How wide what stands before a line is.
const SPINNER: usize = 2;
/// The most that stands before the words beside the bar: itself, the counts and the time.
const BESIDE: usize = 52;
/// How often a terminal is redrawn.
const GLANCE: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Bar,
    Lines,
    Nothing,
}

impl Meter {
    /// A meter for a terminal, for a log, or (if quiet) for nobody; its lines are not wider than `width`.
    pub fn new(terminal: bool, quiet: bool, screen: Screen, pace: Pace, width: Option<usize>) -> Self {
        let how = match (quiet, terminal) {
            (true, _) => How::Nothing,
            (_, true) => How::Bar,
            _ => How::Lines,
        };
        let shared = Shared { how, pace, screen, width, state: Mutex::default() };
        Meter { shared: Arc::new(shared), watcher: OnceLock::new() }
    }

    /// Prints lines that were asked for, even if progress is quiet.
    pub fn tell(&self, lines: &str) {
        let state = self.shared.state();
        self.shared.print(&state, lines);
    }

    /// Starts the thread that watches the work. If there can be no thread, nothing is shown of it.
    fn watch(&self) {
        self.watcher.get_or_init(|| {
            let (meter, lives) = channel::<()>();
            let shared = Arc::clone(&self.shared);
            let watch = move || {
                while lives.recv_timeout(shared.glance()) == Err(RecvTimeoutError::Timeout) {
                    shared.show(&mut shared.state());
                }
            };
            std::thread::Builder::new().name("progress".to_owned()).spawn(watch).ok().map(|_| meter)
        });
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long it takes until there is something new to show.
    fn glance(&self) -> Duration {
        match self.how {
            How::Bar => GLANCE,
            _ => self.state().running.next(self.pace.told, Instant::now()),
        }
    }

    /// Prints lines above everything that is drawn.
    fn print(&self, state: &State, lines: &str) {
        let drawn = state.bar.is_some() || !state.lines.is_empty();
        if self.how != How::Bar || !drawn || self.screen.lines().println(lines).is_err() {
            // If stderr is gone, there is nobody to tell.
            let _ = writeln!(std::io::stderr().lock(), "{lines}");
        }
    }

    fn line(&self, state: &State, line: &str) {
        if self.how != How::Nothing {
            self.print(state, &words::folded(&printable(line), self.width, 0, false).join("\n"));
        }
    }

    /// Shows the work in progress.
    fn show(&self, state: &mut State) {
        let now = Instant::now();
        match self.how {
            How::Nothing => {}
            How::Lines => {
                for line in state.running.due(self.pace.told, now) {
                    self.line(state, &format!("still at work after {line}"));
                }
            }
            How::Bar => {
                let lines =
                    state.running.lines(self.pace.shown, now, self.width.map(|width| width.saturating_sub(SPINNER)));
                while state.lines.len() > lines.len() {
                    state.lines.pop().into_iter().for_each(|line| self.take_off(&line));
                }
                while state.lines.len() < lines.len() {
                    state.lines.push(one_line(&self.screen.lines()));
                }
                for (drawn, line) in state.lines.iter().zip(lines) {
                    drawn.set_message(printable(&line).into_owned());
                    drawn.tick();
                }
                if let Some(bar) = &state.bar {
                    bar.tick();
                }
            }
        }
    }

    fn take_off(&self, line: &ProgressBar) {
        line.finish_and_clear();
        self.screen.lines().remove(line);
    }
}

/// A line that is cut off at the end of the terminal.
fn one_line(lines: &MultiProgress) -> ProgressBar {
    let line = lines.add(ProgressBar::no_length());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        line.set_style(style);
    }
    line
}

impl Progress for Meter {
    fn begin(&self, total: usize) {
        let mut state = self.shared.state();
        state.log = Log { total, done: 0, last: None };
        if self.shared.how == How::Bar {
            let bar = self.shared.screen.lines().insert(0, ProgressBar::new(total as u64));
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
                bar.set_style(style);
            }
            state.bar = Some(bar);
        }
    }

    fn step(&self, line: &str) {
        let mut state = self.shared.state();
        state.log.done += 1;
        let log = &mut state.log;
        if self.shared.how == How::Bar || log.total <= EACH {
            self.shared.line(&state, line);
        } else if log.done == log.total || log.last.is_none_or(|last| last.elapsed() >= PAUSE) {
            log.last = Some(Instant::now());
            let line = format!("{} of {}: {line}", log.done, log.total);
            self.shared.line(&state, &line);
        }
        if let Some(bar) = &state.bar {
            bar.inc(1);
        }
    }

    fn note(&self, line: &str) {
        self.shared.line(&self.shared.state(), line);
    }

    fn far(&self, what: &str, percent: u8) {
        let mut state = self.shared.state();
        let known = state.running.far(percent);
        match (&state.bar, self.shared.how) {
            (_, How::Bar) if known => {}
            (Some(bar), How::Bar) => {
                let width = self.shared.width.map(|width| width.saturating_sub(BESIDE));
                bar.set_message(words::shortened(&printable(&format!("{percent} %: {what}")), width));
            }
            _ => self.shared.line(&state, &format!("{what}: {percent} %")),
        }
    }

    fn running(&self, what: &str) -> u64 {
        if self.shared.how == How::Nothing {
            return 0;
        }
        self.watch();
        self.shared.state().running.begin(what, Instant::now())
    }

    fn over(&self, number: u64) {
        let mut state = self.shared.state();
        state.running.end(number);
        // The next output finds no line of it.
        if self.shared.how == How::Bar {
            self.shared.show(&mut state);
        }
    }

    fn copied(&self, done: u64, total: u64) {
        self.shared.state().running.copied(done, total);
    }

    fn end(&self) {
        if let Some(bar) = self.shared.state().bar.take() {
            self.shared.take_off(&bar);
        }
    }
}
