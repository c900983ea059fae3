//! `bosh-state.json`, create-env's own state (cloudfoundry/bosh-cli `deployment/disk/manager.go` reads its disks).

use serde_json::{Map, Value};

use super::document::{kind, object};
use super::instances;
use crate::domain::ids::{BadId, DiskCid, VmCid};
use crate::domain::instance::{Disk, Instance, InstanceName, ManagedBy, Reported};
use crate::inventory::Source;
use crate::yaml::Complaint;

/// Keys that only this file has at its top. `disks` and the like are not among them: others have those, too.
const KEYS: [&str; 5] =
    ["current_vm_cid", "current_disk_id", "current_stemcell_id", "current_manifest_sha", "installation_id"];

/// Whether it is that file.
pub(super) fn is_one(root: &Map<String, Value>) -> bool {
    KEYS.iter().any(|key| root.contains_key(*key))
}

/// The one instance in it. The Director calls itself so in the snapshots of its own disk (cloudfoundry/bosh
/// `jobs/snapshot_self.rb`): deployment `self`, job `director`, index 0.
pub(super) fn read(root: &Map<String, Value>, source: &Source<'_>) -> Result<Instance, Complaint> {
    let name = InstanceName { deployment: "self".to_owned(), group: "director".to_owned(), index: 0 };
    let vm = text(root, "current_vm_cid", "")?.map(|cid| id::<VmCid>(cid, "current_vm_cid")).transpose()?;
    let mut disks = Vec::new();
    if let Some(current) = text(root, "current_disk_id", "")? {
        disks.push(disk(root, current, &name, source)?);
    }
    Ok(Instance {
        uuid: None,
        az: None,
        cpi: source.default_cpi.clone(),
        vm,
        agent_id: None,
        managed_by: ManagedBy::CreateEnv,
        confirmed_at: source.now,
        reported: Reported::default(),
        disks,
        name,
    })
}

fn disk(
    root: &Map<String, Value>,
    current: &str,
    instance: &InstanceName,
    source: &Source<'_>,
) -> Result<Disk, Complaint> {
    let records = root.get("disks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (number, record) in records.iter().enumerate() {
        let path = format!("disks[{number}]");
        let record = object(record, &path)?;
        if text(record, "id", &path)? != Some(current) {
            continue;
        }
        let key = format!("{path}.cid");
        let Some(cid) = text(record, "cid", &path)? else {
            return Err(Complaint::new("missing").of(key).hint("this is the file that create-env needs, too: mend it"));
        };
        let mut disk = instances::disk(id::<DiskCid>(cid, &key)?, instance, source, 0);
        disk.size_mib = match record.get("size") {
            None | Some(Value::Null) => None,
            Some(size) => {
                let mib = size.as_u64().filter(|mib| i64::try_from(*mib).is_ok());
                let mib = mib.ok_or_else(|| {
                    let complaint = Complaint::new("no size in MiB").of(format!("{path}.size"));
                    complaint.hint("give the file as create-env wrote it")
                })?;
                Some(mib).filter(|mib| *mib > 0)
            }
        };
        disk.cloud_properties = match record.get("cloud_properties") {
            None | Some(Value::Null) => None,
            Some(properties) => {
                object(properties, &format!("{path}.cloud_properties"))?;
                Some(properties.clone())
            }
        };
        return Ok(disk);
    }
    let complaint = Complaint::new("no record of disks[] has this id").of("current_disk_id");
    Err(complaint.hint("it is the `id` of a record below `disks`, and no CID; the disk's CID is the record's `cid`"))
}

fn text<'a>(parent: &'a Map<String, Value>, key: &str, path: &str) -> Result<Option<&'a str>, Complaint> {
    match parent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => {
            let place = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let complaint = Complaint::new(format!("expected text, found {}", kind(other))).of(place);
            Err(complaint.hint("give the file as create-env wrote it"))
        }
    }
}

fn id<T: std::str::FromStr<Err = BadId>>(text: &str, key: &str) -> Result<T, Complaint> {
    text.parse()
        .map_err(|bad: BadId| Complaint::new(bad.to_string()).of(key).hint("give the file as create-env wrote it"))
}
