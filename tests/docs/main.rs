//! The documents: what they say is so, and what they tell to type works.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod after_a_kill_page;
mod by_hand;
mod clean_page;
mod demo;
mod examples;
mod first_restore;
mod generated;
mod pages;
mod picture;
mod readme;
mod recovery_page;
mod reference;
mod scripting;
#[path = "../support/mod.rs"]
mod support;
