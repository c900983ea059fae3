//! A deployment converges (D/jobs/update_deployment.rb, D/instance_updater/update_procedure.rb): `deploy`, and `stop` and
//! `start` without `--no-converge`. Whatever differs on any of its instances is brought to what the manifest says.

use serde_json::json;

use super::disks::{self, agent};
use super::{orphans, snapshots, transaction::Transaction, vms};
use crate::manifest::{self, Wanted};
use crate::task::{Failure, Job};
use crate::world::{Disk, Instance};

pub fn perform(job: &mut Job) -> Result<String, Failure> {
    job.lock_deployment()?;
    let world = job.home.read();
    let deployment = world.deployment(&job.task.deployment).unwrap();
    let manifest = job.task.arguments["manifest"].as_str().unwrap_or(&deployment.manifest).to_owned();
    job.begin_stage("Preparing deployment");
    // D/deployment_plan/assembler.rb:36: one silent agent of the deployment, and nothing is done.
    job.track("Preparing deployment", || {
        for instance in deployment.instances.iter().filter(|one| one.vm_cid.is_some() && !one.ignore) {
            let silent = |error| Failure::Error(450_002, format!("{}: {error}", instance.name()));
            agent(job, &instance.uuid).get_state().map_err(silent)?;
        }
        Ok(())
    })?;
    job.begin_stage("Updating instance");
    for instance in deployment.instances.iter().filter(|instance| !instance.ignore) {
        let wanted = manifest::disk_of(&world, &manifest, &instance.group)?;
        let asked = (job.task.arguments["uuid"] == instance.uuid.as_str()).then(|| &job.task.arguments["state"]);
        // What was stopped stays so unless asked for.
        let state = asked.and_then(|state| state.as_str()).unwrap_or(&instance.state).to_owned();
        let lacks_vm = state != "detached" && instance.vm_cid.is_none();
        if state != instance.state || lacks_vm || differs(instance.managed_disk(), wanted.as_ref()) {
            job.track(&instance.shown(), || update(job, instance, &state, wanted.as_ref()))?;
        }
    }
    job.meet("task:before_commit")?;
    let name = deployment.name.clone();
    job.home.change(|world| {
        let configs = world.active_configs().into_iter().map(|(id, _)| id).collect();
        let deployment = world.deployments.iter_mut().find(|one| one.name == name).unwrap();
        (deployment.manifest, deployment.configs) = (manifest, configs);
    });
    Ok(format!("/deployments/{name}"))
}

/// D/disk/persistent_disk_comparator.rb: size and properties as *recorded* against those of the manifest.
fn differs(recorded: Option<&Disk>, wanted: Option<&Wanted>) -> bool {
    match (recorded, wanted) {
        (None, None) => false,
        (Some(disk), Some(wanted)) => (disk.size, &disk.cloud_properties) != (wanted.size, &wanted.cloud_properties),
        _ => true,
    }
}

/// update_procedure.rb, `perform`
fn update(job: &Job, instance: &Instance, state: &str, wanted: Option<&Wanted>) -> Result<(), Failure> {
    let uuid = &instance.uuid;
    let become_it = || job.home.change(|world| state.clone_into(&mut world.instance_mut(uuid).state));
    if instance.vm_cid.is_some() {
        if instance.state == "started" {
            agent(job, uuid).stop()?;
            job.step("stopped");
            job.meet("task:after_stop")?;
            snapshots::take_of(job, uuid, true)?;
        }
        if state == "stopped" {
            become_it();
            return Ok(());
        }
        if state == "detached" {
            for disk in instance.disks.iter().filter(|disk| disk.active) {
                disks::detach(job, uuid, disk)?;
            }
            vms::delete(job, uuid);
        }
    }
    if state != "detached" {
        if instance.vm_cid.is_none() {
            vms::create(job, uuid)?;
        }
        update_persistent_disk(job, uuid, wanted)?;
    }
    become_it();
    if state == "started" { Ok(agent(job, uuid).start()?) } else { Ok(()) }
}

/// D/disk_manager.rb:10
fn update_persistent_disk(job: &Job, uuid: &str, wanted: Option<&Wanted>) -> Result<(), Failure> {
    synchronise(job, uuid)?;
    let instance = job.home.read().instance(uuid).unwrap().1.clone();
    let old = instance.managed_disk();
    if !differs(old, wanted) {
        return Ok(());
    }
    // disk_manager.rb:349: by copy
    let new = match wanted {
        Some(wanted) => Some(create(job, &instance, wanted)?),
        None => None,
    };
    if let Some(new) = &new {
        disks::attach(job, uuid, new)?;
        if let Some(old) = old {
            agent(job, uuid).migrate_disk(&old.cid, &new.cid)?;
            job.step("migrated");
            job.meet("task:after_migrate")?;
        }
    }
    // disk_manager.rb:364
    let (old_cid, new_cid) = (old.map(|old| old.cid.clone()), new.map(|new| new.cid));
    job.home.change(|world| {
        for disk in &mut world.instance_mut(uuid).disks {
            if Some(&disk.cid) == old_cid.as_ref() {
                disk.active = false;
            } else if Some(&disk.cid) == new_cid.as_ref() {
                disk.active = true;
            }
        }
    });
    let inactive = job.home.read().instance(uuid).unwrap().1.disks.clone();
    for disk in inactive.iter().filter(|disk| !disk.active) {
        disks::detach(job, uuid, disk)?;
        let mut database = Transaction::begin(job, uuid);
        orphans::orphan(&mut database, uuid, &disk.cid);
        database.commit();
    }
    Ok(())
}

/// disk_manager.rb:188: where the agent has nothing mounted the recorded disk is attached; where it has another, it ends.
fn synchronise(job: &Job, uuid: &str) -> Result<(), Failure> {
    let instance = job.home.read().instance(uuid).unwrap().1.clone();
    let Some(recorded) = instance.managed_disk() else { return Ok(()) };
    match agent(job, uuid).list_disk()?.first() {
        None => disks::attach(job, uuid, recorded),
        Some(mounted) if *mounted == recorded.cid => Ok(()),
        Some(mounted) => {
            let message = format!(
                "'{}' has invalid disks: agent reports '{mounted}' while director record shows '{}'",
                instance.shown(),
                recorded.cid
            );
            Err(Failure::Error(400_010, message))
        }
    }
}

/// disk_manager.rb:267: recorded as inactive before anything is on it.
fn create(job: &Job, instance: &Instance, wanted: &Wanted) -> Result<Disk, Failure> {
    let cid = job.cloud.call("create_disk", json!([wanted.size, wanted.cloud_properties, instance.vm_cid]))?;
    let disk = Disk {
        cid: cid.as_str().unwrap().to_owned(),
        size: wanted.size,
        cloud_properties: wanted.cloud_properties.clone(),
        cpi: instance.cpi.clone(),
        ..Disk::default()
    };
    job.home.change(|world| world.instance_mut(&instance.uuid).disks.push(disk.clone()));
    job.step("created disk");
    Ok(disk)
}
