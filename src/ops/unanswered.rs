//! When a run of many calls stops: the cloud does not answer any more.

/// So many calls in a row without an answer end a run.
pub const ENOUGH: usize = 3;

/// Counts calls in a row that the cloud left without an answer.
#[derive(Debug, Default)]
pub struct Unanswered {
    in_a_row: usize,
}

impl Unanswered {
    /// Notes how a call went.
    pub fn note(&mut self, answered: bool) {
        self.in_a_row = if answered { 0 } else { self.in_a_row + 1 };
    }

    /// True once the rest had better not be tried.
    pub fn is_enough(&self) -> bool {
        self.in_a_row >= ENOUGH
    }
}
