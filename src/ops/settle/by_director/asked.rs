//! Questions to a Director that serve several purposes.

use crate::director::{Bosh, InstanceSeen, Task};
use crate::domain::instance::InstanceName;
use crate::error::{Error, Kind, Result};

/// The instance in the Director's view.
pub(in crate::ops) fn seen(bosh: &Bosh, instance: &InstanceName, slug: &str) -> Result<InstanceSeen> {
    bosh.instance(&instance.deployment, slug)?.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("the Director has no instance {slug} in deployment '{}'", instance.deployment),
        )
        .hint("the inventory is out of date: import what the Director says now:")
        .try_command("snapback import --from-bosh")
    })
}

/// A task of the deployment that is at work and does more than look, if there is one.
pub(in crate::ops) fn working(bosh: &Bosh, deployment: &str) -> Result<Option<Task>> {
    Ok(bosh.tasks(deployment)?.into_iter().find(|task| !task.only_looks()))
}
