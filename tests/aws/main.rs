//! AWS natively: the contract, a restore and its undo through the binary, and what stands between snapback and AWS. AWS is
//! moto's server (`moto.rs`); what moto does not do comes from a proxy before it (`between.rs`).
#![cfg(debug_assertions)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod between;
mod canary;
mod cloud;
#[allow(dead_code, unused_imports, reason = "this group uses a part of it")]
#[path = "../cpi/conformance/mod.rs"]
mod conformance;
mod contract;
mod costs;
mod credentials;
mod errors;
mod faults;
mod home;
mod hostile;
mod issuer;
mod kills;
mod ministack;
mod moto;
mod operator;
mod pairing;
mod pairing_alone;
mod pairing_kills;
mod pairing_scene;
mod permissions;
mod renewed;
mod signature;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod venv;
