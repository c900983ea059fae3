//! A client whose answers are none: HTML of a proxy, nothing, half a document, exit 1. Before the first effect that is a
//! refusal; after it, nothing is believed that was not seen.

use std::io::Write;

use serde_json::json;

use crate::scene::{OLD, Scene};
use crate::support::Ran;
use crate::support::at_once::each;
use crate::support::fake_bosh::{always, fault};

const ANSWERS: [&str; 4] = ["html", "nothing", "truncated:50", "exit:1"];
/// What is asked before the first effect.
const QUESTIONS: [&str; 8] = ["instances", "manifest", "configs", "cloud-config", "tasks", "locks", "curl", "ssh"];

fn cases(commands: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    commands.iter().flat_map(|command| ANSWERS.map(|answer| (*command, answer))).collect()
}

#[test]
fn before_the_first_effect() {
    let count = each(&cases(&QUESTIONS), |(command, answer)| {
        let scene = Scene::damaged();
        scene.director.faults(&[always(command, "client:answer", answer)]);
        let ran = scene.restore();
        let what = format!("{command} answers {answer}: {ran:?}");
        assert!([1, 4, 7].contains(&ran.status), "{what}");
        assert!(ran.stderr.contains("Error: ") && ran.stderr.contains("Hint: "), "{what}");
        assert_eq!(scene.acts(), [""; 0], "{what}");
        assert_eq!(scene.director.sandbox.rows(&["operations"], "operations").len(), 1, "only the take: {what}");
        assert_eq!(scene.director.sandbox.names("cloud/disks"), [OLD], "{what}");
        assert_eq!(scene.director.instance(0)["state"], "started", "{what}");
    });
    writeln!(std::io::stderr(), "{count} hostile answers before the first effect").unwrap();
}

/// The attach is at work, and from then on no question is answered.
#[test]
fn after_the_first_effect() {
    let count = each(&cases(&["instances", "tasks", "ssh"]), |(command, answer)| {
        let scene = Scene::damaged();
        scene.director.faults(&[fault("attach-disk", "task:begin", "pause_until:go")]);
        let child = scene.prepare(&["-n", "--timeout", "20", "restore", &scene.cid]).start();
        scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
        scene.director.faults(&[always(command, "client:answer", answer)]);
        scene.director.release("go");
        let ran = Ran::of(child.wait_with_output().unwrap());
        let what = format!("{command} answers {answer}: {ran:?}");
        scene.director.faults(&[]);
        // Tasks are only asked for after something that did not end well.
        assert!(ran.status != 0 || *command == "tasks", "{what}");
        assert!(scene.director.starts().iter().all(|start| start["disk"] == OLD || ran.status == 0), "{what}");
        if scene.open_operations() > 0 {
            assert!(ran.stderr.contains("recover"), "{what}");
            scene.snapback(&["recover"]).quiet_success();
        }
        scene.check(&what);
    });
    writeln!(std::io::stderr(), "{count} hostile answers after the first effect").unwrap();
}

/// A command that does nothing, and says with exit 0 that all is well; or exit 1.
#[test]
fn of_commands_that_act() {
    let commands = ["update-resurrection", "stop", "attach-disk", "start"];
    let cases: Vec<_> =
        commands.iter().flat_map(|command| ["html", "exit:1"].map(|answer| (*command, answer))).collect();
    each(&cases, |(command, answer)| {
        let scene = Scene::damaged();
        scene.director.faults(&[fault(command, "client:answer", answer)]);
        let ran = scene.restore();
        let what = format!("{command} answers {answer}: {ran:?}");
        if scene.open_operations() > 0 {
            scene.snapback(&["recover"]).quiet_success();
        }
        scene.check(&what);
        assert_eq!(scene.director.instance(0)["process_state"], "running", "{what}");
        // A restore that is said to be done is one, and what is known is what is.
        assert_eq!(ran.status == 0, scene.disk() != OLD, "{what}");
        let known = scene.director.sandbox.rows(&["instances", "--details"], "instances")[0]["disk_cids"].to_string();
        assert!(known.contains(&scene.disk()), "{known} {what}");
        for row in scene.director.sandbox.rows(&["snapshots", "--wide"], "snapshots") {
            let running = *command == "stop" && row["purpose"] == "safety";
            assert!(!running || row["clean"] == false, "the processes ran: {row} {what}");
        }
    });
}

/// `curl /resurrection` says something else, or nothing.
#[test]
fn a_resurrector_that_is_not_told_of() {
    for answer in ["html", "nothing", "exit:1"] {
        let scene = Scene::damaged();
        scene.director.faults(&[always("curl", "client:answer", answer)]);
        scene.restore().refused(4, &["resurrector", "--leave-resurrection", "run: bosh update-resurrection off"]);
        // The operator has seen to it.
        scene.director.bosh(&["update-resurrection", "off"]).quiet_success();
        scene.snapback(&["-n", "restore", &scene.cid, "--leave-resurrection"]).quiet_success();
        let by_us = |line: &String| line.starts_with("update-resurrection");
        assert_eq!(scene.acts().iter().filter(|line| by_us(line)).count(), 0, "{answer}");
        assert_eq!(scene.director.world()["resurrection_paused"], json!(true));
        assert_eq!(scene.data(&scene.disk()), "db/0");
    }
}

/// One that cannot be switched off is refused by what it says, with nothing done but that.
#[test]
fn a_resurrector_that_cannot_be_switched_off() {
    let scene = Scene::damaged();
    scene.director.faults(&[always("update-resurrection", "client:begin", "fail:not allowed")]);
    let ran = scene.restore();
    assert_ne!(ran.status, 0, "{ran:?}");
    scene.director.faults(&[]);
    if scene.open_operations() > 0 {
        scene.snapback(&["recover"]).quiet_success();
    }
    assert!(scene.acts().iter().all(|line| line.starts_with("update-resurrection")), "{:?}", scene.acts());
    scene.check("a resurrector that cannot be switched off");
}
