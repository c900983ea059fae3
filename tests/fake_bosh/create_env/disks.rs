//! deployment/vm/disk_deployer.go, deployment/disk/.

use serde_json::json;

use super::Environment;
use super::stage::{Ended, within};
use super::state::{Record, same};
use crate::client::Client;
use crate::manifest::Wanted;

impl Environment {
    pub(super) fn update_disks(&mut self, client: &mut Client) -> Result<(), String> {
        self.deploy_disk(client).map_err(|error| within("Deploying disk", &error))
    }

    fn deploy_disk(&mut self, client: &mut Client) -> Result<(), String> {
        let Some(wanted) = self.manifest.disk.clone() else { return Ok(()) };
        match self.state.current_disk() {
            Some(current) => {
                self.attach(client, &current.cid)?;
                // deployment/disk/disk.go, `NeedsMigration`: what is *recorded* against the disk pool.
                let differs = current.size != wanted.size
                    || !same(&json!(current.cloud_properties), &json!(wanted.cloud_properties));
                if differs || client.given.has("recreate-persistent-disks") {
                    self.migrate(client, &current, &wanted)?;
                }
            }
            None => {
                let created = self.create(client, &wanted)?;
                self.attach(client, &created.cid)?;
                self.make_current(&created);
            }
        }
        client.meet("env:before_delete_unused")?;
        self.delete_unused(client)?;
        client.meet("env:after_delete_unused")
    }

    fn make_current(&mut self, record: &Record) {
        self.state.current_disk_id.clone_from(&record.id);
        self.state.save();
    }

    fn create(&mut self, client: &mut Client, wanted: &Wanted) -> Result<Record, String> {
        let mut made = None;
        client.step("Creating disk", |_| {
            let arguments = json!([wanted.size, wanted.cloud_properties, self.state.current_vm_cid]);
            let cid = self.cpi.call("create_disk", arguments).map_err(|error| within("Creating disk", &error.text))?;
            made = Some(self.state.add_disk(cid.as_str().unwrap(), wanted.size, &wanted.cloud_properties));
            Ok(Ended::Done)
        })?;
        Ok(made.unwrap())
    }

    /// deployment/vm/vm.go, `AttachDisk`; a mount that fails is cleaned up after by nobody.
    fn attach(&mut self, client: &mut Client, cid: &str) -> Result<(), String> {
        let vm = self.state.current_vm_cid.clone();
        client.step(&format!("Attaching disk '{cid}' to VM '{vm}'"), |client| {
            let attached = self.cpi.call("attach_disk", json!([vm, cid]));
            let hint = attached.map_err(|error| within("Attaching disk in the cloud", &error.text))?;
            client.meet("env:after_attach")?;
            let metadata =
                json!({"deployment": "bosh", "director": "bosh-init", "instance_group": self.manifest.group});
            match self.cpi.call("set_disk_metadata", json!([cid, metadata])) {
                Err(error) if error.kind != "Bosh::Clouds::NotImplemented" => {
                    return Err(within(&format!("Setting disk metadata for {cid}"), &error.text));
                }
                _ => {}
            }
            self.agent(client).add_persistent_disk(cid, hint.as_str().unwrap_or_default())?;
            client.meet("env:mount")?;
            self.agent(client).mount_disk(cid).map_err(|error| within("Mounting disk", &error))?;
            Ok(Ended::Done)
        })?;
        client.meet("env:after_mount")
    }

    /// disk_deployer.go, `migrateDisk`: the original is deleted.
    fn migrate(&mut self, client: &mut Client, original: &Record, wanted: &Wanted) -> Result<(), String> {
        let vm = self.state.current_vm_cid.clone();
        let new = self.create(client, wanted)?;
        self.attach(client, &new.cid)?;
        let migrating = format!("Migrating disk content from '{}' to '{}'", original.cid, new.cid);
        client.step(&migrating, |client| {
            self.agent(client).migrate_disk(&original.cid, &new.cid).map(|()| Ended::Done)
        })?;
        client.meet("env:after_migrate")?;
        self.make_current(&new);
        client.step(&format!("Detaching disk '{}'", original.cid), |client| {
            self.agent(client).remove_persistent_disk(&original.cid)?;
            let detached = self.cpi.call("detach_disk", json!([vm, original.cid]));
            detached.map_err(|error| within("Detaching disk in the cloud", &error.text))?;
            Ok(Ended::Done)
        })?;
        client.step(&format!("Deleting disk '{}'", original.cid), |_| self.delete(original))
    }

    /// deployment/disk/manager.go, `DeleteUnused`
    fn delete_unused(&mut self, client: &mut Client) -> Result<(), String> {
        for record in self.state.unused_disks() {
            client.step(&format!("Deleting unused disk '{}'", record.cid), |_| self.delete(&record))?;
        }
        Ok(())
    }

    fn delete(&mut self, record: &Record) -> Result<Ended, String> {
        let ended = match self.cpi.call("delete_disk", json!([record.cid])) {
            Ok(_) => Ended::Done,
            Err(error) if error.kind == "Bosh::Clouds::DiskNotFound" => Ended::Skipped("Disk Not Found".to_owned()),
            Err(error) => return Err(within("Deleting disk in the cloud", &error.text)),
        };
        self.state.remove_disk(&record.id);
        Ok(ended)
    }
}
