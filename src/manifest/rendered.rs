//! The `director.yml` that BOSH renders on a Director's VM: JSON text with names of its own
//! (`jobs/director/templates/director.yml.erb` of cloudfoundry/bosh).

use crate::yaml::{Complaint, View};

use super::Switch;
use super::director::Found;
use super::settings::Settings;

/// Keys that only the rendered form has at its top.
const OWN: [&str; 3] = ["snapshots", "scheduled_jobs", "cloud"];
/// Keys that every manifest with a Director has one of.
const FOREIGN: [&str; 4] = ["instance_groups", "jobs", "cloud_provider", "properties"];

/// Whether this is the rendered form, by its keys.
pub(super) fn is(root: &View<'_>) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| root.node().get(key).is_some_and(|node| !node.is_null()));
    has(&OWN) && !has(&FOREIGN)
}

/// Reads `name`, `snapshots.enabled` and `cloud.provider.name`; for snapback's own settings it has no place.
pub(super) fn find<'a>(root: &View<'a>) -> Result<Found<'a>, Complaint> {
    let name = root.get("name")?.map(|name| name.as_str().map(str::to_owned)).transpose()?;
    let enable_snapshots = match root.path(&["snapshots", "enabled"])? {
        Some(written) => Switch {
            value: written.as_bool()?,
            key: written.key().to_owned(),
            line: Some(written.line()),
            origin: written.node().origin,
        },
        None => Switch { value: false, key: "snapshots.enabled".to_owned(), line: None, origin: 0 },
    };
    let cpi_job = root.path(&["cloud", "provider", "name"])?;
    Ok(Found { name, enable_snapshots, cpi_job, settings: Settings::default(), warnings: Vec::new() })
}
