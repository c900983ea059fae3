//! `bosh cck --report` (D/jobs/cloud_check/scan.rb, D/problem_scanner).

use serde_json::json;

use super::disks::agent;
use crate::task::{Failure, Job};
use crate::world::Instance;

pub fn perform(job: &mut Job) -> Result<String, Failure> {
    job.lock_deployment_within(std::time::Duration::ZERO)?;
    let world = job.home.read();
    let instances = &world.deployment(&job.task.deployment).unwrap().instances;
    let mut problems: Vec<(&str, String)> = Vec::new();
    job.begin_stage(&format!("Scanning {} VMs", instances.len()));
    job.track("Checking VM states", || {
        // vm_scan_stage.rb:25: an instance without a VM that shall have one, and agents that do not answer.
        for instance in instances.iter().filter(|one| one.state != "detached" && !one.ignore) {
            let exists = instance.vm_cid.as_ref().is_some_and(|vm| job.cloud.has_vm(vm));
            let with = instance.vm_cid.as_ref().map(|vm| format!(" with cloud ID '{vm}'")).unwrap_or_default();
            let answers = agent(job, &instance.uuid).get_state().is_ok();
            let of = format!("VM for '{}'{with}", instance.shown());
            match (exists, answers) {
                (false, _) => problems.push(("missing_vm", format!("{of} missing."))),
                (true, false) => problems.push(("unresponsive_agent", format!("{of} is not responding."))),
                (true, true) => {}
            }
        }
        Ok(())
    })?;
    job.begin_stage("Scanning persistent disks");
    job.track("Looking for inactive disks", || {
        for instance in instances {
            disks(job, instance, &mut problems)?;
        }
        Ok(())
    })?;
    let rows = problems.iter().map(|(kind, text)| json!({"type": kind, "description": text}).to_string() + "\n");
    let rows: String = rows.collect();
    job.home.change(|world| world.task_mut(job.task.id).output = rows);
    Ok("scan complete".to_owned())
}

/// disk_scan_stage.rb
fn disks(job: &Job, instance: &Instance, problems: &mut Vec<(&str, String)>) -> Result<(), Failure> {
    for disk in &instance.disks {
        let label = format!("'{}' ({}, {}M)", disk.cid, instance.name(), disk.size);
        if job.cloud.call("has_disk", json!([disk.cid]))? != true {
            problems.push(("missing_disk", format!("Disk {label} is missing")));
        } else if !disk.active {
            problems.push(("inactive_disk", format!("Disk {label} is inactive")));
        } else if let (Some(vm), false) = (&instance.vm_cid, instance.agent.unresponsive) {
            // disk_scan_stage.rb:75: what the agents say that they have mounted, against the record.
            if instance.agent.mounted.as_ref() != Some(&disk.cid) && disk.name.is_empty() {
                problems.push((
                    "mount_info_mismatch",
                    format!(
                        "Inconsistent mount information:\nRecord shows that disk '{}' should be mounted on {vm}.\nHowever \
                         it is currently :\n\tNot mounted in any VM",
                        disk.cid
                    ),
                ));
            }
        }
    }
    Ok(())
}
