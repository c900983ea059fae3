//! What no `bosh` has: the tests' own hand on the world.

use std::fs;

use serde_json::json;

use crate::agent::Agent;
use crate::cloud::Cloud;
use crate::home::Home;
use crate::task;
use crate::world::World;

/// `__init FILE`: a Director with this state.
pub fn init(home: &Home, file: &str) {
    fs::create_dir_all(&home.path).unwrap();
    let text = fs::read_to_string(file).unwrap();
    let world: World = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    home.replace(&world);
}

/// `__world`: the state.
pub fn world(home: &Home) {
    println!("{}", serde_json::to_string_pretty(&home.read()).unwrap());
}

/// `__resurrect UUID`: what the health monitor asks for when an agent is silent; refused while resurrection is paused
/// (D/api/controllers/deployments_controller.rb:409). It does not wait for the task.
pub fn resurrect(home: &Home, uuid: &str) -> i32 {
    let world = home.read();
    if world.resurrection_paused {
        home.log("resurrector", json!({"instance": uuid, "refused": "Resurrector is paused"}));
        return 1;
    }
    let deployment = &world.instance(uuid).unwrap().0.name;
    task::queue(home, "hm", "resurrect", deployment, "scan and fix", json!({"uuid": uuid}));
    0
}

/// `__reboot UUID`: the VM restarts behind everybody's back; 1 where its agent refuses to boot.
pub fn reboot(home: &Home, uuid: &str) -> i32 {
    let cloud = Cloud::of(home);
    let agent = Agent { home, cloud: &cloud, uuid: uuid.to_owned() };
    i32::from(agent.boot().is_err())
}

/// `__tick_orphan_cleanup [DAYS]`: the half hour strikes; orphans older than so many days go, 5 where none are given.
pub fn orphan_cleanup(home: &Home, days: &str) {
    let days: i64 = days.parse().unwrap_or(5);
    task::queue(home, "scheduler", "orphan-cleanup", "", "clean up orphan disks", json!({"days": days}));
}
