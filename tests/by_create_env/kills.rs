//! SIGKILL to snapback at each point of a restore and of an undo by create-env, to the client at each of its own, and
//! again within `recover`; and errors and time-outs of the client.

use std::io::Write;

use crate::scene::{GOOD, OLD, Scene};
use crate::support::Ran;
use crate::support::at_once::counted;
use crate::support::fake_bosh::fault;

const KILLED: i32 = 128 + 9;
const POINTS: [&str; 11] = [
    "begin",
    "before_delete_vm",
    "after_delete_vm",
    "create_vm",
    "after_create_vm",
    "after_attach",
    "mount",
    "after_mount",
    "after_delete_unused",
    "start",
    "end",
];

fn kill_at(scene: &Scene, line: &[&str], nth: usize) -> Option<String> {
    let ran = scene.prepare(line).fault(&format!("*#{nth}=kill")).go();
    if ran.status == 0 {
        return None;
    }
    assert_eq!(ran.status, KILLED, "{line:?} at {nth}: {ran:?}");
    Some(point_of(&ran))
}

fn point_of(ran: &Ran) -> String {
    ran.stderr.lines().rev().find_map(|line| line.strip_prefix("fault: ")).unwrap_or_else(|| panic!("{ran:?}")).into()
}

/// One command leads to an end.
fn recovered(scene: &Scene, what: &str) {
    if scene.open_operations() > 0 {
        scene.restore().refused(6, &["recover"]);
    }
    let ran = scene.recover();
    assert_eq!(ran.status, 0, "{what}: {ran:?}");
    scene.check(what);
}

#[test]
fn of_snapback_anywhere() {
    let restores = counted(|nth| {
        let scene = Scene::damaged();
        let Some(point) = kill_at(&scene, &scene.restore_line(), nth) else {
            scene.check("a restore without a fault");
            return false;
        };
        recovered(&scene, &format!("restore killed at {point}"));
        true
    });
    let undos = counted(|nth| {
        let scene = Scene::damaged();
        scene.restore().quiet_success();
        let line = [&["-n", "undo"], Scene::whole_line().as_slice()].concat();
        let Some(point) = kill_at(&scene, &line, nth) else {
            scene.check("an undo without a fault");
            return false;
        };
        recovered(&scene, &format!("undo killed at {point}"));
        true
    });
    writeln!(std::io::stderr(), "{restores} kills of a restore, {undos} of an undo").unwrap();
    assert!(restores >= 20 && undos >= 12, "{restores} {undos}");
}

/// An error of snapback's own at each point of a restore.
#[test]
fn and_an_error_anywhere() {
    let count = counted(|nth| {
        let scene = Scene::damaged();
        let ran = scene.prepare(&scene.restore_line()).fault(&format!("*#{nth}=loud-error")).go();
        if !ran.stderr.contains("fault: ") {
            assert_eq!(ran.status, 0, "{ran:?}");
            return false;
        }
        let what = format!("an error at {}", point_of(&ran));
        if scene.open_operations() > 0 {
            assert!(ran.status != 0 && ran.stderr.contains("recover"), "{what}: {ran:?}");
            let recovered = scene.recover();
            assert_eq!(recovered.status, 0, "{what}: {ran:?} {recovered:?}");
        }
        scene.check(&what);
        true
    });
    writeln!(std::io::stderr(), "{count} errors").unwrap();
    assert!(count >= 20, "{count}");
}

/// What the client meets on its first run is not there on its second.
#[test]
fn of_the_client_and_its_errors_and_time_outs() {
    let actions = ["die", "fail", "hang"];
    let count = counted(|nth| {
        let Some(point) = POINTS.get((nth - 1) / actions.len()) else { return false };
        let action = actions[(nth - 1) % actions.len()];
        let what = format!("{action} at {point}");
        let scene = Scene::damaged();
        scene.environment.director.faults(&[fault("create-env", &format!("env:{point}"), action)]);
        let line = scene.restore_line();
        let timeout = if action == "hang" { "2" } else { "60" };
        let ran = scene.snapback(&[&["--timeout", timeout], line.as_slice()].concat());
        assert!(!scene.environment.director.events_of("fault").is_empty(), "{what}: it was never met: {ran:?}");
        if scene.open_operations() > 0 {
            assert!(ran.status != 0 && ran.stderr.contains("recover"), "{what}: {ran:?}");
            assert_eq!(scene.recover().status, 0, "{what}: {ran:?}");
        }
        scene.check(&what);
        // It says what it has.
        assert_eq!(ran.status == 0, scene.disk() != OLD, "{what}: {ran:?}");
        if scene.disk() == OLD {
            scene.restore().quiet_success();
            scene.check(&format!("{what}, and again"));
        }
        true
    });
    writeln!(std::io::stderr(), "{count} faults of the client").unwrap();
    assert_eq!(count, POINTS.len() * actions.len());
}

/// snapback dies, and the client goes on: nothing is decided while it does.
#[test]
fn of_snapback_while_the_client_goes_on() {
    let count = counted(|nth| {
        let Some(point) = POINTS.get(nth - 1) else { return false };
        let what = format!("killed while create-env is at {point}");
        let scene = Scene::damaged();
        scene.environment.director.faults(&[fault("create-env", &format!("env:{point}"), "pause_until:go")]);
        let mut child = scene.prepare(&scene.restore_line()).start();
        scene.environment.director.wait_for("fault", |event| event["command"] == "create-env");
        child.kill().unwrap();
        child.wait().unwrap();
        let early = scene.recover();
        assert!(early.status == 6 && early.stderr.contains("is still running"), "{what}: {early:?}");
        scene.environment.director.release("go");
        let ran = scene.snapback(&[&["--wait-lock", "30", "recover"], Scene::whole_line().as_slice()].concat());
        assert_eq!(ran.status, 0, "{what}: {ran:?}");
        scene.check(&what);
        true
    });
    writeln!(std::io::stderr(), "{count} kills with the client going on").unwrap();
    assert_eq!(count, POINTS.len());
}

/// `recover` dies at its first point, then at its second, and so on.
#[test]
fn within_recover() {
    let firsts = [6, 10, 14, 16, 18, 20, 22];
    let count = counted(|nth| {
        let Some(first) = firsts.get(nth - 1) else { return false };
        let scene = Scene::damaged();
        let Some(point) = kill_at(&scene, &scene.restore_line(), *first) else { return true };
        let mut deaths = vec![point];
        let line = [&["recover"], Scene::whole_line().as_slice()].concat();
        while let Some(point) = kill_at(&scene, &line, deaths.len()) {
            deaths.push(point);
            assert!(deaths.len() < 120, "{deaths:?}");
        }
        scene.check(&format!("died at {}", deaths.join(", ")));
        true
    });
    writeln!(std::io::stderr(), "{count} restores killed over and over").unwrap();
}

/// Without the command line `recover` changes nothing, and says what to give it.
#[test]
fn and_recovered_without_the_command_line() {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("create-env", "env:after_delete_vm", "die")]);
    let ran = scene.prepare(&scene.restore_line()).fault("settle.create_env.before=kill").go();
    assert_eq!(ran.status, KILLED, "{ran:?}");
    let before = scene.environment.state();
    let texts =
        ["snapback needs its create-env command line", "snapback recover", "-- bosh create-env MANIFEST --state"];
    for way in [&["recover"][..], &["-n", "recover", "--resume"], &["-n", "recover", "--rollback"]] {
        let ran = scene.snapback(way);
        assert_eq!(ran.status, 4, "{ran:?}");
        assert!(texts.iter().all(|text| ran.stderr.contains(text)), "{ran:?}");
        assert_eq!((scene.environment.state(), scene.open_operations()), (before.clone(), 1), "{way:?}");
    }
    let other = ["recover", "--", "bosh", "create-env", "bosh.yml", "--recreate"];
    std::fs::copy(
        scene.environment.director.sandbox.path("bosh-state.json"),
        scene.environment.director.sandbox.path("other-state.json"),
    )
    .unwrap();
    let ran = scene.snapback(&[&other[..], &["--state", "other-state.json"]].concat());
    assert!(ran.status == 4 && ran.stderr.contains("other-state.json, and not"), "{ran:?}");
    recovered(&scene, "with it");
    assert_eq!(scene.data(&scene.disk()), GOOD);
}

#[test]
fn and_said_which_way() {
    for (way, new) in [("--resume", true), ("--rollback", false)] {
        for point in ["restore.replace_cid.settled", "restore.create_env.settled"] {
            let scene = Scene::damaged();
            let ran = scene.prepare(&scene.restore_line()).fault(&format!("{point}=kill")).go();
            assert_eq!(ran.status, KILLED, "{ran:?}");
            scene.snapback(&[&["-n", "recover", way], Scene::whole_line().as_slice()].concat()).quiet_success();
            assert_eq!(scene.disk() != OLD, new, "{way} at {point}");
            scene.check(&format!("{way} at {point}"));
        }
    }
}
