//! `bosh-state.json`, create-env's own state (cloudfoundry/bosh-cli `deployment/disk/manager.go` reads its disks).

use serde_json::value::RawValue;

use super::document::{Object, kind, list, object};
use super::instances;
use crate::domain::ids::{BadId, DiskCid, VmCid};
use crate::domain::instance::{Disk, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::inventory::Source;
use crate::yaml::Complaint;

/// Keys that only this file has at its top level. `disks` and the like are not among them: other files have those, too.
const KEYS: [&str; 5] =
    ["current_vm_cid", "current_disk_id", "current_stemcell_id", "current_manifest_sha", "installation_id"];

/// Whether the text is that file.
pub(super) fn is_one(root: &Object<'_>) -> bool {
    KEYS.iter().any(|key| root.contains_key(*key))
}

/// The longest cloud properties of a disk that are accepted, in bytes.
const LONGEST_PROPERTIES: usize = 64 * 1024;

/// Reads its one instance. The Director uses these names in the snapshots of its own disk (cloudfoundry/bosh
/// `jobs/snapshot_self.rb`): deployment `self`, job `director`, index 0.
pub(super) fn read(root: &Object<'_>, source: &Source<'_>) -> Result<Instance, Complaint> {
    let name = InstanceName { deployment: "self".to_owned(), group: "director".to_owned(), index: 0 };
    let vm = text(root, "current_vm_cid", "")?.map(|cid| id::<VmCid>(&cid, "current_vm_cid")).transpose()?;
    let mut disks = Vec::new();
    if let Some(current) = text(root, "current_disk_id", "")? {
        disks.push(disk(root, &current, &name, source)?);
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
        state_file: StateFileIds {
            director: text(root, "director_id", "")?,
            installation: text(root, "installation_id", "")?,
        },
        disks,
        name,
    })
}

fn disk(root: &Object<'_>, current: &str, instance: &InstanceName, source: &Source<'_>) -> Result<Disk, Complaint> {
    for (number, record) in list(root, "disks", "disks")?.into_iter().enumerate() {
        let path = format!("disks[{number}]");
        let record = object(record, &path)?;
        if text(&record, "id", &path)?.as_deref() != Some(current) {
            continue;
        }
        let key = format!("{path}.cid");
        let Some(cid) = text(&record, "cid", &path)? else {
            return Err(Complaint::new("missing").of(key).hint("create-env needs this file, too: repair it"));
        };
        let mut disk = instances::disk(id::<DiskCid>(&cid, &key)?, instance, source.default_cpi, 0);
        disk.size_mib = match record.get("size").filter(|size| kind(size) != "nothing") {
            None => None,
            Some(size) => {
                let mib = serde_json::from_str::<u64>(size.get()).ok().filter(|mib| i64::try_from(*mib).is_ok());
                let mib = mib.ok_or_else(|| {
                    let complaint = Complaint::new("not a size in MiB").of(format!("{path}.size"));
                    complaint.hint("give the file as create-env wrote it")
                })?;
                Some(mib).filter(|mib| *mib > 0)
            }
        };
        let properties = record.get("cloud_properties").filter(|properties| kind(properties) != "nothing");
        disk.cloud_properties = properties
            .map(|properties| cloud_properties(properties, &format!("{path}.cloud_properties")))
            .transpose()?;
        return Ok(disk);
    }
    let complaint = Complaint::new("no record of disks[] has this id").of("current_disk_id");
    Err(complaint.hint("it is the `id` of a record below `disks`, not a CID; the disk's CID is the record's `cid`"))
}

fn cloud_properties(value: &RawValue, path: &str) -> Result<serde_json::Value, Complaint> {
    object(value, path)?;
    let unreadable = |what: &str| Complaint::new(what).of(path).hint("give the file as create-env wrote it");
    if value.get().len() > LONGEST_PROPERTIES {
        return Err(unreadable(&format!("longer than {} KiB", LONGEST_PROPERTIES / 1024)));
    }
    serde_json::from_str(value.get()).map_err(|_| unreadable("JSON that cannot be read"))
}

fn text(parent: &Object<'_>, key: &str, path: &str) -> Result<Option<String>, Complaint> {
    let Some(value) = parent.get(key).filter(|value| kind(value) != "nothing") else { return Ok(None) };
    let text =
        Some(value).filter(|value| kind(value) == "text").and_then(|v| serde_json::from_str::<String>(v.get()).ok());
    match text {
        Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        None => {
            let place = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let found = Some(kind(value)).filter(|kind| *kind != "text").unwrap_or("text that is not Unicode");
            let complaint = Complaint::new(format!("expected text, found {found}")).of(place);
            Err(complaint.hint("give the file as create-env wrote it"))
        }
    }
}

fn id<T: std::str::FromStr<Err = BadId>>(text: &str, key: &str) -> Result<T, Complaint> {
    text.parse()
        .map_err(|bad: BadId| Complaint::new(bad.to_string()).of(key).hint("give the file as create-env wrote it"))
}
