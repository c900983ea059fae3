//! CPIs that answer wrongly: each method, each way, crossed with each verb that uses the method. A lie may make a command
//! fail; it must not lose content, change a row that it has no right to, or be told as success.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

#[path = "../support/mod.rs"]
mod support;

mod deletions;
mod errors;
mod lost;
mod new_things;
mod once;
mod same_moment;
mod scene;
mod swaps;
