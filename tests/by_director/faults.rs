//! What the Director, its client and the agents can do wrong, at each point of each command: the instance has the old
//! content or the snapshot's, and one command leads to an end.

use std::io::Write;

use crate::scene::{OLD, Scene};
use crate::support::at_once::each;
use crate::support::fake_bosh::fault;

/// A restore under a fault; what it left is brought to an end by one `recover`.
fn survive(command: &str, point: &str, action: &str) {
    let what = format!("{command} at {point}: {action}");
    let scene = Scene::damaged();
    scene.director.faults(&[fault(command, point, action)]);
    let timeout = if action == "hang" { "2" } else { "60" };
    let ran = scene.snapback(&["-n", "--timeout", timeout, "restore", &scene.cid]);
    assert!(!scene.director.events_of("fault").is_empty(), "{what}: it was never met: {ran:?}");
    scene.director.release("release");
    scene.director.wait_for_tasks();
    if scene.open_operations() > 0 {
        assert!(ran.status != 0 && ran.stderr.contains("recover"), "{what}: {ran:?}");
        let recovered = scene.snapback(&["recover"]);
        assert_eq!(recovered.status, 0, "{what}: {ran:?} {recovered:?}");
    }
    scene.check(&what);
    // It can be done afterwards, whatever has become of it.
    if scene.disk() == OLD {
        assert_ne!(ran.status, 0, "{what}: {ran:?}");
        scene.restore().quiet_success();
        scene.check(&format!("{what}, and again"));
    }
}

#[test]
fn at_each_point_of_each_command() {
    let mut cases = Vec::new();
    for command in ["stop", "attach-disk", "start"] {
        for point in ["client:before_post", "client:after_post", "client:after_print"] {
            for action in ["fail", "die", "hang"] {
                cases.push((command, point, action));
            }
        }
        for point in ["task:begin", "task:end"] {
            for action in ["fail", "die", "hang"] {
                cases.push((command, point, action));
            }
        }
    }
    for point in ["task:after_detach", "task:after_attach", "task:after_mount", "task:before_commit"] {
        for action in ["fail", "die", "hang"] {
            cases.push(("attach-disk", point, action));
        }
    }
    let count = each(&cases, |(command, point, action)| survive(command, point, action));
    writeln!(std::io::stderr(), "{count} faults of the Director's").unwrap();
    assert!(count >= 50);
}

/// The agent makes a new file system where it finds none: the snapshot was of something else.
#[test]
fn an_empty_disk_does_not_pass() {
    let scene = Scene::damaged();
    let bare = scene.director.sandbox.path("cloud/snapshots").join(&scene.cid).join("disk.img");
    let mut bytes = std::fs::read(&bare).unwrap();
    bytes[..16].fill(0xA5);
    std::fs::write(&bare, bytes).unwrap();
    let ran = scene.restore();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("its file system is empty") && ran.stderr.contains("back on its old disk"), "{ran:?}");
    assert_eq!(scene.disk(), OLD);
    assert!(scene.director.starts().iter().all(|start| start["disk"] == OLD), "{:#?}", scene.director.starts());
    scene.check("an empty disk");
}

/// The old disk has lost its file system; the agent makes a new one when it comes back. Its content is in the safety
/// snapshot, and nothing starts on what is empty.
#[test]
fn a_damaged_old_disk_comes_back_empty_and_is_not_started() {
    let scene = Scene::damaged();
    scene.director.sandbox.damage(OLD, "no file system at all");
    scene.director.faults(&[fault("attach-disk", "task:after_detach", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("but is not started"), "{ran:?}");
    assert!(scene.director.starts().is_empty(), "{:#?}", scene.director.starts());
    let row = scene.director.sandbox.rows(&["snapshots", "--wide"], "snapshots");
    let safety = row.iter().find(|row| row["clean"] == true).unwrap()["cid"].as_str().unwrap().to_owned();
    let kept = std::fs::read(scene.director.sandbox.path("cloud/snapshots").join(safety).join("disk.img")).unwrap();
    assert!(kept.starts_with(b"no file system at all"));
    // And the restore can be done after all.
    scene.restore().quiet_success();
    assert_eq!(scene.data(&scene.disk()), "db/0");
}

/// Its database says OLD, and the cloud has NEW: the Director is led back by way of NEW.
#[test]
fn a_database_that_was_rolled_back_and_a_cloud_that_was_not() {
    let scene = Scene::damaged();
    scene.director.faults(&[fault("attach-disk", "task:before_commit", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!(scene.disk(), OLD);
    scene.check("rolled back");
    let attached: Vec<String> = scene.acts().into_iter().filter(|line| line.starts_with("attach-disk")).collect();
    assert_eq!(attached.len(), 3, "NEW, NEW again, OLD: {attached:?}");
}

/// The Director's own snapshot fails, after the processes have stopped.
#[test]
fn a_stop_that_fails_with_its_snapshot() {
    let scene = Scene::damaged();
    scene.director.change(|world| world["snapshots_enabled"] = serde_json::json!(true));
    scene.director.faults(&[fault("stop", "task:after_stop", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    scene.check("a stop without its snapshot");
    assert_eq!(scene.director.instance(0)["process_state"], "running", "{:#?}", scene.director.instance(0));
}

/// Processes that do not come up on the new disk: the old one comes back.
#[test]
fn a_start_that_fails() {
    let scene = Scene::damaged();
    scene.director.faults(&[fault("start", "task:end", "fail")]);
    let ran = scene.restore();
    scene.check(&format!("{ran:?}"));
}

/// The resurrector acts in mid-restore, unless it is off.
#[test]
fn no_vm_is_made_anew_in_the_midst() {
    let scene = Scene::damaged();
    scene.director.faults(&[fault("attach-disk", "task:begin", "pause_until:go")]);
    let child = scene.prepare(&["-n", "restore", &scene.cid]).start();
    scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
    let uuid = scene.director.slug().split_once('/').unwrap().1.to_owned();
    let resurrected = scene.director.prepare_bosh(&["__resurrect", &uuid]).go();
    scene.director.release("go");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scene.director.instance(0)["vm_cid"], "vm-db-0", "{resurrected:?}");
    scene.check("resurrector");
}

/// The snapshot at the end fails: the restore is done, and the operator is told what is missing.
#[test]
fn a_new_disk_without_its_snapshot() {
    let scene = Scene::damaged();
    let ran = scene.prepare(&["-n", "restore", &scene.cid]).fault("restore.snapshot_disk.before#2=error").go();
    ran.quiet_success();
    assert!(ran.stderr.contains("no snapshot was taken of the new disk: fault injected"), "{ran:?}");
    assert!(ran.stderr.contains("take db/0"), "{ran:?}");
    assert_eq!(scene.director.sandbox.names("cloud/snapshots").len(), 2);
    scene.check("unprotected");
}
