//! Ctrl-C, SIGTERM and SIGHUP: the first signal asks for an orderly end, a second one ends the process at once.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use crate::ops::Interrupt;
use crate::ops::interrupt::{Left, Stake};

/// How long a command that has begun nothing may take to end by itself.
const ORDERLY: Duration = Duration::from_secs(1);
/// The same if a child has to be ended first.
const ORDERLY_WITH_CHILD: Duration = Duration::from_secs(4);
/// How long the last messages may take: nobody may be reading stderr.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// For how long snapback advises the operator to wait for things that still run, in seconds.
const ADVICE: u64 = 600;

/// Writes a line for the operator.
pub type Voice = Arc<dyn Fn(&str) + Send + Sync>;

/// Lets signals ask for the end.
///
/// After the first signal snapback begins nothing new, and says what it waits for. A command that has begun nothing
/// ends within a second or so, and at once if it is asking a question. After the second signal snapback says what is
/// left unknown, and ends with exit code 128 plus the signal's number.
pub fn signals(interrupt: &Interrupt, voice: &Voice) {
    // A file that may not grow (`ulimit -f`) is an error to report, not a reason to die.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    let wanted: Vec<i32> = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored_hangup(*signal)).collect();
    let Ok(mut signals) = Signals::new(&wanted) else { return };
    let (interrupt, voice) = (interrupt.clone(), Arc::clone(voice));
    let waiting = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut came = signals.forever().filter(|signal| !interrupt.is_anothers(*signal));
        if let Some(first) = came.next() {
            orderly(&interrupt, first, &voice);
        }
        if let Some(second) = came.next() {
            at_once(&interrupt, second, &voice);
        }
    });
    if waiting.is_err() {
        // Without a thread there is no orderly end, but the process still ends.
        for signal in wanted {
            let _ = signal_hook::flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true)));
        }
    }
}

/// Whether the terminal has closed and the caller (`nohup`) wants snapback to go on then.
fn is_ignored_hangup(signal: i32) -> bool {
    let status = if signal == SIGHUP { std::fs::read_to_string("/proc/self/status").ok() } else { None };
    let mask = status.as_deref().and_then(|status| status.lines().find_map(|line| line.strip_prefix("SigIgn:")));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (SIGHUP - 1) & 1 == 1)
}

fn orderly(interrupt: &Interrupt, signal: i32, voice: &Voice) {
    match interrupt.came(signal) {
        Stake::Question => {
            said(voice, vec!["".to_owned(), "Error: interrupted: nothing was done".to_owned()]);
            low_level::exit(128 + signal);
        }
        Stake::Operations(waited_for) => {
            let mut lines = vec![
                "Interrupted: snapback begins nothing new. A second Ctrl-C leaves at once; `snapback recover` then \
                 does the rest."
                    .to_owned(),
            ];
            lines.extend(waited_for.iter().map(|what| format!("Waiting for {what}")));
            said(voice, lines);
        }
        Stake::Nothing => {
            let interrupt = interrupt.clone();
            let overdue = move || {
                let begun = Instant::now();
                while begun.elapsed() < if interrupt.is_calling() { ORDERLY_WITH_CHILD } else { ORDERLY } {
                    thread::sleep(Duration::from_millis(50));
                }
                interrupt.end_if_nothing_is_at_stake(signal, |status| low_level::exit(status));
            };
            let _ = thread::Builder::new().name("overdue".to_owned()).spawn(overdue);
        }
    }
}

fn at_once(interrupt: &Interrupt, signal: i32, voice: &Voice) -> ! {
    said(voice, last_words(&interrupt.left()));
    low_level::exit(interrupt.status_by(signal))
}

fn last_words(left: &Left) -> Vec<String> {
    if left.operations.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("Error: left at once: still open: operation {}", left.operations.join(", "))];
    lines.extend(left.calls.iter().map(|call| format!("Hint: snapback does not know how this ends: {call}")));
    lines.push("Hint: it may go on without snapback; to wait for it, and to find out:".to_owned());
    let command = |id| left.called.command(&format!("snapback recover {id} --wait-lock {ADVICE}"));
    lines.extend(left.operations.iter().map(|id| format!("Hint: run: {}", command(id))));
    lines
}

/// Prints the lines, unless that takes too long.
fn said(voice: &Voice, lines: Vec<String>) {
    let voice = Arc::clone(voice);
    let (done, over) = channel();
    let speak = move || {
        lines.iter().for_each(|line| voice(line));
        let _ = done.send(());
    };
    if thread::Builder::new().name("voice".to_owned()).spawn(speak).is_ok() {
        let _ = over.recv_timeout(LAST_WORDS);
    }
}
