//! A child that outlives its snapback, and then succeeds.

use std::time::{Duration, Instant};

use super::scene::{DAMAGED, HOOKS, Scene};

const LATE_MS: u64 = 1500;

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < until, "{what}: waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The operation counts as running, and `recover` keeps its hands off; gives the process that it names.
fn recover_refuses(scene: &Scene, what: &str) -> u32 {
    let open = scene.open_operations();
    assert_eq!(open.len(), 1, "{what}");
    assert_eq!(open[0].1, "running", "{what}");
    let ran = scene.sandbox.run(&["recover"]);
    assert_eq!(ran.status, 6, "{what}: {ran:?}");
    assert!(ran.stderr.contains(&open[0].0), "{what}: {ran:?}");
    let (_, rest) = ran.stderr.split_once("is still running (process").unwrap_or_else(|| panic!("{what}: {ran:?}"));
    let (_, first) = rest.split_once(' ').unwrap();
    first.split([',', ')']).next().unwrap().parse().unwrap()
}

/// Runs a command whose effect a late child causes, and gives the scene after `recover`.
fn outlived(method: &str, prepare: impl Fn(&Scene) -> Vec<String>) -> Scene {
    let scene = Scene::new(&["db/0"], HOOKS);
    let line = prepare(&scene);
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let picture = || ["disks", "snapshots", "vms/vm-db-0"].map(|area| scene.sandbox.names(&format!("cloud/{area}")));
    let ran = scene.sandbox.prepare(&words).fault(&format!("outlive.{method}=outlive:{LATE_MS}")).go();
    assert_eq!(ran.status, 137, "{method}: {ran:?}");
    let before = picture();

    let child = recover_refuses(&scene, method);
    let program = std::fs::read_link(format!("/proc/{child}/exe")).unwrap();
    assert_eq!(program.file_name().unwrap(), "snapback", "{method}");
    assert_eq!(picture(), before, "{method}: the child is not late enough for this test, or recover acted");

    wait_until(method, || scene.open_operations()[0].1 == "pending");
    assert_ne!(picture(), before, "{method}: the late child must have succeeded");
    scene.sandbox.run(&["recover"]).quiet_success();
    scene.check(method);
    scene
}

#[test]
fn a_late_snapshot_is_adopted() {
    let scene = outlived("snapshot_disk", |_| vec!["take".into()]);
    assert_eq!(scene.sandbox.names("cloud/snapshots").len(), 1);
    scene.go_on("take");
}

#[test]
fn a_late_disk_is_adopted() {
    let scene = outlived("create_disk_from_snapshot", |scene| vec!["promote".into(), scene.take("db/0")]);
    assert_eq!(scene.sandbox.names("cloud/disks").len(), 2);
    scene.go_on("promote");
}

#[test]
fn a_late_deletion_is_believed() {
    let scene = outlived("delete_snapshot", |scene| vec!["-n".into(), "delete".into(), scene.take("db/0")]);
    assert!(scene.sandbox.names("cloud/snapshots").is_empty());
    scene.go_on("delete");
}

#[test]
fn a_restore_whose_late_calls_succeed_is_finished_or_rolled_back() {
    let expected = [
        ("create_disk_from_snapshot", DAMAGED),
        ("snapshot_disk", DAMAGED),
        ("detach_disk", "db/0"),
        ("attach_disk", "db/0"),
    ];
    std::thread::scope(|scope| {
        for (method, content) in expected {
            scope.spawn(move || {
                let scene = outlived(method, |scene| vec!["-n".into(), "restore".into(), scene.take_and_damage()]);
                assert_eq!(scene.content(), content, "{method}");
                scene.go_on(method);
            });
        }
    });
}

#[test]
fn a_stop_hook_that_outlives_a_killed_snapback_is_waited_for() {
    let slow = "stop: [/bin/sh, -c, 'echo begun >> hooks.log; sleep 2; echo ended >> hooks.log']";
    let scene = Scene::new(&["db/0"], slow);
    let cid = scene.take_and_damage();
    let log = || std::fs::read_to_string(scene.sandbox.path("hooks.log")).unwrap_or_default();
    let mut child = scene.sandbox.prepare(&["-n", "restore", &cid]).start();
    wait_until("the hook's beginning", || log().contains("begun"));
    child.kill().unwrap();
    child.wait().unwrap();

    let hook = recover_refuses(&scene, "the hook");
    assert!(std::path::Path::new(&format!("/proc/{hook}")).exists());
    assert_eq!(log(), "begun\n");
    wait_until("the hook's end", || scene.open_operations()[0].1 == "pending");
    assert_eq!(log(), "begun\nended\n");
    scene.sandbox.run(&["recover"]).quiet_success();
    scene.check("the hook");
    assert_eq!(scene.content(), DAMAGED);
    scene.go_on("the hook");
}
