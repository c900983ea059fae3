//! Restores through a living Director: the double of `tests/fake_bosh`, on a real cloud of files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod cancelled;
mod crowd;
mod faults;
mod fuse;
mod hostile;
mod kills;
mod lifespan;
mod matrix;
mod redated;
mod refusals;
mod scene;
#[path = "../support/mod.rs"]
mod support;
mod traps;
mod unseen;

use scene::{Scene, VM};
use serde_json::json;
use support::fake_bosh::{DEPLOYMENT, SECRET};

#[test]
fn restore_undo_and_undo_that() {
    let scene = Scene::damaged();
    let dry = scene.snapback(&["restore", &scene.cid, "--dry-run"]);
    dry.quiet_success();
    assert!(dry.stdout.contains("bosh attach-disk db/"), "{dry:?}");
    assert_eq!(scene.acts(), Vec::<String>::new(), "a dry run acts");

    scene.snapback(&["-n", "restore", &scene.cid]).quiet_success();
    let new = scene.disk();
    assert_eq!((scene.data(&new), scene.data(scene::OLD)), ("db/0".to_owned(), scene::RUBBISH.to_owned()));
    let slug = scene.director.slug();
    let expected = [
        "update-resurrection off".to_owned(),
        format!("stop {slug} --no-converge"),
        format!("attach-disk {slug} {new} --disk-properties=copy"),
        format!("start {slug} --no-converge"),
        "update-resurrection on".to_owned(),
    ];
    assert_eq!(scene.acts(), expected);
    scene.check("restore");
    // The size and the properties are the old one's: the next deploy moves nothing.
    let recorded = scene.director.instance(0)["disks"][0].clone();
    assert_eq!((&recorded["size"], &recorded["cloud_properties"]), (&json!(1), &json!({"type": "fast"})));
    // What is put away is the Director's orphan, and known as one.
    assert!(scene.snapback(&["disks", "--orphaned"]).stdout.contains(scene::OLD));

    scene.snapback(&["-n", "undo"]).quiet_success();
    assert_eq!(scene.disk(), scene::OLD);
    scene.check("undo");
    scene.snapback(&["-n", "undo", &scene.newest_operation()]).quiet_success();
    assert_eq!(scene.disk(), new);
    scene.check("undo of the undo");
}

#[test]
fn the_safety_snapshot_is_clean_and_the_new_disk_is_protected() {
    let scene = Scene::damaged();
    scene.snapback(&["-n", "restore", &scene.cid]).quiet_success();
    let rows = scene.director.sandbox.rows(&["snapshots", "--wide"], "snapshots");
    let of = |disk: &str| -> Vec<String> {
        let clean = |row: &serde_json::Value| row["clean"].to_string();
        rows.iter().filter(|row| row["disk_cid"] == disk).map(clean).collect()
    };
    assert_eq!(of(scene::OLD), ["false", "true"], "{rows:#?}");
    assert_eq!(of(&scene.disk()).len(), 1, "{rows:#?}");
    // Neither is the Director's.
    assert_eq!(scene.director.world()["deployments"][0]["snapshots"].as_array().map_or(0, Vec::len), 0);

    let scene = Scene::damaged();
    scene.snapback(&["-n", "restore", &scene.cid, "--no-protect", "--no-safety-snapshot"]).quiet_success();
    assert_eq!(scene.director.sandbox.names("cloud/snapshots").len(), 1);
}

#[test]
fn a_disk_made_by_hand() {
    let scene = Scene::damaged();
    let made = scene.snapback(&["promote", &scene.cid, "--output", "cid"]).stdout.trim().to_owned();
    scene.snapback(&["-n", "restore", &scene.cid, "--disk", "disk-nobody"]).refused(5, &["has no disk disk-nobody"]);
    scene.snapback(&["-n", "restore", &scene.cid, "--disk", scene::OLD]).refused(4, &["has disk disk-db-0 already"]);
    scene.director.sandbox.make_disk("disk-in-the-console", 1 << 19, "x");
    let dry = scene.snapback(&["restore", &scene.cid, "--disk", "disk-in-the-console", "--dry-run"]);
    assert!(dry.stderr.contains("does not know the size of disk disk-in-the-console"), "{dry:?}");
    assert!(dry.stderr.contains("it is recorded with 1.0 MiB, and must not be smaller"), "{dry:?}");
    std::fs::remove_dir_all(scene.director.sandbox.path("cloud/disks/disk-in-the-console")).unwrap();
    let ran = scene.snapback(&["-n", "restore", &scene.cid, "--disk", &made]);
    ran.quiet_success();
    assert!(!ran.stderr.contains("does not know the size"), "{ran:?}");
    assert_eq!(scene.disk(), made);
    scene.check("--disk");
}

#[test]
fn one_that_was_stopped_stays_stopped() {
    let scene = Scene::damaged();
    scene.director.bosh(&["stop", &scene.director.slug(), "--no-converge"]).quiet_success();
    scene.snapback(&["-n", "restore", &scene.cid]).quiet_success();
    assert_eq!(scene.data(&scene.disk()), "db/0");
    assert_eq!(scene.director.instance(0)["state"], "stopped");
    assert_eq!(scene.director.starts().len(), 0);
}

#[test]
fn with_the_directors_own_snapshot_at_the_stop() {
    let scene = Scene::damaged();
    scene.director.change(|world| world["snapshots_enabled"] = json!(true));
    scene.snapback(&["-n", "restore", &scene.cid]).quiet_success();
    scene.check("with the Director's snapshots");
}

#[test]
fn a_resurrector_that_is_off_stays_off() {
    let scene = Scene::damaged();
    scene.director.bosh(&["update-resurrection", "off"]).quiet_success();
    scene.snapback(&["-n", "restore", &scene.cid]).quiet_success();
    assert_eq!(scene.director.world()["resurrection_paused"], json!(true));
    assert!(!scene.acts().iter().any(|line| line.starts_with("update-resurrection on")));
}

#[test]
fn the_clients_secret_is_nowhere() {
    let scene = Scene::damaged();
    let ran = scene.snapback(&["-n", "restore", &scene.cid]);
    assert!(!format!("{ran:?}").contains(SECRET));
    let state = std::fs::read(scene.director.sandbox.state()).unwrap();
    assert!(!String::from_utf8_lossy(&state).contains(SECRET));
    for event in scene.director.events_of("command") {
        assert!(!event["arguments"].to_string().contains(SECRET), "{event}");
    }
    assert!(scene.director.sandbox.attached(VM).len() == 1 && !DEPLOYMENT.is_empty());
}
