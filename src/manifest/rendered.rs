//! The `director.yml` that BOSH renders on a Director's VM: JSON text with its own names
//! (`jobs/director/templates/director.yml.erb` of cloudfoundry/bosh).

use crate::yaml::{Complaint, View};

use super::director::{Found, name};
use super::schedule::{DEPLOYMENTS, ITSELF};
use super::setting::Setting;

/// Keys that only the rendered form has at its top.
const OWN: [&str; 3] = ["snapshots", "scheduled_jobs", "cloud"];
/// Keys of which every manifest with a Director has one.
const FOREIGN: [&str; 4] = ["instance_groups", "jobs", "cloud_provider", "properties"];

/// Whether this is the rendered form, by its keys.
pub(super) fn is(root: &View<'_>) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| root.node().get(key).is_some_and(|node| !node.is_null()));
    has(&OWN) && !has(&FOREIGN)
}

/// Reads `name`, `snapshots.enabled`, `scheduled_jobs` and `cloud.provider.name`. BOSH writes none of snapback's
/// settings: they are at the top level, below `snapback`, if an ops file has put them there (`path: /snapback?`).
pub(super) fn find<'a>(root: &View<'a>) -> Result<Found<'a>, Complaint> {
    let mut warnings = Vec::new();
    let enable_snapshots = match root.path(&["snapshots", "enabled"])? {
        Some(written) => Setting::of(written.as_bool()?, &written),
        None => Setting::default(false, "snapshots.enabled".to_owned()),
    };
    Ok(Found {
        name: name(root.get("name")?, &mut warnings)?,
        enable_snapshots,
        snapshot_schedule: DEPLOYMENTS.of_jobs(root),
        self_snapshot_schedule: ITSELF.of_jobs(root),
        cpi_job: root.path(&["cloud", "provider", "name"])?,
        snapback: root.get("snapback")?,
        warnings,
    })
}
