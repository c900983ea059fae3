//! The method for an instance that a living Director manages: all that touches the instance is done by the Director, at
//! the operator's own bosh CLI. snapback makes the disk and the snapshots, orders the rest, and believes nothing that
//! the Director, the cloud and the disk's content do not say alike.

mod back;
mod forward;
mod inside;
mod look;
mod next_deploy;
mod steps;
mod stray;

pub(super) use look::look;
pub use next_deploy::{NextDeploy, next_deploy, next_deploy_after};
