//! `bosh create-env` (bosh-cli `cmd/deployment_preparer.go`, `deployment/`): no Director and no task; the client acts
//! itself, and what it has not done when it dies is not done.

mod disks;
mod stage;
mod state;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::agent::Agent;
use crate::client::Client;
use crate::cloud::Cloud;
use crate::manifest;
use crate::world::{self, Deployment, Instance};
use stage::Ended;
use state::State;

/// The UUID of its one instance in the double's state.
pub const UUID: &str = "create-env";

pub struct Environment {
    cloud: Cloud,
    state: State,
    /// The instance group.
    name: String,
    disk: Option<manifest::Wanted>,
}

pub fn perform(client: &mut Client) -> Result<(), String> {
    let path = client.given.word(0, "PATH")?.to_owned();
    client.ui.begin_line(&format!("Deployment manifest: '{path}'\n"));
    let state_path = client.given.value("state").map_or_else(|| usual_state(Path::new(&path)), PathBuf::from);
    client.ui.begin_line(&format!("Deployment state: '{}'\n", state_path.display()));
    client.meet("env:begin")?;
    let state = State::load(&state_path).map_err(|error| format!("Loading deployment state:\n  {error}"))?;

    let (text, sha) = interpolated(client, &path)?;
    let (name, disk) = manifest::environment(&text)?;
    client.stage("validating", |client| client.step("Validating deployment manifest", |_| Ok(Ended::Done)))?;
    // deployment_preparer.go:173, deployment/record.go: the manifest, stemcell and releases that it knows; no disk.
    let known = !state.current_manifest_sha.is_empty()
        && !state.current_stemcell_id.is_empty()
        && state.releases.as_ref().is_some_and(|releases| !releases.is_empty());
    let forced = client.given.has("recreate") || client.given.has("recreate-persistent-disks");
    if known && state.current_manifest_sha == sha && !forced {
        client.ui.begin_line("No deployment, stemcell or release changes. Skipping deploy.\n");
        return Ok(());
    }
    let mut environment = Environment { cloud: Cloud::of(&client.home), state, name, disk };
    client.home.change(|world| {
        let instance = Instance { group: environment.name.clone(), uuid: UUID.to_owned(), ..Instance::default() };
        let fresh = Deployment { instances: vec![instance], ..Deployment::default() };
        world.environment.get_or_insert(fresh);
    });
    client.stage("deploying", |client| environment.deploy(client, &sha))?;
    client.ui.begin_line("Cleaning up rendered CPI jobs... Finished (00:00:00)\n");
    client.meet("env:end")
}

/// config/file_system_deployment_state_service.go, `DeploymentStatePath`
fn usual_state(manifest: &Path) -> PathBuf {
    let stem = manifest.file_stem().unwrap().to_string_lossy();
    manifest.with_file_name(format!("{stem}-state.json"))
}

/// The manifest with its variables of `-v`, and a checksum of it and of what else makes it. Ops files are not applied:
/// that one of them is new is enough for a change.
fn interpolated(client: &Client, path: &str) -> Result<(String, String), String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("Reading '{path}':\n  {error}"));
    let mut text = read(path)?;
    for variable in client.given.values("var") {
        let (name, value) = variable.split_once('=').ok_or("Expected var to be in format 'name=value'")?;
        text = text.replace(&format!("(({name}))"), value);
    }
    let mut whole = text.clone();
    for file in client.given.values("ops-file").into_iter().chain(client.given.values("vars-file")) {
        whole += &read(&file)?;
    }
    Ok((text, format!("{:x}", Sha256::digest(whole))))
}

impl Environment {
    fn agent<'a>(&'a self, client: &'a Client) -> Agent<'a> {
        Agent { home: &client.home, cloud: &self.cloud, uuid: UUID.to_owned() }
    }

    fn deploy(&mut self, client: &mut Client, sha: &str) -> Result<(), String> {
        // deployment_preparer.go:246: from here on it is not deployed, until it is.
        self.state.current_manifest_sha.clear();
        self.state.releases = Some(Vec::new());
        self.state.current_release_ids = Some(Vec::new());
        self.state.save();
        self.delete_vm(client)
            .map_err(|error| format!("Deploying:\n  Deleting existing instance 'unknown/0':\n    {error}"))?;
        let creating = format!("Deploying:\n  Creating instance '{}/0'", self.name);
        self.create_vm(client).map_err(|error| format!("{creating}:\n    {error}"))?;
        self.update_disks(client)
            .map_err(|error| format!("{creating}:\n    Updating instance disks:\n      {error}"))?;
        let updating = format!("Updating instance '{}/0'", self.name);
        client.step(&updating, |client| {
            client.meet("env:start")?;
            self.agent(client).start().map(|()| Ended::Done)
        })?;
        self.state.current_manifest_sha = sha.to_owned();
        self.state.releases = Some(vec![json!({"id": "release-1", "name": "bosh", "version": "282.0.0"})]);
        self.state.current_release_ids = Some(vec!["release-1".to_owned()]);
        self.state.save();
        Ok(())
    }

    /// deployment/instance/instance.go, `Delete`: an agent that is silent is given up; one that answers stops its jobs
    /// and unmounts.
    fn delete_vm(&mut self, client: &mut Client) -> Result<(), String> {
        let vm = self.state.current_vm_cid.clone();
        if vm.is_empty() {
            return Ok(());
        }
        let exists = self.cloud.has_vm(&vm);
        if exists {
            let waiting = format!("Waiting for the agent on VM '{vm}'");
            let answers = client.step(&waiting, |client| self.agent(client).get_state().map(|()| Ended::Done)).is_ok();
            if answers {
                client.step("Stopping jobs on instance 'unknown/0'", |client| {
                    self.agent(client).stop().map(|()| Ended::Done)
                })?;
                for disk in self.agent(client).list_disk()? {
                    client.step(&format!("Unmounting disk '{disk}'"), |client| {
                        self.agent(client).unmount_disk(&disk).map(|()| Ended::Done)
                    })?;
                }
            }
        }
        client.meet("env:before_delete_vm")?;
        client.step(&format!("Deleting VM '{vm}'"), |client| {
            self.cloud.delete_vm(&vm);
            client.home.change(|world| {
                let instance = world.instance_mut(UUID);
                (instance.vm_cid, instance.agent) = (None, world::Agent::default());
            });
            self.state.current_vm_cid.clear();
            self.state.current_stemcell_id.clear();
            self.state.save();
            Ok(if exists { Ended::Done } else { Ended::Skipped("VM not found".to_owned()) })
        })?;
        client.meet("env:after_delete_vm")
    }

    /// deployment/vm/manager.go, `createAndRecordVM`
    fn create_vm(&mut self, client: &mut Client) -> Result<(), String> {
        let creating = format!("Creating VM for instance '{}/0' from stemcell 'sc-1'", self.name);
        client.step(&creating, |client| {
            client.meet("env:create_vm")?;
            let vm = client.home.change(|world| world.fresh("vm"));
            self.cloud.create_vm(&vm);
            self.state.current_vm_cid.clone_from(&vm);
            self.state.current_stemcell_id = "stemcell-1".to_owned();
            self.state.stemcells = Some(vec![
                json!({"id": "stemcell-1", "name": "ubuntu-jammy", "version": "1.2", "api_version": 3, "cid": "sc-1"}),
            ]);
            self.state.save();
            client.home.change(|world| {
                let instance = world.instance_mut(UUID);
                (instance.vm_cid, instance.agent_id) = (Some(vm), Some("agent-of-create-env".to_owned()));
                instance.agent = world::Agent::default();
            });
            Ok(Ended::Done)
        })?;
        client.meet("env:after_create_vm")
    }
}
