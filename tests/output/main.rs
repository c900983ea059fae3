//! What is printed: in each form, for people and for programs, and never a secret.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod any_rows;
mod bosh_bytes;
mod bosh_model;
mod completions;
mod contract;
mod differences;
mod doctor;
mod forms;
mod graph;
mod long_lists;
mod next_commands;
mod report;
mod screens;
mod secrets;
#[path = "../support/mod.rs"]
mod support;
mod widths;
