//! Keeps an older switch, or a hook that it left behind, from letting an instance go on during a newer take.

use std::time::{Duration, Instant};

use crate::domain::instance::InstanceName;
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;
use crate::state::{Stands, StillLock, StillTaking};

/// How long an older switch may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often to check whether it has ended.
const GLANCE: Duration = Duration::from_millis(50);

/// Takes the lock of an instance's standing still, and waits until an older switch and its hooks have ended.
///
/// # Errors
/// [`Kind::Locked`] if they have not ended in time; an interrupt; the errors of the state file.
pub(super) fn hold(session: &Session<'_>, instance: &InstanceName) -> Result<StillLock> {
    take(session, instance, &Stands::Instance(instance))
}

/// As [`hold`], for a thing that an instance shares with others.
///
/// # Errors
/// As [`hold`]; another take that stops the same thing.
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
