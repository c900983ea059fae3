//! Runs that are claimed, and everything that claiming one needs.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::order::{Ahead, Behind, Order};
use crate::domain::schedule::{OneOff, Run};
use crate::ops::Interrupt;
use crate::state::{RunLock, State};

/// A run that was begun, and whose work is to be done.
pub(super) struct Begun {
    pub(super) run: Run,
    pub(super) one_off: Option<OneOff>,
    pub(super) command: Vec<String>,
    pub(super) deadline: Option<Duration>,
    pub(super) lock: RunLock,
    /// Set if others wait for it.
    pub(super) ahead: Option<Ahead>,
    /// Set if it waits for others.
    pub(super) behind: Option<Behind>,
}

/// Everything that claiming a run needs.
pub(super) struct Claiming<'a> {
    pub(super) state: &'a State,
    pub(super) interrupt: &'a Interrupt,
    pub(super) catch_up: bool,
    pub(super) now: DateTime<Utc>,
}

/// Orders the runs of schedules that are due at once: takes first, then all others. A command that runs once, at its
/// own time, has no place in this order.
pub(super) fn in_order(begun: &mut [Begun]) {
    let order = Order::default();
    for one in begun.iter_mut().filter(|one| one.one_off.is_none()) {
        if one.command.first().is_some_and(|verb| verb == "take") {
            one.ahead = Some(order.ahead());
        } else {
            one.behind = Some(order.behind());
        }
    }
}
