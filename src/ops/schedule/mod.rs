//! Schedules: what is due is run once, however many schedulers look, and however often.

mod begun;
mod child;
mod clean_up;
mod covered;
mod engine;
mod jobs;
mod once;
mod order;
mod told;

pub use child::{Answer, Children, Runner, UNCOVERED, line_of_child};
pub use covered::{Uncovered, bare, taken_since, uncovered};
pub use engine::{AtWork, Scheduler};
pub use jobs::{DEPLOYMENTS, SELF, Scheduled, Taking, next_take, of_manifest};
pub use told::Listener;
