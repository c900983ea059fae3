//! D/disk_manager.rb and the steps that it is made of.

use serde_json::json;

use crate::agent::Agent;
use crate::cloud::CloudError;
use crate::task::{Failure, Job};
use crate::world::Disk;

/// The agent of an instance.
pub fn agent<'a>(job: &'a Job, uuid: &str) -> Agent<'a> {
    Agent { home: &job.home, cloud: &job.cloud, uuid: uuid.to_owned() }
}

fn vm_of(job: &Job, uuid: &str) -> Option<String> {
    job.home.read().instance(uuid).unwrap().1.vm_cid.clone()
}

/// The disk's CPI is asked for the VM (attach_disk_step.rb:20, detach_disk_step.rb:21): where that is not the VM's, it has no
/// such VM.
fn ask_right_cpi(job: &Job, uuid: &str, disk: &Disk) -> Result<(), Failure> {
    let world = job.home.read();
    let (_, instance) = world.instance(uuid).unwrap();
    if instance.cpi == disk.cpi {
        return Ok(());
    }
    let vm = instance.vm_cid.clone().unwrap_or_default();
    let message = format!("VM '{vm}' not found by CPI '{}'", disk.cpi);
    let (kind, method) = ("Bosh::Clouds::VMNotFound".to_owned(), "has_vm".to_owned());
    Err(CloudError { kind, message, method }.into())
}

/// disk_manager.rb:133. A disk with a name is not mounted.
pub fn attach(job: &Job, uuid: &str, disk: &Disk) -> Result<(), Failure> {
    attach_only(job, uuid, disk)?;
    if !disk.name.is_empty() {
        return Ok(());
    }
    // disk_manager.rb:229: only where the mount fails is the new disk taken off the VM again.
    if let Err(error) = mount_only(job, uuid, disk) {
        unmount(job, uuid, disk)?;
        detach(job, uuid, disk)?;
        return Err(error);
    }
    job.step("mounted");
    job.meet("task:after_mount")
}

/// steps/attach_disk_step.rb
pub fn attach_only(job: &Job, uuid: &str, disk: &Disk) -> Result<(), Failure> {
    // attach_disk_step.rb:17: without a VM there is nothing to do.
    let Some(vm) = vm_of(job, uuid) else { return Ok(()) };
    ask_right_cpi(job, uuid, disk)?;
    job.meet("task:before_attach")?;
    let hint = job.with_vm_lock(&vm, || job.cloud.call("attach_disk", json!([vm, disk.cid])))??;
    // A cancelled task looks up only once the CPI has answered.
    job.checkpoint()?;
    if let Some(hint) = hint.as_str() {
        agent(job, uuid).add_persistent_disk(&disk.cid, hint)?;
    }
    update_metadata(job, uuid, &disk.cid)?;
    job.step("attached");
    job.meet("task:after_attach")
}

/// steps/mount_disk_step.rb
pub fn mount_only(job: &Job, uuid: &str, disk: &Disk) -> Result<(), Failure> {
    job.meet("task:mount")?;
    Ok(agent(job, uuid).mount_disk(&disk.cid)?)
}

/// disk_manager.rb:139
pub fn detach(job: &Job, uuid: &str, disk: &Disk) -> Result<(), Failure> {
    if disk.name.is_empty() {
        unmount(job, uuid, disk)?;
    }
    // steps/detach_disk_step.rb:16
    let Some(vm) = vm_of(job, uuid) else { return Ok(()) };
    agent(job, uuid).remove_persistent_disk(&disk.cid)?;
    ask_right_cpi(job, uuid, disk)?;
    let answer = job.with_vm_lock(&vm, || job.cloud.call("detach_disk", json!([vm, disk.cid])))?;
    job.checkpoint()?;
    match answer {
        // steps/detach_disk_step.rb:24: of an inactive disk it is forgiven.
        Err(error) if error.kind == "Bosh::Clouds::DiskNotAttached" && !disk.active => Ok(()),
        Err(error) if error.kind == "Bosh::Clouds::DiskNotAttached" => {
            let name = job.home.read().instance(uuid).unwrap().1.shown();
            let message = format!(
                "'{name}' VM should have persistent disk '{}' attached but it doesn't (according to CPI)",
                disk.cid
            );
            Err(Failure::Error(390_001, message))
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// steps/unmount_disk_step.rb:16: only where the agent has it mounted.
pub fn unmount(job: &Job, uuid: &str, disk: &Disk) -> Result<(), Failure> {
    let agent = agent(job, uuid);
    if agent.list_disk()?.contains(&disk.cid) {
        agent.unmount_disk(&disk.cid)?;
    }
    Ok(())
}

/// D/metadata_updater.rb
fn update_metadata(job: &Job, uuid: &str, cid: &str) -> Result<(), Failure> {
    let world = job.home.read();
    let (deployment, instance) = world.instance(uuid).unwrap();
    let metadata = json!({
        "director": world.name, "deployment": deployment.name, "instance_id": instance.uuid,
        "instance_index": instance.index.to_string(), "instance_group": instance.group,
        "attached_at": world.now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    });
    match job.cloud.call("set_disk_metadata", json!([cid, metadata])) {
        Err(error) if !error.kind.ends_with("NotImplemented") => Err(error.into()),
        _ => Ok(()),
    }
}
