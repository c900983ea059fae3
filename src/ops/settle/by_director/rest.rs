//! Waiting until the Director and its clouds have come to rest. A task goes on if its client dies. A call of the CPI
//! goes on if its task's process is killed, and has its effect when no task is listed. So nothing is decided before no
//! task is at work, no lock is held, and the answers of the Director and the cloud have not changed for a while.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::asked::working;
use super::placed::Stake;
use crate::director::{Lock, Task};
use crate::domain::instance::InstanceName;
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;

/// How often the Director and the cloud are asked within the time in which nothing may change.
const LOOKS: u32 = 12;

/// The thing that has to end first.
enum Busy {
    Task(Task),
    Lock(Lock),
}

impl Busy {
    fn describe(&self) -> String {
        match self {
            Busy::Task(task) => format!("the Director's task {} ({}, {})", task.id, task.description, task.state),
            Busy::Lock(lock) => format!("the Director's lock: {}", lock.describe()),
        }
    }

    fn too_long(&self) -> Error {
        let message = format!("nothing is decided before this ends: {}", self.describe());
        self.hinted(Error::new(Kind::Locked, message))
    }

    fn hinted(&self, error: Error) -> Error {
        match self {
            Busy::Task(task) => hint_of(error, task),
            Busy::Lock(lock) => hint_of_lock(error, lock),
        }
    }
}

/// Adds the next steps for a task that is at work.
pub(in crate::ops) fn hint_of(error: Error, task: &Task) -> Error {
    match task.state.as_str() {
        "queued" => error
            .hint("no worker of the Director has taken it up. To see whether one does, and to withdraw it if none ever will:")
            .try_command(format!("bosh task {}", task.id))
            .try_command(format!("bosh cancel-task {}", task.id)),
        "cancelling" => error
            .hint("it ends after its call of the CPI; to follow it:")
            .try_command(format!("bosh task {}", task.id)),
        _ => error
            .hint("to follow it; and to end it, if it hangs:")
            .try_command(format!("bosh task {}", task.id))
            .try_command(format!("bosh cancel-task {}", task.id)),
    }
}

/// Adds the next steps for a lock that is held.
pub(in crate::ops) fn hint_of_lock(error: Error, lock: &Lock) -> Error {
    let until = lock.expires_at.map_or(String::new(), |end| format!(", here at {} UTC", end.format("%H:%M:%S")));
    error
        .hint(format!(
            "a lock whose worker was killed ends by itself within 5 minutes{until}; if its task is still at work, end \
             that:"
        ))
        .try_command("bosh locks")
        .try_command(format!("bosh cancel-task {}", lock.task))
}

fn busy(session: &Session<'_>, instance: &InstanceName, stake: Option<&Stake>) -> Result<Option<Busy>> {
    if let Some(task) = working(session.bosh, &instance.deployment)? {
        return Ok(Some(Busy::Task(task)));
    }
    let locks = session.bosh.locks_on(&instance.deployment, stake.map(|stake| &stake.vm), session.clock.now())?;
    Ok(locks.into_iter().next().map(Busy::Lock))
}

/// Waits until no task of the deployment is at work and no lock is held, twice in a row: a request may have been on its
/// way when its client died. With a stake, it also waits until nothing of it has changed for as long as
/// [`crate::director::Bosh::rest`] and the CPI's lag say.
///
/// # Errors
/// [`Kind::Locked`] if something does not end in time; the errors of the Director.
pub(super) fn wait(session: &Session<'_>, instance: &InstanceName, slug: &str, stake: Option<&Stake>) -> Result<()> {
    let until = Instant::now() + session.bosh.acting_deadline();
    let quiet_for = match stake {
        Some(stake) => session.bosh.rest().max(session.cpis.cpi(&stake.cpi)?.capabilities().lag),
        None => Duration::ZERO,
    };
    let pause = session.bosh.pause().max(quiet_for / LOOKS);
    let (mut since, mut before, mut told) = (None, None, String::new());
    let mut tell = |line: String| {
        if told != line {
            session.progress.note(&line);
            told = line;
        }
    };
    loop {
        if let Some(busy) = busy(session, instance, stake)? {
            if Instant::now() >= until {
                return Err(busy.too_long());
            }
            tell(format!("waiting for {}", busy.describe()));
            since = None;
        } else {
            let view = stake.map(|stake| stake.view(session, instance, slug)).transpose()?;
            match since {
                Some(since) if view == before => {
                    if Instant::elapsed(&since) >= quiet_for {
                        return Ok(());
                    }
                }
                _ => (since, before) = (Some(Instant::now()), view),
            }
            if stake.is_some() {
                let seconds = quiet_for.as_secs().max(1);
                tell(format!(
                    "no task is at work; a call of the CPI may go on without one: waiting until nothing has changed for \
                     {seconds} s"
                ));
            }
            if Instant::now() >= until + quiet_for {
                let message = format!("the Director and the cloud do not come to rest: {slug} changes again and again");
                return Err(Error::new(Kind::Locked, message).try_command("bosh tasks --recent"));
            }
        }
        sleep(pause);
    }
}
