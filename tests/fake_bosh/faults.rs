//! What a test has asked to go wrong: `faults.json` is a list of `{command, point, action, times}`; without `command` it
//! is of all, without `times` for ever.
//!
//! Points, in their order. Of a client, whose `command` is what was typed: `client:answer` (`program.rs`),
//! `client:begin`, `client:before_post`, `client:after_post`, `client:after_print`, `client:poll`, `client:listed`, `client:ssh`. Of a task,
//! whose `command` made it (or is `resurrect` or `orphan-cleanup`): `task:queued`, `task:begin`, `task:after_stop`,
//! `task:after_snapshot`, `task:before_detach`, `task:after_detach`, `task:after_delete_vm`, `task:before_attach`,
//! `task:after_attach`, `task:mount`, `task:after_mount`, `task:after_migrate`, `task:before_commit`, `task:start`,
//! `task:after_start`, `task:end`, and around each of its calls `cpi:METHOD:before` and `cpi:METHOD:after`; at
//! `cpi:METHOD:outlives` the action is a number of milliseconds: the worker is killed, and its call has its effect then. Of
//! `create-env`: `env:begin`, `env:installed`, `env:pre-stop`,
//! `env:drain`, `env:post-stop`, `env:before_delete_vm`, `env:after_delete_vm`, `env:create_vm`, `env:after_create_vm`,
//! `env:after_attach`, `env:mount`, `env:after_mount`, `env:after_migrate`, `env:before_delete_unused`,
//! `env:after_delete_unused`, `env:pre-start`, `env:start`, `env:post-start`, `env:deployed`, `env:end`. Of a CPI's call
//! (`cpi.rs`), whose command is `cpi`: `cpi:METHOD:before`, `cpi:METHOD:after`; (`wrapper.rs`), whose command is the
//! method: `cpi:call`.
//!
//! Actions: `cancel` (the task, as `bosh cancel-task` does), `fail[:TEXT]`, `slow:MS`, `hang` (until the file `release` appears in the home), `pause_until:FILE`, `die` (as
//! `kill -9`: a client's task goes on; a task ends as an error, and what it has changed so far is committed),
//! `leave:SECONDS` (a process that lives on, as the VM of some CPIs does).

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::home::Home;

const TICK: Duration = Duration::from_millis(10);

/// Meets a point: waits, dies, or fails with a text, as `faults.json` says.
pub fn meet(home: &Home, command: &str, point: &str) -> Result<(), String> {
    while let Some(action) = home.next_fault(command, point) {
        home.log("fault", json!({"command": command, "point": point, "action": action}));
        let (verb, rest) = action.split_once(':').unwrap_or((action.as_str(), ""));
        match verb {
            "fail" if rest.is_empty() => return Err(format!("a fault at {point}")),
            "fail" => return Err(rest.to_owned()),
            "hang" => wait_for(home, "release"),
            "pause_until" => wait_for(home, rest),
            "slow" => sleep(Duration::from_millis(rest.parse().unwrap())),
            "die" => die(),
            "cancel" => home.change(|world| {
                for task in world.tasks.iter_mut().filter(|task| task.runs() && task.kind == command) {
                    "cancelling".clone_into(&mut task.state);
                }
            }),
            "leave" => drop(leave(rest)),
            other => panic!("no such action: {other}"),
        }
    }
    Ok(())
}

/// Leaves a process behind, in a group of its own.
fn leave(seconds: &str) -> std::io::Result<std::process::Child> {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    let mut sleep = Command::new("sleep");
    sleep.arg(seconds).process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Waits until a file of this name appears in the home.
fn wait_for(home: &Home, name: &str) {
    while !home.path.join(name).exists() {
        // The test's directory is gone, and with it the reason to wait.
        if !home.path.exists() {
            die();
        }
        sleep(TICK);
    }
}

/// As `kill -9`.
pub fn die() -> ! {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
    loop {
        sleep(TICK);
    }
}
