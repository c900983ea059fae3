//! OpenStack natively: the contract, an operator's day through the binary, and what stands between snapback and OpenStack.
//! OpenStack is a real Keystone and a real Cinder (`server`); what these do not do comes from proxies before both.
#![cfg(debug_assertions)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod between;
mod cloud;
#[allow(dead_code, unused_imports, reason = "this group uses a part of it")]
#[path = "../cpi/conformance/mod.rs"]
mod conformance;
mod contract;
mod costs;
mod errors;
mod faults;
mod hostile;
mod kept;
mod keystone;
mod kills;
mod operator;
mod paired;
mod permissions;
mod real;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod told;
