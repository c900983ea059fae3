//! Shows the operator that a call is repeated, and ends the pause at Ctrl-C.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cpi::retry::Watch;
use crate::ops::interrupt::Lasting;
use crate::ops::{AtWork, Interrupt, Progress};
use crate::process::Stop;

/// How often a pause checks whether it should end.
const GLANCE: Duration = Duration::from_millis(50);

/// Shows the progress.
type Shown = dyn Progress + Send + Sync;

/// The operator's patience.
#[derive(Clone)]
pub struct Patience {
    /// Shows the progress.
    pub progress: Arc<Shown>,
    /// Ctrl-C.
    pub interrupt: Interrupt,
}

impl Patience {
    /// Tells whether calls that change nothing are to end.
    pub(super) fn stop(&self) -> Stop {
        let interrupt = self.interrupt.clone();
        Arc::new(move || interrupt.ends_queries())
    }
}

impl Watch for Patience {
    type Asking = (Lasting, AtWork<Arc<Shown>, Shown>);

    fn asking(&self, what: String) -> Self::Asking {
        let at_work = AtWork::on(&what, Arc::clone(&self.progress));
        (self.interrupt.calling(None, what), at_work)
    }

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
