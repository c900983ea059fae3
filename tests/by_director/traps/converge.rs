//! What converges: `deploy`, and `stop` and `start` of one instance without `--no-converge`.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_disk_that_was_attached_without_its_properties_is_copied_away() {
    let director = one();
    promoted(&director, "new");
    director.change_instance(0, |instance| instance["disks"][0]["size"] = json!(2));
    director.change(|world| world["configs"][0]["content"] = json!(cloud_config(2)));
    stop(&director);
    director.bosh(&["attach-disk", &director.slug(), "new"]).quiet_success();
    let recorded = director.instance(0)["disks"][0].clone();
    assert_eq!((&recorded["size"], &recorded["cloud_properties"]), (&json!(1), &json!({})));
    director.bosh(&["start", &director.slug()]).quiet_success();
    let copy = director.instance(0)["disks"][0]["cid"].as_str().unwrap().to_owned();
    assert_ne!(copy, "new");
    assert_eq!(director.sandbox.attached("vm-db-0"), [copy.as_str()]);
    assert_eq!(director.files(&copy), director.files("new"));
    let orphans: Vec<Value> =
        director.list(&["disks", "--orphaned"]).iter().map(|row| row["disk_cid"].clone()).collect();
    assert_eq!(orphans, ["new", "disk-db-0"]);
    assert_eq!(director.starts()[0]["disk"], copy);
}

#[test]
fn the_stop_of_one_instance_changes_the_others() {
    let director = Director::with(&["db/0", "db/1"]);
    director.change(|world| world["configs"][0]["content"] = json!(cloud_config(2)));
    director.bosh(&["stop", &director.slug()]).quiet_success();
    // What was to be stopped was stopped before its disk was looked at; the other has lost its disk to a bigger one.
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-db-0"]);
    assert_ne!(director.sandbox.attached("vm-db-1"), ["disk-db-1"]);
    assert_eq!(director.instance(1)["disks"][0]["size"], 2);
    assert_eq!(director.list(&["disks", "--orphaned"])[0]["disk_cid"], "disk-db-1");
    assert_eq!(director.list(&["tasks", "--recent"])[0]["description"], "create deployment");
}

#[test]
fn a_deploy_that_finds_nothing_different_does_nothing() {
    let director = one();
    director.sandbox.write("prod.yml", &crate::support::fake_bosh::manifest(&["db/0"]));
    director.bosh(&["deploy", "prod.yml"]).quiet_success();
    assert!(director.starts().is_empty() && director.events_of("stop").is_empty());
    director.sandbox.write("prod.yml", "name: prod\ninstance_groups:\n- name: db\n  persistent_disk: 2\n");
    director.faults(&[fault("deploy", "task:after_migrate", "fail")]);
    assert_eq!(director.bosh(&["deploy", "prod.yml"]).status, 1);
    // Two disks are attached, and the new one is recorded as inactive.
    assert_eq!(director.sandbox.attached("vm-db-0").len(), 2);
    assert_eq!(director.instance(0)["disks"][1]["active"], false);
    let ran = director.bosh(&["cck", "--report"]);
    assert!(ran.stderr.contains("problem(s) found"), "{ran:?}");
}

#[test]
fn converging_attaches_what_the_agent_lacks_and_stops_at_what_it_should_not_have() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "task:after_detach", "fail")]);
    attach(&director, "new");
    director.bosh(&["start", &director.slug()]).quiet_success();
    assert_eq!(director.starts()[0]["disk"], "disk-db-0", "the database's disk was attached again");

    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "task:before_commit", "fail")]);
    attach(&director, "new");
    let ran = director.bosh(&["--tty", "start", &director.slug()]);
    assert!(ran.stdout.contains("agent reports 'new' while director record shows 'disk-db-0'"), "{ran:?}");
}

#[test]
fn a_silent_agent_anywhere_lets_nothing_converge() {
    let director = Director::with(&["db/0", "db/1"]);
    director.change_instance(1, |instance| instance["agent"]["unresponsive"] = json!(true));
    let ran = director.bosh(&["--tty", "stop", &director.slug()]);
    assert!(ran.stdout.contains("Timed out sending 'get_state' to instance"), "{ran:?}");
    assert!(director.events_of("stop").is_empty());
}
