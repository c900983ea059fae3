//! Two at once: one wins, the other exits 6, does nothing, and names the one that is at it.

use std::process::Child;
use std::time::{Duration, Instant};

use crate::scene::{OLD, Scene};
use crate::support::Ran;
use crate::support::fake_bosh::{DEPLOYMENT, fault};

/// A run that is in the midst of it once this returns.
#[track_caller]
fn in_the_midst(scene: &Scene, arguments: &[&str], fault: &str, verb: &str) -> Child {
    let child = scene.prepare(arguments).fault(fault).start();
    let until = Instant::now() + Duration::from_secs(30);
    let is_at_it = || {
        let rows = scene.director.sandbox.rows(&["operations"], "operations");
        rows.iter().any(|row| row["verb"] == verb && row["state"] == "running")
    };
    while !is_at_it() {
        assert!(Instant::now() < until, "{arguments:?} did not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

#[track_caller]
fn ended(child: Child) -> Ran {
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    ran
}

/// A restore that the Director has begun to carry out, and holds until `go`.
fn held_restore(scene: &Scene) -> Child {
    scene.director.faults(&[fault("attach-disk", "task:begin", "pause_until:go")]);
    let child = scene.prepare(&["-n", "restore", &scene.cid]).start();
    scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
    child
}

#[test]
fn whatever_comes_during_a_restore() {
    let scene = Scene::damaged();
    scene.restore().quiet_success();
    let child = held_restore(&scene);
    let id = scene.director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let acts = scene.acts();
    for arguments in [
        &["-n", "restore", &scene.cid][..],
        &["-n", "restore", "--latest", "db/0"],
        &["-n", "undo"],
        &["take", "db/0"],
        &["-n", "delete", &scene.cid],
        &["import", "--from-bosh"],
    ] {
        let ran = scene.snapback(arguments);
        ran.refused(6, &[&id]);
        assert!(!ran.stderr.contains("Continue?") && ran.stderr.contains("Hint: "), "{ran:?}");
    }
    assert_eq!(scene.acts(), acts);
    scene.director.release("go");
    ended(child);
    assert_eq!(scene.data(&scene.disk()), "db/0");
    scene.check("a crowd");
}

#[test]
fn two_restores_begun_at_once() {
    let scene = Scene::damaged();
    scene.director.faults(&[fault("attach-disk", "task:begin", "pause_until:go")]);
    let start = || scene.prepare(&["-n", "restore", &scene.cid]).start();
    let (mut one, mut other) = (start(), start());
    // Which one loses is not said; it ends at once, and the other waits for the Director.
    let until = Instant::now() + Duration::from_secs(60);
    let (loser, winner) = loop {
        assert!(Instant::now() < until, "none has lost");
        match (one.try_wait().unwrap(), other.try_wait().unwrap()) {
            (Some(_), _) => break (one, other),
            (_, Some(_)) => break (other, one),
            (None, None) => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    Ran::of(loser.wait_with_output().unwrap()).refused(6, &["restore"]);
    scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
    scene.director.release("go");
    ended(winner);
    assert_eq!(scene.acts().iter().filter(|line| line.starts_with("attach-disk")).count(), 1);
    scene.check("two at once");
}

#[test]
fn a_restore_during_a_take() {
    let scene = Scene::damaged();
    let child = in_the_midst(&scene, &["take", "db/0"], "take.snapshot_disk.before=sleep:3000", "take");
    scene.restore().refused(6, &["take"]);
    assert_eq!(scene.acts(), [""; 0]);
    ended(child);
    assert_eq!(scene.disk(), OLD);
    // With patience it comes to its turn.
    let child = in_the_midst(&scene, &["take", "db/0"], "take.snapshot_disk.before=sleep:1000", "take");
    scene.snapback(&["-n", "--wait-lock", "60", "restore", &scene.cid]).quiet_success();
    ended(child);
    scene.check("after a take");
}

#[test]
fn a_restore_of_what_is_being_deleted() {
    let scene = Scene::damaged();
    let arguments = ["-n", "delete", &scene.cid];
    let child = in_the_midst(&scene, &arguments, "delete.delete_snapshot.before=sleep:3000", "delete");
    scene.restore().refused(6, &["delete"]);
    ended(child);
    scene.restore().refused(5, &[&scene.cid]);
    assert_eq!(scene.acts(), [""; 0]);
    assert_eq!(scene.director.sandbox.names("cloud/disks"), [OLD]);
}

/// attach-disk takes no lock of the deployment: a deploy that comes between is another task, and nothing is decided
/// before it ends.
#[test]
fn a_deploy_that_comes_between() {
    let scene = Scene::damaged();
    let child = held_restore(&scene);
    let manifest = scene.director.world()["deployments"][0]["manifest"].as_str().unwrap().to_owned();
    scene.director.sandbox.write("prod.yml", &manifest);
    let deploy = scene.director.prepare_bosh(&["-n", "-d", DEPLOYMENT, "deploy", "prod.yml"]).start();
    scene.director.wait_for("command", |event| event["arguments"].to_string().contains("deploy"));
    scene.director.release("go");
    let ran = Ran::of(child.wait_with_output().unwrap());
    let deployed = Ran::of(deploy.wait_with_output().unwrap());
    if scene.open_operations() > 0 {
        scene.snapback(&["recover"]).quiet_success();
    }
    scene.director.wait_for_tasks();
    assert!(scene.data(&scene.disk()) == "db/0" || ran.status != 0, "{ran:?} {deployed:?}");
    scene.check(&format!("a deploy between: {ran:?} {deployed:?}"));
}

/// Two instances, one Director: its resurrector is one switch. Each restore is held in its verify hook: the one that comes
/// first until `first-go`, the other until `second-go`.
fn two() -> (Scene, String) {
    let director = crate::support::fake_bosh::Director::with(&["db/0", "db/1"]);
    director.sandbox.write(
        "verify",
        "#!/bin/sh\nfor turn in first second; do\n  if mkdir $turn 2>/dev/null; then\n    while [ ! -e $turn-go ]; do sleep \
         0.05; done\n    exit 0\n  fi\ndone\n",
    );
    let script = director.sandbox.path("verify");
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    director.sandbox.manifest(true, &format!("verify: [{}]", script.display()));
    let scene = Scene { director, cid: String::new() };
    scene.snapback(&["import", "--from-bosh"]).quiet_success();
    let cid = |name: &str| scene.snapback(&["take", name, "--output", "cid"]).stdout.trim().to_owned();
    let (one, other) = (cid("db/0"), cid("db/1"));
    (Scene { cid: one, ..scene }, other)
}

#[test]
fn the_last_of_two_restores_switches_the_resurrector_on() {
    // The second is planned while the first has it off, and ends after it, or before it.
    for order in [["first", "second"], ["second", "first"]] {
        let (scene, other) = two();
        let sandbox = &scene.director.sandbox;
        let paused = || scene.director.world()["resurrection_paused"] == true;
        let comes = |turn: &str| scene.director.wait_until(turn, || sandbox.path(turn).exists());
        let mut first = Some(scene.prepare(&["-n", "restore", &scene.cid]).start());
        comes("first");
        assert!(paused());
        let mut second = Some(scene.prepare(&["-n", "restore", &other]).start());
        comes("second");
        let mut ends = |turn: &str| {
            sandbox.write(&format!("{turn}-go"), "");
            ended(if turn == "first" { first.take() } else { second.take() }.unwrap())
        };
        let ran = ends(order[0]);
        assert!(ran.stderr.contains("the resurrector stays off: operation"), "{ran:?}");
        assert!(paused(), "the other one is in the midst of it");
        ends(order[1]);
        assert!(!paused(), "the last one switches it on");
    }
}

#[test]
fn a_killed_restore_needs_the_resurrector_off_until_it_is_recovered() {
    let (scene, other) = two();
    let killed = scene.prepare(&["-n", "restore", &scene.cid]).fault("restore.bosh_attach_disk.settled=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    for turn in ["first-go", "second-go"] {
        scene.director.sandbox.write(turn, "");
    }
    scene.snapback(&["-n", "restore", &other]).quiet_success();
    assert_eq!(scene.director.world()["resurrection_paused"], true);
    scene.snapback(&["recover"]).quiet_success();
    assert_ne!(scene.director.world()["resurrection_paused"], true);
}
