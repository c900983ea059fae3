//! SIGKILL, an error, or a child that outlives its parent, at each step of each command that changes
//! anything: afterwards nothing is lost, doubled or half-made, and each instance has exactly one disk.
#![cfg(debug_assertions)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod cases;
mod errors;
mod hands;
mod lag;
mod matrix;
mod outlive;
mod scene;
#[path = "../support/mod.rs"]
mod support;
mod twins;
