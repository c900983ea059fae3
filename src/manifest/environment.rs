//! A manifest of create-env: the disk that it wants, and the ops file that disarms the Director in it.

use std::path::Path;

use super::filled::Filled;
use super::{Inputs, ManifestError, WantedDisk};
use crate::yaml::{Complaint, View};

/// The facts in a manifest of create-env about its one instance.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentManifest {
    /// The disk (bosh-cli `deployment/manifest/manifest.go`, `DiskPool`).
    pub disk: WantedDisk,
    /// The text of an ops file that keeps the Director from acting by itself.
    pub disarming: String,
}

/// Reads a manifest of create-env, and fills it in; a variable without a value is not an error.
///
/// # Errors
/// [`ManifestError`], of the manifest or of the files and variables that fill it in.
pub fn environment(path: &Path, inputs: &Inputs) -> Result<EnvironmentManifest, ManifestError> {
    let filled = Filled::read(path, inputs)?;
    let root = View::root(&filled.tree);
    let read = || -> Result<_, Complaint> {
        let Some((key, group)) = group(&root)? else { return Err(root.complain("it has no instance group")) };
        Ok(EnvironmentManifest { disk: disk(&root, &group)?, disarming: disarming(&root, key, &group)? })
    };
    read().map_err(|complaint| filled.blame(complaint))
}

/// The only instance group; `jobs` is the older word for it.
fn group<'a>(root: &View<'a>) -> Result<Option<(&'static str, View<'a>)>, Complaint> {
    for key in ["instance_groups", "jobs"] {
        let groups = root.get(key)?.map(|list| list.list()).transpose()?.unwrap_or_default();
        if let Some(group) = groups.into_iter().next() {
            return Ok(Some((key, group)));
        }
    }
    Ok(None)
}

fn disk(root: &View<'_>, group: &View<'_>) -> Result<WantedDisk, Complaint> {
    let nothing = || serde_json::Value::Object(serde_json::Map::new());
    let size = |view: View<'_>| match view.resolved_throughout() {
        Ok(()) => view.as_u64().map(Some),
        Err(_) => Ok(None),
    };
    let Some(name) = group.get("persistent_disk_pool")? else {
        let Some(wanted) = group.get("persistent_disk")? else { return Ok(WantedDisk::Untold) };
        return Ok(match size(wanted)? {
            Some(size_mib) => WantedDisk::One { size_mib, cloud_properties: Some(nothing()) },
            None => WantedDisk::Untold,
        });
    };
    let pools = root.get("disk_pools")?.map(|list| list.list()).transpose()?.unwrap_or_default();
    for pool in pools {
        if pool.node().get("name").and_then(|name| name.text()) != name.node().text() {
            continue;
        }
        let Some(size_mib) = pool.get("disk_size")?.map(size).transpose()?.flatten() else { break };
        let cloud_properties = match pool.get("cloud_properties")? {
            None => Some(nothing()),
            Some(properties) => properties.resolved_throughout().is_ok().then(|| properties.node().to_json()),
        };
        return Ok(WantedDisk::One { size_mib, cloud_properties });
    }
    Ok(WantedDisk::Untold)
}

/// Settings that keep a Director with an old database from acting by itself: job, path in its properties, value
/// (cloudfoundry/bosh `jobs/director/spec`, `jobs/health_monitor/spec`, `templates/director.yml.erb`).
const DISARMED: [(&str, &str, &str); 9] = [
    ("health_monitor", "hm?/resurrector_enabled", "false"),
    ("director", "director/auto_fix_stateful_nodes?", "false"),
    ("director", "director/enable_snapshots?", "false"),
    ("director", "director/disks?/max_orphaned_age_in_days", "36500"),
    ("director", "director/disks?/cleanup_schedule", NEVER),
    ("director", "director/vms?/cleanup_schedule", NEVER),
    ("director", "director/networks?/cleanup_schedule", NEVER),
    ("director", "director/snapshot_schedule?", NEVER),
    ("director", "director/self_snapshot_schedule?", NEVER),
];

/// Once a year, in the first second of New Year's Day.
const NEVER: &str = "'0 0 0 1 1 * UTC'";

/// The first line of the ops file: a file that has it may be written anew.
pub const DISARMING_MARK: &str = "# Made by snapback: a Director whose database is in the past does nothing by itself.";

/// Builds one operation. bosh-cli takes a job's own properties instead of its group's (`deployment/manifest/parser.go`,
/// `releaseJobRef`).
fn disarming(root: &View<'_>, key: &str, group: &View<'_>) -> Result<String, Complaint> {
    let group_path = match group.node().get("name").and_then(|name| name.text()) {
        Some(name) => format!("/{key}/name={name}"),
        None => format!("/{key}/0"),
    };
    let old_style = group.get("properties")?.is_none() && root.get("properties")?.is_some();
    let mut text =
        format!("{DISARMING_MARK}\n# Take it off the command line once the checklist of `restore` is done.\n---\n");
    for (job, path, value) in DISARMED {
        let mut at = if old_style { "/properties".to_owned() } else { format!("{group_path}/properties?") };
        for list in ["jobs", "templates"] {
            for one in group.get(list)?.map(|jobs| jobs.list()).transpose()?.unwrap_or_default() {
                let is_it = one.node().get("name").and_then(|name| name.text()) == Some(job);
                if is_it && one.get("properties")?.is_some() {
                    at = format!("{group_path}/{list}/name={job}/properties");
                }
            }
        }
        text.push_str(&format!("- type: replace\n  path: {at}/{path}\n  value: {value}\n"));
    }
    Ok(text)
}
