//! `bosh-state.json` (bosh-cli `config/deployment_state_service.go`, `config/disk_repo.go`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::manifest::Release;

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
    pub stemcells: Option<Vec<Stemcell>>,
    pub releases: Option<Vec<Value>>,
    #[serde(skip)]
    path: PathBuf,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stemcell {
    pub id: String,
    pub name: String,
    pub version: String,
    pub api_version: u64,
    pub cid: String,
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
            state.director_id = uuid();
        }
        if state.installation_id.is_empty() {
            state.installation_id = uuid();
        }
        state.save();
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
        let record = Record { id: uuid(), cid: cid.to_owned(), size, cloud_properties: cloud_properties.clone() };
        self.disks.get_or_insert_default().push(record.clone());
        self.save();
        record
    }

    pub fn stemcell(&self, name: &str, version: &str) -> Option<Stemcell> {
        self.stemcells.iter().flatten().find(|one| one.name == name && one.version == version).cloned()
    }

    pub fn add_stemcell(&mut self, name: &str, version: &str, cid: &str) {
        let (name, version, cid) = (name.to_owned(), version.to_owned(), cid.to_owned());
        let stemcell = Stemcell { id: uuid(), name, version, api_version: 3, cid };
        self.stemcells.get_or_insert_default().push(stemcell);
        self.save();
    }

    /// stemcell/manager.go, `FindUnused`
    pub fn unused_stemcells(&self) -> Vec<Stemcell> {
        self.stemcells.iter().flatten().filter(|one| one.id != self.current_stemcell_id).cloned().collect()
    }

    pub fn remove_stemcell(&mut self, id: &str) {
        self.stemcells.get_or_insert_default().retain(|one| one.id != id);
        self.save();
    }

    /// deployment/record.go, `Update`: new records each time.
    pub fn record_releases(&mut self, releases: &[Release]) {
        let ids: Vec<String> = releases.iter().map(|_| uuid()).collect();
        let record = |(id, one): (&String, &Release)| json!({"id": id, "name": one.name, "version": one.version});
        self.releases = Some(ids.iter().zip(releases).map(record).collect());
        self.current_release_ids = Some(ids);
    }

    pub fn remove_disk(&mut self, id: &str) {
        self.disks.get_or_insert_default().retain(|record| record.id != id);
        if self.current_disk_id == id {
            self.current_disk_id.clear();
        }
        self.save();
    }
}

fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Whether the CLI takes two values for the same: its numbers pass through a float.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}
