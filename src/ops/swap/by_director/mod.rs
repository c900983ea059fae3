//! The method for an instance that a living Director manages: all that touches the instance is done by the Director, at
//! the operator's own bosh CLI. snapback makes the disk and the snapshots, orders the rest, and believes nothing that
//! the Director, the cloud and the disk's content do not say alike.

mod back;
mod forward;
mod look;
mod settle;
mod steps;

pub(super) use look::look;
pub(in crate::ops) use settle::settle;
