//! `bosh cancel-task` in each phase of each task of a restore, a queued one among them: a task that was cancelled has done
//! what it had done, and that is looked at.

use std::io::Write;

use serde_json::json;

use crate::scene::{OLD, Scene};
use crate::support::Ran;
use crate::support::at_once::each;
use crate::support::fake_bosh::fault;

const PHASES: [(&str, &str); 17] = [
    ("stop", "task:queued"),
    ("stop", "task:begin"),
    ("stop", "task:after_stop"),
    ("stop", "task:end"),
    ("attach-disk", "task:queued"),
    ("attach-disk", "task:begin"),
    ("attach-disk", "task:before_detach"),
    ("attach-disk", "cpi:detach_disk:after"),
    ("attach-disk", "task:after_detach"),
    ("attach-disk", "task:before_attach"),
    ("attach-disk", "cpi:attach_disk:after"),
    ("attach-disk", "task:mount"),
    ("attach-disk", "task:before_commit"),
    ("attach-disk", "task:end"),
    ("start", "task:queued"),
    ("start", "task:begin"),
    ("start", "task:after_start"),
];

#[test]
fn in_each_phase() {
    let mut cases = Vec::new();
    for how in ["", "empty"] {
        cases.extend(PHASES.map(|(command, point)| (how, command, point)));
    }
    let count = each(&cases, |(how, command, point)| {
        let scene = Scene::with_cpi(&json!({"get_disks": how}));
        scene.director.faults(&[fault(command, point, "pause_until:go")]);
        let child = scene.prepare(&["-n", "restore", &scene.cid]).start();
        scene.director.wait_for("fault", |event| event["command"] == *command && event["point"] == *point);
        let all = scene.director.list(&["tasks"]);
        let task = all.iter().find(|task| !task["description"].as_str().unwrap().contains("ssh")).unwrap();
        scene.director.bosh(&["cancel-task", task["id"].as_str().unwrap()]).quiet_success();
        scene.director.release("go");
        let ran = Ran::of(child.wait_with_output().unwrap());
        let what = format!("get_disks '{how}', {command} cancelled at {point}: {ran:?}");
        if scene.open_operations() > 0 {
            assert!(ran.status != 0 && ran.stderr.contains("recover"), "{what}");
            scene.snapback(&["recover"]).quiet_success();
        }
        scene.check(&what);
        assert_eq!(ran.status == 0, scene.disk() != OLD, "{what}");
    });
    writeln!(std::io::stderr(), "{count} cancelled tasks").unwrap();
    assert_eq!(count, 2 * PHASES.len());
}
