//! Restores and undos by the CPI, on a cloud that shows changes late, has disks of its own in its answers, answers errors
//! after the effect, and whose disks are changed by another hand: the state and the messages are what was seen.

use crate::support;

use std::fs;
use std::io::Write;

use serde_json::{Value, json};
use support::Ran;
use support::fake_cpi::Scene;

const METHODS: [&str; 5] =
    ["list_snapshots", "describe_snapshot", "create_disk_from_snapshot", "find_disk", "clear_leftovers"];

/// A script of a whole cloud: `more` is merged into it.
fn script(more: &Value) -> Value {
    let mut script = json!({
        "info": {"api_version": 2, "snapback": {"version": 1, "methods": METHODS, "stores_metadata": true}},
        "vms": {"vm-0": ["vol-root", "", "disk-0", "vol-ephemeral"], "vm-1": ["vol-root-1", "disk-1"]},
        "attachments": true,
    });
    for (key, value) in more.as_object().unwrap() {
        script[key] = value.clone();
    }
    script
}

struct Cloud {
    scene: Scene,
    cid: String,
}

impl Cloud {
    /// `db/0` and `db/1`, managed by nobody, with a snapshot of `db/0`; from now on the cloud does `more`.
    fn with(more: &Value) -> Self {
        let scene = Scene::with(&["db/0", "db/1"], &script(&json!({})));
        let inventory = "deployments: [{name: prod, instances: [\
             {name: db/0, vm_cid: vm-0, managed_by: nobody, disks: [{cid: disk-0, size_mib: 1}]},\
             {name: db/1, vm_cid: vm-1, managed_by: nobody, disks: [{cid: disk-1, size_mib: 1}]}]}]";
        scene.sandbox.write("inventory.yml", inventory);
        let manifest = fs::read_to_string(scene.sandbox.path("director.yml")).unwrap();
        scene.sandbox.write("director.yml", &manifest.replace("lag: 1\n", "lag: 3\n"));
        scene.run(&["import", "inventory.yml"]).quiet_success();
        scene.run(&["take", "db/0"]).quiet_success();
        let cid = scene.known().remove(0);
        scene.script(&script(more));
        Cloud { scene, cid }
    }

    fn now(&self, more: &Value) {
        self.scene.script(&script(more));
    }

    fn restore(&self) -> Ran {
        self.scene.run(&["-n", "restore", &self.cid])
    }

    /// The disks of `db/0` beside those that are nobody's business, by the cloud.
    fn of_the_vm(&self) -> Vec<String> {
        let mut disks = self.scene.attached("vm-0");
        disks.retain(|disk| disk.starts_with("disk-"));
        disks
    }

    /// The disks of `db/0`, by the state file.
    fn recorded(&self) -> Vec<String> {
        let rows = self.scene.sandbox.rows(&["instances", "--details"], "instances");
        let row = rows.iter().find(|row| row["instance"] == "db/0").unwrap();
        let cids = row["disk_cids"].as_array().unwrap();
        cids.iter().map(|cid| cid.as_str().unwrap().to_owned()).collect()
    }

    /// The VM has one disk, and the state file knows which.
    fn agrees(&self, context: &str) -> String {
        let (vm, recorded) = (self.of_the_vm(), self.recorded());
        assert_eq!(vm, recorded, "{context}: the VM's, and the recorded ones");
        assert_eq!(vm.len(), 1, "{context}: {vm:?}");
        vm.into_iter().next().unwrap()
    }
}

const AFTER: &str = "act + error:Bosh::Clouds::CloudError|registry endpoint is missing";
const BEFORE: &str = "error:Bosh::Clouds::CloudError|quota of calls";

#[test]
fn disks_of_the_cloud_are_nobodys_business_and_answers_may_lag() {
    for lag in [0, 1000] {
        let cloud = Cloud::with(&json!({"lag_ms": lag}));
        let ran = cloud.restore();
        assert_eq!(ran.status, 0, "lag {lag}: {ran:?}");
        let new = cloud.agrees("restored");
        assert_ne!(new, "disk-0");
        assert!(ran.stdout.contains(&new), "{ran:?}");
        let ran = cloud.scene.run(&["-n", "undo"]);
        assert_eq!(ran.status, 0, "lag {lag}: {ran:?}");
        assert_eq!(cloud.agrees("undone"), "disk-0");
        let attached = cloud.scene.attached("vm-0");
        assert!(["vol-root", "", "vol-ephemeral"].iter().all(|own| attached.iter().any(|disk| disk == own)));
    }
}

#[test]
fn an_answer_is_as_old_as_its_question() {
    // The calls after the detach take longer than the cloud lags: each answer was true when it was asked for.
    let slow = "ok + sleep:1200";
    let cloud = Cloud::with(&json!({"lag_ms": 900, "does": {"get_disks": ["ok", "ok", "ok", "ok", slow, "ok"]}}));
    cloud.scene.sandbox.write(
        "director.yml",
        &fs::read_to_string(cloud.scene.sandbox.path("director.yml")).unwrap().replace("lag: 3\n", "lag: 1\n"),
    );
    fs::remove_file(cloud.scene.sandbox.path("fake/calls.jsonl")).unwrap();
    let ran = cloud.restore();
    let methods = cloud.scene.methods();
    assert_eq!(ran.status, 0, "{methods:?}: {ran:?}");
    assert_ne!(cloud.agrees("restored"), "disk-0");
    let detached = methods.iter().position(|method| method == "detach_disk").unwrap();
    let before = methods[..detached].iter().filter(|method| *method == "get_disks").count();
    assert_eq!(before, 4, "the slow call is the first one after the detach: {methods:?}");
}

#[test]
fn an_error_after_the_effect_and_one_before_it_end_in_what_is_seen() {
    let mut counted = 0;
    for lag in [0, 700] {
        for method in ["detach_disk", "attach_disk"] {
            for (word, done) in [(AFTER, true), (BEFORE, false)] {
                let cloud = Cloud::with(&json!({"lag_ms": lag, "does": {method: [word, "ok", "ok", "ok"]}}));
                let ran = cloud.restore();
                let context = format!("{method}, lag {lag}, after: {done}: {ran:?}");
                let disk = cloud.agrees(&context);
                assert_eq!(ran.status == 0, done, "{context}");
                assert_eq!(disk != "disk-0", done, "{context}");
                if !done {
                    assert!(
                        ran.stderr.contains("db/0 is back on its old disk disk-0")
                            || ran.stderr.contains("not touched"),
                        "{context}"
                    );
                }
                if done {
                    assert_eq!(cloud.scene.run(&["-n", "undo"]).status, 0, "{context}");
                    assert_eq!(cloud.agrees(&context), "disk-0");
                }
                counted += 1;
            }
        }
    }
    writeln!(std::io::stderr(), "{counted} errors around an effect").unwrap();
}

#[test]
fn no_new_disk_is_attached_while_the_old_one_is_still_shown() {
    // It answers as if it had detached, and has not.
    let cloud = Cloud::with(&json!({"does": {"detach_disk": "answer:{\"result\":null,\"error\":null,\"log\":\"\"}"}}));
    let ran = cloud.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("still has disk disk-0"), "{ran:?}");
    // The old one is, since only the list says that it is still on.
    for call in cloud.scene.calls().iter().filter(|call| call["method"] == "attach_disk") {
        let request: Value = serde_json::from_str(call["text"].as_str().unwrap()).unwrap();
        assert_eq!(request["arguments"][1], "disk-0", "{request}");
    }
    assert_eq!(cloud.agrees("refused"), "disk-0");
}

#[test]
fn a_disk_that_another_hand_attached_is_recorded() {
    let cloud = Cloud::with(&json!({}));
    assert_eq!(cloud.restore().status, 0);
    let new = cloud.agrees("restored");
    // The operator puts the old disk back by hand, and then wants the state to know it.
    cloud.scene.by_hand("vm-0", &new, false);
    cloud.scene.by_hand("vm-0", "disk-0", true);
    let ran = cloud.scene.run(&["-n", "undo"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(cloud.agrees("undone"), "disk-0");
    // And again, with both.
    cloud.scene.by_hand("vm-0", &new, true);
    let undo = ran.stdout.split('\t').nth(4).unwrap().trim().to_owned();
    let ran = cloud.scene.run(&["-n", "undo", &undo]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(cloud.agrees("undone again"), new);
}

#[test]
fn a_failed_restore_beside_another_hand_ends_in_what_is_seen() {
    // The old disk was taken off by hand before; the attach fails.
    let cloud = Cloud::with(&json!({"does": {"attach_disk": BEFORE}}));
    cloud.scene.by_hand("vm-0", "disk-0", false);
    let ran = cloud.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(cloud.of_the_vm().is_empty());
    // The instance keeps its disk in the state: takes name it, and do not leave it out.
    assert_eq!(cloud.recorded(), ["disk-0"]);
    let taken = cloud.scene.run(&["take", "db/0"]);
    assert_eq!(taken.status, 4, "{taken:?}");
}

#[test]
fn if_it_can_go_neither_on_nor_back_the_error_says_what_the_instance_has_now() {
    let cloud = Cloud::with(&json!({"does": {"attach_disk": BEFORE}}));
    let ran = cloud.restore();
    assert!(cloud.of_the_vm().is_empty());
    let told = "as far as snapback has seen, db/0 has no disk now: its old disk disk-0 is kept, but not attached";
    ran.refused(7, &[told, "going back to the old disk failed too: ", "nothing is lost", "snapback recover"]);
    let checked = cloud.scene.run(&["check", "--output", "json"]);
    assert!(
        checked.stdout.contains("restore of db/0 has not ended: it was interrupted, or could go neither"),
        "{checked:?}"
    );
    cloud.now(&json!({}));
    let recovered = cloud.scene.run(&["-n", "recover"]);
    assert_eq!((recovered.status, cloud.of_the_vm()), (0, vec!["disk-0".to_owned()]), "{recovered:?}");
}

#[test]
fn a_disk_of_another_instance_is_refused_before_the_first_effect() {
    let cloud = Cloud::with(&json!({}));
    cloud.scene.by_hand("vm-0", "disk-1", true);
    cloud.restore().refused(4, &["VM vm-0 has disk disk-1, which is known as active of db/1"]);
    for effect in ["create_disk_from_snapshot", "detach_disk", "attach_disk"] {
        assert!(!cloud.scene.methods().contains(&effect.to_owned()), "{effect}");
    }
}

#[test]
fn a_disk_that_is_gone_while_its_vm_lists_it_is_replaced() {
    for detach in ["ok", BEFORE] {
        let cloud = Cloud::with(&json!({"lost": ["disk-0"], "does": {"detach_disk": detach}}));
        let plan = cloud.scene.run(&["restore", &cloud.cid, "--dry-run"]);
        assert!(plan.stderr.contains("no longer has disk disk-0, though its VM lists it"), "{plan:?}");
        assert!(plan.stdout.contains("it is gone, and this may fail"), "{plan:?}");
        assert!(!plan.stdout.contains("safety snapshot"), "{plan:?}");
        let ran = cloud.restore();
        assert_eq!(ran.status, 0, "{detach}: {ran:?}");
        let recorded = cloud.recorded();
        assert!(cloud.of_the_vm().contains(&recorded[0]) && recorded[0] != "disk-0", "{recorded:?}");
        cloud.scene.run(&["-n", "undo"]).refused(4, &["disk disk-0 was gone"]);
    }
}

#[test]
fn an_undo_whose_old_disk_is_gone_asks_for_the_size_of_the_snapshot() {
    let cloud = Cloud::with(&json!({}));
    assert_eq!(cloud.restore().status, 0);
    let new = cloud.agrees("restored");
    cloud.now(&json!({"lost": ["disk-0"], "snapshot_size_mib": 7}));
    // The recorded size is stale.
    let ran = cloud.scene.run(&["-n", "undo"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let calls = cloud.scene.calls();
    let made = calls.iter().rfind(|call| call["method"] == "create_disk_from_snapshot").unwrap();
    let request: Value = serde_json::from_str(made["text"].as_str().unwrap()).unwrap();
    assert_eq!(request["arguments"][1]["size_mib"], json!(7), "{request}");
    assert_ne!(cloud.agrees("undone"), new);
}
