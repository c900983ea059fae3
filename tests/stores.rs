//! What each kind of store has to hold.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

#[path = "state/stores/mod.rs"]
mod stores;
