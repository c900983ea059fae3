//! Ctrl-C and its like: the first ends in order, the second at once; both say what is under way.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use support::fake_cpi::Scene;
use support::{Ran, terminal};

/// Instances `db/0`, ... whose CPI does this.
fn scene(instances: usize, does: &Value) -> Scene {
    let names: Vec<String> = (0..instances).map(|number| format!("db/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::with(&names, &json!({}));
    script(&scene, does);
    scene
}

fn script(scene: &Scene, does: &Value) {
    let vms: Value = (0..9).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    scene.script(&json!({"vms": vms, "does": does}));
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits for its end, which must come soon.
fn soon(child: Child, limit: Duration) -> Ran {
    let begun = Instant::now();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert!(begun.elapsed() < limit, "{:?}: {ran:?}", begun.elapsed());
    ran
}

const PROMPTLY: Duration = Duration::from_secs(6);

#[track_caller]
fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.stderr.contains(word), "no '{word}' in {ran:?}");
    }
}

fn count(scene: &Scene, method: &str) -> usize {
    scene.methods().iter().filter(|called| *called == method).count()
}

fn newest(scene: &Scene) -> Value {
    scene.sandbox.rows(&["operations"], "operations").remove(0)
}

#[test]
fn the_first_signal_waits_for_what_runs_and_begins_nothing() {
    for (which, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scene = scene(5, &json!({"snapshot_disk": "sleep:1500 + ok"}));
        let child = scene.prepare(&["take", "--parallel", "2", "--output", "json"]).start();
        scene.wait_for_call("snapshot_disk", 2);
        signal(&child, which);
        let ran = soon(child, Duration::from_secs(20));
        assert_eq!(ran.status, status, "{ran:?}");
        let id = newest(&scene)["operation"].as_str().unwrap().to_owned();
        says(&ran, &["Interrupted: snapback begins nothing new", "A second Ctrl-C leaves at once"]);
        for step in ["1", "2"] {
            says(
                &ran,
                &[&format!(
                    "Waiting for step {step} of {id}: snapshot_disk on the CPI 'fake_cpi' (snapshot disk disk-"
                )],
            );
        }
        assert_eq!(count(&scene, "snapshot_disk"), 2);
        assert_eq!((scene.known().len(), scene.snapshots().len()), (2, 2));
        assert_eq!(newest(&scene)["state"], "partly");
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(document["snapshots"].as_array().unwrap().len(), 5, "{document:#}");
        assert_eq!(scene.run(&["recover"]).stdout, "");
    }
}

#[test]
fn no_call_follows_a_question_that_was_under_way() {
    let scene = scene(2, &json!({"get_disks": "sleep:1500 + ok"}));
    let child = scene.prepare(&["take", "--parallel", "1"]).start();
    scene.wait_for_call("get_disks", 1);
    assert_eq!(newest(&scene)["state"], "running", "it is a question of the operation's own");
    signal(&child, Signal::INT);
    let ran = soon(child, Duration::from_secs(20));
    assert_eq!(ran.status, 130, "{ran:?}");
    says(&ran, &["Waiting for get_disks on the CPI 'fake_cpi' (vm-0), for "]);
    assert_eq!((count(&scene, "snapshot_disk"), newest(&scene)["state"].clone()), (0, json!("failed")));
}

/// Its operation begins with its step, once the question is answered.
#[test]
fn a_take_of_one_disk_that_is_only_asked_about_has_begun_nothing() {
    let scene = scene(1, &json!({"get_disks": "sleep:1500 + ok"}));
    let child = scene.prepare(&["take", "db/0"]).start();
    scene.wait_for_call("get_disks", 1);
    signal(&child, Signal::INT);
    let ran = soon(child, Duration::from_secs(20));
    assert_eq!((ran.status, count(&scene, "snapshot_disk")), (130, 0), "{ran:?}");
    assert_eq!(scene.sandbox.rows(&["operations"], "operations"), [json!(null); 0]);
}

#[test]
fn the_second_signal_leaves_at_once_and_says_what_is_unknown() {
    for (which, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scene = scene(1, &json!({"snapshot_disk": "sleep:4000 + ok"}));
        let child = scene.prepare(&["take", "db/0"]).start();
        scene.wait_for_call("snapshot_disk", 1);
        signal(&child, Signal::INT);
        std::thread::sleep(Duration::from_millis(300));
        signal(&child, which);
        let begun = Instant::now();
        let ran = soon(child, Duration::from_secs(3));
        assert_eq!(ran.status, status, "{ran:?}");
        let id = newest(&scene)["operation"].as_str().unwrap().to_owned();
        says(
            &ran,
            &[
                &format!("Error: left at once: still open: operation {id}\n"),
                &format!(
                    "snapback does not know how this ends: step 1 of {id}: snapshot_disk on the CPI 'fake_cpi' (snapshot disk disk-0 of db/0)"
                ),
                &format!("Hint: run: snapback recover {id} --wait-lock 600\n"),
            ],
        );
        assert_eq!(scene.snapshots(), [""; 0], "it is under way still");
        // The child lives, and so the operation does.
        assert_eq!(scene.run(&["recover"]).status, 6);
        assert_eq!(newest(&scene)["state"], "running");
        let waited = scene.run(&["recover", &id, "--wait-lock", "600"]);
        assert_eq!(waited.status, 7, "{waited:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "it waits no longer than the child lives");
        let made = scene.snapshots();
        assert_eq!(made.len(), 1);
        scene.run(&["-n", "recover", &id, "--adopt", &made[0]]).quiet_success();
        assert_eq!(scene.known(), made);
    }
}

#[test]
fn a_terminals_ctrl_c_does_not_reach_the_child() {
    let scene = scene(1, &json!({"snapshot_disk": "sleep:1500 + ok"}));
    let (mut keyboard, screen) = terminal();
    // With a terminal of its own, whose Ctrl-C goes to all of the foreground's group.
    let mut command = std::process::Command::new("setsid");
    command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_snapback"), "take", "db/0", "--output", "json"]);
    command.current_dir(scene.sandbox.path("")).env_clear().env("PATH", "/usr/bin:/bin").env("USER", "tester");
    command.stdin(screen.try_clone().unwrap()).stderr(screen).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    drop(command);
    let pid = scene.wait_for_call("snapshot_disk", 1);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let group: u64 = stat.rsplit(") ").next().unwrap().split(' ').nth(2).unwrap().parse().unwrap();
    assert_eq!(group, pid, "a group of its own");
    keyboard.write_all(b"\x03").unwrap();
    let output = child.wait_with_output().unwrap();
    let mut shown = vec![0; 4096];
    let length = keyboard.read(&mut shown).unwrap();
    let shown = String::from_utf8_lossy(&shown[..length]).into_owned();
    assert!(shown.contains("Waiting for step 1 of "), "{shown}");
    // All there was to do was done.
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert_eq!((scene.known(), scene.known().len()), (scene.snapshots(), 1));
}

#[test]
fn a_pause_before_a_new_attempt_ends_at_once() {
    let scene = scene(1, &json!({"snapshot_disk": "error:Bosh::Clouds::CloudError|busy|retry"}));
    let child = scene.sandbox.prepare(&["take", "db/0"]).env("SNAPBACK_TEST_PAUSE_MS", "60000").start();
    scene.wait_for_call("snapshot_disk", 1);
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, Signal::INT);
    let ran = soon(child, PROMPTLY);
    assert_eq!(ran.status, 130, "{ran:?}");
    says(&ran, &["busy", "interrupted"]);
    assert_eq!((count(&scene, "snapshot_disk"), newest(&scene)["state"].clone()), (1, json!("failed")));
}

#[test]
fn what_has_begun_nothing_ends_promptly() {
    // A question to the cloud, even to a child that does not want to end.
    for does in ["hang", "stubborn + hang"] {
        let scene = scene(1, &json!({"info": does}));
        let child = scene.prepare(&["take", "db/0", "--output", "json"]).start();
        let pid = scene.wait_for_call("info", 1);
        signal(&child, Signal::TERM);
        let ran = soon(child, PROMPTLY);
        assert_eq!(ran.status, 143, "{ran:?}");
        let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        assert_eq!(document["error"]["kind"], "interrupted");
        assert_eq!(fs::metadata(format!("/proc/{pid}")).ok().map(drop), None, "its child is ended");
        assert_eq!(scene.sandbox.rows(&["operations"], "operations").len(), 0);
    }
    // A question to the operator.
    let scene = scene(1, &json!({}));
    scene.run(&["take", "db/0"]).quiet_success();
    let mut child = scene.prepare(&["-d", "prod", "delete-all"]).start_at_a_prompt();
    signal(&child, Signal::INT);
    let stdin = child.stdin.take();
    let ran = soon(child, Duration::from_secs(2));
    drop(stdin);
    assert_eq!(ran.status, 130, "{ran:?}");
    says(&ran, &["\nError: interrupted: nothing was done\n"]);
    assert_eq!(scene.known().len(), 1);
    // A list that nobody reads.
    let mut child = scene.prepare(&["man"]).start_unread();
    signal(&child, Signal::INT);
    let begun = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < PROMPTLY, "{:?}", begun.elapsed());
}

#[test]
fn waiting_for_another_operation_ends_promptly() {
    let scene = scene(1, &json!({"delete_snapshot": "sleep:6000 + ok"}));
    scene.run(&["take", "db/0"]).quiet_success();
    let cid = scene.known().remove(0);
    let running = scene.prepare(&["-n", "delete", &cid]).start();
    scene.wait_for_call("delete_snapshot", 1);
    for words in [&["-n", "delete", cid.as_str()][..], &["recover"]] {
        let child = scene.prepare(&[words, &["--wait-lock", "600"]].concat()).start();
        std::thread::sleep(Duration::from_millis(700));
        signal(&child, Signal::INT);
        let ran = soon(child, Duration::from_secs(3));
        assert_eq!(ran.status, 130, "{words:?}: {ran:?}");
    }
    assert_eq!(soon(running, Duration::from_secs(20)).status, 0);
    assert_eq!(count(&scene, "delete_snapshot"), 1);
}

#[test]
fn a_deletion_of_many_stops_after_the_one_under_way() {
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["clear_leftovers"]}});
    let scene = scene(3, &json!({}));
    scene.run(&["take"]).quiet_success();
    scene.script(&json!({"info": info, "does": {"delete_snapshot": "sleep:1500 + ok"}}));
    let child = scene.prepare(&["-n", "-d", "prod", "delete-all"]).start();
    scene.wait_for_call("delete_snapshot", 1);
    signal(&child, Signal::INT);
    let ran = soon(child, Duration::from_secs(20));
    assert_eq!(ran.status, 130, "{ran:?}");
    assert_eq!((count(&scene, "delete_snapshot"), count(&scene, "clear_leftovers")), (1, 0));
    assert_eq!((scene.known().len(), scene.snapshots().len()), (2, 2));
    assert_eq!(newest(&scene)["state"], "partly");
}

#[test]
fn a_hangup_is_nothing_to_who_wants_none() {
    let scene = scene(1, &json!({"snapshot_disk": "sleep:1500 + ok"}));
    let child = scene.prepare(&["take", "db/0"]).under(&["/usr/bin/nohup"]).start();
    scene.wait_for_call("snapshot_disk", 1);
    signal(&child, Signal::HUP);
    let ran = soon(child, Duration::from_secs(20));
    assert_eq!((ran.status, scene.known().len()), (0, 1), "{ran:?}");
    assert!(!ran.stderr.contains("Interrupted"), "{ran:?}");
}
