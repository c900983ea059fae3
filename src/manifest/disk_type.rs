//! The persistent disk that a deployment's manifest wants for an instance group.

use serde_json::Value;

use crate::yaml::{self, Complaint, View};

/// The persistent disk that the manifest asks for, as far as it says.
#[derive(Debug, Clone, PartialEq)]
pub enum WantedDisk {
    /// Several disks, each with a name (`persistent_disks`).
    Named,
    /// One disk.
    One {
        /// Its size in MiB.
        size_mib: u64,
        /// Its cloud properties; `None` if they have a variable that only the Director can fill in.
        cloud_properties: Option<Value>,
    },
    /// It does not say, or in a way that is not understood here.
    Untold,
}

/// Reads the disk of `group` from a deployment's manifest and the cloud-configs (cloudfoundry/bosh
/// `deployment_plan/instance_group_spec_parser.rb`).
///
/// # Errors
/// A [`Complaint`]: one of the texts is not a manifest or a cloud-config.
pub fn wanted_disk(manifest: &str, cloud_configs: &[String], group: &str) -> Result<WantedDisk, Complaint> {
    let tree = yaml::parse(manifest)?;
    let root = View::root(&tree);
    let Some(found) = named(&root, &["instance_groups", "jobs"], group)? else { return Ok(WantedDisk::Untold) };
    if let Some(disks) = found.get("persistent_disks")?
        && !disks.list()?.is_empty()
    {
        return Ok(WantedDisk::Named);
    }
    if let Some(size) = found.get("persistent_disk")? {
        return Ok(WantedDisk::One {
            size_mib: size.as_u64()?,
            cloud_properties: Some(Value::Object(Default::default())),
        });
    }
    let kind = match found.get("persistent_disk_type")? {
        None => found.get("persistent_disk_pool")?,
        kind => kind,
    };
    let Some(kind) = kind else { return Ok(WantedDisk::Untold) };
    let kind = kind.as_str()?;
    for text in std::iter::once(manifest).chain(cloud_configs.iter().map(String::as_str)) {
        let tree = yaml::parse(text)?;
        let Some(found) = named(&View::root(&tree), &["disk_types", "disk_pools"], kind)? else { continue };
        let Some(size) = found.get("disk_size")? else { continue };
        let cloud_properties = match found.get("cloud_properties")? {
            None => Some(Value::Object(Default::default())),
            Some(properties) => properties.resolved_throughout().is_ok().then(|| properties.node().to_json()),
        };
        return Ok(WantedDisk::One { size_mib: size.as_u64()?, cloud_properties });
    }
    Ok(WantedDisk::Untold)
}

/// The element of this name in the first list that has it.
fn named<'a>(root: &View<'a>, lists: &[&str], name: &str) -> Result<Option<View<'a>>, Complaint> {
    for list in lists {
        let Some(list) = root.get(list)? else { continue };
        for element in list.list()? {
            if element.get("name")?.is_some_and(|found| found.as_str().is_ok_and(|found| found == name)) {
                return Ok(Some(element));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_wants() {
        let cloud = "disk_types:\n- name: big\n  disk_size: 20_480\n  cloud_properties: {type: gp3}\n- name: secret\n  \
                     disk_size: 10\n  cloud_properties: {key: ((key))}\n";
        for (group, wanted) in [
            (
                "persistent_disk: 1024",
                WantedDisk::One { size_mib: 1024, cloud_properties: Some(serde_json::json!({})) },
            ),
            (
                "persistent_disk_type: big",
                WantedDisk::One { size_mib: 20480, cloud_properties: Some(serde_json::json!({"type": "gp3"})) },
            ),
            ("persistent_disk_pool: secret", WantedDisk::One { size_mib: 10, cloud_properties: None }),
            ("persistent_disk_type: unknown", WantedDisk::Untold),
            ("persistent_disks: [{name: a, type: big}]", WantedDisk::Named),
            ("persistent_disks: []", WantedDisk::Untold),
            ("azs: [z1]", WantedDisk::Untold),
        ] {
            let manifest =
                format!("name: prod\ninstance_groups:\n- name: web\n  persistent_disk: 1\n- name: db\n  {group}\n");
            assert_eq!(wanted_disk(&manifest, &[cloud.to_owned()], "db"), Ok(wanted), "{group}");
        }
        assert_eq!(wanted_disk("name: prod", &[], "db"), Ok(WantedDisk::Untold));
        assert!(wanted_disk("instance_groups: 3", &[], "db").is_err());
    }
}
