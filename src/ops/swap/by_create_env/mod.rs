//! The method for an instance that `bosh create-env` manages: a Director's own disk. Its record in create-env's state
//! file gets the new disk's CID, and the operator's own command line makes a VM with it. snapback believes create-env's
//! state file and the cloud, but never the exit status.

mod back;
mod disarming;
mod ended;
mod forward;
mod fresh;
mod look;
mod steps;
mod witness;

pub use disarming::write as write_disarming;
pub use fresh::take_in;
pub(super) use look::look;
pub(in crate::ops) use steps::Going;
