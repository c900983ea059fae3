//! The method for an instance that nobody manages: hooks stop and start it, and the CPI detaches and attaches its disks. What
//! the cloud shows of the VM's disks decides.

mod back;
mod forward;
mod look;
mod seen;
mod steps;

pub(super) use look::{look, look_at};
