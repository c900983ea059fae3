//! Clouds that are not there: a mount point without its file system, a lost part of it, another project's credentials.

use std::fs;

use serde_json::{Value, json};

use crate::support::fake_cpi::Scene;
use crate::support::{Ran, Sandbox, disk_of};

/// What must not change: all rows of snapshots, disks and instances.
fn rows(sandbox: &Sandbox) -> Vec<Value> {
    let mut all = sandbox.rows(&["snapshots"], "snapshots");
    all.extend(sandbox.rows(&["disks"], "disks"));
    all.extend(sandbox.rows(&["instances"], "instances"));
    // How old it is now is no content of the row.
    all.iter_mut().filter_map(|row| row.as_object_mut()).for_each(|row| drop(row.remove("age")));
    all
}

fn findings(ran: &Ran) -> Vec<Value> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let found = document["findings"].as_array().unwrap().iter();
    found.filter(|finding| finding["severity"] == "problem").cloned().collect()
}

/// Three instances, two of which have a snapshot; a disk that promote has made, and a restore that can be undone.
fn used() -> (Sandbox, String, String) {
    let sandbox = Sandbox::with(&["db/0", "db/1", "db/2"]);
    let cid = sandbox.take("db/0");
    sandbox.take("db/1");
    let spare = sandbox.line(&["promote", &cid, "--output", "cid"]);
    let other = sandbox.take("db/2");
    sandbox.run(&["-n", "restore", &other]).quiet_success();
    (sandbox, cid, spare)
}

/// Each way in which a directory can be absent.
const WAYS: [&str; 5] = ["gone", "a mount point", "a mount point with lost+found", "without disks", "a file"];

fn vanish(sandbox: &Sandbox, way: &str) {
    fs::rename(sandbox.path("cloud"), sandbox.path("elsewhere")).unwrap();
    match way {
        "gone" => {}
        "a mount point" => fs::create_dir(sandbox.path("cloud")).unwrap(),
        "a mount point with lost+found" => fs::create_dir_all(sandbox.path("cloud/lost+found")).unwrap(),
        "without disks" => {
            fs::create_dir(sandbox.path("cloud")).unwrap();
            for part in ["snapshots", "vms"] {
                fs::rename(sandbox.path("elsewhere").join(part), sandbox.path("cloud").join(part)).unwrap();
            }
        }
        _ => sandbox.write("cloud", "a file"),
    }
}

#[test]
fn a_directory_that_is_not_there_is_one_finding_and_changes_nothing_in_any_verb() {
    let mut tried = 0;
    for way in WAYS {
        let (sandbox, cid, spare) = used();
        let before = rows(&sandbox);
        vanish(&sandbox, way);
        let there = sandbox.names("cloud");
        let ran = sandbox.run(&["check", "--output", "json"]);
        let found = findings(&ran);
        assert_eq!((ran.status, found.len()), (11, 1), "{way}: {found:#?}");
        let message = found[0]["message"].as_str().unwrap();
        assert!(message.contains("the directory of the disks") && message.contains("cloud"), "{way}: {message}");
        for verb in [
            &["take"][..],
            &["take", "db/1"],
            &["promote", &cid],
            &["-n", "restore", &cid],
            &["-n", "restore", "--latest", "db/1"],
            &["-n", "undo"],
            &["-n", "delete", &cid],
            &["-n", "delete", "--forget-failed", &cid],
            &["-n", "-d", "prod", "delete-all"],
            &["-n", "-d", "prod", "delete-all", "db/1"],
            &["-n", "delete-disk", &spare],
            &["drill", &cid],
            &["-n", "check", "--forget", &cid],
            &["-n", "check", "--forget", &spare],
        ] {
            let ran = sandbox.run(verb);
            assert!(ran.status != 0 && ran.status != 70, "{way}: {verb:?}: {ran:?}");
            let told =
                ran.stderr.contains("the directory of the disks") || ran.stdout.contains("the directory of the disks");
            assert!(told, "{way}: {verb:?}: {ran:?}");
            assert_eq!(rows(&sandbox), before, "{way}: {verb:?}: {ran:?}");
            assert_eq!(sandbox.names("cloud"), there, "{way}: {verb:?} has made something");
            tried += 1;
        }
        sandbox.run(&["recover"]).quiet_success();
    }
    assert_eq!(tried, 5 * 14);
}

#[test]
fn recover_waits_for_a_directory_that_is_not_there() {
    for (verb, point) in [
        (&["take", "db/1"][..], "take.snapshot_disk.effected"),
        (&["take", "db/1"], "take.snapshot_disk.intended"),
        (&["promote", "CID"], "promote.create_disk_from_snapshot.effected"),
        (&["-n", "delete", "CID"], "delete.delete_snapshot.intended"),
        (&["-n", "delete", "CID"], "delete.delete_snapshot.effected"),
        (&["-n", "delete-disk", "SPARE"], "delete-disk.delete_disk.effected"),
        (&["-n", "restore", "CID"], "restore.detach_disk.effected"),
        (&["-n", "restore", "CID"], "restore.attach_disk.intended"),
    ] {
        for way in ["a mount point", "without disks"] {
            let (sandbox, cid, spare) = used();
            let words: Vec<String> =
                verb.iter().map(|word| word.replace("CID", &cid).replace("SPARE", &spare)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let killed = sandbox.prepare(&words).fault(&format!("{point}=kill")).go();
            assert_eq!(killed.status, 137, "{point}: {killed:?}");
            let before = rows(&sandbox);
            vanish(&sandbox, way);
            let ran = sandbox.run(&["-n", "recover"]);
            assert!(ran.status != 0 && ran.status != 70, "{point}, {way}: {ran:?}");
            assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "pending", "{point}, {way}: {ran:?}");
            assert_eq!(rows(&sandbox), before, "{point}, {way}: {ran:?}");
            if way == "without disks" {
                for part in ["snapshots", "vms"] {
                    fs::rename(sandbox.path("cloud").join(part), sandbox.path("elsewhere").join(part)).unwrap();
                }
            }
            fs::remove_dir_all(sandbox.path("cloud")).unwrap();
            fs::rename(sandbox.path("elsewhere"), sandbox.path("cloud")).unwrap();
            sandbox.run(&["-n", "recover"]).quiet_success();
            assert_ne!(sandbox.rows(&["operations"], "operations")[0]["state"], "pending", "{point}, {way}");
        }
    }
}

#[test]
fn a_lost_directory_of_snapshots_is_one_finding_and_takes_no_snapshot_off_the_list() {
    for exists in [true, false] {
        let (sandbox, cid, _) = used();
        let before = rows(&sandbox);
        fs::rename(sandbox.path("cloud/snapshots"), sandbox.path("elsewhere")).unwrap();
        if exists {
            fs::create_dir(sandbox.path("cloud/snapshots")).unwrap();
        }
        let found = findings(&sandbox.run(&["check", "--output", "json"]));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["finding"], "cloud_absent", "{found:#?}");
        let message = found[0]["message"].as_str().unwrap();
        assert!(message.contains("none of the 4 snapshots") && message.contains("--believe-empty"), "{message}");
        for verb in [
            &["promote", &cid][..],
            &["-n", "restore", &cid],
            &["drill", &cid],
            &["-n", "delete", &cid],
            &["-n", "-d", "prod", "delete-all"],
            &["-n", "check", "--forget", &cid],
        ] {
            let ran = sandbox.run(verb);
            assert!(ran.status != 0 && ran.status != 70, "{verb:?}: {ran:?}");
            assert_eq!(rows(&sandbox), before, "{verb:?}: {ran:?}");
        }
        // An operator who says so is believed; where there is no such directory at all, it is made first.
        fs::create_dir_all(sandbox.path("cloud/snapshots")).unwrap();
        let each = findings(&sandbox.run(&["check", "--believe-empty", "--output", "json"]));
        assert_eq!(each.iter().filter(|finding| finding["finding"] == "snapshot_gone").count(), 4, "{each:#?}");
        sandbox.run(&["-n", "-d", "prod", "delete-all", "--believe-empty"]).quiet_success();
        assert!(sandbox.rows(&["snapshots"], "snapshots").is_empty());
    }
}

/// A CPI with the credentials of another project: nothing is found, and whatever is deleted is said to be gone.
fn other_project(methods: &[&str], vms: &Value) -> (Scene, String) {
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": true}});
    let names = ["db/0", "db/1", "db/2"];
    let here = json!({"vm-0": ["disk-0"], "vm-1": ["disk-1"], "vm-2": ["disk-2"]});
    let scene = Scene::with(&names, &json!({"info": info, "vms": here}));
    scene.run(&["take"]).quiet_success();
    let cid = scene.known().remove(0);
    fs::rename(scene.sandbox.path("fake/snapshots"), scene.sandbox.path("fake/theirs")).unwrap();
    scene.script(&json!({"info": info, "vms": vms, "has": [],
        "does": {"delete_snapshot": "answer:{\"result\":null,\"error\":null,\"log\":\"\"}"}}));
    (scene, cid)
}

#[test]
fn the_credentials_of_another_project_are_one_finding_and_delete_nothing() {
    for methods in [&[][..], &["describe_snapshot"], &["list_snapshots"], &["list_snapshots", "describe_snapshot"]] {
        for vms in [json!({}), json!({"vm-0": [], "vm-1": [], "vm-2": []}), Value::Null] {
            let (scene, cid) = other_project(methods, &vms);
            let before = rows(&scene.sandbox);
            let ran = scene.run(&["check", "--output", "json"]);
            let found = findings(&ran);
            assert_eq!((ran.status, found.len()), (11, 1), "{methods:?} {vms}: {found:#?}");
            assert_eq!(found[0]["finding"], "cloud_absent", "{found:#?}");
            let message = found[0]["message"].as_str().unwrap();
            assert!(message.contains("is this the right cloud"), "{message}");
            assert!(message.contains("check --believe-empty"), "{message}");
            for verb in [
                &["-n", "delete", &cid][..],
                &["-n", "delete", "--forget-failed", &cid],
                &["-n", "-d", "prod", "delete-all"],
            ] {
                let ran = scene.run(verb);
                assert_eq!(ran.status, 7, "{methods:?} {vms} {verb:?}: {ran:?}");
                assert!(ran.stderr.contains("--believe-empty"), "{ran:?}");
                assert_eq!(rows(&scene.sandbox), before, "{verb:?}: {ran:?}");
            }
            let forget = scene.run(&["-n", "check", "--forget", &cid]);
            assert_ne!(forget.status, 0, "{forget:?}");
            assert_eq!(rows(&scene.sandbox), before);
            assert!(!scene.methods().iter().any(|method| method == "delete_snapshot"));
            let each = findings(&scene.run(&["check", "--believe-empty", "--output", "json"]));
            assert!(each.len() > 2, "{methods:?} {vms}: {each:#?}");
            scene.run(&["-n", "-d", "prod", "delete-all", "--believe-empty"]).quiet_success();
            assert_eq!(scene.known(), [""; 0]);
        }
    }
}

#[test]
fn recover_repeats_no_deletion_with_the_credentials_of_another_project() {
    let vms = json!({"vm-0": ["disk-0"], "vm-1": ["disk-1"]});
    let scene = Scene::with(&["db/0", "db/1"], &json!({"vms": vms}));
    scene.run(&["take"]).quiet_success();
    let cid = scene.known().remove(0);
    scene.script(&json!({"vms": vms, "does": {"delete_snapshot": "exit:1"}}));
    assert_eq!(scene.run(&["-n", "delete", &cid]).status, 7);
    let gone = "answer:{\"result\":null,\"error\":null,\"log\":\"\"}";
    scene.script(&json!({"vms": {}, "has": [], "does": {"delete_snapshot": gone}}));
    let ran = scene.run(&["recover"]);
    assert_eq!((ran.status, scene.known().len()), (7, 2), "{ran:?}");
    assert!(ran.stdout.contains("not done again") && ran.stdout.contains("is this the right cloud"), "{ran:?}");
    assert_eq!(scene.methods().iter().filter(|method| *method == "delete_snapshot").count(), 1);
    scene.script(&json!({"vms": vms}));
    scene.run(&["recover"]).quiet_success();
    assert_eq!((scene.known().len(), scene.snapshots().len()), (1, 1));
}

#[test]
fn a_cloud_that_does_not_answer_is_not_asked_to_delete() {
    let scene = Scene::with(&["db/0", "db/1"], &json!({"vms": {"vm-0": ["disk-0"], "vm-1": ["disk-1"]}}));
    scene.run(&["take"]).quiet_success();
    scene.script(&json!({"vms": {}, "does": {"has_disk": "exit:1", "get_disks": "exit:1"}}));
    let ran = scene.run(&["-n", "-d", "prod", "delete-all"]);
    assert_eq!((ran.status, scene.known().len()), (7, 2), "{ran:?}");
    assert!(ran.stderr.contains("snapback cannot tell whether the cloud is there"), "{ran:?}");
    assert!(!scene.methods().iter().any(|method| method == "delete_snapshot"));
    let found = findings(&scene.run(&["check", "--output", "json"]));
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn one_lost_deployment_of_a_cloud_that_is_there_is_told_thing_by_thing() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    sandbox.take("db/0");
    let kept = sandbox.take("db/1");
    fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of("db/0"))).unwrap();
    let snapshots = sandbox.names("cloud/snapshots");
    let lost = snapshots.iter().find(|cid| **cid != kept).unwrap();
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(lost)).unwrap();
    let found = findings(&sandbox.run(&["check", "--output", "json"]));
    let kinds: Vec<&Value> = found.iter().map(|finding| &finding["finding"]).collect();
    assert_eq!(kinds, ["disk_gone", "snapshot_gone"], "{found:#?}");
}
