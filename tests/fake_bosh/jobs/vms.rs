//! VMs made and deleted (D/vm_creator.rb, D/deployment_plan/steps/delete_vm_step.rb).

use super::disks;
use crate::task::{Failure, Job};
use crate::world::Agent;

/// A new VM, whose agent has mounted nothing yet; then the disks that the database has (vm_creator.rb:75).
pub fn create(job: &Job, uuid: &str) -> Result<(), Failure> {
    let (vm, agent_id) = job.home.change(|world| (world.fresh("vm"), world.fresh("agent")));
    job.cloud.create_vm(&vm);
    job.home.change(|world| {
        let instance = world.instance_mut(uuid);
        (instance.vm_cid, instance.agent_id) = (Some(vm), Some(agent_id));
        instance.agent = Agent::default();
        "starting".clone_into(&mut instance.process_state);
    });
    job.step("created VM");
    let recorded = job.home.read().instance(uuid).unwrap().1.disks.clone();
    for disk in recorded.iter().filter(|disk| disk.active) {
        disks::attach_only(job, uuid, disk)?;
    }
    for disk in recorded.iter().filter(|disk| disk.active && disk.name.is_empty()) {
        disks::mount_only(job, uuid, disk)?;
    }
    Ok(())
}

pub fn delete(job: &Job, uuid: &str) {
    let Some(vm) = job.home.read().instance(uuid).unwrap().1.vm_cid.clone() else { return };
    job.cloud.delete_vm(&vm);
    job.home.change(|world| {
        let instance = world.instance_mut(uuid);
        (instance.vm_cid, instance.agent_id) = (None, None);
        instance.agent = Agent::default();
        instance.process_state.clear();
    });
    job.step("deleted VM");
}

/// `delete-vm CID` (D/jobs/delete_vm.rb): no lock, no agent asked, and the instance's state is left as it is.
pub fn delete_by_cid(job: &mut Job) -> Result<String, Failure> {
    let cid = job.task.arguments["cid"].as_str().unwrap().to_owned();
    let world = job.home.read();
    let mut instances = world.deployments.iter().flat_map(|deployment| &deployment.instances);
    match instances.find(|instance| instance.vm_cid.as_ref() == Some(&cid)) {
        Some(instance) => delete(job, &instance.uuid),
        None => job.cloud.delete_vm(&cid),
    }
    Ok(format!("vm {cid} deleted"))
}
