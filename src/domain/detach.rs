//! The journal's lines about a detach, and their meaning. All state files have the same lines.

use super::operation::StepRow;
use super::step::StepState;

/// The result of a detach that had nothing to do.
pub const WAS_OFF: &str = "it was not attached";

/// Why an attach or a detach counts as not done: the cloud's list of the VM's disks does not show it.
pub const NOT_SEEN: &str = "it had not happened";

/// What a detach may have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detached {
    /// Nothing: it was plainly refused.
    Refused,
    /// The disk is off, and was off before.
    WasOff,
    /// The disk may be off, and may have been on before.
    Maybe,
}

impl StepRow {
    /// What this step may have done, if it is a detach.
    pub fn detached(&self) -> Detached {
        match (self.state, self.result.as_deref()) {
            (StepState::Done, Some(WAS_OFF)) => Detached::WasOff,
            // Only the list of the VM's disks shows that it has not happened.
            (StepState::Failed, reason) if reason != Some(NOT_SEEN) => Detached::Refused,
            _ => Detached::Maybe,
        }
    }
}
