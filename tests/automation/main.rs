//! Snapshots that look after themselves: schedules, and what they run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod bosh_job;
mod clean;
mod clocks;
mod cron;
mod examples;
mod frozen;
mod full;
mod guard;
mod guard_keeps;
mod guard_terminal;
mod hangs;
mod held_up;
mod hold;
mod hooks;
mod itself;
mod lifespan;
mod limits;
mod lost;
mod newcomer;
mod noted_losses;
mod own_jobs;
mod page;
mod prune;
mod prune_floor;
mod prune_words;
mod schedule;
mod schedule_beside;
mod shared;
mod simulated_floor;
mod simulation;
mod simulation_steps;
mod stale;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod through_bosh;
mod together;
mod told;
mod whose;
