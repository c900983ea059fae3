//! A Director that `create-env` manages, in a sandbox.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use super::fake_bosh::{Director, file_system};

/// The id of the record of the Director's disk.
pub const RECORD: &str = "500d1c1b-c65c-415d-720b-5986033a05b7";
const STATE: &str = "bosh-state.json";

/// The manifest `bosh.yml`, for create-env and snapback alike, with a disk pool of so many MiB.
pub fn manifest(size: u64) -> String {
    format!(
        "name: bosh\ncloud_provider:\n  template:\n    name: local_cpi\n  properties:\n    local:\n      path: cloud\n\
         disk_pools:\n- name: disks\n  disk_size: {size}\n  cloud_properties: {{type: fast}}\n\
         instance_groups:\n- name: bosh\n  instances: 1\n  persistent_disk_pool: disks\n  properties:\n    director:\n      \
         name: test\n      enable_snapshots: true\n"
    )
}

/// A deployment of create-env: a VM `vm-bosh-0` with the disk `disk-bosh-0`, `bosh.yml` and `bosh-state.json`.
pub struct Environment {
    pub director: Director,
}

impl Environment {
    /// Nothing is deployed yet: no manifest, no state file, no VM.
    pub fn empty() -> Self {
        Environment { director: Director::with(&[]) }
    }

    pub fn deployed() -> Self {
        let director = Director::with(&[]);
        let sandbox = &director.sandbox;
        sandbox.make_disk("disk-bosh-0", 1 << 20, &file_system(&[("database", "of today")]));
        sandbox.make_vm("vm-bosh-0", &["disk-bosh-0"]);
        let device = sandbox.path("cloud/vms/vm-bosh-0/disk-bosh-0");
        director.change(|world| {
            world["environment"] = json!({"instances": [{
                "group": "bosh", "uuid": "create-env", "vm_cid": "vm-bosh-0", "agent_id": "agent-of-create-env",
                "process_state": "running",
                "agent": {"hints": {"disk-bosh-0": device}, "mounted": "disk-bosh-0", "last_mounted": "disk-bosh-0"},
            }]});
        });
        let environment = Environment { director };
        environment.director.sandbox.write("bosh.yml", &manifest(1));
        environment.write_state(&json!({
            "director_id": "1699597b-0000-4000-8000-000000000001", "installation_id": "b0a34894-1fe6-47e1-74fe-5e04c368e878",
            "current_vm_cid": "vm-bosh-0", "current_stemcell_id": "stemcell-1", "current_disk_id": RECORD,
            "current_release_ids": ["release-1"],
            "current_manifest_sha": format!("{:x}", Sha512::digest(manifest(1))),
            "disks": [{"id": RECORD, "cid": "disk-bosh-0", "size": 1, "cloud_properties": {"type": "fast"}}],
            "stemcells": [{"id": "stemcell-1", "name": "ubuntu-jammy", "version": "1.2", "api_version": 3, "cid": "sc-1"}],
            "releases": [{"id": "release-1", "name": "bosh", "version": "282.0.0"}],
        }));
        environment
    }

    /// Runs `bosh create-env bosh.yml --state bosh-state.json ...` to its end.
    pub fn create_env(&self, more: &[&str]) -> super::Ran {
        let arguments = [&["create-env", "bosh.yml", "--state", STATE], more].concat();
        self.director.prepare_bosh(&arguments).env("BOSH_ENVIRONMENT", "").go()
    }

    /// The executable of its CPI, in the installation: it exists while create-env runs.
    pub fn rendered_cpi(&self) -> std::path::PathBuf {
        let id = self.state()["installation_id"].as_str().unwrap().to_owned();
        self.director.sandbox.path(&format!(".bosh/installations/{id}/jobs/local_cpi/bin/cpi"))
    }

    /// The state file.
    pub fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.director.sandbox.path(STATE)).unwrap()).unwrap()
    }

    pub fn write_state(&self, state: &Value) {
        self.director.sandbox.write(STATE, &serde_json::to_string_pretty(state).unwrap());
    }

    /// Changes the state file, as an operator can do by hand.
    pub fn change_state(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        change(&mut state);
        self.write_state(&state);
    }

    /// The VM that the state file has now.
    pub fn vm(&self) -> String {
        self.state()["current_vm_cid"].as_str().unwrap().to_owned()
    }

    /// The disks that this VM has.
    pub fn attached(&self) -> Vec<String> {
        self.director.sandbox.attached(&self.vm())
    }
}
