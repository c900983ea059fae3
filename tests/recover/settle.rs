//! Steps of which even the cloud cannot tell: what `recover` shows of them, and what an operator says of them.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;

use serde_json::{Value, json};
use support::fake_cpi::Scene;
use support::{Ran, Run};

/// What a CPI with these methods of the extension says of itself.
fn info(methods: &[&str], stores_metadata: bool) -> Value {
    json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": stores_metadata}})
}

/// Instances `db/0`, ... on a cloud that forgets metadata.
fn scene(instances: usize, info: &Value, does: &Value) -> Scene {
    let names: Vec<String> = (0..instances).map(|number| format!("db/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::with(&names, &json!({}));
    script(&scene, info, does, &json!({}));
    scene
}

/// Says from now on what the CPI does, and what else is so.
fn script(scene: &Scene, info: &Value, does: &Value, more: &Value) {
    let vms: Value = (0..4).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    let mut script = json!({"info": info, "vms": vms, "does": does, "forgets": true});
    script.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    scene.script(&script);
}

const LOST: &str = "act + exit:1";
const LISTS: &[&str] = &["list_snapshots"];

/// A take of `db/0` whose answer was lost; gives its operation.
fn lost(info: &Value) -> (Scene, String) {
    let scene = scene(1, info, &json!({"snapshot_disk": LOST}));
    assert_eq!(scene.run(&["take", "db/0"]).status, 7);
    let id = operation(&scene);
    (scene, id)
}

/// The newest operation.
fn operation(scene: &Scene) -> String {
    scene.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

fn state(scene: &Scene, id: &str) -> String {
    let all = scene.sandbox.rows(&["operations"], "operations");
    let row = all.iter().find(|row| row["operation"] == id).unwrap();
    row["state"].as_str().unwrap().to_owned()
}

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
}

/// The steps that `recover` calls unknown.
fn unknown(scene: &Scene) -> Vec<Value> {
    let ran = scene.run(&["recover", "--output", "json"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    document(&ran)["unknown_steps"].as_array().unwrap().clone()
}

/// Types a command that `recover` has named.
fn typed(scene: &Scene, command: &Value) -> Ran {
    let words: Vec<&str> = command.as_str().unwrap().split(' ').skip(1).collect();
    scene.run(&[&["-n"], words.as_slice()].concat())
}

/// The record of a snapshot that somebody else has made in the cloud.
fn foreign(scene: &Scene, cid: &str, disk: &str, created_at: &str, metadata: &Value) {
    fs::create_dir_all(scene.sandbox.path("fake/snapshots")).unwrap();
    let record =
        json!({"cid": cid, "disk_cid": disk, "created_at": created_at, "state": "ready", "metadata": metadata});
    scene.sandbox.write(&format!("fake/snapshots/{cid}"), &record.to_string());
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339()
}

#[test]
fn a_late_snapshot_is_a_candidate_and_adopted() {
    let (scene, id) = lost(&info(LISTS, false));
    let made = scene.snapshots().remove(0);
    foreign(&scene, "snap-of-another", "disk-9", &now(), &json!({}));
    foreign(&scene, "snap-of-before", "disk-0", "2020-01-01T00:00:00Z", &json!({}));
    let steps = unknown(&scene);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0]["candidates"], json!([made]));
    assert_eq!((&steps[0]["number"], &steps[0]["disk_cid"]), (&json!(1), &json!("disk-0")));
    let told = scene.run(&["recover"]);
    let line = format!("run: snapback recover {id} --adopt {made}\n");
    for word in ["unknown here:", &made, &line, &format!("run: snapback recover {id} --abandon\n")] {
        assert!(told.stderr.contains(word), "no '{word}' in {told:?}");
    }
    typed(&scene, &steps[0]["adopt"]).quiet_success();
    let rows = scene.sandbox.rows(&["snapshots"], "snapshots");
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["cid"], &rows[0]["operation"], &rows[0]["note"]),
        (&json!(made), &json!(id), &json!("adopted"))
    );
    assert_eq!(rows[0]["disk_cid"], "disk-0");
    let steps = scene.sandbox.rows(&["operations", &id], "steps");
    let notes = steps[0]["notes"].as_str().unwrap();
    assert!(notes.contains("tester@") && notes.contains("the CPI lists it as a snapshot of disk-0"), "{notes}");
    assert_eq!((&steps[0]["state"], &steps[0]["result"]), (&json!("done"), &json!(made)));
    assert_eq!(state(&scene, &id), "partly");
    // It is one as good as any: it can be deleted.
    scene.run(&["-n", "delete", &made]).quiet_success();
    assert_eq!(scene.run(&["recover"]).status, 0);
}

#[test]
fn what_is_known_here_is_no_candidate() {
    let scene = scene(1, &info(LISTS, false), &json!({}));
    scene.run(&["take", "db/0"]).quiet_success();
    let first = scene.known().remove(0);
    script(&scene, &info(LISTS, false), &json!({"snapshot_disk": LOST}), &json!({}));
    assert_eq!(scene.run(&["take", "db/0", "--note", "the second"]).status, 7);
    let id = operation(&scene);
    let candidates = unknown(&scene)[0]["candidates"].as_array().unwrap().clone();
    assert_eq!(candidates.len(), 1);
    assert_ne!(candidates[0], first);
    let ran = scene.run(&["-n", "recover", &id, "--adopt", &first]);
    ran_refused(&ran, 4, &["is known already", "nothing was recorded"]);
    typed(&scene, &unknown(&scene)[0]["adopt"]).quiet_success();
    assert_eq!(scene.known(), scene.snapshots());
    let notes: Vec<Value> =
        scene.sandbox.rows(&["snapshots"], "snapshots").iter().map(|row| row["note"].clone()).collect();
    assert!(notes.contains(&json!("the second (adopted)")), "{notes:?}");
}

/// Refused with this status, by an error of the operation's row or of the command.
#[track_caller]
fn ran_refused(ran: &Ran, status: i32, words: &[&str]) {
    assert_eq!(ran.status, status, "{ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "no '{word}' in {ran:?}");
    }
}

#[test]
fn a_wrong_cid_is_refused_where_it_can_be_checked() {
    let (scene, id) = lost(&info(&["list_snapshots", "describe_snapshot"], false));
    foreign(&scene, "snap-of-another", "disk-9", &now(), &json!({}));
    foreign(&scene, "snap-of-before", "disk-0", "2020-01-01T00:00:00Z", &json!({}));
    foreign(&scene, "snap-of-a-step", "disk-0", &now(), &json!({"snapback_operation": "ffffffffffff"}));
    for (cid, status, words) in [
        ("snap-typo", 5, "has no snapshot snap-typo"),
        ("snap-of-another", 4, "is of disk disk-9, and not of disk-0"),
        ("snap-of-before", 4, "before the step began"),
        ("snap-of-a-step", 4, "another step's name"),
    ] {
        for way in [&["-n"][..], &["-n", "recover", "--dry-run"][..]] {
            let more = if way.len() > 1 { way.to_vec() } else { vec!["-n", "recover"] };
            let ran = scene.run(&[&more[..], &[&id, "--adopt", cid]].concat());
            ran_refused(&ran, status, &[words, "nothing was recorded"]);
        }
        assert_eq!(scene.known(), [""; 0]);
        assert_eq!(state(&scene, &id), "pending");
    }
    // One of the candidates is not it, and an operator may say so.
    assert_eq!(unknown(&scene)[0]["candidates"].as_array().unwrap().len(), 2);
    for (words, status) in [
        (&["--adopt", "9=snap-1"][..], 5),
        (&["--adopt", "1=snap-1", "--abandon", "1"], 2),
        (&["--adopt", "snap\u{7}"], 2),
        (&["--abandon", "x"], 2),
    ] {
        let ran = scene.run(&[&["-n", "recover", &id][..], words].concat());
        assert_eq!(ran.status, status, "{words:?}: {ran:?}");
    }
    assert_eq!(state(&scene, &id), "pending");
}

#[test]
fn a_cloud_that_keeps_metadata_needs_no_word() {
    let (scene, id) = lost(&info(LISTS, true));
    // It forgets them, and so what it says is wrong: but it is believed, since it says that it keeps them.
    scene.run(&["recover"]).quiet_success();
    assert_eq!((state(&scene, &id), scene.known()), ("failed".to_owned(), Vec::new()));
    let (scene, id) = lost(&info(&[], true));
    assert_eq!(state(&scene, &id), "pending");
    assert_eq!(unknown(&scene)[0]["candidates"], Value::Null, "it does not list");
}

#[test]
fn without_a_list_an_operator_is_told_what_to_look_for() {
    let scene = Scene::of_one(&json!({"snapshot_disk": "act + hang"}));
    assert_eq!(scene.run(&["take", "db/0", "--timeout", "1"]).status, 7);
    let id = operation(&scene);
    let ran = scene.run(&["recover"]);
    for word in [
        "still running after 1 s, and was ended",
        "look in the cloud for a snapshot of disk disk-0, made from 20",
        &format!("UTC, with snapback_operation={id} snapback_step=1 deployment=prod index=0 job=db"),
        &format!("run: snapback recover {id} --adopt CID"),
        &format!("run: snapback recover {id} --abandon"),
    ] {
        assert!(ran.stderr.contains(word), "no '{word}' in {ran:?}");
    }
    // As often as one likes: what is known of it stays.
    assert!(scene.run(&["recover"]).stderr.contains("still running after 1 s, and was ended"));
    let made = scene.snapshots().remove(0);
    let dry = scene.run(&["recover", &id, "--adopt", &made, "--dry-run"]);
    dry.quiet_success();
    assert!(dry.stdout.contains("unchecked: the CPI 'fake_cpi' has no list_snapshots"), "{dry:?}");
    assert_eq!((state(&scene, &id), scene.known()), ("pending".to_owned(), Vec::new()));
    scene.run(&["-n", "recover", &id, "--adopt", &made]).quiet_success();
    assert_eq!(scene.sandbox.rows(&["snapshots"], "snapshots")[0]["note"], "adopted, unchecked");
}

#[test]
fn it_asks_before_it_records() {
    let (scene, id) = lost(&Value::Null);
    let no = scene.prepare(&["recover", &id, "--abandon"]).stdin("n\n").go();
    assert_eq!(no.status, 10, "{no:?}");
    assert!(no.stderr.contains("Recording this on your word"), "{no:?}");
    assert_eq!(scene.run(&["recover", &id, "--abandon", "--output", "json"]).status, 2);
    assert_eq!(scene.run(&["recover", "--abandon"]).status, 2, "of which operation?");
    assert_eq!(state(&scene, &id), "pending");
    let yes = scene.prepare(&["recover", &id, "--abandon"]).stdin("y\n").go();
    assert_eq!((yes.status, state(&scene, &id)), (0, "failed".to_owned()), "{yes:?}");
    assert_eq!(scene.known(), [""; 0]);
    let steps = scene.sandbox.rows(&["operations", &id], "steps");
    assert_eq!(steps[0]["state"], "failed");
    assert!(steps[0]["result"].as_str().unwrap().starts_with("abandoned: tester@"), "{steps:?}");
    // It has ended.
    assert_eq!(scene.run(&["-n", "recover", &id, "--abandon"]).status, 5);
}

#[test]
fn several_unknown_steps_are_told_apart_by_their_numbers() {
    let scene = scene(3, &info(LISTS, false), &json!({"snapshot_disk": [LOST, LOST, "exit:1"]}));
    assert_eq!(scene.run(&["take", "--parallel", "1"]).status, 7);
    let id = operation(&scene);
    let steps = unknown(&scene);
    assert_eq!(steps.iter().map(|step| step["number"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let of = |at: usize| steps[at]["candidates"][0].as_str().unwrap();
    assert_eq!(steps[2]["candidates"], json!([]));
    let ran = scene.run(&["-n", "recover", &id, "--adopt", of(0)]);
    ran_refused(&ran, 2, &["3 steps are unknown", "2: snapshot disk disk-1", "--adopt N=CID"]);
    let crossed = format!("1={}", of(1));
    ran_refused(&scene.run(&["-n", "recover", &id, "--adopt", &crossed]), 4, &["is of disk disk-1, and not of disk-0"]);
    // One of them, and the rest stays open.
    assert_eq!(typed(&scene, &steps[1]["adopt"]).status, 7);
    assert_eq!(scene.known(), [of(1)]);
    let (first, again) = (format!("1={}", of(0)), format!("2={}", of(1)));
    // What was said before may be said again; the opposite may not.
    ran_refused(&scene.run(&["-n", "recover", &id, "--abandon", "2"]), 4, &["it has happened: snap-"]);
    let all = ["-n", "recover", &id, "--adopt", &first, "--adopt", &again, "--abandon", "3"];
    scene.run(&all).quiet_success();
    let mut known = scene.known();
    known.sort();
    assert_eq!(known, scene.snapshots());
    assert_eq!(state(&scene, &id), "partly");
}

#[test]
fn one_cid_is_not_two_snapshots() {
    let scene = scene(2, &Value::Null, &json!({"snapshot_disk": LOST}));
    assert_eq!(scene.run(&["take"]).status, 7);
    let id = operation(&scene);
    let ran = scene.run(&["-n", "recover", &id, "--adopt", "1=snap-x", "--adopt", "2=snap-x"]);
    ran_refused(&ran, 4, &["steps 1 and 2 cannot both have made snap-x"]);
    assert_eq!(scene.known(), [""; 0]);
}

#[test]
fn a_deletion_that_nobody_can_tell_of() {
    let taken = |info: &Value| {
        let scene = scene(1, info, &json!({"delete_snapshot": LOST}));
        scene.run(&["take", "db/0"]).quiet_success();
        let cid = scene.known().remove(0);
        let status = scene.run(&["-n", "delete", &cid]).status;
        assert_eq!(status, if info.is_null() { 7 } else { 0 });
        (operation(&scene), scene, cid)
    };
    let (id, scene, cid) = taken(&Value::Null);
    let told = scene.run(&["recover"]);
    assert!(told.stderr.contains(&format!("look in the cloud whether snapshot {cid} is gone")), "{told:?}");
    assert!(told.stderr.contains(&format!("--adopt {cid}\n")), "{told:?}");
    ran_refused(&scene.run(&["-n", "recover", &id, "--adopt", "snap-1"]), 4, &["was about snapshot"]);
    scene.run(&["-n", "recover", &id, "--abandon"]).quiet_success();
    assert_eq!(scene.known(), [cid.as_str()], "the row stays");
    // It is asked for again, and the cloud says that it has no such thing.
    script(&scene, &Value::Null, &json!({}), &json!({}));
    scene.run(&["-n", "delete", &cid]).quiet_success();
    assert_eq!(scene.known(), [""; 0]);

    let (id, scene, cid) = taken(&Value::Null);
    scene.run(&["-n", "recover", &id, "--adopt", &cid]).quiet_success();
    assert_eq!(scene.known(), [""; 0]);

    let (_, scene, _) = taken(&info(&["describe_snapshot"], false));
    assert_eq!(scene.known(), [""; 0], "a CPI that can tell is asked, and nobody else");
}

/// A promotion whose answer was lost, on a CPI that cannot find it.
fn lost_disk(command: &[&str]) -> (Scene, String) {
    let info = info(&["create_disk_from_snapshot"], false);
    let scene = scene(1, &info, &json!({"create_disk_from_snapshot": LOST}));
    scene.run(&["take", "db/0"]).quiet_success();
    let cid = scene.known().remove(0);
    let ran = scene.run(&[command, &[&cid]].concat());
    assert_ne!(ran.status, 0, "{ran:?}");
    let id = operation(&scene);
    (scene, id)
}

#[test]
fn a_disk_that_nobody_can_find_is_adopted() {
    let (scene, id) = lost_disk(&["promote"]);
    let made = scene.sandbox.names("fake/disks").remove(0);
    let can = info(&["create_disk_from_snapshot"], false);
    script(&scene, &can, &json!({}), &json!({"has": [made, "disk-0"]}));
    let told = scene.run(&["recover"]);
    assert!(told.stderr.contains("look in the cloud for a disk made from snapshot snap-"), "{told:?}");
    ran_refused(&scene.run(&["-n", "recover", &id, "--adopt", "disk-typo"]), 5, &["has no disk disk-typo"]);
    ran_refused(&scene.run(&["-n", "recover", &id, "--adopt", "disk-0"]), 4, &["is known already"]);
    scene.run(&["-n", "recover", &id, "--adopt", &made]).quiet_success();
    let disks = scene.sandbox.rows(&["disks", "--orphaned"], "disks");
    assert_eq!(disks.len(), 1);
    assert_eq!(disks[0]["disk_cid"], json!(made), "{disks:?}");
    assert_eq!(scene.run(&["recover"]).stdout, "");

    let (scene, id) = lost_disk(&["promote"]);
    script(&scene, &can, &json!({"has_disk": "error:Bosh::Clouds::NotImplemented|no"}), &json!({}));
    let ran = scene.run(&["-n", "recover", &id, "--adopt", "disk-by-hand"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("unchecked: the CPI 'fake_cpi' has no has_disk"), "{ran:?}");
    let (scene, id) = lost_disk(&["promote"]);
    scene.run(&["-n", "recover", &id, "--abandon"]).quiet_success();
    assert_eq!(scene.sandbox.rows(&["disks", "--orphaned"], "disks").len(), 0);
}

#[test]
fn a_recover_that_is_killed_is_run_again() {
    for (fault, settled) in [
        ("recover.take_over.after", false),
        ("settle.snapshot_disk.before", false),
        ("settle.snapshot_disk.after", false),
        ("decide.snapshot_disk.before", false),
        ("decide.snapshot_disk.after", true),
        ("recover.clear_leftovers.intended", true),
        ("recover.finish.before", true),
    ] {
        let (scene, id) = lost(&info(LISTS, false));
        let made = scene.snapshots().remove(0);
        let words = ["-n", "recover", &id, "--adopt", &made];
        let killed: Run = scene.prepare(&words).fault(&format!("{fault}=kill"));
        let killed = killed.go();
        if killed.status == 0 {
            assert!(fault.contains("clear_leftovers"), "{fault}: {killed:?}");
            continue;
        }
        assert_eq!(killed.status, 137, "{fault}: {killed:?}");
        assert_eq!(scene.known().len(), usize::from(settled), "{fault}");
        if settled {
            // The word is recorded: it may be said again with its number, and is not needed.
            scene.run(&["recover"]).quiet_success();
        } else {
            scene.run(&words).quiet_success();
        }
        assert_eq!((scene.known(), scene.snapshots()), (vec![made.clone()], vec![made]), "{fault}");
        assert_eq!(state(&scene, &id), "partly", "{fault}");
    }
}

#[test]
fn a_child_that_outlives_a_kill_is_waited_for_and_what_it_makes_is_adopted() {
    let scene = scene(1, &info(LISTS, false), &json!({"snapshot_disk": "sleep:4000 + ok"}));
    let mut child = scene.prepare(&["take", "db/0"]).start();
    scene.wait_for_call("snapshot_disk", 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let id = operation(&scene);
    let ran = scene.run(&["recover"]);
    ran_refused(
        &ran,
        6,
        &[
            "is still running (process ",
            "): step 1, snapshot_disk on the CPI 'fake_cpi' (snapshot disk disk-0 of db/0), since 20",
            &format!("run: snapback recover {id} --wait-lock 600"),
        ],
    );
    ran_refused(&scene.run(&["recover", "--wait-lock", "1"]), 6, &["; waiting for up to 1 s\n"]);
    let waiting = scene.run(&["--wait-lock", "30", "recover", "--output", "json"]);
    assert_eq!(waiting.status, 7, "{waiting:?}");
    let made = scene.snapshots();
    assert_eq!(made.len(), 1, "it was waited for");
    let steps = document(&waiting)["unknown_steps"].clone();
    assert_eq!(steps[0]["candidates"], json!(made));
    typed(&scene, &steps[0]["adopt"]).quiet_success();
    assert_eq!((scene.known(), state(&scene, &id)), (made, "partly".to_owned()));
}

#[test]
fn a_cloud_that_can_tell_and_does_not_is_asked_again() {
    let can = info(LISTS, true);
    let busy = "error:Bosh::Clouds::CloudError|the cloud is down";
    let scene = scene(1, &can, &json!({"snapshot_disk": LOST, "list_snapshots": busy}));
    let keeps = |does: Value| script(&scene, &can, &does, &json!({"forgets": false}));
    keeps(json!({"snapshot_disk": LOST, "list_snapshots": busy}));
    assert_eq!(scene.run(&["take", "db/0"]).status, 7);
    let id = operation(&scene);
    let ran = scene.run(&["recover"]);
    ran_refused(
        &ran,
        7,
        &[
            "Error: the outcome of one step is unknown\n",
            "the CPI 'fake_cpi' can tell, but did not: fake_cpi: list_snapshots: the cloud is down",
            &format!("when it answers again:\nHint: run: snapback recover {id}\n"),
            "if it never will:\nHint: look in the cloud for a snapshot of disk disk-0",
        ],
    );
    // Nor is a CID believed that could be checked.
    ran_refused(&scene.run(&["-n", "recover", &id, "--adopt", "snap-1"]), 7, &["the cloud is down"]);
    assert_eq!(scene.known(), [""; 0]);
    // Once it answers, its word counts, and an operator's that says otherwise is refused.
    keeps(json!({}));
    let ran = scene.run(&["-n", "recover", &id, "--abandon"]);
    ran_refused(&ran, 4, &["it has happened: snap-", "that is known"]);
    scene.run(&["recover"]).quiet_success();
    assert_eq!((scene.known(), state(&scene, &id)), (scene.snapshots(), "partly".to_owned()));
    assert_eq!(scene.sandbox.rows(&["snapshots"], "snapshots")[0]["note"], Value::Null);
}

#[test]
fn a_restore_whose_new_disk_is_unknown_goes_back_and_keeps_it() {
    let can = info(&["create_disk_from_snapshot"], false);
    let scene = scene(1, &can, &json!({"create_disk_from_snapshot": LOST}));
    let inventory = fs::read_to_string(scene.sandbox.path("inventory.yml")).unwrap();
    scene.sandbox.write("inventory.yml", &inventory.replace("managed_by: director", "managed_by: nobody"));
    scene.run(&["import", "inventory.yml"]).quiet_success();
    scene.run(&["take", "db/0"]).quiet_success();
    let ran = scene.run(&["-n", "restore", &scene.known()[0]]);
    assert_eq!(ran.status, 7, "{ran:?}");
    let id = operation(&scene);
    assert_eq!(state(&scene, &id), "pending");
    // The instance is nobody else's until it is known.
    assert_eq!(scene.run(&["take", "db/0"]).status, 6);
    let made = scene.sandbox.names("fake/disks").remove(0);
    let ran = scene.run(&["-n", "recover", &id, "--adopt", &made]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains(&format!("db/0 was not touched; the new disk {made} is kept")), "{ran:?}");
    let disks = scene.sandbox.rows(&["disks"], "disks");
    let states: Vec<(&Value, &Value)> = disks.iter().map(|disk| (&disk["disk_cid"], &disk["state"])).collect();
    assert!(states.contains(&(&json!("disk-0"), &json!("active"))), "{states:?}");
    assert!(states.contains(&(&json!(made), &json!("orphaned"))), "{states:?}");
    scene.run(&["take", "db/0"]).quiet_success();
}

#[test]
fn a_scratch_disk_that_may_be_gone() {
    let can = info(&["create_disk_from_snapshot", "find_disk"], false);
    let gone = "error:Bosh::Clouds::NotImplemented|no has_disk";
    for (word, kept) in [("--adopt", false), ("--abandon", true)] {
        let scene = scene(1, &can, &json!({"delete_disk": LOST, "has_disk": gone}));
        let manifest = fs::read_to_string(scene.sandbox.path("director.yml")).unwrap();
        scene.sandbox.write(
            "director.yml",
            &(manifest + "    hooks:\n      verify: [/bin/sh, -c, 'echo $SNAPBACK_HOOK_DISK']\n"),
        );
        scene.run(&["take", "db/0"]).quiet_success();
        let ran = scene.run(&["drill", &scene.known()[0]]);
        assert_eq!(ran.status, 7, "{ran:?}");
        let (id, disk) = (operation(&scene), scene.sandbox.names("fake/disks").remove(0));
        let told = scene.run(&["recover"]);
        let line = format!(
            "look in the cloud whether disk {disk} is gone\nHint: if it is:\nHint: run: snapback recover {id} --adopt {disk}\n"
        );
        ran_refused(&told, 7, &["can tell, but did not: fake_cpi: has_disk: ", &line]);
        ran_refused(&scene.run(&["-n", "recover", &id, "--adopt", "disk-9"]), 4, &["was about disk"]);
        // It is deleted once more, where it is there still; and that succeeds.
        script(&scene, &can, &json!({"has_disk": gone}), &json!({}));
        let words: &[&str] = if kept { &["--abandon"] } else { &[word, &disk] };
        scene.run(&[&["-n", "recover", id.as_str()], words].concat()).quiet_success();
        let deletions = scene.methods().iter().filter(|method| *method == "delete_disk").count();
        assert_eq!(deletions, if kept { 2 } else { 1 });
        assert_eq!(scene.sandbox.rows(&["disks", "--orphaned"], "disks").len(), 0, "{word}");
    }
}
