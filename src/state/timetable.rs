//! The questions about schedules.

use std::collections::{BTreeMap, BTreeSet};

use super::StateError;
use crate::domain::schedule::{Known, OneOff, Run};

type Result<T> = std::result::Result<T, StateError>;

/// The schedules, their runs, and the commands to run once. Each method fails if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "the line above says it")]
pub trait Timetable {
    /// The stored record of each schedule, by its name.
    fn schedules(&self) -> Result<BTreeMap<String, Known>>;

    /// The runs of a schedule, or of all, the last begun first.
    fn runs(&self, schedule: Option<&str>, limit: u32) -> Result<Vec<Run>>;

    /// The schedules that have a run without an end.
    fn at_work(&self) -> Result<BTreeSet<String>>;

    /// The commands that are or were to run once, in the order of their times.
    fn one_offs(&self) -> Result<Vec<OneOff>>;
}
