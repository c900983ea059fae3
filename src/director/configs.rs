//! The Director's settings for disks: the present cloud-configs, and those that a deployment was deployed with. Also
//! its record of an orphaned disk. The bosh CLI's tables lack the former and shorten the latter, so snapback uses its
//! `curl`.

use serde::Deserialize;
use serde_json::Value;

use super::answer::blocks;
use super::seen::cell;
use super::{Bosh, BoshError, Trouble};

/// The Director's record of an orphaned disk (cloudfoundry/bosh `orphan_disk_manager.rb`, `list_orphan_disks`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrphanSeen {
    disk_cid: String,
    /// In MiB.
    pub size: u64,
    /// Its cloud properties; none if it has none, or the Director is too old to tell.
    #[serde(default)]
    pub cloud_properties: Option<Value>,
}

/// One of the configs that a deployment was deployed with (cloudfoundry/bosh `deployment_configs_controller.rb`).
#[derive(Deserialize)]
struct Deployed {
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    id: Value,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    content: String,
}

impl Config {
    fn id(&self) -> String {
        self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned)
    }
}

impl Bosh {
    /// Gets a path of the Director's API, and parses the JSON of the answer.
    fn curl<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, BoshError> {
        let arguments = ["curl", path];
        let line = self.line(&arguments);
        let text = blocks(&line, &self.ask(&arguments)?)?;
        serde_json::from_str(text.trim()).map_err(|error| BoshError {
            line,
            trouble: Trouble::NotJson(format!("JSON that is not such an answer ({error})")),
            task: None,
        })
    }

    /// The record of an orphaned disk; `None` if the Director does not list it.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn orphaned(&self, cid: &str) -> Result<Option<OrphanSeen>, BoshError> {
        let all: Vec<OrphanSeen> = self.curl("/disks")?;
        Ok(all.into_iter().find(|disk| disk.disk_cid == cid))
    }

    /// The texts of all cloud-configs of the Director.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn cloud_configs(&self) -> Result<Vec<String>, BoshError> {
        let rows = self.rows(&["configs", "--type=cloud"])?;
        let names = rows.iter().map(|row| cell(row, "name"));
        names
            .map(|name| {
                let named = format!("--name={name}");
                let arguments = ["cloud-config", named.as_str()];
                blocks(&self.line(&arguments), &self.ask(&arguments)?)
            })
            .collect()
    }

    /// The texts of the cloud-configs that a deployment was deployed with; `None` if those are the present ones.
    ///
    /// # Errors
    /// [`BoshError`]
    pub fn deployed_cloud_configs(&self, deployment: &str) -> Result<Option<Vec<String>>, BoshError> {
        let all: Vec<Deployed> = self.curl(&format!("/deployment_configs?deployment%5B%5D={deployment}"))?;
        let mut deployed: Vec<String> =
            all.iter().filter(|one| one.config.kind == "cloud").map(|one| one.config.id()).collect();
        // The active ones are marked.
        let rows = self.rows(&["configs", "--type=cloud"])?;
        let mut now: Vec<String> = rows.iter().map(|row| cell(row, "id").trim_end_matches('*').to_owned()).collect();
        deployed.sort();
        now.sort();
        if deployed == now {
            return Ok(None);
        }
        let text = |id: &String| Ok(self.curl::<Config>(&format!("/configs/{id}"))?.content);
        deployed.iter().map(text).collect::<Result<_, BoshError>>().map(Some)
    }
}
