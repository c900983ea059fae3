//! Commands that make the Director act.

use serde_json::json;

use crate::client::{Client, refused};
use crate::manifest;
use crate::table::Table;

impl Client {
    fn confirm(&self) -> Result<(), String> {
        let quiet = self.given.switch("non-interactive", "BOSH_NON_INTERACTIVE");
        if quiet { Ok(()) } else { Err("Stopped".to_owned()) }
    }

    /// cmd/stop.go, cmd/start.go, cmd/recreate.go: the whole deployment converges unless told otherwise.
    pub fn change_state(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        self.confirm()?;
        if self.given.has("no-converge") && self.given.has("converge") {
            return Err("Can't set converge and no-converge".to_owned());
        }
        let slug = self.given.slug()?;
        let (hard, fix) = (self.given.has("hard"), self.given.has("fix"));
        let verb = self.given.command.clone();
        if self.given.has("no-converge") {
            let doing = "Non-converging action failed";
            let instance = self.find_instance(&self.home.read(), &name, &slug, doing)?;
            let arguments = json!({"uuid": instance.uuid, "hard": hard, "fix": fix});
            let ended = self.run_task(&name, &format!("{verb} instance"), arguments);
            return ended.map(drop).map_err(|error| format!("{doing}:\n  {error}"));
        }
        let instance = self.find_instance(&self.home.read(), &name, &slug, "Changing state")?;
        let state = match (verb.as_str(), hard) {
            ("start", _) => "started",
            (_, true) => "detached",
            (_, false) => "stopped",
        };
        let arguments = json!({"converge": true, "uuid": instance.uuid, "state": state});
        let ended = self.run_task(&name, "create deployment", arguments);
        ended.map(drop).map_err(|error| format!("Changing state:\n  {error}"))
    }

    /// cmd/deploy.go
    pub fn deploy(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let path = self.given.word(0, "PATH")?;
        let text = std::fs::read_to_string(path).map_err(|error| format!("Reading '{path}':\n  {error}"))?;
        let found = manifest::name(&text)?;
        if found != name {
            return Err(format!("Expected manifest to specify deployment name '{name}' but was '{found}'"));
        }
        self.confirm()?;
        self.find(&self.home.read(), &name, "Finding deployment")?;
        let ended = self.run_task(&name, "create deployment", json!({"manifest": text}));
        ended.map(drop).map_err(|error| format!("Updating deployment:\n  {error}"))
    }

    /// cmd/clean_up.go: of no deployment, so that it is in no list of a deployment's tasks.
    pub fn clean_up(&mut self) -> Result<(), String> {
        self.confirm()?;
        let all = self.given.has("all");
        let ended = self.run_task("", if all { "clean up all" } else { "clean up" }, json!({"all": all}));
        ended.map(drop).map_err(|error| format!("Cleaning up resources:\n  {error}"))
    }

    /// cmd/delete_vm.go, cmd/delete_disk.go
    pub fn delete_by_cid(&mut self) -> Result<(), String> {
        self.confirm()?;
        let cid = self.given.word(0, "CID")?.to_owned();
        let what = if self.given.command == "delete-vm" { "vm" } else { "orphan disk" };
        self.run_task("", &format!("delete {what} {cid}"), json!({"cid": cid})).map(drop)
    }

    /// cmd/cloud_check.go, with `--report` alone.
    pub fn cloud_check(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        if !self.given.has("report") {
            return Err("Stopped".to_owned());
        }
        self.find(&self.home.read(), &name, "Performing a scan")?;
        let id = self.post("cloud-check", &name, "scan cloud", json!({}))?;
        self.wait(id).map_err(|error| format!("Performing a scan on deployment '{name}':\n  {error}"))?;
        let output = self.home.read().task(id).unwrap().output.clone();
        let problems = output.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let text = |problem: &serde_json::Value, key: &str| problem[key].as_str().unwrap().to_owned();
        let row = |(at, problem): (usize, serde_json::Value)| {
            vec![(at + 1).to_string(), text(&problem, "type"), text(&problem, "description")]
        };
        let table = Table::new("problems", &["#", "Type", "Description"], problems.enumerate().map(row).collect());
        self.ui.table(&table);
        if table.rows.is_empty() { Ok(()) } else { Err(format!("{} problem(s) found", table.rows.len())) }
    }

    /// cmd/attach_disk.go asks for no confirmation, and sends what stands after the slash as `instance_id`
    /// (bosh-cli `director/deployment.go:213`), whether it is a UUID or not.
    pub fn attach_disk(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let (group, id) = self.given.slug()?;
        let cid = self.given.word(1, "DISK-CID")?.to_owned();
        let world = self.home.read();
        if world.deployment(&name).is_none() {
            return Err(refused(404, 70000, &format!("Deployment '{name}' doesn't exist")));
        }
        let properties = self.given.value("disk-properties").unwrap_or_default().to_owned();
        let arguments = json!({"group": group, "id": id, "cid": cid, "properties": properties});
        self.run_task(&name, &format!("attach disk '{cid}' to '{group}/{id}'"), arguments).map(drop)
    }

    /// cmd/take_snapshot.go
    pub fn take_snapshot(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let world = self.home.read();
        if self.given.words.is_empty() {
            self.find(&world, &name, &format!("Taking snapshot for deployment '{name}'"))?;
            return self.run_task(&name, "snapshot deployment", json!({})).map(drop);
        }
        let slug = self.given.slug()?;
        let doing = format!("Taking snapshot for instance '{}/{}' in deployment '{name}'", slug.0, slug.1);
        let instance = self.find_instance(&world, &name, &slug, &doing)?;
        // D/api/snapshot_manager.rb:9: this one has no deployment.
        self.run_task("", "create snapshot", json!({"uuid": instance.uuid})).map(drop)
    }

    /// cmd/delete_snapshot.go: one that the Director does not have (any more) is deleted.
    pub fn delete_snapshot(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let cid = self.given.word(0, "CID")?.to_owned();
        self.confirm()?;
        let world = self.home.read();
        self.find(&world, &name, "Finding snapshots")?;
        if !world.snapshots.iter().any(|snapshot| snapshot.cid == cid) {
            return Ok(());
        }
        let ended = self.run_task("", "delete snapshot", json!({"cid": cid}));
        ended.map(drop).map_err(|error| format!("Deleting snapshot '{cid}':\n  {error}"))
    }
}
