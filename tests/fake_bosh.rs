//! The double of `bosh` (`tests/fake_bosh`) does right each trap that its sources have.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod support;
mod traps;
