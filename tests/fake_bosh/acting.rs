//! Commands that make the Director act.

use serde_json::json;

use crate::client::{Client, refused};

impl Client {
    /// cmd/stop.go, cmd/start.go: the whole deployment converges unless told otherwise.
    pub fn change_state(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        if self.given.has("no-converge") && self.given.has("converge") {
            return Err("Can't set converge and no-converge".to_owned());
        }
        if !self.given.switch("non-interactive", "BOSH_NON_INTERACTIVE") {
            return Err("Stopped".to_owned());
        }
        let slug = self.given.slug()?;
        let hard = self.given.has("hard");
        let verb = self.given.command.clone();
        if !self.given.has("no-converge") {
            return Err(format!("{verb} without --no-converge"));
        }
        let doing = "Non-converging action failed";
        let instance = self.find_instance(&self.home.read(), &name, &slug, doing)?;
        let arguments = json!({"uuid": instance.uuid, "hard": hard});
        let ended = self.run_task(&name, &format!("{verb} instance"), arguments);
        ended.map(drop).map_err(|error| format!("{doing}:\n  {error}"))
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
        if !self.given.switch("non-interactive", "BOSH_NON_INTERACTIVE") {
            return Err("Stopped".to_owned());
        }
        let world = self.home.read();
        self.find(&world, &name, "Finding snapshots")?;
        if !world.snapshots.iter().any(|snapshot| snapshot.cid == cid) {
            return Ok(());
        }
        let ended = self.run_task("", "delete snapshot", json!({"cid": cid}));
        ended.map(drop).map_err(|error| format!("Deleting snapshot '{cid}':\n  {error}"))
    }
}
