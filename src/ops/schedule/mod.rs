//! Schedules: what is due is run, once, whoever looks and however often.

mod begun;
mod child;
mod clean_up;
mod covered;
mod engine;
mod jobs;
mod once;
mod order;

pub use child::{Answer, Children, Runner, line_of_child};
pub use covered::{bare, taken_since};
pub use engine::{AtWork, Listener, Scheduler};
pub use jobs::{DEPLOYMENTS, SELF, Scheduled, Taking, next_take, of_manifest};
