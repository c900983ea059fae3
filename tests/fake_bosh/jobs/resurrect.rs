//! What the resurrector has the Director do (D/jobs/cloud_check/scan_and_fix.rb): VMs that are missing or do not answer
//! are made anew, with the disks that the database has.

use super::disks::agent;
use super::vms;
use crate::task::{Failure, Job};

pub fn perform(job: &mut Job) -> Result<String, Failure> {
    // scan_and_fix.rb:38: it does not wait for the deployment's lock. `attach-disk` has none.
    job.lock_deployment_within(std::time::Duration::ZERO).map_err(|_| {
        Failure::from("Unable to get deployment lock, maybe a deployment is in progress. Try again later.".to_owned())
    })?;
    let uuid = job.task.arguments["uuid"].as_str().unwrap().to_owned();
    let instance = job.home.read().instance(&uuid).unwrap().1.clone();
    // scan_and_fix.rb:67; the scan finds nothing wrong with an agent that answers, or with a detached instance.
    if instance.ignore || instance.state == "detached" || agent(job, &uuid).get_state().is_ok() {
        return Ok("scan and fix complete".to_owned());
    }
    job.begin_stage("Applying problem resolutions");
    job.track(&format!("VM for '{}' (recreate VM)", instance.shown()), || {
        vms::delete(job, &uuid);
        job.meet("task:after_delete_vm")?;
        vms::create(job, &uuid)?;
        // D/instance_updater/state_applier.rb, `apply`: an instance that shall be stopped is not started.
        if instance.state == "started" { Ok(agent(job, &uuid).start()?) } else { Ok(agent(job, &uuid).stop()?) }
    })?;
    Ok("scan and fix complete".to_owned())
}
