//! The method for an instance that a living Director manages: the Director does everything that touches the instance,
//! through the operator's own bosh CLI. snapback makes the disk and the snapshots, orders the rest, and believes only
//! what the Director, the cloud and the disk's content agree on.

mod back;
mod forward;
mod inside;
mod look;
mod next_deploy;
mod steps;
mod stray;

pub(super) use look::look;
pub use next_deploy::{NextDeploy, next_deploy, next_deploy_after};
