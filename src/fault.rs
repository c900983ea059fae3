//! Faults at named points, for the tests that kill snapback at each step. A release build has no faults: there
//! [`Faults`] is empty and [`Faults::at`] does nothing.

use crate::error::Result;

/// The faults of this run.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    #[cfg(debug_assertions)]
    inner: Option<std::sync::Arc<armed::Armed>>,
}

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Faults::default()
    }

    /// Passes the point named by joining `parts` with dots.
    ///
    /// # Errors
    /// The injected error, if a test asked for one here.
    #[cfg(not(debug_assertions))]
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "the debug build uses it")]
    pub fn at(&self, _parts: &[&str]) -> Result<()> {
        Ok(())
    }

    /// Passes the point named by joining `parts` with dots.
    ///
    /// # Errors
    /// The injected error, if a test asked for one here.
    #[cfg(debug_assertions)]
    pub fn at(&self, parts: &[&str]) -> Result<()> {
        match &self.inner {
            None => Ok(()),
            Some(armed) => armed.at(&parts.join(".")),
        }
    }

    /// True once an in-process fault has declared this "process" dead: nothing may be written any more.
    pub fn dead(&self) -> bool {
        #[cfg(debug_assertions)]
        {
            self.inner.as_ref().is_some_and(|armed| armed.is_dead())
        }
        #[cfg(not(debug_assertions))]
        {
            false
        }
    }

    /// True if the effect itself is to run in a child that outlives this process (`POINT=outlive:MS`).
    #[cfg(debug_assertions)]
    pub fn outlive(&self, parts: &[&str]) -> Option<u64> {
        self.inner.as_ref().and_then(|armed| armed.outlive(&parts.join(".")))
    }

    /// Reads `POINT[#N]=ACTION[;...]`. Actions: `kill` (SIGKILL to this process), `error`, `panic` (the in-process
    /// stand-in for a kill), `sleep:MS`, `outlive:MS`. `kill`, and `loud-error` instead of `error`, name the point on
    /// stderr. `*` as POINT matches every point; `#N` is the N-th passage, counted from 1.
    #[cfg(debug_assertions)]
    pub fn parse(spec: &str) -> Self {
        Faults { inner: Some(std::sync::Arc::new(armed::Armed::parse(spec))) }
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use crate::error::{Error, Kind, Result};

    #[derive(Debug)]
    struct Fault {
        point: String,
        passage: u64,
        action: String,
    }

    #[derive(Debug)]
    pub(super) struct Armed {
        faults: Vec<Fault>,
        passages: Mutex<HashMap<String, u64>>,
        dead: AtomicBool,
    }

    impl Armed {
        pub(super) fn parse(spec: &str) -> Self {
            let faults = spec
                .split(';')
                .filter_map(|part| part.split_once('='))
                .map(|(point, action)| {
                    let (point, passage) = match point.split_once('#') {
                        Some((point, nth)) => (point, nth.parse().unwrap_or(1)),
                        None => (point, 1),
                    };
                    Fault { point: point.to_owned(), passage, action: action.to_owned() }
                })
                .collect();
            Armed { faults, passages: Mutex::default(), dead: AtomicBool::new(false) }
        }

        pub(super) fn is_dead(&self) -> bool {
            self.dead.load(Ordering::SeqCst)
        }

        fn due(&self, point: &str) -> Option<String> {
            let mut passages = self.passages.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for fault in &self.faults {
                if fault.point != "*" && fault.point != point {
                    continue;
                }
                let passed = passages.entry(fault.point.clone()).or_insert(0);
                *passed += 1;
                if *passed == fault.passage {
                    return Some(fault.action.clone());
                }
            }
            None
        }

        pub(super) fn outlive(&self, point: &str) -> Option<u64> {
            // Not a point of its own: `*` does not count it.
            if self.faults.iter().all(|fault| fault.point != point) {
                return None;
            }
            self.due(point)?.strip_prefix("outlive:")?.parse().ok()
        }

        #[expect(clippy::panic, reason = "the stand-in for a kill, in debug builds only")]
        pub(super) fn at(&self, point: &str) -> Result<()> {
            if self.is_dead() {
                panic!("this process is dead");
            }
            let Some(action) = self.due(point) else { return Ok(()) };
            if let Some(millis) = action.strip_prefix("sleep:") {
                std::thread::sleep(Duration::from_millis(millis.parse().unwrap_or(0)));
                return Ok(());
            }
            if ["kill", "loud-error"].contains(&action.as_str()) {
                use std::io::Write;
                // A test that counts points learns in this way which of them this was.
                let _ = writeln!(std::io::stderr(), "fault: {point}");
            }
            match action.as_str() {
                "kill" => {
                    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                    loop {
                        std::thread::park();
                    }
                }
                "panic" => {
                    self.dead.store(true, Ordering::SeqCst);
                    panic!("fault injected at {point}");
                }
                _ => Err(Error::new(Kind::Failed, format!("fault injected at {point}"))),
            }
        }
    }
}
