//! Notices that the dead man's switch no longer answers: if it is stopped or stuck, it lives but lets nothing go on.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::takeover::Shared;
use super::words::Order;
use crate::process::companion::{self, To};

/// How long it may be silent.
const SILENCE: Duration = Duration::from_secs(15);
/// How often it is asked, within that.
const TIMES: u32 = 15;
/// How often to check whether it is gone.
const GLANCE: Duration = Duration::from_millis(2);

/// How long snapback waits for it.
#[derive(Clone, Copy)]
pub(super) struct Patience(Duration);

impl Patience {
    #[cfg(debug_assertions)]
    pub(super) fn of(env: &BTreeMap<String, String>) -> Patience {
        let told = env.get("SNAPBACK_TEST_SILENCE_MS").and_then(|text| text.parse().ok());
        Patience(told.map_or(SILENCE, Duration::from_millis))
    }

    #[cfg(not(debug_assertions))]
    pub(super) fn of(_env: &BTreeMap<String, String>) -> Patience {
        Patience(SILENCE)
    }
}

impl Patience {
    /// Waits until a switch without work is gone; ends it if it does not go by itself.
    pub(super) fn end(self, shared: &Shared) {
        let until = Instant::now() + self.0;
        while !shared.is_over() {
            if Instant::now() >= until {
                return shared.end_it();
            }
            thread::sleep(GLANCE);
        }
    }
}

/// Asks the switch from now on whether it lives, and ends it if it does not answer in time.
///
/// # Errors
/// Those of the operating system.
pub(super) fn watch(shared: Arc<Shared>, to: Arc<Mutex<Option<To>>>, Patience(most): Patience) -> io::Result<()> {
    let ask = move || {
        // Counted, and not measured: if snapback itself was stopped meanwhile, nobody was asked.
        let mut unanswered = 0;
        while !shared.is_closing() && !shared.is_over() {
            thread::sleep(most / TIMES);
            unanswered = if shared.has_spoken() { 0 } else { unanswered + 1 };
            if unanswered > TIMES && !shared.is_closing() && !shared.is_over() {
                shared.end_it();
                return shared.take_over();
            }
            // A thread that is writing to it waits for it as well.
            if let Ok(mut to) = to.try_lock()
                && let (Some(to), Ok(line)) = (to.as_mut(), serde_json::to_string(&Order::Answer))
            {
                let _ = companion::tell(to, &line);
            }
        }
    };
    thread::Builder::new().name("silence".to_owned()).spawn(ask).map(drop)
}
