//! Snapshots that look after themselves: schedules, and what they run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod clean;
mod cron;
mod frozen;
mod hold;
mod lifespan;
mod limits;
mod prune;
mod schedule;
mod simulation;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod together;
mod whose;
