//! Snapshots that look after themselves: schedules, and what they run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod cron;
mod lifespan;
mod prune;
mod status;
#[path = "../support/mod.rs"]
mod support;
