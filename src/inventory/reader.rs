//! From the tree to instances.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use super::MOST_INSTANCES;
use crate::domain::ids::{BadId, CpiName, DiskCid, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::inventory::Source;
use crate::yaml::{Complaint, Node, Value, View};

const INSTANCE_KEYS: [&str; 8] = ["name", "uuid", "az", "cpi", "vm_cid", "agent_id", "managed_by", "disks"];
const DISK_KEYS: [&str; 4] = ["cid", "size_mib", "az", "cloud_properties"];

/// Reads one inventory, and remembers each thing with its line. The same CID is refused a second time even on another
/// CPI: commands name disks and VMs only by CID.
pub(super) struct Reader<'c> {
    source: &'c Source<'c>,
    deployments: HashMap<String, u64>,
    names: HashMap<InstanceName, u64>,
    uuids: HashMap<String, u64>,
    vms: HashMap<VmCid, u64>,
    disks: HashMap<DiskCid, u64>,
    found: Vec<Instance>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(source: &'c Source<'c>) -> Self {
        Reader {
            source,
            deployments: HashMap::new(),
            names: HashMap::new(),
            uuids: HashMap::new(),
            vms: HashMap::new(),
            disks: HashMap::new(),
            found: Vec::new(),
        }
    }

    /// The instances, and the deployments of which it says that they have none.
    pub(super) fn deployments(mut self, root: &View<'_>) -> Result<(Vec<Instance>, BTreeSet<String>), Complaint> {
        let mut empty = BTreeSet::new();
        root.only(&["deployments"])?;
        for deployment in need(root, "deployments", "the deployments, as `- name: prod`")?.items()? {
            deployment.only(&["name", "instances"])?;
            let name = need(&deployment, "name", "the deployment's name")?;
            let deployment_name = word(&name)?;
            once(&mut self.deployments, deployment_name.clone(), &name, "deployment")?;
            let Some(instances) = deployment.get("instances")? else { continue };
            let before = self.found.len();
            for instance in instances.items()? {
                if self.found.len() == MOST_INSTANCES {
                    let message = format!("more than {MOST_INSTANCES} instances, the most that one inventory can hold");
                    return Err(instance.complain(message).hint("split it by deployment, and import each part"));
                }
                let instance = self.instance(&deployment_name, &instance)?;
                self.found.push(instance);
            }
            if self.found.len() == before {
                empty.insert(deployment_name);
            }
        }
        Ok((self.found, empty))
    }

    fn instance(&mut self, deployment: &str, view: &View<'_>) -> Result<Instance, Complaint> {
        view.only(&INSTANCE_KEYS)?;
        let name_view = need(view, "name", "GROUP/INDEX, as in db/0")?;
        let name = instance_name(deployment, &name_view)?;
        once(&mut self.names, name.clone(), &name_view, "instance")?;
        let uuid = view.get("uuid")?.map(|uuid| self.uuid(&uuid)).transpose()?;
        let az = optional_word(view, "az")?;
        let cpi =
            view.get("cpi")?.map(|cpi| id(&cpi)).transpose()?.unwrap_or_else(|| self.source.cpi_of(az.as_deref()));
        let vm = match view.get("vm_cid")? {
            Some(vm) => {
                let cid: VmCid = id(&vm)?;
                once(&mut self.vms, cid.clone(), &vm, "VM")?;
                Some(cid)
            }
            None => None,
        };
        let mut disks = Vec::new();
        for (slot, disk) in
            view.get("disks")?.map(|list| list.list()).transpose()?.unwrap_or_default().iter().enumerate()
        {
            let slot = u32::try_from(slot).map_err(|_| disk.complain("too many disks").hint("remove some"))?;
            disks.push(self.disk(&name, &cpi, slot, disk)?);
        }
        Ok(Instance {
            uuid,
            az,
            vm,
            agent_id: optional_word(view, "agent_id")?,
            managed_by: view.get("managed_by")?.map_or(Ok(ManagedBy::Director), |who| managed_by(&who))?,
            confirmed_at: self.source.now,
            reported: Reported::default(),
            state_file: StateFileIds::default(),
            disks,
            name,
            cpi,
        })
    }

    fn uuid(&mut self, view: &View<'_>) -> Result<String, Complaint> {
        let text = word(view)?;
        if uuid::Uuid::parse_str(&text).is_err() {
            let complaint = view.complain("not a UUID");
            return Err(complaint.hint("write it as `bosh instances --details` shows it, or leave the key out"));
        }
        once(&mut self.uuids, text.to_lowercase(), view, "UUID")?;
        Ok(text)
    }

    fn disk(&mut self, owner: &InstanceName, cpi: &CpiName, slot: u32, view: &View<'_>) -> Result<Disk, Complaint> {
        view.only(&DISK_KEYS)?;
        let cid_view = need(view, "cid", "the disk's CID")?;
        let cid: DiskCid = id(&cid_view)?;
        once(&mut self.disks, cid.clone(), &cid_view, "disk")?;
        let size_mib = match view.get("size_mib")? {
            Some(size) => match size.as_u64()? {
                0 => {
                    return Err(size
                        .complain("a disk without a size")
                        .hint("write its size in MiB, or leave the key out"));
                }
                mib => Some(mib),
            },
            None => None,
        };
        let cloud_properties = match view.get("cloud_properties")? {
            Some(properties) => {
                properties.map()?;
                if size(properties.node()) > MOST_PROPERTIES {
                    let complaint = properties.complain(format!("more than {MOST_PROPERTIES} values"));
                    return Err(complaint.hint("write what the IaaS knows of the disk, and no more"));
                }
                Some(properties.node().to_json())
            }
            None => None,
        };
        Ok(Disk {
            cid,
            cpi: cpi.clone(),
            instance: Some(owner.clone()),
            slot,
            state: DiskState::Active,
            size_mib,
            az: optional_word(view, "az")?,
            cloud_properties,
            origin: None,
            orphaned_at: None,
        })
    }
}

/// The most values in the cloud properties of one disk.
const MOST_PROPERTIES: usize = 1_000;

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
    }
}

fn need<'a>(view: &View<'a>, key: &str, what: &str) -> Result<View<'a>, Complaint> {
    view.get(key)?.ok_or_else(|| {
        let complaint = Complaint::new("missing").at(view.line()).of(view.key_of(key));
        complaint.hint(format!("write {what}"))
    })
}

/// Remembers the thing, or returns the line where it was before.
fn once<K: std::hash::Hash + Eq>(
    seen: &mut HashMap<K, u64>,
    thing: K,
    view: &View<'_>,
    what: &str,
) -> Result<(), Complaint> {
    match seen.insert(thing, view.line()) {
        None => Ok(()),
        Some(line) => Err(view
            .complain(format!("the same {what} is on line {line} already"))
            .hint(format!("keep the {what} in one place"))),
    }
}

/// Text that can be shown and stored: one line, and not empty.
fn word(view: &View<'_>) -> Result<String, Complaint> {
    let text = view.as_str()?;
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.len() > crate::domain::ids::LIMIT {
        return Err(view.complain("empty, too long, or with control characters").hint("write one plain word"));
    }
    Ok(text.to_owned())
}

fn optional_word(view: &View<'_>, key: &str) -> Result<Option<String>, Complaint> {
    view.get(key)?.map(|text| word(&text)).transpose()
}

fn id<T: FromStr<Err = BadId>>(view: &View<'_>) -> Result<T, Complaint> {
    view.as_str()?.parse().map_err(|bad: BadId| view.complain(bad.to_string()).hint("write it as the cloud gives it"))
}

fn instance_name(deployment: &str, view: &View<'_>) -> Result<InstanceName, Complaint> {
    let text = word(view)?;
    let form = || view.complain("not GROUP/INDEX").hint("write the instance group and the index, as in db/0");
    let (group, index) = text.split_once('/').ok_or_else(form)?;
    if group.trim().is_empty() {
        return Err(form());
    }
    if uuid::Uuid::parse_str(index).is_ok() {
        return Err(form().hint("the UUID goes under `uuid:`"));
    }
    let index = index.parse::<u32>().ok().filter(|_| index.bytes().all(|byte| byte.is_ascii_digit()));
    let index = index.ok_or_else(|| view.complain("the index after the slash is not a number").hint("as in db/0"))?;
    Ok(InstanceName { deployment: deployment.to_owned(), group: group.to_owned(), index })
}

fn managed_by(view: &View<'_>) -> Result<ManagedBy, Complaint> {
    ManagedBy::from_name(view.as_str()?)
        .ok_or_else(|| view.complain("unknown manager").hint("one of: director, create-env, nobody"))
}
