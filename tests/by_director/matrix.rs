//! Each way of telling which disks a VM has, with each fault at each step: afterwards the content is exactly the old one or
//! the snapshot's, the Director and the cloud agree, and at most one `recover` has led there.

use std::io::Write;

use serde_json::{Value, json};

use crate::scene::{OLD, Scene};
use crate::support::at_once::several;
use crate::support::fake_bosh::fault;

/// With, without, late, and failing after each change.
const TELLING: [&str; 4] = ["", "empty", "lag:400", "fails_after:1500"];

/// Where it goes wrong, and how: an error before and after an effect, a time-out, a kill of the client, of the worker, of the
/// worker with its call living on, a cancelled task.
const FAULTS: [(&str, &str, &str); 21] = [
    ("stop", "task:begin", "fail"),
    ("stop", "task:after_stop", "fail"),
    ("stop", "task:after_stop", "die"),
    ("stop", "task:begin", "cancel"),
    ("stop", "client:after_post", "die"),
    ("stop", "task:begin", "hang"),
    ("attach-disk", "cpi:detach_disk:before", "fail"),
    ("attach-disk", "cpi:detach_disk:after", "fail"),
    ("attach-disk", "cpi:detach_disk:before", "cancel"),
    ("attach-disk", "cpi:detach_disk:outlives", "700"),
    ("attach-disk", "cpi:attach_disk:before", "fail"),
    ("attach-disk", "cpi:attach_disk:after", "fail"),
    ("attach-disk", "cpi:attach_disk:before", "cancel"),
    ("attach-disk", "cpi:attach_disk:before", "die"),
    ("attach-disk", "cpi:attach_disk:outlives", "700"),
    ("attach-disk", "task:before_commit", "die"),
    ("attach-disk", "client:after_post", "die"),
    ("attach-disk", "cpi:attach_disk:before", "hang"),
    ("start", "task:begin", "die"),
    ("start", "client:after_print", "die"),
    ("start", "task:end", "hang"),
];

/// Where snapback itself is killed.
const KILLS: [&str; 4] =
    ["bosh_stop.intended", "bosh_attach_disk.intended", "bosh_attach_disk.effected", "bosh_start.intended"];

fn script(telling: &str) -> Value {
    json!({"get_disks": telling, "seconds": u64::from(telling.starts_with("lag"))})
}

fn survive(telling: &str, (command, point, action): (&str, &str, &str)) {
    let scene = Scene::with_cpi(&script(telling));
    let (timeout, kill) = if action == "hang" { ("2", None) } else { ("60", (command == "snapback").then_some(point)) };
    if kill.is_none() {
        scene.director.faults(&[fault(command, point, action)]);
    }
    let run = scene.prepare(&["-n", "--timeout", timeout, "restore", &scene.cid]);
    let ran = match kill {
        Some(point) => run.fault(&format!("restore.{point}=kill")).go(),
        None => run.go(),
    };
    let what = format!("get_disks '{telling}', {command} at {point}: {action}: {ran:?}");
    // Where the cloud does not answer in time, it goes back before the start.
    let may_miss = kill.is_some() || (telling.starts_with("fails") && command == "start");
    assert!(may_miss || !scene.director.events_of("fault").is_empty(), "never met: {what}");
    scene.director.release("release");
    scene.director.wait_for_tasks();
    if scene.open_operations() > 0 {
        assert!(ran.status != 0 && (kill.is_some() || ran.stderr.contains("recover")), "{what}");
        // What fails after each change answers again.
        scene.director.cpi(&script(if telling.starts_with("fails") { "" } else { telling }));
        let recovered = scene.snapback(&["recover"]);
        assert_eq!(scene.open_operations(), 0, "{what}: {recovered:?}");
    }
    scene.check(&what);
    assert!(ran.status != 0 || scene.disk() != OLD, "{what}");
    let known = scene.director.sandbox.rows(&["instances", "--details"], "instances")[0]["disk_cids"].to_string();
    assert!(known.contains(&scene.disk()), "known is {known}: {what}");
}

#[test]
fn each_fault_at_each_step_however_the_cloud_tells() {
    let mut cases = Vec::new();
    for telling in TELLING {
        cases.extend(FAULTS.map(|fault| (telling, fault)));
        cases.extend(KILLS.map(|point| (telling, ("snapback", point, "kill"))));
    }
    let count = several(6, &cases, |(telling, fault)| survive(telling, *fault));
    writeln!(std::io::stderr(), "{count} faults, {} of each of {} ways to tell", count / TELLING.len(), TELLING.len())
        .unwrap();
    assert_eq!(count, 100);
}
