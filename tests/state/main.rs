//! The state file: what is beside it, its locks, copies and versions, several users, what a command costs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod beside_the_state;
mod copies;
mod crowd;
mod exact_counts;
mod leftovers;
mod limits;
mod lost_locks;
mod order_on_disk;
mod state_versions;
mod stores;
#[path = "../support/mod.rs"]
mod support;
