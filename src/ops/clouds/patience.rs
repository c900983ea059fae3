//! Who is told of a call that is tried again, and ends the pause at Ctrl-C.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cpi::retry::Watch;
use crate::ops::{Interrupt, Progress};

/// How often a pause looks whether it should end.
const GLANCE: Duration = Duration::from_millis(50);

/// The operator's patience.
#[derive(Clone)]
pub struct Patience {
    /// Who shows it.
    pub progress: Arc<dyn Progress + Send + Sync>,
    /// Ctrl-C.
    pub interrupt: Interrupt,
}

impl Watch for Patience {
    fn again(&self, line: &str) {
        self.progress.note(line);
    }

    fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        while self.interrupt.check().is_ok() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(GLANCE));
        }
        false
    }
}
