//! Keeping an older switch, or a hook that it has left behind, from letting an instance go on under a newer take.

use std::time::{Duration, Instant};

use crate::domain::instance::InstanceName;
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;
use crate::state::{StillLock, StillTaking};

/// How long an older one has to end that was asked to.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const GLANCE: Duration = Duration::from_millis(50);

/// Takes the lock of an instance's standing still, and waits until an older switch and its hooks have ended.
///
/// # Errors
/// [`Kind::Locked`] where they have not in time; an interrupt; the state file's.
pub(super) fn hold(session: &Session<'_>, instance: &InstanceName) -> Result<StillLock> {
    let until = Instant::now() + PATIENCE.max(session.wait);
    loop {
        match session.state.still_lock(instance)? {
            StillTaking::Taken(lock) => return Ok(lock),
            StillTaking::Held(holders) if Instant::now() >= until => return Err(at_work(instance, &holders)),
            StillTaking::Held(_) => {}
        }
        session.interrupt.check()?;
        std::thread::sleep(GLANCE);
    }
}

fn at_work(instance: &InstanceName, holders: &[String]) -> Error {
    let who = if holders.is_empty() { String::new() } else { format!(" ({})", holders.join("; ")) };
    let message =
        format!("{instance}: what an earlier run has begun to let it go on is at work still{who}; nothing was done");
    Error::new(Kind::Locked, message)
        .hint("it was asked to end, and would let the instance go on in the middle of what comes next")
        .hint("wait for it with --wait-lock 600; a hook that hangs has to be ended by hand, or its cause mended")
}
