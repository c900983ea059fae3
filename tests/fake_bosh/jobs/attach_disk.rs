//! D/jobs/attach_disk.rb. It takes no deployment lock, but that of its VM around each call of the CPI.

use serde_json::Map;

use super::disks;
use super::orphans;
use super::transaction::Transaction;
use crate::task::{Failure, Job};
use crate::world::{Disk, Instance};

pub fn perform(job: &mut Job) -> Result<String, Failure> {
    let text = |key: &str| job.task.arguments[key].as_str().unwrap_or_default().to_owned();
    let (group, id, cid, properties) = (text("group"), text("id"), text("cid"), text("properties"));
    let deployment = &job.task.deployment;
    let there = format!("Instance '{group}/{id}' in deployment '{deployment}'");

    // attach_disk.rb:43, 47: the UUID and nothing else; an index is one that nobody has.
    let world = job.home.read();
    let found = world.instance(&id).filter(|(of, instance)| instance.group == group && of.name == *deployment);
    let Some((_, instance)) = found else {
        return Err(Failure::Error(520_001, format!("{there} was not found")));
    };
    // attach_disk.rb:51
    if instance.ignore {
        let rule = "Attaching disks to ignored instances is not allowed.";
        return Err(Failure::Error(520_003, format!("{there} is in 'ignore' state. {rule}")));
    }
    // attach_disk.rb:56
    if !["stopped", "detached"].contains(&instance.state.as_str()) {
        return Err(Failure::Error(520_003, format!("{there} must be in 'bosh stopped' state")));
    }

    // attach_disk.rb:32: one transaction. Where it fails the database says what it said; the cloud does not.
    let instance = instance.clone();
    let mut database = Transaction::begin(job, &instance.uuid);
    // attach_disk.rb:17-18, 33: without a managed disk (there is none, or each has a name) nothing is replaced.
    let (mut size, mut cloud_properties) = (1, Map::new());
    if let Some(previous) = instance.managed_disk() {
        if properties == "copy" {
            (size, cloud_properties) = (previous.size, previous.cloud_properties.clone());
        }
        replace_previous(job, &mut database, &instance, previous)?;
    }
    attach_new(job, &mut database, &instance, &cid, (size, cloud_properties))?;
    job.meet("task:before_commit")?;
    database.commit();
    job.step("committed");
    Ok(format!("attached disk '{cid}' to '{group}/{id}' in deployment '{deployment}'"))
}

/// attach_disk.rb:61
fn replace_previous(
    job: &Job,
    database: &mut Transaction,
    instance: &Instance,
    previous: &Disk,
) -> Result<(), Failure> {
    let inactive = Disk { active: false, ..previous.clone() };
    // attach_disk.rb:69: a detached instance has no VM to ask.
    if instance.state == "stopped" {
        job.meet("task:before_detach")?;
        disks::detach(job, &instance.uuid, &inactive)?;
        job.step("detached");
        job.meet("task:after_detach")?;
    }
    orphans::orphan(database, &instance.uuid, &previous.cid);
    Ok(())
}

/// attach_disk.rb:76
fn attach_new(
    job: &Job,
    database: &mut Transaction,
    instance: &Instance,
    cid: &str,
    (size, cloud_properties): (u64, Map<String, serde_json::Value>),
) -> Result<(), Failure> {
    let disk = match orphans::unorphan(database, &instance.uuid, cid) {
        Some(disk) => disk,
        None => {
            // attach_disk.rb:87: without a VM there is no CPI to record, and that means the default one.
            let cpi = instance.vm_cid.as_ref().map(|_| instance.cpi.clone()).unwrap_or_default();
            let cid = cid.to_owned();
            let disk = Disk { cid, active: true, size, cloud_properties, cpi, ..Disk::default() };
            let (uuid, row) = (instance.uuid.clone(), disk.clone());
            database.change(move |world| world.instance_mut(&uuid).disks.push(row.clone()));
            disk
        }
    };
    if instance.state == "stopped" {
        disks::attach(job, &instance.uuid, &disk)?;
    }
    Ok(())
}
