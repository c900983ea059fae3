//! CPIs: the contract, the embedded one, executables and what they answer.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod conformance;
mod cpi_conformance;
mod cpi_director;
mod cpi_extension;
mod cpi_local;
mod cpis;
mod executable;
mod hostile;
mod local;
mod process;
mod recorded;
mod sides;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod verbose;
mod zones;
