//! Commands that look.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::client::{Client, refused};
use crate::reporter::FULL;
use crate::table::Table;
use crate::world::{Config, OrphanDisk, Task};

fn bytes(mib: u64) -> String {
    // go-humanize `IBytes`: below ten of a unit one decimal.
    let (of, unit) = if mib >= 1024 { (1024, "GiB") } else { (1, "MiB") };
    let tenths = (mib * 20 + of) / (of * 2);
    if tenths < 100 {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", (tenths + 5) / 10)
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.format(FULL).to_string()
}

impl Client {
    /// cmd/deployments.go
    pub fn deployments(&mut self) -> Result<(), String> {
        let world = self.home.read();
        let rows = world.deployments.iter();
        let rows = rows.map(|d| vec![d.name.clone(), String::new(), String::new(), String::new()]).collect();
        self.ui.table(&Table::new("deployments", &["Name", "Release(s)", "Stemcell(s)", "Team(s)"], rows));
        Ok(())
    }

    /// cmd/environment.go
    pub fn environment(&mut self) -> Result<(), String> {
        let world = self.home.read();
        let features = "config_server: disabled\nsnapshots: ".to_owned();
        let features = features + if world.snapshots_enabled { "enabled" } else { "disabled" };
        let row = vec![
            world.name,
            world.uuid,
            "282.0.0".into(),
            "-/1.2".into(),
            "local_cpi".into(),
            features,
            self.user.clone(),
        ];
        let header = ["Name", "UUID", "Version", "Director Stemcell", "CPI", "Features", "User"];
        let mut table = Table::new("", &header, vec![row]);
        table.transpose = true;
        self.ui.table(&table);
        Ok(())
    }

    /// cmd/manifest.go
    pub fn manifest(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let deployment = self.find(&self.home.read(), &name, "Fetching manifest")?;
        self.ui.block(&deployment.manifest);
        Ok(())
    }

    /// cmd/tasks.go: those that run, of all types; with `--recent` the last ones, where `--all` has to be asked for
    /// (D/api/controllers/tasks_controller.rb lists no types that only look without it).
    pub fn tasks(&mut self) -> Result<(), String> {
        let world = self.home.read();
        let deployment = self.given.or_variable("deployment", "BOSH_DEPLOYMENT");
        let recent = self.given.value("recent").map(|n| if n.is_empty() { 30 } else { n.parse().unwrap() });
        let quiet = recent.is_some() && !self.given.has("all");
        let meant = |task: &&Task| {
            (deployment.is_empty() || task.deployment == deployment)
                && (recent.is_some() || task.runs())
                && !(quiet && task.kind == "look")
        };
        let row = |task: &Task| {
            // Unix time 0 where there is none yet; a finish that is none is a dash (cmd/tasks.go:78).
            let started = task.started_at.unwrap_or_default();
            let finished =
                if ["queued", "processing"].contains(&task.state.as_str()) { "-".into() } else { time(task.timestamp) };
            let (id, state) = (task.id.to_string(), task.state.clone());
            vec![
                id,
                state,
                time(started),
                finished,
                task.user.clone(),
                task.deployment.clone(),
                task.description.clone(),
                task.result.clone(),
            ]
        };
        let rows = world.tasks.iter().rev().filter(meant).take(recent.unwrap_or(usize::MAX)).map(row).collect();
        let header = ["ID", "State", "Started At", "Finished At", "User", "Deployment", "Description", "Result"];
        self.ui.table(&Table::new("tasks", &header, rows));
        Ok(())
    }

    /// cmd/task.go: follows a task to its end; fails as it did.
    pub fn task(&mut self) -> Result<(), String> {
        let id: u64 = self.given.word(0, "ID")?.parse().map_err(|_| "invalid argument for flag `ID'".to_owned())?;
        let Some(task) = self.home.read().task(id).cloned() else {
            return Err(format!("Finding task '{id}':\n  {}", refused(404, 10000, &format!("Task {id} not found"))));
        };
        let plain = match () {
            () if self.given.has("result") => task.output,
            () if self.given.has("event") => task.events,
            () if self.given.has("debug") => format!("task {id}: {}\n", task.description),
            () => return self.wait(id).map_err(|error| format!("Capturing task '{id}' output:\n  {error}")),
        };
        self.ui.begin_line(&format!("Task {id}"));
        self.ui.block(&plain);
        self.ui.begin_line(&format!("\nTask {id} {}\n", task.state));
        Ok(())
    }

    /// cmd/cancel_task.go; a task looks up from its work only at its checkpoints.
    pub fn cancel_task(&mut self) -> Result<(), String> {
        let id: u64 = self.given.word(0, "ID")?.parse().map_err(|_| "invalid argument for flag `ID'".to_owned())?;
        self.home.change(|world| match world.tasks.iter_mut().find(|task| task.id == id) {
            None => Err(format!("Finding task '{id}':\n  {}", refused(404, 10000, &format!("Task {id} not found")))),
            Some(task) if ["queued", "processing"].contains(&task.state.as_str()) => {
                "cancelling".clone_into(&mut task.state);
                Ok(())
            }
            Some(_) => Ok(()),
        })
    }

    /// cmd/locks.go
    pub fn locks(&mut self) -> Result<(), String> {
        let world = self.home.read();
        let row = |lock: &crate::world::Lock| {
            let mut parts = lock.name.split(':').skip(1);
            let kind = parts.next().unwrap().to_owned();
            vec![kind, parts.collect::<Vec<_>>().join(":"), lock.task.to_string(), time(lock.expires_at)]
        };
        let rows = world.locks.iter().map(row).collect();
        self.ui.table(&Table::new("locks", &["Type", "Resource", "Task ID", "Expires at"], rows));
        Ok(())
    }

    /// cmd/configs.go: the active ones.
    pub fn configs(&mut self) -> Result<(), String> {
        let world = self.home.read();
        let (kind, name) = (self.given.value("type"), self.given.value("name"));
        let of_it = |c: &&(u64, &Config)| kind.is_none_or(|k| k == c.1.kind) && name.is_none_or(|n| n == c.1.name);
        let row = |(id, c): (u64, &Config)| {
            let at = c.created_at.format("%F %T UTC").to_string();
            vec![format!("{id}*"), c.kind.clone(), c.name.clone(), String::new(), at]
        };
        let rows: Vec<_> = world.active_configs().into_iter().filter(|c| of_it(&c)).map(row).collect();
        let mut table = Table::new("configs", &["ID", "Type", "Name", "Team", "Created At"], rows);
        let mut notes = vec![];
        if !table.rows.is_empty() {
            notes.push("(*) Currently active".to_owned());
        }
        notes.push("Only showing active configs. To see older versions use the --recent=10 option.".to_owned());
        table.notes = Some(notes);
        self.ui.table(&table);
        Ok(())
    }

    fn latest(&self, kind: &str, name: &str) -> Result<(u64, Config), String> {
        let world = self.home.read();
        let found = world.active_configs().into_iter().find(|(_, c)| c.kind == kind && c.name == name);
        found.map(|(id, c)| (id, c.clone())).ok_or_else(|| "No config".to_owned())
    }

    /// cmd/config.go
    pub fn config(&mut self) -> Result<(), String> {
        let (Some(kind), Some(name)) = (self.given.value("type"), self.given.value("name")) else {
            return Err("Either <ID> or parameters --type and --name must be provided".to_owned());
        };
        let (id, config) = self.latest(kind, name)?;
        let row = vec![id.to_string(), config.kind, config.name, time(config.created_at), config.content];
        let mut table = Table::new("config", &["ID", "Type", "Name", "Created At", "Content"], vec![row]);
        table.transpose = true;
        table.notes = Some(vec![]);
        self.ui.table(&table);
        Ok(())
    }

    /// cmd/cloud_config.go, cmd/cpi_config.go
    pub fn config_text(&mut self, kind: &str) -> Result<(), String> {
        let name = self.given.value("name").unwrap_or("default").to_owned();
        let (_, config) = self.latest(kind, &name).map_err(|_| format!("No {kind} config"))?;
        self.ui.block(&config.content);
        Ok(())
    }

    /// cmd/curl.go; of the Director's paths only these (D/api/controllers/resurrection_controller.rb, disks_controller.rb,
    /// deployment_configs_controller.rb, configs_controller.rb).
    pub fn curl(&mut self) -> Result<(), String> {
        let path = self.given.word(0, "PATH")?;
        let world = self.home.read();
        let answer = match path.split_once('?').map_or(path, |(path, _)| path) {
            _ if self.given.value("method").is_some_and(|method| method != "GET") => None,
            "/resurrection" => Some(json!({"resurrection": !world.resurrection_paused})),
            "/disks" => Some(world.orphan_disks.iter().map(OrphanDisk::listed).collect()),
            "/deployment_configs" => {
                let name = path.split_once("?deployment%5B%5D=").map(|(_, name)| name).unwrap_or_default();
                world.deployments.iter().find(|one| one.name == name).map(|deployment| {
                    let row = |(id, c): (u64, &Config)| {
                        let config = json!({"id": id, "type": c.kind, "name": c.name});
                        json!({"id": 1, "deployment": name, "config": config})
                    };
                    let is_of_it = |(id, _): &(u64, &Config)| match deployment.configs.as_slice() {
                        [] => world.active_configs().iter().any(|(active, _)| active == id),
                        ids => ids.contains(id),
                    };
                    world.all_configs().into_iter().filter(is_of_it).map(row).collect()
                })
            }
            of_one => of_one.strip_prefix("/configs/").and_then(|id| {
                let (id, c) = world.all_configs().into_iter().find(|(known, _)| known.to_string() == id)?;
                Some(json!({"id": id, "type": c.kind, "name": c.name, "content": c.content}))
            }),
        };
        let Some(answer) = answer else {
            return Err(format!("Executing HTTP request:\n  {}", refused(404, 440_001, "Endpoint '/' not found")));
        };
        self.ui.block(&answer.to_string());
        Ok(())
    }

    /// cmd/update_resurrection.go
    pub fn update_resurrection(&mut self) -> Result<(), String> {
        self.meet("client:before_post")?;
        let on = match self.given.word(0, "on|off")? {
            "on" => true,
            "off" => false,
            other => return Err(format!("Expected boolean, but was '{other}'")),
        };
        self.home.change(|world| world.resurrection_paused = !on);
        self.meet("client:after_post")
    }

    /// cmd/disks.go
    pub fn disks(&mut self) -> Result<(), String> {
        if !self.given.has("orphaned") {
            return Err("Only --orphaned is supported".to_owned());
        }
        let mut world = self.home.read();
        // The newest first.
        world.orphan_disks.sort_by_key(|disk| std::cmp::Reverse(disk.orphaned_at));
        let rows = world.orphan_disks.iter().map(|disk| {
            let at = time(disk.orphaned_at);
            vec![
                disk.cid.clone(),
                bytes(disk.size),
                disk.deployment.clone(),
                disk.instance.clone(),
                disk.az.clone(),
                at,
            ]
        });
        let header = ["Disk CID", "Size", "Deployment", "Instance", "AZ", "Orphaned At"];
        self.ui.table(&Table::new("disks", &header, rows.collect()));
        Ok(())
    }

    /// cmd/snapshots.go: those of disks that instances have; of an orphaned disk none.
    pub fn snapshots(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let world = self.home.read();
        let deployment = self.find(&world, &name, "Finding snapshots")?;
        let mut rows = Vec::new();
        for instance in &deployment.instances {
            for disk in &instance.disks {
                for snapshot in world.snapshots.iter().filter(|snapshot| snapshot.disk_cid == disk.cid) {
                    let instance = format!("{}/{}", instance.group, instance.index);
                    rows.push(vec![
                        instance,
                        snapshot.cid.clone(),
                        time(snapshot.created_at),
                        snapshot.clean.to_string(),
                    ]);
                }
            }
        }
        self.ui.table(&Table::new("snapshots", &["Instance", "CID", "Created At", "Clean"], rows));
        Ok(())
    }
}
