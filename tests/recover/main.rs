//! What has gone wrong, and the ways out of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod check;
mod delete_disk;
mod interrupts;
mod mends;
mod settle;
#[path = "../support/mod.rs"]
mod support;
mod ways_out;
