//! The method for an instance that `bosh create-env` looks after: a Director's own disk. Its record in create-env's state
//! file gets the new disk's CID, and the operator's own command line makes a VM with it. create-env is believed by its
//! state file and by the cloud, and never by how it ended.

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
