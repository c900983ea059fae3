//! What create-env would do nothing for, or copy and delete the disk for, is refused before any effect.

use serde_json::{Value, json};

use crate::scene::{DISARMED, HUSH, OLD, Scene};
use crate::support::fake_env::manifest;

/// Changes the scene, restores with this after the snapshot, and sees it refused so; a dry run is refused alike.
fn refused(change: impl Fn(&Scene), line: &[&str], status: i32, texts: &[&str]) {
    let scene = Scene::damaged();
    // The ops file is there from the run that was refused for it.
    scene.snapback(&[&["-n", "restore", &scene.cid], Scene::line(&["--recreate"]).as_slice()].concat());
    change(&scene);
    let state = scene.environment.state();
    let sandbox = &scene.environment.director.sandbox;
    let before = (sandbox.names("cloud/disks"), sandbox.names("cloud/snapshots"));
    for dry in [&["-n", "restore"][..], &["restore", "--dry-run"]] {
        let ran = scene.snapback(&[dry, &[&scene.cid], line].concat());
        ran.refused(status, texts);
        assert!(!format!("{ran:?}").contains(HUSH), "{ran:?}");
        assert_eq!(scene.runs(), 0, "{ran:?}");
        assert_eq!((sandbox.names("cloud/disks"), sandbox.names("cloud/snapshots")), before, "{ran:?}");
        assert_eq!((scene.environment.state(), scene.open_operations()), (state.clone(), 0), "{ran:?}");
    }
}

fn state(change: impl Fn(&mut Value)) -> impl Fn(&Scene) {
    move |scene: &Scene| scene.environment.change_state(&change)
}

#[test]
fn no_command_line_or_another_one() {
    refused(|_| {}, &[], 4, &["snapback needs its create-env command line", "bosh create-env MANIFEST --state FILE"]);
    refused(|_| {}, &["--", "bosh", "deploy", "m.yml"], 2, &["is not `bosh create-env`"]);
    refused(|_| {}, &["--", "bosh", "create-env"], 2, &["names no manifest"]);
    let unknown = Scene::line(&["--recreate", "--hush-hush-4711=1"].map(|word| word.trim_start_matches("--hush-")));
    refused(|_| {}, &unknown, 2, &["does not name exactly one manifest"]);
    refused(|_| {}, &Scene::line(&["--force"]), 2, &["an option that create-env does not: --force"]);
    let absent = ["--", "./no/bosh", "create-env", "bosh.yml", "--state", "bosh-state.json", "--recreate"];
    refused(|_| {}, &absent, 4, &["there is no program ./no/bosh"]);
    refused(|_| {}, &[&["--via", "cpi"], Scene::whole_line().as_slice()].concat(), 8, &["not via 'cpi'"]);
}

#[test]
fn a_run_that_would_do_nothing() {
    refused(|_| {}, &Scene::line(&["-o", DISARMED]), 4, &["has no --recreate", "exits 0"]);
}

#[test]
fn a_run_that_would_copy_the_disk_and_delete_it() {
    let line = Scene::line(&["--recreate", "--recreate-persistent-disks", "-o", DISARMED]);
    refused(|_| {}, &line, 4, &["has --recreate-persistent-disks"]);
    let line = Scene::whole_line();
    let would = "would copy the restored disk";
    refused(
        state(|state| state["disks"][0]["size"] = json!(2)),
        &line,
        4,
        &["has 2 MiB, and the manifest wants 1", would],
    );
    let no_size = |state: &mut Value| drop(state["disks"][0].as_object_mut().unwrap().remove("size"));
    refused(state(no_size), &line, 4, &["record has no size", would]);
    refused(state(|state| state["disks"][0]["cloud_properties"] = json!({})), &line, 4, &["cloud_properties", would]);
    refused(
        state(|state| state["disks"][0]["cloud_properties"] = json!(null)),
        &line,
        4,
        &["no cloud_properties", would],
    );
    let pool = |scene: &Scene| scene.environment.director.sandbox.write("bosh.yml", &manifest(2));
    refused(pool, &line, 4, &["has 1 MiB, and the manifest wants 2", would]);
}

#[test]
fn a_pool_that_an_ops_file_changes() {
    let pool = |scene: &Scene| {
        scene
            .environment
            .director
            .sandbox
            .write("bigger.yml", "- {type: replace, path: /disk_pools/name=disks/disk_size, value: ((size))}\n");
    };
    let line = Scene::line(&["--recreate", "-o", "bigger.yml", "-v", "size=7", "-o", DISARMED]);
    refused(pool, &line, 4, &["has 1 MiB, and the manifest wants 7"]);
    // Nobody gives the size: that is told, and not taken for the same.
    let scene = Scene::damaged();
    pool(&scene);
    let line = Scene::line(&["--recreate", "-o", "bigger.yml", "-o", DISARMED]);
    let ran = scene.snapback(&[&["restore", "--dry-run", scene.cid.as_str()], line.as_slice()].concat());
    assert!(ran.status == 0 && ran.stderr.contains("could not read the manifest's disk completely"), "{ran:?}");
}

#[test]
fn records_whose_disks_would_be_deleted() {
    let second = |state: &mut Value| {
        let record = json!({"id": "other", "cid": "disk-other", "size": 1, "cloud_properties": {"type": "fast"}});
        state["disks"].as_array_mut().unwrap().push(record);
    };
    refused(state(second), &Scene::whole_line(), 4, &["has 2 records of disks"]);
    refused(
        state(|state| state["current_disk_id"] = json!("none")),
        &Scene::whole_line(),
        4,
        &["not the current disk's"],
    );
}

#[test]
fn a_state_file_of_something_else() {
    let line = Scene::whole_line();
    let other = state(|state| state["disks"][0]["cid"] = json!("disk-since"));
    refused(other, &line, 4, &["has disk disk-since, and the inventory has disk-bosh-0", "import"]);
    refused(state(|state| state["current_vm_cid"] = json!("vm-since")), &line, 4, &["has VM vm-since"]);
    refused(state(|state| state["current_vm_cid"] = json!("")), &line, 8, &["has no VM"]);
    // By the manifest's name, as create-env infers it.
    let inferred = ["--", "bosh", "create-env", "bosh.yml", "--recreate", "-o", DISARMED];
    let gone = |scene: &Scene| {
        let sandbox = &scene.environment.director.sandbox;
        sandbox.write("else.yml", &manifest(1));
    };
    let other = ["--", "bosh", "create-env", "else.yml", "--recreate", "-o", DISARMED];
    refused(gone, &other, 4, &["else-state.json cannot be read"]);
    let scene = Scene::damaged();
    scene.snapback(&[&["-n", "restore", scene.cid.as_str()], inferred.as_slice()].concat()).quiet_success();
    scene.check("by the inferred name");
}

#[test]
fn a_snapshot_that_is_larger_than_the_record() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    sandbox.make_disk("disk-large", 3 << 20, "x");
    let image = std::fs::read(sandbox.path("cloud/disks/disk-large/disk.img")).unwrap();
    let snapshot = sandbox.path("cloud/snapshots").join(&scene.cid);
    std::fs::remove_file(snapshot.join("disk.img")).unwrap();
    std::fs::write(snapshot.join("disk.img"), image).unwrap();
    let meta = std::fs::read_to_string(snapshot.join("meta.json")).unwrap();
    let mut meta: Value = serde_json::from_str(&meta).unwrap();
    meta["size"] = json!(3 << 20);
    std::fs::write(snapshot.join("meta.json"), meta.to_string()).unwrap();
    let ran = scene.restore();
    ran.refused(8, &["would have 3 MiB, and create-env's record has 1"]);
}

#[test]
fn a_director_that_stays_armed() {
    let scene = Scene::damaged();
    let plain = Scene::line(&["--recreate"]);
    let dry = scene.snapback(&[&["restore", "--dry-run", scene.cid.as_str()], plain.as_slice()].concat());
    dry.refused(4, &["the database that comes back is of the past", "  -o bosh-disarmed.yml", "--without-disarming"]);
    let file = scene.environment.director.sandbox.path(DISARMED);
    assert!(!file.exists(), "a dry run has written it");
    scene
        .snapback(&[&["-n", "restore", scene.cid.as_str()], plain.as_slice()].concat())
        .refused(4, &["-o bosh-disarmed.yml"]);
    let text = std::fs::read_to_string(&file).unwrap();
    for wanted in [
        "path: /instance_groups/name=bosh/properties?/hm?/resurrector_enabled\n  value: false",
        "/director/disks?/max_orphaned_age_in_days\n  value: 36500",
        "/director/vms?/cleanup_schedule",
        "/director/snapshot_schedule?",
        "/director/self_snapshot_schedule?",
    ] {
        assert!(text.contains(wanted), "{text}");
    }
    // A later one could arm it again.
    scene.environment.director.sandbox.write("more.yml", "[]\n");
    let armed = Scene::line(&["--recreate", "-o", DISARMED, "-o", "more.yml"]);
    scene
        .snapback(&[&["-n", "restore", scene.cid.as_str()], armed.as_slice()].concat())
        .refused(4, &["as the last one"]);
    // An ops file of somebody else's is not written over, nor taken for ours.
    std::fs::write(&file, "- {type: remove, path: /tags?}\n").unwrap();
    scene.restore().refused(4, &["is not snapback's"]);
    assert_eq!(scene.runs(), 0);
    let line = [&["-n", "restore", "--without-disarming", scene.cid.as_str()], plain.as_slice()].concat();
    let ran = scene.snapback(&line);
    assert!(ran.status == 0 && ran.stderr.contains("the Director stays armed"), "{ran:?}");
    scene.check("armed");
    assert_eq!(scene.data(OLD), crate::scene::RUBBISH);
}

/// The ops file does what it says, in the forms of a manifest.
#[test]
fn the_ops_file_applies() {
    for (groups, properties) in [
        (
            "instance_groups",
            "  properties: {director: {name: test, enable_snapshots: true}, hm: {resurrector_enabled: true}}\n",
        ),
        ("jobs", "  properties: {director: {name: test}}\n"),
        (
            "instance_groups",
            "  jobs:\n  - {name: director, properties: {director: {name: test, enable_snapshots: true}}}\n  - {name: health_monitor, properties: {hm: {}}}\n",
        ),
    ] {
        let scene = Scene::damaged();
        let sandbox = &scene.environment.director.sandbox;
        let head = manifest(1).split("instance_groups:").next().unwrap().to_owned();
        let text =
            format!("{head}{groups}:\n- name: bosh\n  instances: 1\n  persistent_disk_pool: disks\n{properties}");
        sandbox.write("bosh.yml", &text);
        scene.restore().quiet_success();
        let shown = scene.snapback(&["-m", "bosh.yml", "-o", DISARMED, "manifest", "--output", "json"]);
        assert!(shown.status == 0, "{shown:?}");
        let rows: Value = serde_json::from_str(&shown.stdout).unwrap();
        let all = rows.to_string();
        assert!(all.contains("0 0 0 1 1 * UTC"), "{all}");
    }
}
