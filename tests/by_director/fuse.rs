//! What BOSH deletes some days after a restore: the old disk, and its own snapshots of it.

use serde_json::{Value, json};

use crate::scene::{OLD, RUBBISH, Scene};
use crate::support::fake_bosh::Director;

/// As [`Scene::damaged`], with a good snapshot that the Director took.
fn with_its_own_snapshot() -> Scene {
    let director = Director::with(&["db/0"]);
    director.change(|world| world["snapshots_enabled"] = json!(true));
    director.bosh(&["take-snapshot", "db/0"]).quiet_success();
    let scene = Scene { director, cid: String::new() };
    scene.snapback(&["import", "--from-bosh"]).quiet_success();
    let cid = scene.director.sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
    scene.director.write_files(OLD, &[("data", RUBBISH)]);
    Scene { cid, ..scene }
}

fn owner_of(scene: &Scene, cid: &str) -> Option<String> {
    let rows = scene.director.sandbox.rows(&["snapshots", "--wide"], "snapshots");
    rows.iter().find(|row| row["cid"] == cid).map(|row| row["owner"].as_str().unwrap().to_owned())
}

fn findings(scene: &Scene) -> Vec<(String, String, String)> {
    let ran = scene.snapback(&["check", "--json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let rows = document["Tables"][0]["Rows"].as_array().unwrap().clone();
    let of = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.iter().map(|row| (of(row, "finding"), of(row, "about"), of(row, "next"))).collect()
}

#[test]
fn a_snapshot_of_the_directors_can_be_restored_again_until_bosh_deletes_it() {
    let scene = with_its_own_snapshot();
    let dry = scene.snapback(&["restore", &scene.cid, "--dry-run"]);
    let warning = format!("snapshot {} is the Director's: BOSH deletes it with disk {OLD}, 5 days after", scene.cid);
    assert!(dry.stderr.contains(&warning), "{dry:?}");
    let ran = scene.restore();
    ran.quiet_success();
    assert!(ran.stderr.contains("it deletes it after 20") && ran.stderr.contains(" UTC (5 days)"), "{ran:?}");
    scene.check("of the Director's");
    // BOSH lists it no more, and has it; an import believes the list in all else.
    assert_eq!(scene.director.list(&["snapshots"]).len(), 0);
    scene.snapback(&["import", "--from-bosh"]).quiet_success();
    assert_eq!(owner_of(&scene, &scene.cid), Some("director".to_owned()));
    // What it took at the stop is told, with nothing to do about it.
    assert!(scene.snapback(&["check", "--from-bosh"]).status == 0, "{:?}", scene.snapback(&["check", "--from-bosh"]));
    scene.director.write_files(&scene.disk(), &[("data", RUBBISH)]);
    let again = scene.restore();
    again.quiet_success();
    assert!(again.stderr.contains(&format!("with disk {OLD}, 5 days after it was put away")), "{again:?}");
    assert_eq!(scene.data(&scene.disk()), "db/0");

    scene.director.bosh(&["clean-up", "--all"]).quiet_success();
    scene.restore().refused(5, &[&scene.cid]);
    let gone =
        findings(&scene).into_iter().find(|(finding, about, _)| finding == "snapshot_gone" && *about == scene.cid);
    let (_, _, next) = gone.unwrap();
    let words: Vec<&str> = next.split_whitespace().skip(1).collect();
    scene.snapback(&[&["-n"], words.as_slice()].concat()).quiet_success();
    assert_eq!(owner_of(&scene, &scene.cid), None);
}

/// Its place in the list tells whether it is the Director's; one that left the list for good is gone.
#[test]
fn a_snapshot_that_the_director_deleted_is_gone() {
    let scene = with_its_own_snapshot();
    scene.director.bosh(&["delete-snapshot", &scene.cid]).quiet_success();
    scene.snapback(&["import", "--from-bosh"]).quiet_success();
    assert_eq!(owner_of(&scene, &scene.cid), None);
}

/// `bosh clean-up --all` deletes the old disk at once: the undo makes it anew of the safety snapshot.
#[test]
fn an_undo_after_a_clean_up() {
    let scene = Scene::damaged();
    scene.restore().quiet_success();
    let restored = scene.disk();
    scene.director.bosh(&["clean-up", "--all"]).quiet_success();
    assert!(!scene.director.sandbox.names("cloud/disks").contains(&OLD.to_owned()));
    let undone = scene.snapback(&["-n", "undo"]);
    undone.quiet_success();
    let disk = scene.disk();
    assert!(disk != OLD && disk != restored, "{disk}");
    assert_eq!(scene.data(&disk), RUBBISH, "what was there before the restore: {undone:?}");
    assert_eq!(scene.director.starts().last().unwrap()["disk"], disk.as_str());
    // And that is undone in its turn.
    scene.snapback(&["-n", "undo", &scene.newest_operation()]).quiet_success();
    assert_eq!(scene.disk(), restored);
}

#[test]
fn an_undo_with_nothing_left_to_go_back_to() {
    let scene = Scene::damaged();
    scene.snapback(&["-n", "restore", &scene.cid, "--no-safety-snapshot"]).quiet_success();
    scene.director.bosh(&["clean-up", "--all"]).quiet_success();
    let acts = scene.acts();
    scene.snapback(&["-n", "undo"]).refused(4, &["no longer has its old disk disk-db-0", "run: snapback snapshots"]);
    assert_eq!(scene.acts(), acts);
}

/// What the next deploy does with the new disk is compared, and told: a cloud-config of another size may wait for it.
#[test]
fn the_next_deploy_is_told() {
    let deploy = |scene: &Scene| {
        let manifest = scene.director.world()["deployments"][0]["manifest"].as_str().unwrap().to_owned();
        scene.director.sandbox.write("prod.yml", &manifest);
        scene.director.bosh(&["deploy", "prod.yml"]).quiet_success();
    };
    let scene = Scene::damaged();
    let ran = scene.restore();
    assert!(ran.stderr.contains("The next deploy leaves the new disk in place: the Director has 1.0 MiB"), "{ran:?}");
    let disk = scene.disk();
    deploy(&scene);
    assert_eq!(scene.disk(), disk);

    // A size that waits to be deployed, another type, and both: the plan says so before anything happens.
    let now = |size: u64, kind: &str| crate::support::fake_bosh::cloud_config(size).replace("{type: fast}", kind);
    for (content, wants) in [
        (now(2, "{type: fast}"), "2.0 MiB"),
        (now(1, "{type: slow}"), "1.0 MiB with other cloud_properties (type)"),
        (now(2, "{type: fast, iops: 1}"), "2.0 MiB with other cloud_properties (iops)"),
    ] {
        let scene = Scene::damaged();
        scene.director.change(|world| update_cloud_config(world, &content));
        let dry = scene.snapback(&["restore", &scene.cid, "--dry-run"]);
        dry.quiet_success();
        let warning =
            format!("the Director will have 1.0 MiB on record for it, but the current cloud-config wants {wants}");
        assert!(dry.stderr.contains(&warning) && scene.acts().is_empty(), "{wants}: {dry:?}");
        let ran = scene.restore();
        ran.quiet_success();
        let told = format!(
            "the Director has 1.0 MiB on record for it, but the manifest with the current cloud-config wants {wants}"
        );
        assert!(ran.stderr.contains(&told) && !ran.stderr.contains("leaves the new disk in place"), "{wants}: {ran:?}");
        let undone = scene.snapback(&["-n", "undo"]);
        assert!(undone.stderr.contains(&warning), "before an undo: {undone:?}");
        assert!(undone.stderr.contains("the next deploy of 'prod' copies the new disk"), "after it: {undone:?}");
        let disk = scene.disk();
        deploy(&scene);
        assert_ne!(scene.disk(), disk, "as was told");
    }
    // A disk that comes back from the orphans has its own record: it was put away before the size was deployed.
    let scene = Scene::damaged();
    scene.restore().quiet_success();
    scene.director.change(|world| update_cloud_config(world, &now(2, "{type: fast}")));
    deploy(&scene);
    scene.snapback(&["import", "--from-bosh"]).quiet_success();
    let ran = scene.snapback(&["-n", "restore", &scene.cid, "--disk", OLD]);
    ran.quiet_success();
    assert!(
        ran.stderr.contains("will have 1.0 MiB on record for it, but the current cloud-config wants 2.0 MiB"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("the next deploy of 'prod' copies the new disk"), "{ran:?}");
    assert!(ran.stderr.contains("disk disk-db-0 has 1.0 MiB, but 2.0 MiB are on record"), "{ran:?}");
    deploy(&scene);
    assert_ne!(scene.disk(), OLD, "as was told");
    // The same in another form, and what only the Director can fill in.
    let scene = Scene::damaged();
    scene.director.change(|world| update_cloud_config(world, &now(1, "{type: ((type))}")));
    let ran = scene.restore();
    assert!(
        ran.stderr.contains("snapback does not know whether the next deploy of 'prod' copies the disk: "),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("cannot be compared"), "{ran:?}");
    // A Director that does not tell keeps nobody from restoring.
    let scene = Scene::damaged();
    scene.director.faults(&[crate::support::fake_bosh::always("curl", "client:answer", "html")]);
    let ran = scene.snapback(&["-n", "restore", &scene.cid, "--leave-resurrection"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("could not find out"), "{ran:?}");
}

/// `bosh update-cloud-config`, not yet deployed.
fn update_cloud_config(world: &mut Value, content: &str) {
    let mut old = world["configs"][0].clone();
    old["id"] = json!(1);
    let mut new = old.clone();
    (new["id"], new["content"]) = (json!(7), json!(content));
    world["configs"] = json!([new, old]);
    world["deployments"][0]["configs"] = json!([1]);
}
