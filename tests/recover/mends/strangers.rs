//! Snapshots that only the cloud has, and those that have come back.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::desk::{Case, Desk, Stands};
use super::directors::{directed, exchange, taken};
use super::snapshots::two;
use crate::support::fake_cpi::Scene;
use crate::support::{Sandbox, disk_of};

const ASK: &str = "snapback import --from-bosh && snapback check --from-bosh";
const BY_THE_CLOUD: &str = "gcloud compute snapshots delete CID";

pub const CASES: &[Case] = &[
    Case { finding: "snapshot_unknown", next: "snapback check --adopt CID", scene: unknown },
    Case { finding: "snapshot_unknown", next: "snapback recover OPERATION", scene: of_a_killed_take },
    Case { finding: "snapshot_unknown", next: "snapback check", scene: unknown_and_not_ready },
    Case { finding: "snapshot_unknown", next: BY_THE_CLOUD, scene: unknown_and_damaged },
    Case { finding: "snapshot_unknown", next: ASK, scene: the_directors_newest },
    Case { finding: "snapshot_unknown", next: "snapback import --from-bosh", scene: asked_for_the_directors_newest },
    Case { finding: "snapshot_unknown", next: "snapback check --from-bosh --adopt CID", scene: that_nobody_lists },
    Case { finding: "snapshot_unknown", next: "snapback disks --orphaned", scene: of_an_orphaned_disk },
    Case { finding: "snapshot_back", next: "snapback check --adopt CID", scene: back },
    Case { finding: "snapshot_back", next: BY_THE_CLOUD, scene: back_and_damaged },
    Case { finding: "snapshot_back", next: "snapback check", scene: back_and_not_ready },
];

fn unknown(case: &Case, stands: Stands) {
    let (sandbox, cid) = two();
    let connection = Connection::open(sandbox.state()).unwrap();
    connection.execute("DELETE FROM snapshots WHERE cid = ?1", [&cid]).unwrap();
    Desk::at(&sandbox, stands).mends(case, &cid, &[("CID", &cid)]);
}

fn of_a_killed_take(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let killed = sandbox.prepare(&["take"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 128 + 9);
    let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let cid = sandbox.names("cloud/snapshots").remove(0);
    Desk::at(&sandbox, stands).mends(case, &cid, &[("OPERATION", &id)]);
}

/// A cloud of this CPI, with an instance that nobody manages; and a snapshot in this state.
pub fn listing(cpi: &str, state: &str) -> (Scene, Value) {
    let scene = Scene::with(&["db/0"], &json!({}));
    let edit = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(scene.sandbox.path(file)).unwrap();
        scene.sandbox.write(file, &text.replace(from, to));
    };
    edit("inventory.yml", "managed_by: director", "managed_by: nobody");
    edit("director.yml", "fake_cpi", cpi);
    fs::remove_file(scene.sandbox.state()).unwrap();
    scene.run(&["import", "inventory.yml"]).quiet_success();
    let row = json!({"cid": "snap-1", "disk_cid": "disk-0", "created_at": "2026-11-20T00:00:00Z", "state": state,
        "metadata": {}});
    (scene, row)
}

pub fn lists(scene: &Scene, rows: &Value) {
    let info =
        json!({"api_version": 2, "snapback": {"version": 1, "methods": ["list_snapshots"], "stores_metadata": true}});
    let answer = json!({"result": rows, "error": null, "log": ""});
    scene.does(&info, &json!({"list_snapshots": format!("answer:{answer}")}));
}

fn unknown_and_not_ready(case: &Case, stands: Stands) {
    let (scene, mut row) = listing("fake_cpi", "pending");
    lists(&scene, &json!([row]));
    let desk = Desk::at(&scene.sandbox, stands);
    let before = desk.tells(case, "snap-1", &[], &["not ready yet"]);
    row["state"] = json!("ready");
    lists(&scene, &json!([row]));
    assert_eq!(desk.types(&desk.line("snapback check --adopt snap-1", &[])).status, 0);
    desk.is_gone(case, "snap-1", &before);
    // One that is damaged has to be deleted in the cloud, for which no command is known here.
    let (scene, row) = listing("fake_cpi", "failed");
    lists(&scene, &json!([row]));
    let desk = Desk::at(&scene.sandbox, stands);
    let before = desk.tells(case, "snap-1", &[], &["delete it in the cloud"]);
    lists(&scene, &json!([]));
    desk.is_gone(case, "snap-1", &before);
}

fn the_directors_newest(case: &Case, stands: Stands) {
    let director = directed();
    let cid = taken(&director);
    Desk::of(&director, stands).mends(case, &cid, &[]);
}

fn asked_for_the_directors_newest(case: &Case, stands: Stands) {
    let director = directed();
    let cid = taken(&director);
    Desk::of(&director, stands).checking(&["--from-bosh"]).mends(case, &cid, &[]);
}

/// Another hand's, or of before the Director went back to an old database.
fn that_nobody_lists(case: &Case, stands: Stands) {
    let director = directed();
    let cid = taken(&director);
    director.run(&["check", "--from-bosh", "--adopt", &cid]).refused(4, &["may be the Director's"]);
    director.change(|world| world["snapshots"] = json!([]));
    director.run(&["-n", "check", "--adopt", &cid]).refused(4, &["may be the Director's"]);
    Desk::of(&director, stands).checking(&["--from-bosh"]).mends(case, &cid, &[("CID", &cid)]);
}

/// BOSH deletes it with its disk.
fn of_an_orphaned_disk(case: &Case, stands: Stands) {
    let director = directed();
    let cid = taken(&director);
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    let desk = Desk::of(&director, stands);
    let before = desk.tells(case, &cid, &[], &["BOSH deletes both together"]);
    director.bosh(&["delete-disk", &disk_of("db/0")]).quiet_success();
    director.run(&["import", "--from-bosh"]).quiet_success();
    desk.is_gone(case, &cid, &before);
}

fn back(case: &Case, stands: Stands) {
    let (sandbox, cid) = two();
    let place = sandbox.path("cloud/snapshots").join(&cid);
    fs::rename(&place, sandbox.path("away")).unwrap();
    sandbox.run(&["-n", "check", "--forget", &cid]).quiet_success();
    fs::rename(sandbox.path("away"), &place).unwrap();
    Desk::at(&sandbox, stands).mends(case, &cid, &[("CID", &cid)]);
}

/// The cloud's own command line, whose double deletes it.
fn deleted_in_the_cloud(scene: &Scene, case: &Case, stands: Stands) {
    let row = json!({"cid": "snap-1", "disk_cid": "disk-0", "created_at": "2026-11-20T00:00:00Z", "state": "failed",
        "metadata": {}});
    lists(scene, &json!([row]));
    let desk = Desk::at(&scene.sandbox, stands);
    let there = fs::read_to_string(scene.sandbox.path("fake/fake.json")).unwrap();
    lists(scene, &json!([]));
    fs::rename(scene.sandbox.path("fake/fake.json"), scene.sandbox.path("without")).unwrap();
    scene.sandbox.write("fake/fake.json", &there);
    let place = scene.sandbox.path("");
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = 'compute snapshots delete snap-1' ] && mv '{0}without' '{0}fake/fake.json'\n",
        place.display()
    );
    scene.sandbox.write("bin/gcloud", &script);
    fs::set_permissions(scene.sandbox.path("bin/gcloud"), fs::Permissions::from_mode(0o755)).unwrap();
    desk.mends(case, "snap-1", &[("CID", "snap-1")]);
}

fn unknown_and_damaged(case: &Case, stands: Stands) {
    let (scene, _) = listing("google_cpi", "failed");
    deleted_in_the_cloud(&scene, case, stands);
}

fn back_and_damaged(case: &Case, stands: Stands) {
    let (scene, row) = listing("google_cpi", "ready");
    lists(&scene, &json!([row]));
    scene.run(&["-n", "check", "--adopt", "snap-1"]).quiet_success();
    lists(&scene, &json!([]));
    scene.run(&["-n", "check", "--forget", "snap-1"]).quiet_success();
    deleted_in_the_cloud(&scene, case, stands);
}

fn back_and_not_ready(case: &Case, stands: Stands) {
    let (scene, mut row) = listing("fake_cpi", "ready");
    lists(&scene, &json!([row]));
    scene.run(&["-n", "check", "--adopt", "snap-1"]).quiet_success();
    lists(&scene, &json!([]));
    scene.run(&["-n", "check", "--forget", "snap-1"]).quiet_success();
    for (state, says) in [("pending", "not ready, or on its way out"), ("failed", "delete it in the cloud")] {
        row["state"] = json!(state);
        lists(&scene, &json!([row]));
        let desk = Desk::at(&scene.sandbox, stands);
        let before = desk.tells(case, "snap-1", &[], &[says]);
        lists(&scene, &json!([]));
        desk.is_gone(case, "snap-1", &before);
    }
}
