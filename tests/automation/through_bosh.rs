//! Clean snapshots and changes of instances that a Director manages (the double of `tests/fake_bosh`).
#![cfg(debug_assertions)]

use std::fs;

use serde_json::{Value, json};

use crate::support::fake_bosh::{DEPLOYMENT, Director};

/// A Director whose instances are stopped and started for a clean snapshot.
fn director(hooks: &str) -> Director {
    let director = Director::with(&["db/0", "db/1"]);
    director.sandbox.manifest(true, hooks);
    director.run(&["-d", DEPLOYMENT, "import", "--from-bosh"]).quiet_success();
    director
}

/// The commands that the Director was told to change something by.
fn acts(director: &Director) -> Vec<String> {
    let words = |event: Value| -> Vec<String> {
        event["arguments"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let calls = director.events_of("command").into_iter().map(words);
    let short = |words: Vec<String>| {
        let kept = words.iter().filter(|word| !["-n", "--tty", "-d", DEPLOYMENT].contains(&word.as_str()));
        kept.cloned().collect::<Vec<_>>().join(" ")
    };
    calls.filter(|words| words.iter().any(|word| word == "--tty")).map(short).collect()
}

fn snapshots(director: &Director) -> Vec<Value> {
    let ran = director.run(&["snapshots", "--output", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    document["snapshots"].as_array().unwrap().clone()
}

#[test]
fn the_preset_stops_and_starts_the_instance_through_its_director() {
    let director = director("preset: bosh");
    let ran = director.run(&["take", "--clean", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let slug = director.slug();
    assert_eq!(acts(&director), [format!("stop {slug} --no-converge"), format!("start {slug} --no-converge")]);
    assert_eq!(snapshots(&director)[0]["clean"], true);
    assert_eq!(director.instance(0)["state"], "started");
}

#[test]
fn what_its_director_has_stopped_is_not_started() {
    let director = director("preset: bosh");
    let slug = director.slug();
    director.bosh(&["stop", &slug, "--no-converge"]).quiet_success();
    let ran = director.run(&["take", "--clean", "db/0"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("db/0 is 'stopped' according to its Director"), "{ran:?}");
    assert_eq!(acts(&director), Vec::<String>::new());
    assert_eq!(director.instance(0)["state"], "stopped");
    assert_eq!(snapshots(&director).len(), 0);
}

#[test]
fn killed_while_it_is_stopped_the_instance_is_started() {
    let director = director("preset: bosh");
    let ran = director.prepare(&["take", "--clean", "db/0"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(ran.status, 137, "{ran:?}");
    director.wait_until("its start", || director.instance(0)["state"] == "started");
    director.wait_for_tasks();
    director.run(&["recover"]).quiet_success();
    assert_eq!(director.instance(0)["state"], "started");
    assert_eq!(snapshots(&director)[0]["clean"], false);
}

#[test]
fn guard_takes_in_what_the_director_took_in_the_update_and_names_both() {
    let director = director("");
    let mut world = director.world();
    let snapshot = json!({"cid": "snap-of-the-update", "disk_cid": "disk-db-0", "clean": true, "created_at": "2999-01-01T00:00:00Z"});
    world["snapshots"].as_array_mut().unwrap().push(snapshot);
    director.sandbox.write("after.json", &world.to_string());
    fs::copy(director.sandbox.path("after.json"), director.sandbox.path("kept.json")).unwrap();
    let ran = director.run(&["-d", DEPLOYMENT, "guard", "db/0", "--", "sh", "-c", "bosh __init after.json; exit 4"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    for text in [
        "The Director takes its own snapshots when it updates an instance",
        "Before it: snapshot snap-",
        "The Director's own, from the update: snapshot snap-of-the-update of db/0",
        "Hint: run: snapback -d prod restore snap-",
    ] {
        assert!(ran.stderr.contains(text), "no '{text}' in {ran:?}");
    }
    let all = snapshots(&director);
    assert_eq!(all.len(), 2, "{all:?}");
    for snapshot in all {
        assert!(snapshot["before"].as_str().unwrap().ends_with(", failed"), "{snapshot}");
    }
}
