//! A Director that says something else than the state file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::desk::{Case, Desk, Stands};
use crate::support::fake_bosh::{Director, file_system};

const FORGET: &str = r"printf %s 'deployments: [{name: DEPLOYMENT, instances: []}]' | snapback import -";

pub const CASES: &[Case] = &[
    Case { finding: "director_differs", next: "snapback import --from-bosh", scene: differs },
    Case { finding: "director_differs", next: FORGET, scene: without_the_deployment },
];

/// A Director with `db/0` and `db/1` of the deployment `prod`, which are imported.
pub fn directed() -> Director {
    let director = Director::with(&["db/0", "db/1"]);
    director.run(&["import", "--from-bosh"]).quiet_success();
    director
}

/// The Director takes a snapshot of `db/0`.
pub fn taken(director: &Director) -> String {
    director.change(|world| world["snapshots_enabled"] = json!(true));
    director.bosh(&["take-snapshot", &director.slug()]).quiet_success();
    director.change(|world| world["snapshots_enabled"] = json!(false));
    director.world()["snapshots"].as_array().unwrap().last().unwrap()["cid"].as_str().unwrap().to_owned()
}

/// Its cloud forgives who deletes a snapshot that is gone.
pub fn forgiving(director: &Director) {
    let world = director.world();
    let words: Vec<String> =
        world["cpi"].as_array().unwrap().iter().map(|word| format!("'{}'", word.as_str().unwrap())).collect();
    let script = format!(
        "#!/bin/sh\ntext=$(cat)\nanswer=$(printf '%s' \"$text\" | {})\ncase $text in\n*'\"delete_snapshot\"'*) \
         answer='{{\"result\": null, \"error\": null, \"log\": \"\"}}';;\nesac\nprintf '%s' \"$answer\"\n",
        words.join(" ")
    );
    let cpi = director.sandbox.path("forgiving");
    director.sandbox.write("forgiving", &script);
    fs::set_permissions(&cpi, fs::Permissions::from_mode(0o755)).unwrap();
    director.change(|world| world["cpi"] = json!([cpi]));
}

/// Another hand gives `db/0` the disk `disk-new`; the Director puts the old one away.
pub fn exchange(director: &Director) {
    let slug = director.slug();
    director.sandbox.make_disk("disk-new", 1 << 20, &file_system(&[("data", "new")]));
    director.bosh(&["stop", &slug, "--no-converge"]).quiet_success();
    director.bosh(&["attach-disk", &slug, "disk-new", "--disk-properties=copy"]).quiet_success();
    director.bosh(&["start", &slug, "--no-converge"]).quiet_success();
}

fn differs(case: &Case, stands: Stands) {
    type Change = fn(&Director) -> String;
    let changes: [Change; 6] = [
        // Another disk; it is orphaned, too.
        |director| {
            exchange(director);
            "db/0".to_owned()
        },
        |director| {
            exchange(director);
            "disk-db-0".to_owned()
        },
        // An instance that is gone, and one that is new.
        |director| {
            director.change(|world| drop(world["deployments"][0]["instances"].as_array_mut().unwrap().remove(1)));
            "db/1".to_owned()
        },
        |director| {
            director.change_instance(1, |instance| instance["index"] = json!(7));
            "db/7".to_owned()
        },
        // A snapshot that is gone, and one that is new.
        |director| {
            let cid = taken(director);
            director.run(&["import", "--from-bosh"]).quiet_success();
            director.bosh(&["delete-snapshot", &cid]).quiet_success();
            cid
        },
        taken,
    ];
    for change in changes {
        let director = directed();
        let about = change(&director);
        let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
        desk.may_bring("orphan_deadline").mends(case, &about, &[]);
    }
}

/// It was deleted, or this client may not see it: only the operator knows which.
fn without_the_deployment(case: &Case, stands: Stands) {
    let director = directed();
    for name in ["db/0", "db/1"] {
        fs::remove_dir_all(director.sandbox.path("cloud/vms").join(crate::support::vm_of(name))).unwrap();
    }
    director.change(|world| {
        let mut other = world["deployments"][0].clone();
        other["name"] = json!("other");
        other["instances"] = json!([]);
        world["deployments"] = json!([other]);
    });
    let desk = Desk::of(&director, stands).of_all_deployments().checking(&["--from-bosh"]);
    let before = desk.finds();
    let finding = desk.found(case, "db/0", &[("DEPLOYMENT", "prod")]);
    assert!(finding["message"].as_str().unwrap().contains("If this client may not see it"), "{finding:#?}");
    assert_eq!(desk.types(finding["next"].as_str().unwrap()).status, 0);
    for name in ["db/0", "db/1"] {
        desk.is_gone(case, name, &before);
    }
    let orphans = director.sandbox.rows(&["disks", "--orphaned"], "disks");
    assert_eq!(orphans.len(), 2, "nothing is forgotten: {orphans:#?}");
}
