//! What the Director's database, its agents and its task log hold: one JSON file.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// `director.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    pub name: String,
    pub uuid: String,
    /// The directory of the local cloud: VMs are made and deleted there directly, for the CPI in use cannot.
    pub cloud: String,
    /// The CPI as a command line, where `FAKE_BOSH_CPI` does not name one.
    pub cpi: Vec<String>,
    /// The time it is, where that is not the clock's.
    pub now: Option<DateTime<Utc>>,
    /// For how long a lock lives without its holder, in milliseconds: 241 s there (D/lock.rb).
    pub lock_life_ms: Option<i64>,
    /// For how long an expired lock is listed, in milliseconds: 60 s there (D/api/controllers/locks_controller.rb).
    pub lock_listed_ms: Option<i64>,
    pub snapshots_enabled: bool,
    pub resurrection_paused: bool,
    pub deployments: Vec<Deployment>,
    /// What create-env looks after: the agent of its one VM.
    pub environment: Option<Deployment>,
    pub orphan_disks: Vec<OrphanDisk>,
    pub snapshots: Vec<Snapshot>,
    pub configs: Vec<Config>,
    pub tasks: Vec<Task>,
    pub locks: Vec<Lock>,
    /// What open transactions have changed so far.
    pub uncommitted: Vec<Uncommitted>,
    /// Disks that an agent has formatted.
    pub formatted: Vec<String>,
    /// How often something was named.
    pub names: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    pub name: String,
    pub manifest: String,
    /// The ids of the configs that it was deployed with; none stands for those of now.
    pub configs: Vec<u64>,
    pub instances: Vec<Instance>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    pub group: String,
    pub index: u64,
    pub uuid: String,
    pub az: String,
    pub vm_cid: Option<String>,
    /// The CPI of its VM, by the cpi-config; empty for the default one.
    pub cpi: String,
    /// `default` where it is empty.
    pub vm_type: String,
    pub agent_id: Option<String>,
    /// `started`, `stopped` or `detached`: what it shall be.
    pub state: String,
    pub ignore: bool,
    pub bootstrap: bool,
    pub ips: Vec<String>,
    /// What the agent says of its processes: `running`, `stopped`, `failing`.
    pub process_state: String,
    pub processes: Vec<String>,
    pub disks: Vec<Disk>,
    pub agent: Agent,
}

/// What the VM's agent knows; it goes with the VM.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Agent {
    pub unresponsive: bool,
    /// Where each disk is that it was told of.
    pub hints: BTreeMap<String, String>,
    /// The disk at /var/vcap/store.
    pub mounted: Option<String>,
    /// The disk at /var/vcap/store_migration_target.
    pub migration: Option<String>,
    /// `managed_disk_settings.json`: the disk that it mounted last.
    pub last_mounted: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    pub cid: String,
    /// Empty for the one that is managed.
    pub name: String,
    pub active: bool,
    pub size: u64,
    pub cloud_properties: Map<String, Value>,
    pub cpi: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Snapshot {
    pub cid: String,
    pub disk_cid: String,
    pub clean: bool,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrphanDisk {
    pub cid: String,
    pub size: u64,
    pub cpi: String,
    pub az: String,
    pub deployment: String,
    pub instance: String,
    pub cloud_properties: Map<String, Value>,
    pub orphaned_at: DateTime<Utc>,
    pub snapshots: Vec<Snapshot>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `cpi`, `cloud`, `runtime`.
    pub kind: String,
    pub name: String,
    pub content: String,
    pub created_at: DateTime<Utc>,
    /// Where it is not its place in the list, from 1; of one kind and name the first is the active one.
    #[serde(default)]
    pub id: Option<u64>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Task {
    pub id: u64,
    /// The CLI's command that made it.
    pub kind: String,
    pub state: String,
    /// When it was queued, then when it ended.
    pub timestamp: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub user: String,
    pub deployment: String,
    pub description: String,
    pub result: String,
    /// The event log, a JSON text in a line.
    pub events: String,
    pub output: String,
    pub arguments: Value,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lock {
    pub name: String,
    pub task: u64,
    pub expires_at: DateTime<Utc>,
}

/// The changes of a transaction that has not committed. They become true when its process is killed: it shares its
/// database connection with the worker that it was forked from, which commits (seen with the real one).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uncommitted {
    pub task: u64,
    /// The instance whose disks are changed.
    pub uuid: String,
    pub disks: Vec<Disk>,
    pub orphan_disks: Vec<OrphanDisk>,
    pub snapshots: Vec<Snapshot>,
}

impl OrphanDisk {
    /// D/orphan_disk_manager.rb, `list_orphan_disks`
    pub fn listed(&self) -> Value {
        json!({
            "disk_cid": self.cid, "size": self.size, "az": self.az, "deployment_name": self.deployment,
            "instance_name": self.instance, "cloud_properties": self.cloud_properties,
            "orphaned_at": self.orphaned_at.to_string(),
        })
    }
}

impl World {
    /// All configs, with their ids.
    pub fn all_configs(&self) -> Vec<(u64, &Config)> {
        self.configs.iter().zip(1..).map(|(config, at)| (config.id.unwrap_or(at), config)).collect()
    }

    /// The newest of each kind and name.
    pub fn active_configs(&self) -> Vec<(u64, &Config)> {
        let mut active: Vec<(u64, &Config)> = Vec::new();
        for (id, config) in self.all_configs() {
            if !active.iter().any(|(_, known)| known.kind == config.kind && known.name == config.name) {
                active.push((id, config));
            }
        }
        active
    }

    /// How long a lock lives from now on.
    pub fn lock_life(&self) -> chrono::Duration {
        chrono::Duration::milliseconds(self.lock_life_ms.unwrap_or(241_000))
    }

    /// Whether a lock keeps others away.
    pub fn is_held(&self, lock: &Lock) -> bool {
        lock.expires_at > self.now()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(Utc::now)
    }

    /// A name that nothing has had.
    pub fn fresh(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}-by-director-{}", self.names)
    }

    pub fn deployment(&self, name: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.name == name)
    }

    /// The instance of this UUID, and the deployment that has it.
    pub fn instance(&self, uuid: &str) -> Option<(&Deployment, &Instance)> {
        let all = self.deployments.iter().chain(&self.environment);
        let mut pairs = all.flat_map(|d| d.instances.iter().map(move |i| (d, i)));
        pairs.find(|(_, instance)| instance.uuid == uuid)
    }

    pub fn instance_mut(&mut self, uuid: &str) -> &mut Instance {
        let all = self.deployments.iter_mut().chain(&mut self.environment);
        all.flat_map(|d| &mut d.instances).find(|instance| instance.uuid == uuid).unwrap()
    }

    pub fn task(&self, id: u64) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    pub fn task_mut(&mut self, id: u64) -> &mut Task {
        self.tasks.iter_mut().find(|task| task.id == id).unwrap()
    }
}

impl Instance {
    /// `db/UUID`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.group, self.uuid)
    }

    /// As the Director's log has it (`models/instance.rb`, `to_s`).
    pub fn shown(&self) -> String {
        format!("{} ({})", self.name(), self.index)
    }

    /// The one that has no name (D/models/instance.rb, `managed_persistent_disk`).
    pub fn managed_disk(&self) -> Option<&Disk> {
        self.disks.iter().find(|disk| disk.active && disk.name.is_empty())
    }

    /// Whether a slug's second half means it: digits are an index, all else is a UUID.
    pub fn is(&self, index_or_id: &str) -> bool {
        if index_or_id.chars().all(|c| c.is_ascii_digit()) {
            self.index.to_string() == index_or_id
        } else {
            self.uuid == index_or_id
        }
    }
}

impl Task {
    pub fn runs(&self) -> bool {
        ["queued", "processing", "cancelling"].contains(&self.state.as_str())
    }
}
