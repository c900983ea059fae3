//! Everything that snapback has on its list can leave it again: snapshots that the cloud has lost, deletions into an outage.

use crate::support;

use serde_json::{Value, json};
use support::Ran;
use support::fake_cpi::Scene;

/// Instances `db/0`, ... with a snapshot each; the CPI has these methods of the extension.
fn scene(instances: usize, methods: &[&str]) -> Scene {
    let names: Vec<String> = (0..instances).map(|number| format!("db/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::with(&names, &json!({}));
    does(&scene, methods, &json!({}));
    scene.run(&["take", "--parallel", "1"]).quiet_success();
    scene
}

/// Says from now on what the CPI does.
fn does(scene: &Scene, methods: &[&str], does: &Value) {
    let vms: Value = (0..12).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": false}});
    scene.script(&json!({"info": info, "vms": vms, "does": does}));
}

fn rows(ran: &Ran, of: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    document[of].as_array().unwrap().clone()
}

fn count(scene: &Scene, method: &str) -> usize {
    scene.methods().iter().filter(|called| *called == method).count()
}

fn newest(scene: &Scene) -> Value {
    scene.sandbox.rows(&["operations"], "operations").remove(0)
}

/// Types the command of a hint, without being asked.
fn typed(scene: &Scene, ran: &Ran, with: &str) -> Ran {
    let hint =
        ran.stderr.lines().filter_map(|line| line.strip_prefix("Hint: run: snapback ")).find(|l| l.contains(with));
    let words: Vec<&str> = hint.unwrap_or_else(|| panic!("no '{with}' in {ran:?}")).split(' ').collect();
    scene.run(&[&["-n"], words.as_slice()].concat())
}

#[test]
fn a_snapshot_that_the_cloud_has_lost_leaves_the_list_in_the_words_of_each_cloud() {
    for (kind, words) in [
        (
            "Bosh::Clouds::CloudError",
            "deleteSnapshot: Failed to delete snapshot ID CID: failed to delete snapshot: Resource not found: [DELETE https://cinder/v3/p/snapshots/CID], error message: {'itemNotFound': {'code': 404, 'message': 'Snapshot CID could not be found.'}}",
        ),
        ("Bosh::Clouds::CloudError", "delete snapshot CID failed: ErrorCode: InvalidSnapshotId.NotFound"),
        ("Bosh::Clouds::CloudError", "delete snapshot CID failed: Message: The specified SnapshotId does not exist."),
        ("Bosh::Clouds::CloudError", "Storage volume snapshot not found"),
        (
            "Bosh::Clouds::CloudError",
            "The Resource 'Microsoft.Compute/snapshots/CID' under resource group 'rg' was not found.",
        ),
        ("Errno::ENOENT", "No such file or directory @ apply2files - /var/vcap/dummy/snapshots/CID"),
        ("Unknown", "No such file or directory @ apply2files - /var/vcap/dummy/snapshots/CID"),
        ("Aws::EC2::Errors::InvalidSnapshotNotFound", "The snapshot 'CID' does not exist."),
    ] {
        let scene = scene(1, &[]);
        let cid = scene.known().remove(0);
        let words = words.replace("CID", &cid);
        does(&scene, &[], &json!({"delete_snapshot": format!("error:{kind}|{words}")}));
        let ran = scene.run(&["-n", "delete", &cid, "--output", "json"]);
        assert_eq!(ran.status, 0, "{words}: {ran:?}");
        assert_eq!(rows(&ran, "snapshots")[0]["result"], "gone");
        assert_eq!(scene.known(), [""; 0]);
    }
}

#[test]
fn where_the_cloud_only_fails_the_operators_word_counts() {
    let scene = scene(2, &[]);
    let cid = scene.known().remove(0);
    does(&scene, &[], &json!({"delete_snapshot": "error:Bosh::Clouds::CloudError|E-4711"}));
    let ran = scene.run(&["-n", "delete", &cid]);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains(&format!("Hint: run: snapback delete --forget-failed {cid}\n")), "{ran:?}");
    let strict = scene.run(&["-n", "check", "--forget", &cid]);
    assert_eq!(strict.status, 8, "{strict:?}");
    assert!(strict.stderr.contains(&format!("snapback delete --forget-failed {cid}")), "{strict:?}");
    let no = scene.prepare(&["delete", "--forget-failed", &cid]).stdin("n\n").go();
    assert_eq!(no.status, 10, "{no:?}");
    assert!(
        no.stderr.contains("Warning: if the cloud fails to delete a snapshot, snapback takes it off the list"),
        "{no:?}"
    );
    assert_eq!(scene.known().len(), 2);
    typed(&scene, &ran, "--forget-failed").quiet_success();
    assert_eq!(scene.known().len(), 1);
    let id = newest(&scene)["operation"].as_str().unwrap().to_owned();
    let steps = scene.sandbox.rows(&["operations", &id], "steps");
    assert_eq!((&steps[0]["kind"], &steps[0]["state"]), (&json!("delete_snapshot"), &json!("failed")));
    assert_eq!((&steps[1]["kind"], &steps[1]["state"]), (&json!("forget_snapshot"), &json!("done")));
    assert!(steps[1]["result"].as_str().unwrap().contains("tester@"), "{steps:?}");
    // And so a mass deletion ends clean.
    let ran = scene.run(&["-n", "-d", "prod", "delete-all"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    let ran = typed(&scene, &ran, "--forget-failed");
    assert_eq!(ran.status, 0, "{ran:?}");
    scene.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
    assert_eq!(scene.known(), [""; 0]);
}

#[test]
fn a_snapshot_that_may_be_there_is_not_forgotten() {
    // The cloud says that it is there.
    for methods in [&["describe_snapshot"][..], &["list_snapshots"]] {
        let scene = scene(1, methods);
        let cid = scene.known().remove(0);
        does(&scene, methods, &json!({"delete_snapshot": "error:Bosh::Clouds::CloudError|E-4711"}));
        let ran = scene.run(&["-n", "delete", "--forget-failed", &cid]);
        assert_eq!((ran.status, scene.known().len()), (7, 1), "{ran:?}");
        // It can tell, and does not.
        does(&scene, methods, &json!({"delete_snapshot": "error:E|E-4711", (methods[0]): "error:E|E-4712"}));
        let ran = scene.run(&["-n", "delete", "--forget-failed", &cid]);
        assert_eq!((ran.status, scene.known().len()), (7, 1), "{ran:?}");
        assert!(ran.stderr.contains("E-4712"), "{ran:?}");
        // It says that it is not there: nobody's word is needed.
        std::fs::remove_file(scene.sandbox.path("fake/snapshots").join(&cid)).unwrap();
        does(&scene, methods, &json!({"delete_snapshot": "error:Bosh::Clouds::CloudError|E-4711"}));
        scene.run(&["-n", "delete", &cid]).quiet_success();
        assert_eq!(scene.known(), [""; 0]);
    }
    // It has not answered, has been killed, or could not be asked.
    for answer in
        ["exit:1", "signal:9", "answer:nonsense", "error:Snapback::InUse|in use", "error:Snapback::OutcomeUnknown|?"]
    {
        let scene = scene(1, &[]);
        let cid = scene.known().remove(0);
        does(&scene, &[], &json!({"delete_snapshot": answer}));
        let ran = scene.run(&["-n", "delete", "--forget-failed", &cid]);
        let status = if answer.contains("InUse") { 4 } else { 7 };
        assert_eq!((ran.status, scene.known().len()), (status, 1), "{answer}: {ran:?}");
    }
    let scene = scene(1, &[]);
    let cid = scene.known().remove(0);
    std::fs::remove_file(scene.sandbox.path("fake/cpi")).unwrap();
    let ran = scene.run(&["-n", "delete", "--forget-failed", &cid]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert_eq!(scene.known().len(), 1);
}

#[test]
fn a_mass_deletion_into_an_outage_stops_and_recover_repeats_what_it_left() {
    let scene = scene(8, &[]);
    does(&scene, &[], &json!({"delete_snapshot": ["ok", "exit:1"]}));
    let ran = scene.run(&["-n", "-d", "prod", "delete-all", "--output", "json"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    let results: Vec<Value> = rows(&ran, "snapshots").iter().map(|row| row["result"].clone()).collect();
    assert_eq!(
        json!(results),
        json!(["deleted", "failed", "failed", "failed", "not tried", "not tried", "not tried", "not tried"])
    );
    assert!(
        ran.stdout.contains("stopped: the cloud left 3 calls in a row without an answer; 4 snapshots were not tried"),
        "{ran:?}"
    );
    assert_eq!(count(&scene, "delete_snapshot"), 4);
    assert_eq!(newest(&scene)["state"], "pending");
    // While it lasts, there are three questions, however often it is asked.
    for _ in 0..3 {
        let ran = scene.run(&["recover", "--output", "json"]);
        assert_eq!((ran.status, rows(&ran, "unknown_steps").len()), (7, 3), "{ran:?}");
    }
    does(&scene, &[], &json!({}));
    scene.run(&["recover"]).quiet_success();
    assert_eq!((scene.known().len(), scene.snapshots().len()), (4, 4));
    assert_ne!(newest(&scene)["state"], "pending");
    scene.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
    assert_eq!((scene.known().len(), scene.snapshots().len()), (0, 0));
}

#[test]
fn an_outage_from_the_beginning_is_a_failure_of_the_cpi() {
    let scene = scene(5, &[]);
    does(&scene, &[], &json!({"delete_snapshot": "act + exit:1"}));
    let ran = scene.run(&["-n", "-d", "prod", "delete-all"]);
    assert_eq!((ran.status, count(&scene, "delete_snapshot")), (7, 3), "{ran:?}");
    // They were deleted all the same: done again, that shows.
    does(&scene, &[], &json!({}));
    let ran = scene.run(&["recover"]);
    ran.quiet_success();
    assert!(ran.stdout.contains("it was gone already"), "{ran:?}");
    assert_eq!((scene.known().len(), scene.snapshots().len()), (2, 2));
}

#[test]
fn what_answers_between_two_outages_does_not_stop_a_run() {
    let scene = scene(6, &[]);
    does(&scene, &[], &json!({"delete_snapshot": ["exit:1", "exit:1", "error:E|no", "exit:1", "exit:1", "ok"]}));
    let ran = scene.run(&["-n", "-d", "prod", "delete-all"]);
    assert_eq!((ran.status, count(&scene, "delete_snapshot")), (3, 6), "{ran:?}");
    // A repeated deletion that is refused leaves no question, and the snapshot on the list.
    does(&scene, &[], &json!({"delete_snapshot": "error:E|no"}));
    let ran = scene.run(&["recover"]);
    ran.quiet_success();
    assert!(ran.stdout.contains("the snapshot stays on the list"), "{ran:?}");
    assert_eq!(scene.known().len(), 5);
    assert_eq!(scene.run(&["recover"]).stderr.trim(), scene.run(&["recover"]).stderr.trim());
    assert_ne!(newest(&scene)["state"], "pending");
}

#[test]
fn a_word_on_a_deletion_keeps_it_from_being_repeated() {
    let scene = scene(1, &[]);
    does(&scene, &[], &json!({"delete_snapshot": "exit:1"}));
    let cid = scene.known().remove(0);
    assert_eq!(scene.run(&["-n", "delete", &cid]).status, 7);
    let id = newest(&scene)["operation"].as_str().unwrap().to_owned();
    does(&scene, &[], &json!({}));
    scene.run(&["-n", "recover", &id, "--abandon"]).quiet_success();
    assert_eq!((scene.known().len(), scene.snapshots().len(), count(&scene, "delete_snapshot")), (1, 1, 1));
}

#[test]
fn a_selector_that_means_no_instance_is_not_found() {
    let scene = scene(1, &[]);
    for words in [&["nodb"][..], &["db/7"], &["nodb", "--dry-run"]] {
        let ran = scene.run(&[&["-n", "-d", "prod", "delete-all"], words].concat());
        assert_eq!(ran.status, 5, "{words:?}: {ran:?}");
    }
    scene.run(&["-n", "-d", "prod", "delete-all", "db"]).quiet_success();
    // An instance without snapshots has nothing to delete.
    scene.run(&["-n", "-d", "prod", "delete-all", "db/0"]).quiet_success();
}

#[test]
fn a_take_of_many_into_an_outage_stops_and_says_how_many_were_not_tried() {
    for (does, unknown) in [
        // No call is answered; or only the one that matters; or it is, and a VM's disks are told by the inventory alone.
        (json!({"snapshot_disk": "exit:1", "get_disks": "exit:1"}), true),
        (json!({"snapshot_disk": "exit:1"}), true),
        (json!({"snapshot_disk": "error:Bosh::Clouds::CloudError|execution expired"}), true),
    ] {
        let names: Vec<String> = (0..9).map(|number| format!("db/{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let scene = Scene::with(&names, &json!({}));
        self::does(&scene, &[], &does);
        let ran = scene.run(&["take", "--parallel", "1", "--output", "json"]);
        assert_eq!(ran.status, 7, "{ran:?}");
        let tried = count(&scene, "snapshot_disk");
        // Two threads take turns: one call may have begun before the third answer was missed.
        assert!((3..=4).contains(&tried), "{tried}: {ran:?}");
        let all = rows(&ran, "snapshots");
        let not_tried = all.iter().filter(|row| row["error"].as_str().is_some_and(|error| error.contains("not tried")));
        assert_eq!((all.len(), not_tried.count()), (9, 9 - tried), "{ran:?}");
        let left = 9 - tried;
        let said = format!("stopped: the cloud left 3 calls in a row without an answer; {left} disks were not tried");
        assert!(ran.stdout.contains(&said), "{ran:?}");
        assert_eq!(newest(&scene)["state"] == "pending", unknown);
    }
}

#[test]
fn answers_between_failures_do_not_stop_a_take() {
    let names: Vec<String> = (0..8).map(|number| format!("db/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::with(&names, &json!({}));
    let no = "error:Bosh::Clouds::CloudError|no";
    does(&scene, &[], &json!({"snapshot_disk": ["exit:1", no, "exit:1", no, "exit:1", no, "exit:1", no]}));
    let ran = scene.run(&["take", "--parallel", "1"]);
    assert_eq!((ran.status, count(&scene, "snapshot_disk")), (7, 8), "{ran:?}");
    assert!(!ran.stderr.contains("not tried"), "{ran:?}");
    // A refusal is an answer, however often it comes.
    let scene = Scene::with(&names, &json!({}));
    does(&scene, &[], &json!({"snapshot_disk": no}));
    assert_eq!((scene.run(&["take"]).status, count(&scene, "snapshot_disk")), (7, 8));
}

#[test]
fn recover_repeats_the_deletions_of_an_outage_of_twenty_snapshots() {
    let scene = scene(12, &[]);
    // As many again: two of each instance.
    scene.run(&["take", "--parallel", "4"]).quiet_success();
    let known = scene.known().len();
    assert_eq!(known, 24);
    // The cloud deletes them, and says nothing; each run stops after three.
    does(&scene, &[], &json!({"delete_snapshot": "act + exit:1"}));
    let words: Vec<String> = scene.known();
    for chunk in words.chunks(3).take(7) {
        let mut line = vec!["-n", "delete"];
        line.extend(chunk.iter().map(String::as_str));
        assert_eq!(scene.run(&line).status, 7);
    }
    let pending = scene.sandbox.rows(&["operations"], "operations");
    let pending = pending.iter().filter(|operation| operation["state"] == "pending").count();
    assert_eq!((pending, scene.known().len(), scene.snapshots().len()), (7, 24, 3));
    // While it lasts nothing is forgotten; of each operation three are tried.
    does(&scene, &[], &json!({"delete_snapshot": "exit:1"}));
    assert_eq!(scene.run(&["recover"]).status, 7);
    assert_eq!(scene.known().len(), 24);
    does(&scene, &[], &json!({}));
    scene.run(&["recover"]).quiet_success();
    assert_eq!((scene.known().len(), scene.snapshots().len()), (3, 3));
    let operations = scene.sandbox.rows(&["operations"], "operations");
    assert!(operations.iter().all(|operation| operation["state"] != "pending"), "{operations:#?}");
}
