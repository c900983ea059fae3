//! The method for an instance that nobody manages: hooks stop and start it, and the CPI detaches and attaches its
//! disks. The disks that the cloud shows at the VM decide.

mod back;
mod forward;
mod look;
mod seen;
mod steps;

pub(super) use look::{look, look_at};
