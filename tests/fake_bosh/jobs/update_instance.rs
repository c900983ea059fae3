//! D/jobs/update_instance.rb: `stop` and `start` of one instance, without converging its deployment.

use super::disks::agent;
use super::{disks, snapshots, vms};
use crate::task::{Failure, Job};
use crate::world::Instance;

/// What both begin with: the deployment's lock (update_instance.rb:23), and no ignored instance (:38).
fn begin(job: &mut Job) -> Result<Instance, Failure> {
    job.lock_deployment()?;
    let uuid = job.task.arguments["uuid"].as_str().unwrap().to_owned();
    let instance = job.home.read().instance(&uuid).unwrap().1.clone();
    if instance.ignore {
        let name = instance.shown();
        return Err(Failure::Error(
            190_020,
            format!(
                "You are trying to change the state of the ignored instance '{name}'.This operation is not allowed. You \
                 need to unignore it first."
            ),
        ));
    }
    job.begin_stage(&format!("Updating instance {}", instance.shown()));
    Ok(instance)
}

/// A VM whose agent does not answer fails whatever is asked of its instance, `--hard` or not: its state is asked for
/// first, and `ignore_unresponsive_agent` is for `recreate --fix` alone (D/deployment_plan/instance_plan_from_db.rb:21,
/// D/deployment_plan/agent_state_migrator.rb:16, D/api/controllers/deployments_controller.rb:197). Says whether it answers.
fn ask_state(job: &Job, instance: &Instance) -> Result<bool, Failure> {
    if instance.vm_cid.is_none() {
        return Ok(true);
    }
    match agent(job, &instance.uuid).get_state() {
        Err(_) if job.task.arguments["fix"] == true => Ok(false),
        Err(error) => Err(Failure::Error(450_002, format!("{}: {error}", instance.name()))),
        Ok(()) => Ok(true),
    }
}

pub fn stop(job: &mut Job) -> Result<String, Failure> {
    let instance = begin(job)?;
    stop_instance(job, &instance, job.task.arguments["hard"] == true)?;
    Ok(instance.name())
}

/// update_instance.rb:82
fn stop_instance(job: &Job, instance: &Instance, hard: bool) -> Result<(), Failure> {
    // Of what is stopped nothing is asked, and no snapshot is taken.
    if (instance.state == "stopped" && !hard) || instance.state == "detached" {
        return Ok(());
    }
    let answers = ask_state(job, instance)?;
    job.track("Stopping instance", || {
        job.checkpoint()?;
        // D/stopper.rb:13
        if instance.vm_cid.is_some() && answers {
            agent(job, &instance.uuid).stop()?;
        }
        job.step("stopped");
        job.meet("task:after_stop")?;
        // update_instance.rb:160-162: where this fails the processes are stopped, and the state is not.
        snapshots::take_of(job, &instance.uuid, true)?;
        job.meet("task:after_snapshot")?;
        job.home.change(|world| "stopped".clone_into(&mut world.instance_mut(&instance.uuid).state));
        Ok(())
    })?;
    if !hard {
        return Ok(());
    }
    // update_instance.rb:137
    job.track("Deleting VM", || {
        job.checkpoint()?;
        for disk in instance.disks.iter().filter(|disk| disk.active && answers) {
            disks::detach(job, &instance.uuid, disk)?;
        }
        // steps/delete_vm_step.rb:17 asks the VM that is not there for its instance.
        if instance.vm_cid.is_none() {
            return Err("undefined method `instance' for nil".to_owned().into());
        }
        vms::delete(job, &instance.uuid);
        job.home.change(|world| "detached".clone_into(&mut world.instance_mut(&instance.uuid).state));
        Ok(())
    })
}

pub fn start(job: &mut Job) -> Result<String, Failure> {
    let instance = begin(job)?;
    start_instance(job, &instance)?;
    Ok(instance.name())
}

/// update_instance.rb:105: disks are touched only with a VM that is made.
fn start_instance(job: &Job, instance: &Instance) -> Result<(), Failure> {
    ask_state(job, instance)?;
    if instance.vm_cid.is_none() {
        job.track("Creating VM", || {
            job.checkpoint()?;
            vms::create(job, &instance.uuid)
        })?;
    }
    // update_instance.rb:119, deployment_plan/instance_plan.rb:227: what the agent says counts.
    if instance.state == "started" && instance.process_state == "running" {
        return Ok(());
    }
    job.track("Starting instance", || {
        job.checkpoint()?;
        // update_instance.rb:181: the state is set before anything has started.
        job.home.change(|world| "started".clone_into(&mut world.instance_mut(&instance.uuid).state));
        job.meet("task:start").inspect_err(|_| {
            job.home.change(|world| "failing".clone_into(&mut world.instance_mut(&instance.uuid).process_state));
        })?;
        agent(job, &instance.uuid).start()?;
        job.meet("task:after_start")
    })
}

/// `recreate --no-converge [--fix]` (update_instance.rb:126): by way of `detached`, where it stays when no VM comes.
pub fn recreate(job: &mut Job) -> Result<String, Failure> {
    let instance = begin(job)?;
    stop_instance(job, &instance, true)?;
    let now = job.home.read().instance(&instance.uuid).unwrap().1.clone();
    start_instance(job, &now)?;
    Ok(instance.name())
}
