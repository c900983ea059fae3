//! The Director's view of an instance, of its own tasks, and of everything that could interfere.

use super::answer::{Row, blocks, rows};
use super::{Bosh, BoshError};
use crate::domain::ids::{DiskCid, VmCid};

/// An instance in the Director's database and by its agent (`bosh instances --details`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceSeen {
    /// The desired state: `started`, `stopped`, `detached`.
    pub state: String,
    /// The state of its processes: `running`, `failing`, `unresponsive agent`.
    pub process_state: String,
    /// Its VM.
    pub vm: Option<VmCid>,
    /// Its disks in the database; the cloud may differ (cloudfoundry/bosh `jobs/vm_state.rb`).
    pub disks: Vec<DiskCid>,
    /// Whether the Director ignores it.
    pub ignored: bool,
}

impl InstanceSeen {
    /// Whether its agent answers the Director.
    pub fn answers(&self) -> bool {
        self.process_state != "unresponsive agent"
    }
}

/// A task of the Director's that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its number.
    pub id: String,
    /// `queued`, `processing` or `cancelling`.
    pub state: String,
    /// Its description, in the Director's words.
    pub description: String,
}

impl Task {
    /// Whether it only looks (cloudfoundry/bosh `api/instance_manager.rb`): such tasks come and go all day.
    pub fn only_looks(&self) -> bool {
        ["retrieve vm-stats", "fetch logs", "ssh: "].iter().any(|begin| self.description.starts_with(begin))
    }
}

/// The output of a command that ran on an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its exit status.
    pub status: String,
}

impl Bosh {
    pub(super) fn rows(&self, arguments: &[&str]) -> Result<Vec<Row>, BoshError> {
        rows(&self.line(arguments), &self.ask(arguments)?)
    }

    /// The instance of this group and UUID; `None` if the Director has none.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn instance(&self, deployment: &str, slug: &str) -> Result<Option<InstanceSeen>, BoshError> {
        let rows = self.rows(&["-d", deployment, "instances", "--details"])?;
        Ok(rows.into_iter().find(|row| cell(row, "instance") == slug).map(|row| InstanceSeen {
            state: cell(&row, "state").to_owned(),
            process_state: cell(&row, "process_state").to_owned(),
            vm: Some(cell(&row, "vm_cid")).filter(|cid| !cid.is_empty()).map(VmCid::new),
            disks: cell(&row, "disk_cids").lines().filter(|cid| !cid.is_empty()).map(DiskCid::new).collect(),
            ignored: cell(&row, "ignore") == "true",
        }))
    }

    /// The tasks of a deployment that have not ended yet.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn tasks(&self, deployment: &str) -> Result<Vec<Task>, BoshError> {
        let rows = self.rows(&["-d", deployment, "tasks"])?;
        Ok(rows
            .into_iter()
            .filter(|row| cell(row, "deployment") == deployment)
            .map(|row| Task {
                id: cell(&row, "id").to_owned(),
                state: cell(&row, "state").to_owned(),
                description: cell(&row, "description").to_owned(),
            })
            .collect())
    }

    /// How a task ended: its state and its result; `None` if it is not among the last tasks of its deployment, or still
    /// runs.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn ended(&self, deployment: &str, task: u64) -> Result<Option<(String, String)>, BoshError> {
        let rows = self.rows(&["-d", deployment, "tasks", "--recent=100"])?;
        let id = task.to_string();
        let row = rows.iter().find(|row| cell(row, "id") == id);
        let told = row.map(|row| (cell(row, "state").to_owned(), cell(row, "result").to_owned()));
        Ok(told.filter(|(state, _)| !["queued", "processing", "cancelling"].contains(&state.as_str())))
    }

    /// The instance, of any deployment, for which the Director has this disk on record.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn holder(&self, disk: &DiskCid) -> Result<Option<String>, BoshError> {
        let mut all = self.clone();
        // It would restrict the list to this deployment.
        all.environment.remove("BOSH_DEPLOYMENT");
        let rows = all.rows(&["instances", "--details"])?;
        let of_it = |row: &&Row| cell(row, "disk_cids").lines().any(|cid| cid == disk.as_str());
        Ok(rows.iter().find(of_it).map(|row| format!("{} in {}", cell(row, "instance"), cell(row, "deployment"))))
    }

    /// The deployment's manifest, as the Director has it.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn manifest(&self, deployment: &str) -> Result<String, BoshError> {
        let arguments = ["-d", deployment, "manifest"];
        blocks(&self.line(&arguments), &self.ask(&arguments)?)
    }

    /// Whether the resurrector is on; `None` if the answer cannot be understood (cloudfoundry/bosh
    /// `api/controllers/resurrection_controller.rb`).
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn resurrection(&self) -> Result<Option<bool>, BoshError> {
        let arguments = ["curl", "/resurrection"];
        let text = blocks(&self.line(&arguments), &self.ask(&arguments)?)?;
        let answer: Option<serde_json::Value> = serde_json::from_str(text.trim()).ok();
        Ok(answer.and_then(|answer| answer.get("resurrection")?.as_bool()))
    }

    /// Runs a command on an instance, which may take as long as [`Bosh::ssh_deadline`].
    ///
    /// # Errors
    /// [`BoshError`]: it could not be run there.
    pub fn ssh(&self, deployment: &str, slug: &str, command: &str) -> Result<Told, BoshError> {
        let arguments = ["-d", deployment, "ssh", slug, "--results", "-c", command];
        let mut soon = self.clone();
        soon.told_deadline = Some(self.ssh_deadline());
        // A command that fails there fails here as well, and has its row all the same.
        let answer = soon.ask_however_it_ends(&arguments)?;
        let rows = rows(&self.line(&arguments), &answer.text)?;
        match rows.first() {
            Some(row) if cell(row, "error").is_empty() || !cell(row, "exit_code").is_empty() => Ok(Told {
                stdout: cell(row, "stdout").to_owned(),
                stderr: cell(row, "stderr").to_owned(),
                status: cell(row, "exit_code").to_owned(),
            }),
            Some(row) => Err(self.failed(&arguments, answer.status, cell(row, "error"))),
            None => Err(self.failed(&arguments, answer.status, &answer.said)),
        }
    }
}

pub(super) fn cell<'a>(row: &'a Row, key: &str) -> &'a str {
    row.get(key).map(|text| text.trim()).unwrap_or_default()
}
