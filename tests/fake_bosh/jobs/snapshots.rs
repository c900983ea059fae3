//! D/api/snapshot_manager.rb

use serde_json::json;

use crate::task::{Failure, Job};
use crate::world::Snapshot;

/// snapshot_manager.rb:70: all of an instance's disks; nothing, and no error, where snapshots are off or the CPI has none.
pub fn take_of(job: &Job, uuid: &str, clean: bool) -> Result<(), Failure> {
    let world = job.home.read();
    let (deployment, instance) = world.instance(uuid).unwrap();
    if !world.snapshots_enabled {
        return Ok(());
    }
    let metadata = json!({
        "deployment": deployment.name, "job": instance.group, "index": instance.index,
        "director_name": world.name, "director_uuid": world.uuid, "agent_id": instance.agent_id,
        "instance_id": instance.uuid,
    });
    for disk in &instance.disks {
        let cid = match job.cloud.call("snapshot_disk", json!([disk.cid, metadata])) {
            Ok(cid) => cid.as_str().unwrap_or_default().to_owned(),
            Err(error) if error.kind == "Bosh::Clouds::NotImplemented" => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        job.home.change(|world| {
            let created_at = world.now();
            world.snapshots.push(Snapshot { cid, disk_cid: disk.cid.clone(), clean, created_at });
        });
    }
    Ok(())
}

/// D/jobs/create_snapshot.rb and D/jobs/snapshot_deployment.rb: the latter skips instances without a VM, and an error of
/// the cloud is but counted.
pub fn take(job: &mut Job) -> Result<String, Failure> {
    let one = job.task.arguments["uuid"].as_str().map(str::to_owned);
    if let Some(uuid) = one {
        take_of(job, &uuid, false)?;
        return Ok("snapshots of disks created".to_owned());
    }
    let world = job.home.read();
    let deployment = world.deployment(&job.task.deployment).unwrap();
    let with_vm = deployment.instances.iter().filter(|instance| instance.vm_cid.is_some());
    let failures = with_vm.filter(|instance| take_of(job, &instance.uuid, false).is_err()).count();
    let name = &deployment.name;
    Ok(match failures {
        0 => format!("snapshots of deployment '{name}' created"),
        _ => format!("snapshots of deployment '{name}' created, with {failures} failure(s)"),
    })
}

/// snapshot_manager.rb:57: an error of the cloud is one of the task, and the row stays.
pub fn delete(job: &mut Job) -> Result<String, Failure> {
    let cid = job.task.arguments["cid"].as_str().unwrap().to_owned();
    job.cloud.call("delete_snapshot", json!([cid]))?;
    job.home.change(|world| world.snapshots.retain(|snapshot| snapshot.cid != cid));
    Ok(format!("snapshot(s) {cid} deleted"))
}
