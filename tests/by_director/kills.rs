//! SIGKILL to snapback at each point of a restore and of an undo through the Director; with the Director's task going on;
//! and again within `recover`.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::scene::{OLD, Scene};
use crate::support::Ran;
use crate::support::at_once::{counted, each};
use crate::support::fake_bosh::fault;

const KILLED: i32 = 128 + 9;
static KILLS: AtomicUsize = AtomicUsize::new(0);

fn kill_at(scene: &Scene, line: &[&str], nth: usize) -> Option<String> {
    let ran = scene.prepare(line).fault(&format!("*#{nth}=kill")).go();
    if ran.status == 0 {
        return None;
    }
    assert_eq!(ran.status, KILLED, "{line:?} at {nth}: {ran:?}");
    KILLS.fetch_add(1, Ordering::SeqCst);
    Some(point_of(&ran))
}

fn point_of(ran: &Ran) -> String {
    ran.stderr.lines().rev().find_map(|line| line.strip_prefix("fault: ")).unwrap_or_else(|| panic!("{ran:?}")).into()
}

fn restore_line(scene: &Scene) -> Vec<String> {
    ["-n", "restore", &scene.cid].map(str::to_owned).to_vec()
}

fn killed_everywhere(verb: &str, scene: impl Fn() -> (Scene, Vec<String>) + Sync) -> usize {
    counted(|nth| {
        let (scene, line) = scene();
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        let Some(point) = kill_at(&scene, &words, nth) else {
            scene.check(&format!("{verb} without a fault"));
            return false;
        };
        let what = format!("{verb} killed at {point}");
        if scene.open_operations() > 0 {
            scene.restore().refused(6, &["recover"]);
        }
        let ran = scene.snapback(&["recover"]);
        assert_eq!(ran.status, 0, "{what}: {ran:?}");
        scene.check(&what);
        true
    })
}

#[test]
fn anywhere() {
    let restores = killed_everywhere("restore", || {
        let scene = Scene::damaged();
        let line = restore_line(&scene);
        (scene, line)
    });
    let undos = killed_everywhere("undo", || {
        let scene = Scene::damaged();
        scene.restore().quiet_success();
        (scene, ["-n", "undo"].map(str::to_owned).to_vec())
    });
    writeln!(std::io::stderr(), "{restores} kills of a restore, {undos} of an undo").unwrap();
    assert!(restores >= 30 && undos >= 20, "{restores} {undos}");
}

/// snapback and the client die, and the Director's task goes on.
#[test]
fn while_the_directors_task_goes_on() {
    let mut cases = Vec::new();
    for (command, points) in [
        ("stop", &["task:begin", "task:after_stop", "task:end"][..]),
        (
            "attach-disk",
            &["task:begin", "task:after_detach", "task:after_attach", "task:after_mount", "task:before_commit"],
        ),
        ("start", &["task:begin", "task:end"]),
    ] {
        cases.extend(points.iter().map(|point| (command, *point)));
    }
    let count = each(&cases, |(command, point)| {
        let what = format!("killed while {command} is at {point}");
        let scene = Scene::damaged();
        scene.director.faults(&[fault(command, point, "pause_until:go")]);
        let mut child = scene.prepare(&["-n", "restore", &scene.cid]).start();
        scene.director.wait_for("fault", |event| event["command"] == *command);
        // Its number is journalled as soon as the client prints it.
        let begun = std::time::Instant::now();
        let sandbox = &scene.director.sandbox;
        let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        let is_noted =
            || sandbox.run(&["operations", &id, "--output", "json"]).stdout.matches(" of the Director").count();
        let expected = 1 + ["stop", "attach-disk", "start"].iter().position(|step| step == command).unwrap();
        while is_noted() < expected {
            assert!(begun.elapsed().as_secs() < 30, "{what}: the journal has no task");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // The client outlives snapback, and holds its lock: it is in a group of its own.
        for event in scene.director.events_of("command").iter().rev().take(1) {
            let pid = i32::try_from(event["pid"].as_i64().unwrap()).unwrap();
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        // Nothing is decided while the task is at work.
        let early = scene.snapback(&["--timeout", "1", "recover"]);
        assert_eq!((early.status, scene.open_operations()), (7, 1), "{what}: {early:?}");
        scene.director.release("go");
        scene.director.wait_for_tasks();
        let ran = scene.snapback(&["recover"]);
        assert_eq!(ran.status, 0, "{what}: {ran:?}");
        scene.check(&what);
    });
    writeln!(std::io::stderr(), "{count} kills with a task going on").unwrap();
}

/// `recover` dies at its first point, then at its second, and so on.
#[test]
fn within_recover() {
    let firsts = [8, 14, 20, 26, 32, 38];
    let count = each(&firsts, |first| {
        let scene = Scene::damaged();
        let line = restore_line(&scene);
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        let Some(point) = kill_at(&scene, &words, *first) else { return };
        let mut deaths = vec![point];
        while let Some(point) = kill_at(&scene, &["recover"], deaths.len()) {
            deaths.push(point);
            assert!(deaths.len() < 120, "{deaths:?}");
        }
        scene.check(&format!("died at {}", deaths.join(", ")));
    });
    writeln!(std::io::stderr(), "{count} restores killed over and over, {} kills", KILLS.load(Ordering::SeqCst))
        .unwrap();
}

/// `--resume` and `--rollback` decide, wherever it stood.
#[test]
fn and_said_which_way() {
    for (way, new) in [("--resume", true), ("--rollback", false)] {
        let scene = Scene::damaged();
        let ran = scene.prepare(&["-n", "restore", &scene.cid]).fault("restore.bosh_attach_disk.settled=kill").go();
        assert_eq!(ran.status, KILLED, "{ran:?}");
        scene.snapback(&["-n", "recover", way]).quiet_success();
        assert_eq!(scene.disk() != OLD, new, "{way}");
        scene.check(way);
    }
}

/// An error of snapback's own in the place of a kill: it goes back by itself, or says that `recover` will.
#[test]
fn an_error_anywhere() {
    let count = counted(|nth| {
        let scene = Scene::damaged();
        let ran = scene.prepare(&["-n", "restore", &scene.cid]).fault(&format!("*#{nth}=loud-error")).go();
        if !ran.stderr.contains("fault: ") {
            ran.quiet_success();
            return false;
        }
        let what = format!("an error at {}", point_of(&ran));
        if scene.open_operations() > 0 {
            assert!(ran.status != 0 && ran.stderr.contains("recover"), "{what}: {ran:?}");
            let recovered = scene.snapback(&["recover"]);
            assert_eq!(recovered.status, 0, "{what}: {ran:?} {recovered:?}");
        }
        scene.check(&what);
        // What the Director has done all the same is found out, and gone on with.
        assert!(ran.status != 0 || scene.disk() != OLD, "{what}: {ran:?}");
        true
    });
    writeln!(std::io::stderr(), "{count} errors in a restore").unwrap();
    assert!(count >= 30, "{count}");
}
