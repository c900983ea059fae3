//! snapback: snapshots of BOSH persistent disks, and the way back from them.
#![forbid(unsafe_code)]

pub mod clock;
pub mod cpi;
pub mod domain;
pub mod error;
pub mod exit_code;
pub mod fault;
pub mod inventory;
pub mod manifest;
pub mod process;
pub mod secret;
pub mod state;
pub mod yaml;
