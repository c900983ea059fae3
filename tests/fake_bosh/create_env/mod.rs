//! `bosh create-env` (bosh-cli `cmd/deployment_preparer.go`, `deployment/`): no Director and no task; the client acts
//! itself, and what it has not done when it dies is not done.

mod cpi;
mod disks;
mod stage;
mod state;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha512};

use crate::agent::Agent;
use crate::client::Client;
use crate::cloud::Cloud;
use crate::manifest::{self, ForCreateEnv};
use crate::world::{self, Deployment, Instance};
use cpi::Installation;
use stage::{Ended, within};
use state::State;

/// The UUID of its one instance in the double's state.
pub const UUID: &str = "create-env";

pub struct Environment {
    cloud: Cloud,
    cpi: Installation,
    state: State,
    manifest: ForCreateEnv,
}

pub fn perform(client: &mut Client) -> Result<(), String> {
    client.ui.dies_of_a_closed_pipe = true;
    let path = client.given.word(0, "PATH")?.to_owned();
    client.ui.begin_line(&format!("Deployment manifest: '{path}'\n"));
    let state_path = client.given.value("state").map_or_else(|| usual_state(Path::new(&path)), PathBuf::from);
    client.ui.begin_line(&format!("Deployment state: '{}'\n", state_path.display()));
    client.meet("env:begin")?;
    let state = State::load(&state_path).map_err(|error| format!("Loading deployment state:\n  {error}"))?;

    let (text, sha) = interpolated(client, &path)?;
    let manifest = manifest::environment(&text)?;
    client.stage("validating", |client| {
        for release in &manifest.releases {
            client.step(&format!("Validating release '{}'", release.name), |_| Ok(Ended::Done))?;
        }
        for what in ["cpi release", "deployment manifest", "stemcell"] {
            client.step(&format!("Validating {what}"), |_| Ok(Ended::Done))?;
        }
        Ok(())
    })?;
    // deployment_preparer.go, deployment/record.go: the manifest, stemcell and releases that it knows; no disk.
    let known = !state.current_manifest_sha.is_empty()
        && !state.current_stemcell_id.is_empty()
        && state.releases.as_ref().is_some_and(|releases| !releases.is_empty());
    let forced = client.given.has("recreate") || client.given.has("recreate-persistent-disks");
    if known && state.current_manifest_sha == sha && !forced {
        client.ui.begin_line("No deployment, stemcell or release changes. Skipping deploy.\n");
        return Ok(());
    }
    let cpi = Installation::of(&state.installation_id, &manifest.job, &state.director_id);
    let mut environment = Environment { cloud: Cloud::of(&client.home), cpi, state, manifest };
    client.home.change(|world| {
        let group = environment.manifest.group.clone();
        let instance = Instance { group, uuid: UUID.to_owned(), ..Instance::default() };
        let fresh = Deployment { instances: vec![instance], ..Deployment::default() };
        world.environment.get_or_insert(fresh);
    });
    client.stage("installing CPI", |client| environment.install(client))?;
    let ended = environment.with_its_cpi(client, &sha);
    client.lone_step("Cleaning up rendered CPI jobs", |_| {
        environment.cpi.clean_up();
        Ok(Ended::Done)
    })?;
    ended?;
    client.meet("env:end")
}

/// config/file_system_deployment_state_service.go, `DeploymentStatePath`
fn usual_state(manifest: &Path) -> PathBuf {
    let stem = manifest.file_stem().unwrap().to_string_lossy();
    manifest.with_file_name(format!("{stem}-state.json"))
}

/// The manifest with its variables of `-v` and `-l`, and a checksum of it and of what else makes it. Ops files are not
/// applied: that one of them is new is enough for a change.
fn interpolated(client: &Client, path: &str) -> Result<(String, String), String> {
    let read = |path: &str| {
        let text = fs::read_to_string(path).map_err(|error| format!("Reading '{path}':\n  {error}"))?;
        let digest = format!("{:x}", Sha512::digest(&text));
        client.home.log("read", json!({"path": path, "bytes": text.len(), "digest": digest}));
        Ok::<_, String>(text)
    };
    let mut text = read(path)?;
    let fill_in = |text: &str, name: &str, value: &str| text.replace(&format!("(({name}))"), value);
    for variable in client.given.values("var") {
        let (name, value) = variable.split_once('=').ok_or("Expected var to be in format 'name=value'")?;
        text = fill_in(&text, name, value);
    }
    let mut others = String::new();
    for file in client.given.values("vars-file") {
        let content = read(&file)?;
        for (name, value) in content.lines().filter_map(|line| line.split_once(": ")) {
            text = fill_in(&text, name, value);
        }
        others += &content;
    }
    for file in client.given.values("ops-file") {
        others += &read(&file)?;
    }
    let whole = format!("{text}{others}");
    Ok((text, format!("{:x}", Sha512::digest(whole))))
}

impl Environment {
    fn agent<'a>(&'a self, client: &'a Client) -> Agent<'a> {
        Agent { home: &client.home, cloud: &self.cloud, uuid: UUID.to_owned() }
    }

    /// cpi/release/installer.go
    fn install(&self, client: &mut Client) -> Result<(), String> {
        let job = self.manifest.job.clone();
        let fingerprint = format!("{:x}", Sha512::digest(&job));
        client.step(&format!("Compiling package '{job}/{}'", &fingerprint[..64]), |_| Ok(Ended::Done))?;
        client.step("Installing packages", |_| Ok(Ended::Done))?;
        client.step("Rendering job templates", |_| Ok(Ended::Done))?;
        client.step(&format!("Installing job '{job}'"), |_| {
            self.cpi.render();
            Ok(Ended::Done)
        })
    }

    fn with_its_cpi(&mut self, client: &mut Client, sha: &str) -> Result<(), String> {
        client.meet("env:installed")?;
        let stemcell = self.upload_stemcell(client)?;
        client.stage("deploying", |client| self.deploy(client, sha, &stemcell))?;
        client.meet("env:deployed")?;
        self.delete_unused_stemcells(client)
    }

    /// stemcell/manager.go: one that is recorded is not made again. Gives its record.
    fn upload_stemcell(&mut self, client: &mut Client) -> Result<state::Stemcell, String> {
        let (name, version) = self.manifest.stemcell.clone();
        let known = self.state.stemcell(&name, &version);
        client.lone_step(&format!("Uploading stemcell '{name}/{version}'"), |_| {
            if known.is_some() {
                return Ok(Ended::Skipped("Stemcell already uploaded".to_owned()));
            }
            let cid = self.cpi.call("create_stemcell", json!(["image", {}])).map_err(|error| error.text)?;
            self.state.add_stemcell(&name, &version, cid.as_str().unwrap());
            Ok(Ended::Done)
        })?;
        Ok(self.state.stemcell(&name, &version).unwrap())
    }

    /// stemcell/manager.go, `DeleteUnused`, after all else.
    fn delete_unused_stemcells(&mut self, client: &mut Client) -> Result<(), String> {
        for unused in self.state.unused_stemcells() {
            client.lone_step(&format!("Deleting unused stemcell '{}'", unused.cid), |_| {
                self.cpi.call("delete_stemcell", json!([unused.cid])).map_err(|error| error.text)?;
                self.state.remove_stemcell(&unused.id);
                Ok(Ended::Done)
            })?;
        }
        Ok(())
    }

    fn deploy(&mut self, client: &mut Client, sha: &str, stemcell: &state::Stemcell) -> Result<(), String> {
        // From here on it is not deployed, until it is.
        self.state.current_manifest_sha.clear();
        self.state.releases = Some(Vec::new());
        self.state.current_release_ids = Some(Vec::new());
        self.state.save();
        // Those of the state as it was loaded: hints for the place of the VM.
        let disks: Vec<String> = self.state.disks.iter().flatten().map(|disk| disk.cid.clone()).collect();
        let deploying = |error: String| within("Deploying", &error);
        self.delete_vm(client).map_err(|error| deploying(within("Deleting existing instance 'unknown/0'", &error)))?;
        let creating = format!("Creating instance '{}/0'", self.manifest.group);
        self.create_vm(client, stemcell, &disks)
            .and_then(|()| {
                self.update_disks(client)
                    .map_err(|error| within("Updating instance disks", &within("Updating disks", &error)))
            })
            .map_err(|error| deploying(within(&creating, &error)))?;
        let updating = format!("Updating instance '{}/0'", self.manifest.group);
        self.update_jobs(client).map_err(|error| deploying(within(&updating, &error)))?;
        self.state.current_manifest_sha = sha.to_owned();
        self.state.record_releases(&self.manifest.releases);
        self.state.save();
        Ok(())
    }

    /// deployment/instance/instance.go, `UpdateJobs`
    fn update_jobs(&mut self, client: &mut Client) -> Result<(), String> {
        let group = self.manifest.group.clone();
        client.step("Rendering job templates", |_| Ok(Ended::Done))?;
        client.step(&format!("Updating instance '{group}/0'"), |client| {
            self.script(client, "pre-start").map_err(|error| within("Running the pre-start script", &error))?;
            client.meet("env:start")?;
            self.agent(client).start().map(|()| Ended::Done)
        })?;
        client.step(&format!("Waiting for instance '{group}/0' to be running"), |client| {
            self.agent(client).get_state().map(|()| Ended::Done)
        })?;
        client.step(&format!("Running the post-start scripts '{group}/0'"), |client| {
            let ran = self.script(client, "post-start");
            ran.map(|()| Ended::Done).map_err(|error| within("Running the post-start script", &error))
        })
    }

    /// A script of the agent's, named as its own point.
    fn script(&self, client: &Client, name: &str) -> Result<(), String> {
        client.home.log("agent", json!({"instance": UUID, "method": "run_script", "script": name}));
        client.meet(&format!("env:{name}"))
    }

    /// deployment/instance/instance.go, `Delete`: an agent that is silent is given up; one that answers stops its jobs
    /// and unmounts.
    fn delete_vm(&mut self, client: &mut Client) -> Result<(), String> {
        let vm = self.state.current_vm_cid.clone();
        if vm.is_empty() {
            return Ok(());
        }
        let exists = self.cpi.call("has_vm", json!([vm])).map_err(|error| error.text)? == json!(true);
        if exists {
            let waiting = format!("Waiting for the agent on VM '{vm}'");
            let answers = client.step(&waiting, |client| self.agent(client).get_state().map(|()| Ended::Done)).is_ok();
            if answers {
                self.shut_down(client)?;
            }
        }
        client.meet("env:before_delete_vm")?;
        client.step(&format!("Deleting VM '{vm}'"), |client| {
            let ended = match self.cpi.call("delete_vm", json!([vm])) {
                Ok(_) => Ended::Done,
                Err(error) if error.kind == "Bosh::Clouds::VMNotFound" => Ended::Skipped("VM not found".to_owned()),
                Err(error) => return Err(within("Deleting vm in the cloud", &error.text)),
            };
            client.home.change(|world| {
                let instance = world.instance_mut(UUID);
                (instance.vm_cid, instance.agent) = (None, world::Agent::default());
            });
            self.state.current_vm_cid.clear();
            self.state.current_stemcell_id.clear();
            self.state.save();
            Ok(ended)
        })?;
        client.meet("env:after_delete_vm")
    }

    fn shut_down(&mut self, client: &mut Client) -> Result<(), String> {
        if !client.given.has("skip-drain") {
            client.step("Running the pre-stop scripts 'unknown/0'", |client| {
                self.script(client, "pre-stop").map(|()| Ended::Done)
            })?;
            client.step("Draining jobs on instance 'unknown/0'", |client| {
                self.script(client, "drain").map(|()| Ended::Done)
            })?;
        }
        client
            .step("Stopping jobs on instance 'unknown/0'", |client| self.agent(client).stop().map(|()| Ended::Done))?;
        client.step("Running the post-stop scripts 'unknown/0'", |client| {
            self.script(client, "post-stop").map(|()| Ended::Done)
        })?;
        for disk in self.agent(client).list_disk()? {
            client.step(&format!("Unmounting disk '{disk}'"), |client| {
                self.agent(client).unmount_disk(&disk).map(|()| Ended::Done)
            })?;
        }
        Ok(())
    }

    /// deployment/vm/manager.go, `createAndRecordVM`
    fn create_vm(&mut self, client: &mut Client, stemcell: &state::Stemcell, disks: &[String]) -> Result<(), String> {
        let group = self.manifest.group.clone();
        let creating = format!("Creating VM for instance '{group}/0' from stemcell '{}'", stemcell.cid);
        let made = client.step(&creating, |client| {
            client.meet("env:create_vm")?;
            let agent = uuid::Uuid::new_v4().to_string();
            let made = self.cpi.call("create_vm", json!([agent, stemcell.cid, {}, {}, disks, {}]));
            let made = made
                .map_err(|error| within(&format!("Creating vm with stemcell cid '{}'", stemcell.cid), &error.text))?;
            let vm = made[0].as_str().unwrap().to_owned();
            self.state.current_vm_cid.clone_from(&vm);
            self.state.current_stemcell_id.clone_from(&stemcell.id);
            self.state.save();
            client.home.change(|world| {
                let instance = world.instance_mut(UUID);
                (instance.vm_cid, instance.agent_id) = (Some(vm.clone()), Some(agent));
                instance.agent = world::Agent::default();
            });
            let metadata = json!({"deployment": "bosh", "director": "bosh-init", "index": "0", "job": group});
            match self.cpi.call("set_vm_metadata", json!([vm, metadata])) {
                Err(error) if error.kind != "Bosh::Clouds::NotImplemented" => {
                    Err(within(&format!("Setting VM metadata to {metadata}"), &error.text))
                }
                _ => Ok(Ended::Done),
            }
        });
        made.map_err(|error| within("Creating VM", &error))?;
        client.meet("env:after_create_vm")?;
        let vm = self.state.current_vm_cid.clone();
        client.step(&format!("Waiting for the agent on VM '{vm}' to be ready"), |client| {
            self.agent(client).get_state().map(|()| Ended::Done)
        })
    }
}
