//! Keeping an older switch, or a hook that it has left behind, from letting an instance go on under a newer take.

use std::time::{Duration, Instant};

use crate::domain::instance::InstanceName;
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;
use crate::state::{Stands, StillLock, StillTaking};

/// How long an older one has to end that was asked to.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const GLANCE: Duration = Duration::from_millis(50);

/// Takes the lock of an instance's standing still, and waits until an older switch and its hooks have ended.
///
/// # Errors
/// [`Kind::Locked`] where they have not in time; an interrupt; the state file's.
pub(super) fn hold(session: &Session<'_>, instance: &InstanceName) -> Result<StillLock> {
    take(session, instance, &Stands::Instance(instance))
}

/// The same of what an instance shares with others.
///
/// # Errors
/// As [`hold`]'s; another take that stops the same.
pub(super) fn hold_thing(session: &Session<'_>, instance: &InstanceName, thing: &str) -> Result<StillLock> {
    take(session, instance, &Stands::Thing(thing)).map_err(|error| match error.kind() {
        Kind::Locked => error.hint("its hooks, or its mount point, are those of another instance, too"),
        _ => error,
    })
}

fn take(session: &Session<'_>, instance: &InstanceName, of: &Stands<'_>) -> Result<StillLock> {
    let until = Instant::now() + PATIENCE.max(session.wait);
    loop {
        match session.state.still_lock(of)? {
            StillTaking::Taken(lock) => return Ok(lock),
            StillTaking::Held { holders, stopped } if Instant::now() >= until => {
                return Err(at_work(instance, &holders, &stopped));
            }
            StillTaking::Held { .. } => {}
        }
        session.interrupt.check()?;
        std::thread::sleep(GLANCE);
    }
}

fn at_work(instance: &InstanceName, holders: &[String], stopped: &[u32]) -> Error {
    let who = if holders.is_empty() { String::new() } else { format!(" ({})", holders.join("; ")) };
    let message =
        format!("{instance}: the resume hook that an earlier run began is still running{who}; nothing was done");
    let error = Error::new(Kind::Locked, message)
        .hint("snapback asked it to end: it would let the instance go on in the middle of what comes next")
        .hint("wait for it with --wait-lock 600; if the hook hangs, end it by hand, or remove the cause");
    stopped.iter().fold(error, |error, pid| {
        error.hint(format!(
            "process {pid} was stopped by a signal; let it go on: kill -CONT {pid} (or end it: kill -KILL {pid})"
        ))
    })
}
