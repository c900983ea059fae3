//! The client: it has the Director make a task, tells of its course, and waits for its end (bosh-cli
//! `director/task_client_request.go`). The task is none of its own, and goes on when it dies.

use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::arguments::Arguments;
use crate::faults;
use crate::home::Home;
use crate::reporter::Reporter;
use crate::task;
use crate::ui::Ui;
use crate::world::{Deployment, Instance, Task, World};

/// A second there.
const POLL: Duration = Duration::from_millis(20);

pub struct Client {
    pub home: Home,
    pub ui: Ui,
    pub given: Arguments,
    pub user: String,
}

/// What a controller refuses at once, as the CLI shows it (bosh-cli `director/client_request.go`).
pub fn refused(status: u16, code: u64, description: &str) -> String {
    let response = format!("{{\"code\":{code},\"description\":\"{description}\"}}");
    format!("Director responded with non-successful status code '{status}' response '{response}'")
}

impl Client {
    pub fn deployment_name(&self) -> Result<String, String> {
        let name = self.given.or_variable("deployment", "BOSH_DEPLOYMENT");
        if name.is_empty() { Err("Expected non-empty deployment name".to_owned()) } else { Ok(name) }
    }

    /// The deployment of `-d`, said as `cmd/session.go` says it; there is no request yet.
    pub fn using_deployment(&mut self) -> Result<String, String> {
        let name = self.deployment_name()?;
        self.ui.line(&format!("Using deployment '{name}'"));
        Ok(name)
    }

    /// What the Director has of it, or a 404 (D/errors.rb:105).
    pub fn find(&self, world: &World, name: &str, doing: &str) -> Result<Deployment, String> {
        let found = world.deployment(name).cloned();
        found.ok_or_else(|| {
            format!("{doing}:\n  {}", refused(404, 70000, &format!("Deployment '{name}' doesn't exist")))
        })
    }

    /// The instance of a slug, or a 404 (D/api/instance_lookup.rb).
    pub fn find_instance(
        &self,
        world: &World,
        name: &str,
        slug: &(String, String),
        doing: &str,
    ) -> Result<Instance, String> {
        let deployment = self.find(world, name, doing)?;
        let found = deployment.instances.into_iter().find(|i| i.group == slug.0 && i.is(&slug.1));
        let missing = || refused(404, 70001, &format!("'{name}/{}/{}' doesn't exist", slug.0, slug.1));
        found.ok_or_else(|| format!("{doing}:\n  {}", missing()))
    }

    pub fn meet(&self, point: &str) -> Result<(), String> {
        faults::meet(&self.home, &self.given.command, point)
    }

    /// A task of this description, from request to end.
    pub fn run_task(&mut self, deployment: &str, description: &str, arguments: Value) -> Result<u64, String> {
        let kind = self.given.command.clone();
        let id = self.post(&kind, deployment, description, arguments)?;
        self.wait(id)?;
        Ok(id)
    }

    /// Queues a task; the Director's worker takes it up by itself.
    pub fn post(&mut self, kind: &str, deployment: &str, description: &str, arguments: Value) -> Result<u64, String> {
        self.meet("client:before_post")?;
        let id = task::queue(&self.home, &self.user, kind, deployment, description, arguments);
        self.meet("client:after_post")?;
        Ok(id)
    }

    /// Tells of a task until it has ended.
    pub fn wait(&mut self, id: u64) -> Result<(), String> {
        let mut reporter = Reporter::default();
        reporter.started(&mut self.ui, id);
        self.meet("client:after_print")?;
        loop {
            self.meet("client:poll").map_err(|error| format!("Getting task state:\n  {error}"))?;
            let world = self.home.read();
            let task = world.task(id).unwrap();
            reporter.output(&mut self.ui, id, &task.events);
            if task.runs() {
                sleep(POLL);
                continue;
            }
            reporter.finished(&mut self.ui, id, &task.state);
            if task.state == "done" {
                return Ok(());
            }
            return Err(format!("Expected task '{id}' to succeed but state is '{}'", task.state));
        }
    }

    /// A task that only looks: it has a row, and is over at once.
    pub fn look(&mut self, deployment: &str, description: &str) -> Result<(), String> {
        self.meet("client:before_post")?;
        let user = self.user.clone();
        let id = self.home.change(|world| {
            let (id, now) = (world.tasks.last().map_or(1, |task| task.id + 1), world.now());
            let task = Task {
                id,
                user,
                kind: "look".to_owned(),
                state: "done".to_owned(),
                timestamp: now,
                started_at: Some(now),
                deployment: deployment.to_owned(),
                description: description.to_owned(),
                ..Task::default()
            };
            world.tasks.push(task);
            id
        });
        self.meet("client:after_post")?;
        self.wait(id)
    }
}
