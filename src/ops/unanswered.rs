//! When a run of many calls stops because the cloud no longer answers.

use crate::error::{Error, Kind};

/// How many calls in a row without an answer end a run.
pub const ENOUGH: usize = 3;

/// The error of a run that has stopped: `not_tried` of its things (`what`, in the singular) were not tried.
pub fn stopped(not_tried: usize, what: &str) -> Error {
    let them = if not_tried == 1 { format!("1 {what} was") } else { format!("{not_tried} {what}s were") };
    Error::new(
        Kind::Cpi,
        format!("stopped: the cloud left {ENOUGH} calls in a row without an answer; {them} not tried"),
    )
    .hint("run the same command again when the cloud answers")
}

/// Counts calls in a row that the cloud did not answer.
#[derive(Debug, Default)]
pub struct Unanswered {
    in_a_row: usize,
}

impl Unanswered {
    /// Notes whether a call was answered.
    pub fn note(&mut self, answered: bool) {
        self.in_a_row = if answered { 0 } else { self.in_a_row + 1 };
    }

    /// True once the rest should not be tried.
    pub fn is_enough(&self) -> bool {
        self.in_a_row >= ENOUGH
    }
}
