//! What a test has asked to go wrong.

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
            other => panic!("no such action: {other}"),
        }
    }
    Ok(())
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
