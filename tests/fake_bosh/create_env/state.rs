//! `bosh-state.json` (bosh-cli `config/deployment_state_service.go`, `config/disk_repo.go`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the CLI knows of it, in this order; what else stands in the file is not written again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    pub director_id: String,
    pub installation_id: String,
    pub current_vm_cid: String,
    pub current_stemcell_id: String,
    pub current_disk_id: String,
    pub current_release_ids: Option<Vec<String>>,
    pub current_manifest_sha: String,
    pub disks: Option<Vec<Record>>,
    pub stemcells: Option<Vec<Value>>,
    pub releases: Option<Vec<Value>>,
    #[serde(skip)]
    path: PathBuf,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    pub id: String,
    pub cid: String,
    pub size: u64,
    pub cloud_properties: Map<String, Value>,
}

impl State {
    pub fn load(path: &Path) -> Result<Self, String> {
        let mut state: State = match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| format!("Unmarshalling deployment state file '{}':\n  {error}", path.display()))?,
            Err(_) => State::default(),
        };
        path.clone_into(&mut state.path);
        if state.director_id.is_empty() {
            state.director_id = uuid::Uuid::new_v4().to_string();
            state.save();
        }
        Ok(state)
    }

    /// With four spaces and no newline at the end, as Go does; not atomic (`file_system_deployment_state_service.go`).
    pub fn save(&self) {
        let mut text = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        self.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format)).unwrap();
        fs::write(&self.path, text).unwrap();
    }

    pub fn current_disk(&self) -> Option<Record> {
        let records = self.disks.iter().flatten();
        records
            .into_iter()
            .find(|record| !self.current_disk_id.is_empty() && record.id == self.current_disk_id)
            .cloned()
    }

    /// disk/manager.go, `FindUnused`: all that are not the current one; all, where there is no current one.
    pub fn unused_disks(&self) -> Vec<Record> {
        let current = self.current_disk().map(|record| record.id);
        self.disks.iter().flatten().filter(|record| Some(&record.id) != current.as_ref()).cloned().collect()
    }

    pub fn add_disk(&mut self, cid: &str, size: u64, cloud_properties: &Map<String, Value>) -> Record {
        let id = uuid::Uuid::new_v4().to_string();
        let record = Record { id, cid: cid.to_owned(), size, cloud_properties: cloud_properties.clone() };
        self.disks.get_or_insert_default().push(record.clone());
        self.save();
        record
    }

    pub fn remove_disk(&mut self, id: &str) {
        self.disks.get_or_insert_default().retain(|record| record.id != id);
        if self.current_disk_id == id {
            self.current_disk_id.clear();
        }
        self.save();
    }
}
