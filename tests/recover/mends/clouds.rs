//! Clouds that fail, that cannot tell, or that are not there; and a place that is full.

use std::fs;

use serde_json::json;

use super::desk::{Case, Desk, Stands};
use crate::support::Sandbox;
use crate::support::fake_cpi::Scene;

pub const CASES: &[Case] = &[
    Case { finding: "cpi_failed", next: "snapback cpis", scene: unusable },
    Case { finding: "cpi_failed", next: "snapback --verbose check", scene: failing },
    Case { finding: "cannot_tell", next: "snapback cpis", scene: without_a_method },
    Case { finding: "cloud_absent", next: "snapback manifest", scene: not_mounted },
    Case { finding: "little_space", next: "snapback prune --dry-run", scene: full },
];

/// The executable is not where it should be.
fn unusable(case: &Case, stands: Stands) {
    let scene = Scene::of_one(&json!({}));
    let cpi = scene.sandbox.path("fake/cpi");
    fs::rename(&cpi, scene.sandbox.path("away")).unwrap();
    let desk = Desk::at(&scene.sandbox, stands);
    let before = desk.finds();
    let finding = desk.found(case, "fake_cpi", &[]);
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(
        ran.stdout.contains("fake_cpi") && ran.stdout.contains("fake/cpi"),
        "it says where it is looked for: {ran:?}"
    );
    fs::rename(scene.sandbox.path("away"), &cpi).unwrap();
    desk.is_gone(case, "fake_cpi", &before);
}

/// A call that failed once does not fail the next time; one that goes on is shown, call by call.
fn failing(case: &Case, stands: Stands) {
    let scene = Scene::of_one(&json!({"has_disk": "error:Bosh::Clouds::CloudError|the cloud is down"}));
    let desk = Desk::at(&scene.sandbox, stands);
    let before = desk.finds();
    let finding = desk.found(case, "fake_cpi", &[]);
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(ran.status == 11 && ran.stderr.contains("has_disk"), "{ran:?}");
    scene.script(&json!({"vms": {"vm-0": ["disk-0"]}}));
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    desk.is_gone(case, "fake_cpi", &before);
}

/// By nature: only another CPI could tell.
fn without_a_method(case: &Case, stands: Stands) {
    let scene = Scene::of_one(&json!({}));
    scene.run(&["take"]).quiet_success();
    let desk = Desk::at(&scene.sandbox, stands);
    let before = desk.tells(case, "fake_cpi", &[], &["it has no describe_snapshot: 1 things were not checked"]);
    assert!(before.iter().all(|one| one["finding"] != case.finding || one["severity"] == "note"), "{before:#?}");
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["describe_snapshot"], "stores_metadata": false}});
    scene.does(&info, &json!({}));
    desk.is_gone(case, "fake_cpi", &before);
}

/// The cloud is mounted again; or it is true that all is gone, and then each thing is a finding of its own, which is mended as it
/// says.
fn not_mounted(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cids = [sandbox.take("db/0"), sandbox.take("db/0")];
    let orphan = sandbox.line(&["promote", &cids[0], "--output", "cid"]);
    let cloud = sandbox.path("cloud");
    fs::rename(&cloud, sandbox.path("away")).unwrap();
    for area in ["disks", "vms", "snapshots"] {
        fs::create_dir_all(cloud.join(area)).unwrap();
    }
    let desk = Desk::at(&sandbox, stands);
    let before = desk.tells(case, "local_cpi", &[], &["`snapback check --believe-empty`"]);
    // It is true.
    let ran = desk.types(&desk.line("snapback check --believe-empty", &[]));
    assert_eq!(ran.status, 11, "{ran:?}");
    for cid in cids.iter().chain([&orphan]) {
        let forget = desk.line("snapback --believe-empty check --forget CID", &[("CID", cid)]);
        assert!(ran.stdout.contains(&forget), "no '{forget}' in {ran:?}");
    }
    let gone = desk.line("snapback --believe-empty check --forget CID", &[("CID", &orphan)]);
    assert_eq!(desk.types(&gone).status, 0);
    assert_eq!(sandbox.rows(&["disks", "--orphaned"], "disks").len(), 0);
    // It was not.
    fs::remove_dir_all(&cloud).unwrap();
    fs::rename(sandbox.path("away"), &cloud).unwrap();
    desk.is_gone(case, "local_cpi", &before);
}

fn full(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let says = |least: &str| {
        sandbox.manifest(true, "");
        let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
        sandbox.write("director.yml", &format!("{manifest}  snapback:\n    limits: {{min_free: {least}}}\n"));
    };
    says("1000000TiB");
    let desk = Desk::at(&sandbox, stands);
    let about = match stands {
        Stands::Beside => "cloud".to_owned(),
        Stands::Elsewhere => sandbox.path("cloud").to_str().unwrap().to_owned(),
    };
    let before = desk.tells(case, &about, &[], &["snapback.limits.min_free"]);
    // Once there is room.
    says("1MiB");
    desk.is_gone(case, &about, &before);
}
