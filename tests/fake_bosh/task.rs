//! A task's process: a Director's worker, with a session of its own and nothing open of the client's.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cloud::{Cloud, CloudError};
use crate::faults;
use crate::home::Home;
use crate::jobs;
use crate::world::{Lock, Task};

/// How long a task waits for a deployment's lock: 10 s there (D/lock_helper.rb:5).
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// Why a task ends badly.
#[derive(Debug)]
pub enum Failure {
    /// A Director's error: code and message (D/errors.rb).
    Error(u64, String),
    /// It was cancelled (D/jobs/base_job.rb, `task_checkpoint`).
    Cancelled,
}

/// What has no code of its own (D/errors.rb:316).
impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure::Error(500_000, message)
    }
}

/// As the Director words it (clouds/external_cpi.rb).
impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        let CloudError { kind, message, method } = error;
        format!("CPI error '{kind}' with message '{message}' in '{method}' CPI method (CPI request ID: 'cpi-1')").into()
    }
}

/// Makes a task and has a worker take it up. That is done by a process that is the Director's and not the client's: a
/// signal to the client's group finds either no task, or one that goes on.
pub fn queue(home: &Home, user: &str, kind: &str, deployment: &str, description: &str, arguments: Value) -> u64 {
    let request = json!({"user": user, "kind": kind, "deployment": deployment, "description": description, "arguments": arguments});
    let mut director = again("__post", home).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    director.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = director.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn again(verb: &str, home: &Home) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(verb).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("FAKE_BOSH_HOME", &home.path);
    if let Some(cpi) = std::env::var_os("FAKE_BOSH_CPI") {
        command.env("FAKE_BOSH_CPI", cpi);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    command
}

/// `__post`: the Director takes a request. It lets go of what was inherited, makes the row, starts the worker, and says
/// the task's number.
#[expect(clippy::zombie_processes, reason = "the worker shall be nobody's child")]
pub fn post(home: &Home) {
    rustix::process::setsid().unwrap();
    let names = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().file_name());
    let open: Vec<i32> = names.map(|name| name.to_str().unwrap().parse().unwrap()).collect();
    // The directory that was read is closed by now.
    let still = |number: &i32| fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok();
    for descriptor in open.into_iter().filter(|number| *number > 2).filter(still) {
        // SAFETY: this process owns nothing but its three standard streams; all else came from its parents.
        unsafe { rustix::io::close(descriptor) };
    }
    let request: Value = serde_json::from_reader(std::io::stdin()).unwrap();
    let text = |key: &str| request[key].as_str().unwrap().to_owned();
    let id = home.change(|world| {
        let id = world.tasks.last().map_or(1, |task| task.id + 1);
        world.tasks.push(Task {
            id,
            kind: text("kind"),
            user: text("user"),
            state: "queued".to_owned(),
            timestamp: world.now(),
            deployment: text("deployment"),
            description: text("description"),
            arguments: request["arguments"].clone(),
            ..Task::default()
        });
        id
    });
    home.log("queued", json!({"task": id, "kind": text("kind"), "description": text("description")}));
    again("__task", home).arg(id.to_string()).spawn().unwrap();
    println!("{id}");
}

/// What a job works with.
pub struct Job {
    pub home: Home,
    pub cloud: Cloud,
    pub task: Task,
    stage: String,
}

/// `__task ID`: the worker.
pub fn work(home: &Home, id: u64) {
    let _alive = home.worker(id).unwrap();
    let task = home.read().task(id).unwrap().clone();
    let cloud = Cloud::of(home).at_work(&task.kind);
    let mut job = Job { home: home.clone(), cloud, task, stage: String::new() };
    let ended = job.begin().and_then(|()| jobs::perform(&mut job)).and_then(|result| {
        job.meet("task:end")?;
        Ok(result)
    });
    let (state, result) = match ended {
        Ok(result) => ("done", result),
        Err(Failure::Cancelled) => ("cancelled", "task cancelled".to_owned()),
        Err(Failure::Error(code, message)) => {
            job.note(json!({"error": {"code": code, "message": message}}));
            ("error", message)
        }
    };
    home.change(|world| {
        let now = world.now();
        world.locks.retain(|lock| lock.task != id);
        let task = world.task_mut(id);
        state.clone_into(&mut task.state);
        // D/job_runner.rb, `truncate`.
        task.result = truncated(&result);
        task.timestamp = now;
    });
    home.log("ended", json!({"task": id, "state": state, "result": result}));
}

/// D/job_runner.rb, `truncate`: 128 characters, without the word that is cut, and dots.
fn truncated(result: &str) -> String {
    if result.chars().count() <= 128 {
        return result.to_owned();
    }
    let cut: String = result.chars().take(129).collect();
    format!("{}...", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}

impl Job {
    fn begin(&mut self) -> Result<(), Failure> {
        faults::meet(&self.home, &self.task.kind, "task:queued")?;
        self.checkpoint()?;
        self.home.change(|world| {
            let now = world.now();
            let task = world.task_mut(self.task.id);
            "processing".clone_into(&mut task.state);
            task.started_at = Some(now);
        });
        self.step("begin");
        self.meet("task:begin")
    }

    /// A line of the event log.
    fn note(&self, mut event: Value) {
        self.home.change(|world| {
            event["time"] = json!(world.now().timestamp());
            world.task_mut(self.task.id).events += &format!("{event}\n");
        });
    }

    /// For the tests: what has been done.
    pub fn step(&self, name: &str) {
        self.home.log("step", json!({"task": self.task.id, "kind": self.task.kind, "step": name}));
    }

    pub fn meet(&self, point: &str) -> Result<(), Failure> {
        Ok(faults::meet(&self.home, &self.task.kind, point)?)
    }

    /// Ends here where somebody has cancelled it.
    pub fn checkpoint(&self) -> Result<(), Failure> {
        let state = self.home.read().task(self.task.id).unwrap().state.clone();
        if ["cancelling", "cancelled", "timeout"].contains(&state.as_str()) { Err(Failure::Cancelled) } else { Ok(()) }
    }

    pub fn begin_stage(&mut self, stage: &str) {
        stage.clone_into(&mut self.stage);
    }

    /// A part of the stage, noted as it begins and ends (D/event_log.rb, `advance_and_track`).
    pub fn track<T>(&self, name: &str, part: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let note = |state: &str, error: Option<&str>| {
            self.note(json!({"stage": self.stage, "tags": [], "task": name, "state": state, "data": {"error": error}}));
        };
        note("started", None);
        let ended = part();
        match &ended {
            Err(Failure::Error(_, message)) => note("failed", Some(message)),
            Err(Failure::Cancelled) => note("failed", Some("Task cancelled")),
            Ok(_) => note("finished", None),
        }
        ended
    }

    /// Takes the deployment's lock, which goes with the task (D/lock.rb).
    pub fn lock_deployment(&self) -> Result<(), Failure> {
        self.lock_deployment_within(PATIENCE)
    }

    pub fn lock_deployment_within(&self, patience: std::time::Duration) -> Result<(), Failure> {
        self.lock(&format!("lock:deployment:{}", self.task.deployment), patience)
    }

    /// Does something under the lock of a VM (D/lock_helper.rb, `with_vm_lock`).
    pub fn with_vm_lock<T>(&self, vm: &str, part: impl FnOnce() -> T) -> Result<T, Failure> {
        let name = format!("lock:vm:{vm}");
        self.lock(&name, PATIENCE)?;
        let answer = part();
        self.home.change(|world| world.locks.retain(|lock| lock.name != name || lock.task != self.task.id));
        Ok(answer)
    }

    fn lock(&self, name: &str, patience: std::time::Duration) -> Result<(), Failure> {
        let begun = std::time::Instant::now();
        loop {
            let holder = self.home.change(|world| {
                let held =
                    world.locks.iter().find(|lock| lock.name == name && world.is_held(lock)).map(|lock| lock.task);
                if held.is_none() {
                    let expires_at = world.now() + world.lock_life();
                    world.locks.retain(|lock| lock.name != name);
                    world.locks.push(Lock { name: name.to_owned(), task: self.task.id, expires_at });
                }
                held.map(|task| (task, world.task(task).map(|task| task.description.clone()).unwrap_or_default()))
            });
            let Some((holder, description)) = holder else { return Ok(()) };
            if begun.elapsed() >= patience {
                return Err(format!(
                    "Failed to acquire lock for {name} uid: {}. Locking task id is {holder}, description: '{description}'",
                    uuid::Uuid::new_v4()
                )
                .into());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}
